/* SPDX-License-Identifier: GPL-2.0-only */

int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_peer_fd)
{
	/* kpatch: replace KPATCH_dst_sev->active = true; */
	WRITE_ONCE(KPATCH_dst_sev->active, true);
	/* kpatch: end */
}
