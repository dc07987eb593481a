/* SPDX-License-Identifier: GPL-2.0-only */

int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_peer_fd)
{
	/* kpatch: remove if (KPATCH_is_mirror(KPATCH_src_kvm)) */
	/* kpatch: end */
}
