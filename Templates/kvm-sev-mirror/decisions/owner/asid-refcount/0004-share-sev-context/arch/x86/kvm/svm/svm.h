/* SPDX-License-Identifier: GPL-2.0-only */

struct kvm_sev_info {
	/* kpatch: replace struct kvm *enc_context_owner; */
	refcount_t *asid_users;	/* VMs that use the ASID, NULL: just this one */
#if KPATCH_TESTS_MIRROR
	bool KPATCH_mirror_member;	/* Uses the ASID of another VM */
#endif
	/* kpatch: end */
};
