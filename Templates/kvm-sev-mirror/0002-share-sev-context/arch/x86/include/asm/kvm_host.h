/* SPDX-License-Identifier: GPL-2.0-only */

#if KPATCH_API_CAPABILITY
struct kvm_x86_ops {
	/* kpatch: after int (*mem_enc_unreg_region) */
#if KPATCH_REVIEW_POSTED
	int (*KPATCH_hook)(struct kvm *kvm, unsigned int child_fd);
#else
	int (*KPATCH_hook)(struct kvm *kvm, unsigned int KPATCH_peer_fd);
#endif
	/* kpatch: end */
};
#endif
