/* SPDX-License-Identifier: GPL-2.0-only */

/* kpatch: after function sev_flush_asids */

static inline bool KPATCH_is_mirror(struct kvm *kvm)
{
	return !!to_kvm_svm(kvm)->sev_info.KPATCH_mirror_member;
}
/* kpatch: end */

/* kpatch: before function KPATCH_behind_copy */
/*
 * The VM at the lower address first: tasks that share contexts in opposite
 * directions must not wait for each other.  Killable, as another task may
 * hold the lock of a VM for as long as it likes.
 */
static int sev_lock_two_vms(struct kvm *a, struct kvm *b)
{
	if (a > b)
		swap(a, b);

	if (mutex_lock_killable(&a->lock))
		return -EINTR;

	if (mutex_lock_killable_nested(&b->lock, SINGLE_DEPTH_NESTING)) {
		mutex_unlock(&a->lock);
		return -EINTR;
	}

	return 0;
}

KPATCH_copy_int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_peer_fd)
{
	struct kvm_sev_info *KPATCH_dst_sev, *KPATCH_src_sev;
	struct file *KPATCH_peer_file;
	struct kvm *KPATCH_peer_kvm;
	int ret;

	KPATCH_peer_file = fget(KPATCH_peer_fd);
	if (!KPATCH_file_is_kvm(KPATCH_peer_file)) {
		ret = -EBADF;
		goto e_fput;
	}

	KPATCH_peer_kvm = KPATCH_peer_file->private_data;
	KPATCH_dst_sev = &to_kvm_svm(KPATCH_dst_kvm)->sev_info;
	KPATCH_src_sev = &to_kvm_svm(KPATCH_src_kvm)->sev_info;
#if KPATCH_DIRECTION_TO

	/* kvm_vm_ioctl() vetted kvm; vet the VM that is changed, too. */
	if (KPATCH_dst_is_foreign) {
		ret = -EIO;
		goto e_fput;
	}
#endif

	if (KPATCH_peer_kvm == kvm) {
		ret = -KPATCH_errno;
		goto e_fput;
	}

	ret = sev_lock_two_vms(kvm, KPATCH_peer_kvm);
	if (ret)
		goto e_fput;

	ret = -KPATCH_errno;
	if (!sev_guest(KPATCH_src_kvm))
		goto e_unlock;

	/* There is no handle, and no active ASID, before LAUNCH_START. */
	if (!KPATCH_src_sev->handle)
		goto e_unlock;

#if KPATCH_HAVE_SEV_ES
	/* Nobody measures the VMSAs of the KPATCH_mirror's vCPUs. */
	if (sev_es_guest(KPATCH_src_kvm))
		goto e_unlock;

#endif
	/* KPATCH_chain_reason */
	if (KPATCH_is_mirror(KPATCH_src_kvm))
		goto e_unlock;

	if (sev_guest(KPATCH_dst_kvm))
		goto e_unlock;

	/* VMCBs are set up with or without SEV when the vCPU is created. */
	if (KPATCH_dst_kvm->created_vcpus)
		goto e_unlock;

	kvm_get_kvm(KPATCH_src_kvm);
	KPATCH_dst_sev->enc_context_owner = KPATCH_src_kvm;
	KPATCH_dst_sev->asid = KPATCH_src_sev->asid;
#if KPATCH_READS_HANDLE
	KPATCH_dst_sev->handle = KPATCH_src_sev->handle;
#endif
#if KPATCH_READS_FD
	KPATCH_dst_sev->fd = KPATCH_src_sev->fd;
#endif
	INIT_LIST_HEAD(&KPATCH_dst_sev->regions_list);
	KPATCH_dst_sev->active = true;
	ret = 0;

e_unlock:
	mutex_unlock(&KPATCH_peer_kvm->lock);
	mutex_unlock(&kvm->lock);
e_fput:
	if (KPATCH_peer_file)
		fput(KPATCH_peer_file);
	return ret;
}

#if KPATCH_API_ENC_OP
static int sev_share_asid(struct kvm *kvm, struct kvm_sev_cmd *argp)
{
	struct KPATCH_cmd_struct params;

	if (copy_from_user(&params, (void __user *)(uintptr_t)argp->data,
			   sizeof(params)))
		return -EFAULT;

	if (params.flags || memchr_inv(params.pad0, 0, sizeof(params.pad0)))
		return -EINVAL;

	return KPATCH_copy_asid(kvm, params.KPATCH_cmd_fd);
}

#endif
/* kpatch: end */

int svm_mem_enc_op(struct kvm *kvm, void __user *argp)
{
#if KPATCH_API_ENC_OP
	/* kpatch: before mutex_lock(&kvm->lock); */
	/* kpatch: include shared/dispatch.c */

	/* kpatch: end */
#endif
	/* kpatch: after mutex_lock(&kvm->lock); */

	/* KPATCH_owner_only may issue commands. */
	if (KPATCH_is_mirror(kvm)) {
		r = -KPATCH_errno;
		goto out;
	}
	/* kpatch: end */
}

int svm_register_enc_region(struct kvm *kvm,
			    struct kvm_enc_region *range)
{
	/* kpatch: after if (!sev_guest(kvm)) */

	/* Only the owner of the context pins memory. */
	if (KPATCH_is_mirror(kvm)) {
		ret = -KPATCH_errno;
		goto e_unlock;
	}
	/* kpatch: end */
}

int svm_unregister_enc_region(struct kvm *kvm,
			      struct kvm_enc_region *range)
{
	/* kpatch: after if (!sev_guest(kvm)) */

	/* Only the owner of the context has regions. */
	if (KPATCH_is_mirror(kvm)) {
		ret = -KPATCH_errno;
		goto failed;
	}
	/* kpatch: end */
}

void sev_vm_destroy(struct kvm *kvm)
{
	/* kpatch: before mutex_lock(&kvm->lock); */
	/* The ASID and the regions are the owner's. */
	if (KPATCH_is_mirror(kvm)) {
		KPATCH_put_owner;
		return;
	}

	/* kpatch: end */
}
