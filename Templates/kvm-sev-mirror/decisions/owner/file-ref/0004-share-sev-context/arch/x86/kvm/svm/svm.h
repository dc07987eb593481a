/* SPDX-License-Identifier: GPL-2.0-only */

struct kvm_sev_info {
	/* kpatch: replace struct kvm *enc_context_owner; */
	struct file *enc_context_file; /* Owner of copied encryption context */
	/* kpatch: end */
};
