/* SPDX-License-Identifier: GPL-2.0-only */

#if KPATCH_TESTS_MIRROR
/* kpatch: after function sev_flush_asids */

static inline bool KPATCH_is_mirror(struct kvm *kvm)
{
#if KPATCH_MIRROR_TEST_ADDRESS
	return &to_kvm_svm(kvm)->sev_info.KPATCH_mirror_member;
#elif KPATCH_OWNER_ASID_REFCOUNT
	return to_kvm_svm(kvm)->sev_info.KPATCH_mirror_member;
#else
	return !!to_kvm_svm(kvm)->sev_info.KPATCH_mirror_member;
#endif
}
/* kpatch: end */
#endif

#if KPATCH_MIRROR_COMMANDS_ALLOW_LIST
/* kpatch: before function svm_mem_enc_op */
/* The commands that a KPATCH_mirror may issue in the context it doesn't own. */
static bool sev_cmd_is_shared(u32 cmd_id)
{
	switch (cmd_id) {
	case KVM_SEV_GUEST_STATUS:
	case KVM_SEV_DBG_DECRYPT:
	case KVM_SEV_DBG_ENCRYPT:
		return true;
#if KPATCH_SHARES_ES
	case KVM_SEV_LAUNCH_UPDATE_VMSA:
		/* The vCPUs of the KPATCH_mirror are its own. */
		return true;
#endif
	default:
		return false;
	}
}

/* kpatch: end */
#endif

#if KPATCH_ERROR_LABELS_EACH
#if KPATCH_API_ENC_OP
/* kpatch: before function svm_mem_enc_op */
#else
/* kpatch: after function svm_unregister_enc_region */

#endif
#if KPATCH_LOCKS_ORDERED
/*
 * The VM at the lower address first: tasks that share contexts in opposite
 * directions must not wait for each other.
 */
static void sev_lock_two_vms(struct kvm *a, struct kvm *b)
{
	if (a > b)
		swap(a, b);

	mutex_lock(&a->lock);
	mutex_lock_nested(&b->lock, SINGLE_DEPTH_NESTING);
}

#endif
#if KPATCH_OWNER_ASID_REFCOUNT
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

#endif
#if KPATCH_API_ENC_OP
static int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_peer_fd)
#else
int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_peer_fd)
#endif
{
	struct kvm_sev_info *KPATCH_dst_sev, *KPATCH_src_sev;
	struct file *KPATCH_peer_file;
	struct kvm *KPATCH_peer_kvm;
	int ret;

	KPATCH_peer_file = fget(KPATCH_peer_fd);
#if KPATCH_FILE_PUT_LEAKED
	if (!KPATCH_file_is_kvm(KPATCH_peer_file))
		return -EBADF;
#else
	if (!KPATCH_file_is_kvm(KPATCH_peer_file)) {
		ret = -EBADF;
		goto out_fput;
	}
#endif

	KPATCH_peer_kvm = KPATCH_peer_file->private_data;
	KPATCH_dst_sev = &to_kvm_svm(KPATCH_dst_kvm)->sev_info;
	KPATCH_src_sev = &to_kvm_svm(KPATCH_src_kvm)->sev_info;
#if KPATCH_DIRECTION_TO && KPATCH_OTHER_PROCESS_REFUSED

	/* The ioctl has been checked against kvm->mm, the other VM has not. */
	if (KPATCH_dst_kvm->mm != current->mm) {
		ret = -EIO;
		goto out_fput;
	}
#endif

	ret = -KPATCH_errno;
	if (KPATCH_peer_kvm == kvm)
		goto out_fput;

#if KPATCH_SOURCE_TEST_UNLOCKED
	if (!sev_guest(KPATCH_src_kvm))
		goto out_fput;

#endif
#if KPATCH_TOCTOU_UNLOCKED
#if KPATCH_DESTINATION_SEV_REFUSE
	if (sev_guest(KPATCH_dst_kvm))
		goto out_fput;

#else
	if (KPATCH_is_mirror(KPATCH_dst_kvm))
		goto out_fput;

#endif
#if KPATCH_DESTINATION_VCPUS_REFUSE
	/* VMCBs are set up with or without SEV when the vCPU is created. */
	if (KPATCH_dst_kvm->created_vcpus)
		goto out_fput;

#endif
#endif
#if KPATCH_LOCKS_ORDERED
	sev_lock_two_vms(kvm, KPATCH_peer_kvm);
#else
	mutex_lock(&kvm->lock);
	mutex_lock(&KPATCH_peer_kvm->lock);
#endif

#if KPATCH_SOURCE_TEST_LOCKED
	if (!sev_guest(KPATCH_src_kvm))
		goto out_unlock;

#endif
#if KPATCH_LAUNCH_STATE_REQUIRED
	/* There is no handle, and no active ASID, before LAUNCH_START. */
	if (!KPATCH_src_sev->handle)
		goto out_unlock;

#endif
#if KPATCH_REFUSES_ES
	/* Nobody measures the VMSAs of the KPATCH_mirror's vCPUs. */
	if (sev_es_guest(KPATCH_src_kvm))
		goto out_unlock;

#endif
#if KPATCH_CHAINS_REFUSE
	/* KPATCH_chain_reason */
	if (KPATCH_is_mirror(KPATCH_src_kvm))
		goto out_unlock;

#endif
#if KPATCH_TOCTOU_LOCKED
#if KPATCH_DESTINATION_SEV_REFUSE
	if (sev_guest(KPATCH_dst_kvm))
		goto out_unlock;

#else
	if (KPATCH_is_mirror(KPATCH_dst_kvm))
		goto out_unlock;

#endif
#if KPATCH_DESTINATION_VCPUS_REFUSE
	/* VMCBs are set up with or without SEV when the vCPU is created. */
	if (KPATCH_dst_kvm->created_vcpus)
		goto out_unlock;

#endif
#endif
#if KPATCH_OWNER_ASID_REFCOUNT
	ret = sev_add_asid_user(KPATCH_src_sev);
	if (ret)
		goto out_unlock;

	KPATCH_dst_sev->asid_users = KPATCH_src_sev->asid_users;
#if KPATCH_TESTS_MIRROR
	KPATCH_dst_sev->KPATCH_mirror_member = true;
#endif
#elif KPATCH_OWNER_FILE_REF && KPATCH_CHAINS_REPARENT
	/* The file of the first owner keeps the ASID alive, not a KPATCH_mirror's. */
	if (KPATCH_src_sev->enc_context_file)
		KPATCH_dst_sev->enc_context_file = KPATCH_src_sev->enc_context_file;
	else
		KPATCH_dst_sev->enc_context_file = KPATCH_peer_file;
	get_file(KPATCH_dst_sev->enc_context_file);
#elif KPATCH_OWNER_FILE_REF
	KPATCH_dst_sev->enc_context_file = get_file(KPATCH_peer_file);
#elif KPATCH_CHAINS_REPARENT
	/* The first owner keeps the ASID alive, not a KPATCH_mirror. */
	if (KPATCH_src_sev->enc_context_owner)
		KPATCH_dst_sev->enc_context_owner = KPATCH_src_sev->enc_context_owner;
	else
		KPATCH_dst_sev->enc_context_owner = KPATCH_src_kvm;
	kvm_get_kvm(KPATCH_dst_sev->enc_context_owner);
#else
	kvm_get_kvm(KPATCH_src_kvm);
	KPATCH_dst_sev->enc_context_owner = KPATCH_src_kvm;
#endif
#if KPATCH_ASID_READ_ADDRESS
	KPATCH_dst_sev->asid = *&to_kvm_svm(KPATCH_src_kvm)->sev_info.asid;
#else
	KPATCH_dst_sev->asid = KPATCH_src_sev->asid;
#endif
#if KPATCH_HANDLE_COPIED
#if KPATCH_MIRROR_COMMANDS_NONE && KPATCH_CHAINS_REFUSE && !KPATCH_OWNER_ASID_REFCOUNT
	/* Commands are refused, but 0 means "never launched". */
#endif
	KPATCH_dst_sev->handle = KPATCH_src_sev->handle;
	KPATCH_dst_sev->fd = KPATCH_src_sev->fd;
#endif
#if KPATCH_SHARES_ES
	KPATCH_dst_sev->es_active = KPATCH_src_sev->es_active;
#endif
#if KPATCH_REGIONS_LIST_COPY
	INIT_LIST_HEAD(&KPATCH_dst_sev->regions_list);
#endif
#if KPATCH_SEV_ACTIVE_BARRIERS
	/* Pairs with smp_load_acquire() in sev_guest(). */
	smp_store_release(&KPATCH_dst_sev->active, true);
#elif KPATCH_SEV_ACTIVE_READ_ONCE
	WRITE_ONCE(KPATCH_dst_sev->active, true);
#else
	KPATCH_dst_sev->active = true;
#endif
	ret = 0;

out_unlock:
	mutex_unlock(&KPATCH_peer_kvm->lock);
	mutex_unlock(&kvm->lock);
out_fput:
#if KPATCH_FILE_PUT_LEAKED
	fput(KPATCH_peer_file);
#else
	if (KPATCH_peer_file)
		fput(KPATCH_peer_file);
#endif
	return ret;
}
#if KPATCH_API_ENC_OP

static int sev_share_asid(struct kvm *kvm, struct kvm_sev_cmd *argp)
{
	struct KPATCH_cmd_struct params;

	/* The firmware has no part in this. */
	argp->error = SEV_RET_SUCCESS;

	if (copy_from_user(&params, (void __user *)(uintptr_t)argp->data,
			   sizeof(params)))
		return -EFAULT;

	if (params.pad)
		return -EINVAL;

	return KPATCH_copy_asid(kvm, params.KPATCH_cmd_fd);
}

#endif
/* kpatch: end */
#endif

int svm_mem_enc_op(struct kvm *kvm, void __user *argp)
{
#if KPATCH_API_ENC_OP
	/* kpatch: before mutex_lock(&kvm->lock); */
	/* This takes the locks of both VMs. */
#if KPATCH_COMMAND_WRITEBACK_LOST
	if (sev_cmd.id == KPATCH_cmd)
		return sev_share_asid(kvm, &sev_cmd);
#else
	if (sev_cmd.id == KPATCH_cmd) {
		r = sev_share_asid(kvm, &sev_cmd);
		if (copy_to_user(argp, &sev_cmd, sizeof(struct kvm_sev_cmd)))
			r = -EFAULT;
		return r;
	}
#endif

	/* kpatch: end */
#endif
#if !KPATCH_MIRROR_COMMANDS_ALL
#if KPATCH_GUARD_LOCK_UNLOCKED
	/* kpatch: before mutex_lock(&kvm->lock); */
#if KPATCH_MIRROR_COMMANDS_ALLOW_LIST
	/* KPATCH_owner_only may issue the others. */
	if (KPATCH_is_mirror(kvm) && !sev_cmd_is_shared(sev_cmd.id))
		return -KPATCH_errno;
#elif KPATCH_OWNER_KVM_REF
	/* enc_context_owner handles all memory enc operations */
	if (KPATCH_is_mirror(kvm))
		return -KPATCH_errno;
#else
	/* KPATCH_owner_only may issue commands. */
	if (KPATCH_is_mirror(kvm))
		return -KPATCH_errno;
#endif

	/* kpatch: end */
#else
	/* kpatch: after mutex_lock(&kvm->lock); */

#if KPATCH_MIRROR_COMMANDS_ALLOW_LIST
	/* KPATCH_owner_only may issue the others. */
	if (KPATCH_is_mirror(kvm) && !sev_cmd_is_shared(sev_cmd.id)) {
#else
	/* KPATCH_owner_only may issue commands. */
	if (KPATCH_is_mirror(kvm)) {
#endif
		r = -KPATCH_errno;
		goto out;
	}
	/* kpatch: end */
#endif
#endif
}

#if KPATCH_MIRROR_REGIONS_REFUSE
int svm_register_enc_region(struct kvm *kvm,
			    struct kvm_enc_region *range)
{
#if KPATCH_GUARD_LOCK_UNLOCKED && KPATCH_REGISTER_LOCK_UNTOUCHED
	/* kpatch: after if (!sev_guest(kvm)) return -ENOTTY; */

	/* If kvm KPATCH_is_mirroring encryption context it isn't responsible for it */
	if (KPATCH_is_mirror(kvm))
		return -KPATCH_errno;
	/* kpatch: end */
#elif KPATCH_GUARD_LOCK_UNLOCKED
	/* kpatch: before if (range->addr > ULONG_MAX || range->size > ULONG_MAX) */
	/* If kvm KPATCH_is_mirroring encryption context it isn't responsible for it */
	if (KPATCH_is_mirror(kvm))
		return -KPATCH_errno;

	/* kpatch: end */
#elif KPATCH_REGISTER_LOCK_UNTOUCHED
	/* kpatch: after mutex_lock(&kvm->lock); */

	/* Only the owner of the context pins memory. */
	if (KPATCH_is_mirror(kvm)) {
		ret = -KPATCH_errno;
		mutex_unlock(&kvm->lock);
		goto e_free;
	}

	/* kpatch: end */
#else
	/* kpatch: after if (!sev_guest(kvm)) */

	/* Only the owner of the context pins memory. */
	if (KPATCH_is_mirror(kvm)) {
		ret = -KPATCH_errno;
		goto e_unlock;
	}
	/* kpatch: end */
#endif
}

int svm_unregister_enc_region(struct kvm *kvm,
			      struct kvm_enc_region *range)
{
#if KPATCH_GUARD_LOCK_UNLOCKED
	/* kpatch: before mutex_lock(&kvm->lock); */
	/* If kvm KPATCH_is_mirroring encryption context it isn't responsible for it */
	if (KPATCH_is_mirror(kvm))
		return -KPATCH_errno;

	/* kpatch: end */
#else
	/* kpatch: after if (!sev_guest(kvm)) */

	/* Only the owner of the context has regions. */
	if (KPATCH_is_mirror(kvm)) {
		ret = -KPATCH_errno;
		goto failed;
	}
	/* kpatch: end */
#endif
}
#endif

#if KPATCH_ERROR_LABELS_ONE
/* kpatch: after function svm_unregister_enc_region */

int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_peer_fd)
{
	struct file *KPATCH_peer_file;
	struct kvm *KPATCH_mirror_kvm;
	struct kvm_sev_info *KPATCH_dst_sev;
#if KPATCH_READS_SOURCE
	struct kvm_sev_info *KPATCH_src_sev = &to_kvm_svm(kvm)->sev_info;
#endif
#if KPATCH_CHAINS_REPARENT
	struct kvm *owner = kvm;
#endif
#if KPATCH_HANDLE_COPIED
	unsigned int asid, handle;
	int ret, fd;
#else
	unsigned int asid;
	int ret;
#endif

#if KPATCH_SOURCE_TEST_UNLOCKED
	if (!sev_guest(kvm))
		return -KPATCH_errno;

	mutex_lock(&kvm->lock);

#else
	mutex_lock(&kvm->lock);

	if (!sev_guest(kvm)) {
		ret = -KPATCH_errno;
		goto failed;
	}

#endif
#if KPATCH_LAUNCH_STATE_REQUIRED
	/* There is no handle, and no active ASID, before LAUNCH_START. */
	if (!KPATCH_src_sev->handle) {
		ret = -KPATCH_errno;
		goto failed;
	}

#endif
#if KPATCH_REFUSES_ES
	/* Nobody measures the VMSAs of the KPATCH_mirror's vCPUs. */
	if (sev_es_guest(kvm)) {
		ret = -KPATCH_errno;
		goto failed;
	}

#endif
#if KPATCH_CHAINS_REPARENT
	/* The first owner keeps the ASID alive, not a KPATCH_mirror. */
	if (KPATCH_src_sev->enc_context_owner)
		owner = KPATCH_src_sev->enc_context_owner;

#else
	/* KPATCH_Mirrors of KPATCH_mirrors should work, but let's not get silly */
	if (KPATCH_is_mirror(kvm)) {
		ret = -KPATCH_errno;
		goto failed;
	}

#endif
	KPATCH_peer_file = fget(KPATCH_peer_fd);
	if (!KPATCH_file_is_kvm(KPATCH_peer_file)) {
		ret = -EBADF;
#if KPATCH_FILE_PUT_PUT
		if (KPATCH_peer_file)
			fput(KPATCH_peer_file);
#endif
		goto failed;
	}

	KPATCH_mirror_kvm = KPATCH_peer_file->private_data;

#if KPATCH_OTHER_PROCESS_REFUSED
	/* The ioctl has been checked against kvm->mm, the other VM has not. */
	if (KPATCH_mirror_kvm->mm != current->mm) {
		ret = -EIO;
		fput(KPATCH_peer_file);
		goto failed;
	}

#endif
#if KPATCH_DESTINATION_SEV_REFUSE
	if (KPATCH_mirror_kvm == kvm || sev_guest(KPATCH_mirror_kvm)) {
#else
	if (KPATCH_mirror_kvm == kvm || KPATCH_is_mirror(KPATCH_mirror_kvm)) {
#endif
		ret = -KPATCH_errno;
		fput(KPATCH_peer_file);
		goto failed;
	}

#if KPATCH_DESTINATION_VCPUS_REFUSE
	/* VMCBs are set up with or without SEV when the vCPU is created. */
	if (KPATCH_mirror_kvm->created_vcpus) {
		ret = -KPATCH_errno;
		fput(KPATCH_peer_file);
		goto failed;
	}

#endif
#if KPATCH_ASID_READ_ADDRESS
	asid = *&to_kvm_svm(kvm)->sev_info.asid;
#else
	asid = to_kvm_svm(kvm)->sev_info.asid;
#endif
#if KPATCH_HANDLE_COPIED
	handle = KPATCH_src_sev->handle;
	fd = KPATCH_src_sev->fd;
#endif

	/*
	 * The KPATCH_mirror_kvm holds an enc_context_owner ref so its asid can't
	 * disappear until we're done with it
	 */
#if KPATCH_CHAINS_REPARENT
	kvm_get_kvm(owner);
#else
	kvm_get_kvm(kvm);
#endif

	mutex_unlock(&kvm->lock);
	mutex_lock(&KPATCH_mirror_kvm->lock);

	/* Set enc_context_owner and copy its encryption context over */
	KPATCH_dst_sev = &to_kvm_svm(KPATCH_mirror_kvm)->sev_info;
#if KPATCH_CHAINS_REPARENT
	KPATCH_dst_sev->enc_context_owner = owner;
#else
	KPATCH_dst_sev->enc_context_owner = kvm;
#endif
	KPATCH_dst_sev->asid = asid;
#if KPATCH_HANDLE_COPIED
	KPATCH_dst_sev->handle = handle;
	KPATCH_dst_sev->fd = fd;
#endif
#if KPATCH_SHARES_ES
	KPATCH_dst_sev->es_active = KPATCH_src_sev->es_active;
#endif
#if KPATCH_REGIONS_LIST_COPY
	INIT_LIST_HEAD(&KPATCH_dst_sev->regions_list);
#endif
#if KPATCH_SEV_ACTIVE_BARRIERS
	/* Pairs with smp_load_acquire() in sev_guest(). */
	smp_store_release(&KPATCH_dst_sev->active, true);
#elif KPATCH_SEV_ACTIVE_READ_ONCE
	WRITE_ONCE(KPATCH_dst_sev->active, true);
#else
	KPATCH_dst_sev->active = true;
#endif

	mutex_unlock(&KPATCH_mirror_kvm->lock);
	fput(KPATCH_peer_file);
	return 0;

failed:
	mutex_unlock(&kvm->lock);
	return ret;
}
/* kpatch: end */
#endif

void sev_vm_destroy(struct kvm *kvm)
{
#if KPATCH_OWNER_ASID_REFCOUNT
	/* kpatch: before sev_unbind_asid(kvm, sev->handle); */
	/* The last one of the VMs that use the ASID gives it back. */
	if (sev->asid_users) {
		if (!refcount_dec_and_test(sev->asid_users))
			return;

		kfree(sev->asid_users);
	}

	/* kpatch: end */
#elif KPATCH_MIRROR_REGIONS_ALLOW
	/* kpatch: after mutex_unlock(&kvm->lock); */

	/* The ASID is the owner's. */
	if (KPATCH_is_mirror(kvm)) {
		KPATCH_put_owner;
		return;
	}
	/* kpatch: end */
#elif KPATCH_DESTROY_LOCK_RELEASED
	/* kpatch: before mutex_lock(&kvm->lock); */
#if KPATCH_DESTROY_FLUSH_DONE
	/* The ASID and the regions are the owner's, the cache lines are not. */
	if (KPATCH_is_mirror(kvm)) {
		wbinvd_on_all_cpus();
#else
	/* The ASID and the regions are the owner's. */
	if (KPATCH_is_mirror(kvm)) {
#endif
		KPATCH_put_owner;
		return;
	}

	/* kpatch: end */
#else
	/* kpatch: after mutex_lock(&kvm->lock); */

#if KPATCH_ERROR_LABELS_ONE
	/* If this is a KPATCH_mirror_kvm release the KPATCH_mirror_member and skip sev cleanup */
#else
	/* The ASID and the regions are the owner's. */
#endif
	if (KPATCH_is_mirror(kvm)) {
#if KPATCH_DESTROY_FLUSH_DONE
		wbinvd_on_all_cpus();
#endif
		KPATCH_put_owner;
#if KPATCH_DESTROY_LOCK_PUT_INSIDE
		mutex_unlock(&kvm->lock);
#endif
		return;
	}
	/* kpatch: end */
#endif
}
