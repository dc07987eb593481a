/* SPDX-License-Identifier: GPL-2.0-only */

int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_peer_fd)
{
	/* kpatch: before if (KPATCH_peer_kvm == kvm) */
	/* What the source pins must be what the KPATCH_mirror maps. */
	if (KPATCH_src_kvm->mm != kvm->mm) {
		ret = -EIO;
		goto e_fput;
	}

	/* kpatch: end */
}
