/* SPDX-License-Identifier: GPL-2.0-only */

int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_peer_fd)
{
#if KPATCH_ERROR_LABELS_ONE
	/* kpatch: replace unsigned int asid, handle; */
	unsigned int asid;
	/* kpatch: end */
	/* kpatch: replace int ret, fd; */
	int ret;
	/* kpatch: end */
	/* kpatch: remove handle = */
	/* kpatch: end */
	/* kpatch: remove fd = */
	/* kpatch: end */
#endif
	/* kpatch: remove KPATCH_dst_sev->handle = */
	/* kpatch: end */
	/* kpatch: remove KPATCH_dst_sev->fd = */
	/* kpatch: end */
}
