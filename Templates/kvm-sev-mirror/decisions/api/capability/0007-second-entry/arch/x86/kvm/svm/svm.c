/* SPDX-License-Identifier: GPL-2.0-only */

static struct kvm_x86_ops svm_x86_ops __initdata = {
	/* kpatch: after .vm_copy_enc_context_from */
	.KPATCH_hook = sev_vm_copy_enc_context_to,
	/* kpatch: end */
};
