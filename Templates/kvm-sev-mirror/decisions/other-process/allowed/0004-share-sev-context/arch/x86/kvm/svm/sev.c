/* SPDX-License-Identifier: GPL-2.0-only */

int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_peer_fd)
{
	/* kpatch: remove if (KPATCH_dst_is_foreign) */
	/* kpatch: end */
}
