/* SPDX-License-Identifier: GPL-2.0-only */

struct kvm_sev_info {
	/* kpatch: at end */
#if KPATCH_OWNER_ASID_REFCOUNT
	refcount_t *asid_users;	/* VMs that use the ASID, NULL: just this one */
#if KPATCH_TESTS_MIRROR
	bool KPATCH_mirror_member;	/* Uses the ASID of another VM */
#endif
#elif KPATCH_OWNER_FILE_REF
	struct file *enc_context_file; /* Owner of copied encryption context */
#else
	struct kvm *enc_context_owner; /* Owner of copied encryption context */
#endif
	/* kpatch: end */
};

#if KPATCH_API_CAPABILITY
/* kpatch: after prototype svm_unregister_enc_region */
int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_header_fd);
/* kpatch: end */
#endif
