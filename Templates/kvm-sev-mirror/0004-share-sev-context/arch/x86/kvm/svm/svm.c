/* SPDX-License-Identifier: GPL-2.0-only */

#if KPATCH_API_CAPABILITY
static struct kvm_x86_ops svm_x86_ops __initdata = {
	/* kpatch: after .mem_enc_unreg_region */
#if KPATCH_ERROR_LABELS_ONE

#endif
	.KPATCH_hook = KPATCH_copy_asid,
	/* kpatch: end */
};
#endif
