/* SPDX-License-Identifier: GPL-2.0-only */

struct kvm_sev_info {
	/* kpatch: at end */
	struct kvm *enc_context_owner; /* Owner of copied encryption context */
	/* kpatch: end */
};

#if KPATCH_API_CAPABILITY
/* kpatch: after prototype svm_unregister_enc_region */
#if KPATCH_REVIEW_POSTED
int KPATCH_copy_asid(struct kvm *kvm, unsigned int child_fd);
#else
int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_peer_fd);
#endif
/* kpatch: end */
#endif
