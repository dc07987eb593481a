/* SPDX-License-Identifier: GPL-2.0-only */

struct kvm_sev_info {
	/* kpatch: at end */
	struct kvm *enc_context_owner; /* Owner of copied encryption context */
	/* kpatch: end */
};
