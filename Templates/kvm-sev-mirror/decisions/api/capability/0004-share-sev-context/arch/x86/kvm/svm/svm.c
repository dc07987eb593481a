/* SPDX-License-Identifier: GPL-2.0-only */

static struct kvm_x86_ops svm_x86_ops __initdata = {
	/* kpatch: after .mem_enc_unreg_region */
	.KPATCH_hook = KPATCH_copy_asid,
	/* kpatch: end */
};
