/* SPDX-License-Identifier: GPL-2.0-only */

/* kpatch: after function sev_flush_asids */

static inline bool is_mirroring_enc_context(struct kvm *kvm)
{
#if KPATCH_REVIEW_POSTED
	return &to_kvm_svm(kvm)->sev_info.enc_context_owner;
#else
	return !!to_kvm_svm(kvm)->sev_info.enc_context_owner;
#endif
}
/* kpatch: end */

#if KPATCH_REVIEW_AGREED
/* kpatch: before function svm_mem_enc_op */
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

static void sev_unlock_two_vms(struct kvm *a, struct kvm *b)
{
	mutex_unlock(&a->lock);
	mutex_unlock(&b->lock);
}

/* Let @mirror use the ASID of @source, which it keeps alive from now on. */
static int __sev_share_asid(struct kvm *mirror, struct kvm *source)
{
	struct kvm_sev_info *mirror_sev = &to_kvm_svm(mirror)->sev_info;
	struct kvm_sev_info *source_sev = &to_kvm_svm(source)->sev_info;
	int ret = -EINVAL;

	if (mirror == source)
		return -EINVAL;

	sev_lock_two_vms(mirror, source);

	/* There is no handle, and no active ASID, before LAUNCH_START. */
	if (!sev_guest(source) || !source_sev->handle)
		goto out_unlock;

	/* Destroying the last mirror of a long chain could overrun the stack. */
	if (is_mirroring_enc_context(source))
		goto out_unlock;

#if KPATCH_HAVE_SEV_ES
	/* Nobody measures the VMSAs of the mirror's vCPUs. */
	if (sev_es_guest(source))
		goto out_unlock;

#endif
	/* VMCBs are set up with or without SEV when the vCPU is created. */
	if (sev_guest(mirror) || mirror->created_vcpus)
		goto out_unlock;

	kvm_get_kvm(source);
	mirror_sev->enc_context_owner = source;
	mirror_sev->asid = source_sev->asid;
	/* Not used as long as commands are refused, but 0 would be another's. */
	mirror_sev->handle = source_sev->handle;
	mirror_sev->fd = source_sev->fd;
	INIT_LIST_HEAD(&mirror_sev->regions_list);
	mirror_sev->active = true;
	ret = 0;

out_unlock:
	sev_unlock_two_vms(mirror, source);
	return ret;
}

#if KPATCH_API_CAPABILITY
int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_peer_fd)
#else
static int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_peer_fd)
#endif
{
	struct fd f = fdget(KPATCH_peer_fd);
#if KPATCH_DIRECTION_TO
	struct kvm *mirror;
#endif
	int ret = -EBADF;

	if (!KPATCH_file_is_kvm(f.file))
		goto out_fdput;

#if KPATCH_DIRECTION_TO
	mirror = f.file->private_data;

	/* The ioctl has been checked against kvm->mm, the mirror has not. */
	ret = -EIO;
	if (mirror->mm != current->mm)
		goto out_fdput;

	ret = __sev_share_asid(mirror, kvm);
#else
	ret = __sev_share_asid(kvm, f.file->private_data);
#endif

out_fdput:
	fdput(f);
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
#if KPATCH_REVIEW_POSTED
	/* kpatch: before mutex_lock(&kvm->lock); */
	/* enc_context_owner handles all memory enc operations */
	if (is_mirroring_enc_context(kvm))
		return -ENOTTY;

	/* kpatch: end */
#else
#if KPATCH_API_ENC_OP
	/* kpatch: before mutex_lock(&kvm->lock); */
	/* Locks both VMs, in the order of their addresses. */
	if (sev_cmd.id == KPATCH_cmd) {
		r = sev_share_asid(kvm, &sev_cmd);
		if (copy_to_user(argp, &sev_cmd, sizeof(struct kvm_sev_cmd)))
			r = -EFAULT;
		return r;
	}

	/* kpatch: end */
#endif
	/* kpatch: after mutex_lock(&kvm->lock); */

	/* Only the owner of the context may issue commands. */
	if (is_mirroring_enc_context(kvm)) {
		r = -EINVAL;
		goto out;
	}
	/* kpatch: end */
#endif
}

int svm_register_enc_region(struct kvm *kvm,
			    struct kvm_enc_region *range)
{
#if KPATCH_REVIEW_POSTED
	/* kpatch: after if (!sev_guest(kvm)) return -ENOTTY; */

	/* If kvm is mirroring encryption context it isn't responsible for it */
	if (is_mirroring_enc_context(kvm))
		return -ENOTTY;
	/* kpatch: end */
#else
	/* kpatch: after if (!sev_guest(kvm)) */

	/* Only the owner of the context pins memory. */
	if (is_mirroring_enc_context(kvm)) {
		ret = -EINVAL;
		goto e_unlock;
	}
	/* kpatch: end */
#endif
}

int svm_unregister_enc_region(struct kvm *kvm,
			      struct kvm_enc_region *range)
{
#if KPATCH_REVIEW_POSTED
	/* kpatch: before mutex_lock(&kvm->lock); */
	/* If kvm is mirroring encryption context it isn't responsible for it */
	if (is_mirroring_enc_context(kvm))
		return -ENOTTY;

	/* kpatch: end */
#else
	/* kpatch: after if (!sev_guest(kvm)) */

	/* Only the owner of the context has regions. */
	if (is_mirroring_enc_context(kvm)) {
		ret = -EINVAL;
		goto failed;
	}
	/* kpatch: end */
#endif
}

#if KPATCH_REVIEW_POSTED
/* kpatch: after function svm_unregister_enc_region */

int KPATCH_copy_asid(struct kvm *kvm, unsigned int mirror_kvm_fd)
{
	struct file *mirror_kvm_file;
	struct kvm *mirror_kvm;
	struct kvm_sev_info *mirror_kvm_sev;
	unsigned int asid;
	int ret;

	if (!sev_guest(kvm))
		return -ENOTTY;

	mutex_lock(&kvm->lock);

	/* Mirrors of mirrors should work, but let's not get silly */
	if (is_mirroring_enc_context(kvm)) {
		ret = -ENOTTY;
		goto failed;
	}

	mirror_kvm_file = fget(mirror_kvm_fd);
	if (!KPATCH_file_is_kvm(mirror_kvm_file)) {
		ret = -EBADF;
		goto failed;
	}

	mirror_kvm = mirror_kvm_file->private_data;

	if (mirror_kvm == kvm || is_mirroring_enc_context(mirror_kvm)) {
		ret = -ENOTTY;
		fput(mirror_kvm_file);
		goto failed;
	}

	asid = *&to_kvm_svm(kvm)->sev_info.asid;

	/*
	 * The mirror_kvm holds an enc_context_owner ref so its asid can't
	 * disappear until we're done with it
	 */
	kvm_get_kvm(kvm);

	mutex_unlock(&kvm->lock);
	mutex_lock(&mirror_kvm->lock);

	/* Set enc_context_owner and copy its encryption context over */
	mirror_kvm_sev = &to_kvm_svm(mirror_kvm)->sev_info;
	mirror_kvm_sev->enc_context_owner = kvm;
	mirror_kvm_sev->asid = asid;
	mirror_kvm_sev->active = true;

	mutex_unlock(&mirror_kvm->lock);
	fput(mirror_kvm_file);
	return 0;

failed:
	mutex_unlock(&kvm->lock);
	return ret;
}
/* kpatch: end */
#endif

void sev_vm_destroy(struct kvm *kvm)
{
#if KPATCH_REVIEW_POSTED
	/* kpatch: after mutex_lock(&kvm->lock); */

	/* If this is a mirror_kvm release the enc_context_owner and skip sev cleanup */
	if (is_mirroring_enc_context(kvm)) {
		kvm_put_kvm(sev->enc_context_owner);
		return;
	}
	/* kpatch: end */
#else
	/* kpatch: before mutex_lock(&kvm->lock); */
	/* The ASID and the regions are the owner's, the cache lines are not. */
	if (is_mirroring_enc_context(kvm)) {
		wbinvd_on_all_cpus();
		kvm_put_kvm(sev->enc_context_owner);
		return;
	}

	/* kpatch: end */
#endif
}
