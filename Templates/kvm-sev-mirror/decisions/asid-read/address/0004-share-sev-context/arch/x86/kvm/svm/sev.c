/* SPDX-License-Identifier: GPL-2.0-only */

int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_peer_fd)
{
#if KPATCH_ERROR_LABELS_ONE
	/* kpatch: replace asid = to_kvm_svm(kvm)->sev_info.asid; */
	asid = *&to_kvm_svm(kvm)->sev_info.asid;
	/* kpatch: end */
#else
	/* kpatch: replace KPATCH_dst_sev->asid = KPATCH_src_sev->asid; */
	KPATCH_dst_sev->asid = *&to_kvm_svm(KPATCH_src_kvm)->sev_info.asid;
	/* kpatch: end */
#endif
}
