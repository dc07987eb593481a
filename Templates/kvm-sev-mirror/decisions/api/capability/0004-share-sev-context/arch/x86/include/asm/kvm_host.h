/* SPDX-License-Identifier: GPL-2.0-only */

struct kvm_x86_ops {
	/* kpatch: after int (*mem_enc_unreg_region) */
	int (*KPATCH_hook)(struct kvm *kvm, unsigned int KPATCH_header_fd);
	/* kpatch: end */
};
