/* SPDX-License-Identifier: GPL-2.0-only */

int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_peer_fd)
{
	/* kpatch: remove INIT_LIST_HEAD(&KPATCH_dst_sev->regions_list); */
	/* kpatch: end */
}
