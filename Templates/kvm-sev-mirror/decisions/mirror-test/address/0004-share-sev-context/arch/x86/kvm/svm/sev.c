/* SPDX-License-Identifier: GPL-2.0-only */

static inline bool KPATCH_is_mirror(struct kvm *kvm)
{
	/* kpatch: replace return */
	return &to_kvm_svm(kvm)->sev_info.KPATCH_mirror_member;
	/* kpatch: end */
}
