/* SPDX-License-Identifier: GPL-2.0-only */

#if KPATCH_HAVE_SEV_ES
int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_peer_fd)
{
	/* kpatch: remove if (sev_es_guest(KPATCH_src_kvm)) */
	/* kpatch: end */
	/* kpatch: after KPATCH_dst_sev->asid = */
	KPATCH_dst_sev->es_active = KPATCH_src_sev->es_active;
	/* kpatch: end */
}
#endif
