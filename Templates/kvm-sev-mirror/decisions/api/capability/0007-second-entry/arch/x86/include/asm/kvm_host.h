/* SPDX-License-Identifier: GPL-2.0-only */

struct kvm_x86_ops {
	/* kpatch: after int (*vm_copy_enc_context_from) */
	int (*KPATCH_hook)(struct kvm *kvm, unsigned int KPATCH_cmd_fd);
	/* kpatch: end */
};
