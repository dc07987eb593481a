/* SPDX-License-Identifier: GPL-2.0-only */

#if KPATCH_TESTS_MIRROR
static inline bool KPATCH_is_mirror(struct kvm *kvm)
{
	/* kpatch: replace return */
	return to_kvm_svm(kvm)->sev_info.KPATCH_mirror_member;
	/* kpatch: end */
}
#else
/* kpatch: remove function KPATCH_is_mirror */
/* kpatch: end */
#endif

/* kpatch: before function KPATCH_copy_asid */
/* One more user of the ASID of @sev, whose VM is locked. */
static int sev_add_asid_user(struct kvm_sev_info *sev)
{
	/* A VM that shares its ASID with nobody has no count. */
	if (!sev->asid_users) {
		sev->asid_users = kmalloc(sizeof(*sev->asid_users),
					  GFP_KERNEL_ACCOUNT);
		if (!sev->asid_users)
			return -ENOMEM;

		refcount_set(sev->asid_users, 1);
	}

	refcount_inc(sev->asid_users);
	return 0;
}

/* kpatch: end */

int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_peer_fd)
{
	/* kpatch: replace kvm_get_kvm(KPATCH_src_kvm); */
	ret = sev_add_asid_user(KPATCH_src_sev);
	if (ret)
		goto e_unlock;

	KPATCH_dst_sev->asid_users = KPATCH_src_sev->asid_users;
	/* kpatch: end */
	/* kpatch: replace KPATCH_dst_sev->enc_context_owner = KPATCH_src_kvm; */
#if KPATCH_TESTS_MIRROR
	KPATCH_dst_sev->KPATCH_mirror_member = true;
#endif
	/* kpatch: end */
}

void sev_vm_destroy(struct kvm *kvm)
{
	/* kpatch: before sev_unbind_asid(kvm, sev->handle); */
	/* The last one of the VMs that use the ASID gives it back. */
	if (sev->asid_users) {
		if (!refcount_dec_and_test(sev->asid_users))
			return;

		kfree(sev->asid_users);
	}

	/* kpatch: end */
}
