/* SPDX-License-Identifier: GPL-2.0-only */

static int svm_vm_init(struct kvm *kvm)
{
	/* kpatch: at start */
	INIT_LIST_HEAD(&to_kvm_svm(kvm)->sev_info.regions_list);

	/* kpatch: end */
}
