/* SPDX-License-Identifier: GPL-2.0-only */

int svm_mem_enc_op(struct kvm *kvm, void __user *argp)
{
	/* kpatch: remove if (KPATCH_is_mirror(kvm)) */
	/* kpatch: end */
}
