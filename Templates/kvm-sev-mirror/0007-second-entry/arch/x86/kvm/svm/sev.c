/* SPDX-License-Identifier: GPL-2.0-only */

#if KPATCH_DIRECTION_TO
static int __sev_copy_enc_context(struct kvm *kvm, struct kvm *source_kvm)
{
	/* kpatch: after if (ret) return ret; */

	/* A VM whose context was moved away is of no use to anybody. */
	if (kvm->vm_dead) {
		ret = -EIO;
		goto e_unlock;
	}
	/* kpatch: end */
}

/* kpatch: after function sev_vm_copy_enc_context_from */

int sev_vm_copy_enc_context_to(struct kvm *kvm, unsigned int KPATCH_cmd_fd)
{
#if KPATCH_HAVE_FD_FILE
	CLASS(fd, f)(KPATCH_cmd_fd);
	struct kvm *KPATCH_mirror_kvm;

	if (fd_empty(f))
		return -EBADF;

	if (!file_is_kvm(fd_file(f)))
		return -EBADF;

	KPATCH_mirror_kvm = fd_file(f)->private_data;

#if KPATCH_OTHER_PROCESS_REFUSED
	/* kvm_vm_ioctl() vetted kvm; vet the VM that is changed, too. */
	if (KPATCH_mirror_kvm->mm != current->mm)
		return -EIO;

#endif
	return __sev_copy_enc_context(KPATCH_mirror_kvm, kvm);
#else
	struct file *KPATCH_peer_file;
	struct kvm *KPATCH_mirror_kvm;
	int ret;

	KPATCH_peer_file = fget(KPATCH_cmd_fd);
	if (!file_is_kvm(KPATCH_peer_file)) {
		ret = -EBADF;
		goto out_fput;
	}

	KPATCH_mirror_kvm = KPATCH_peer_file->private_data;

#if KPATCH_OTHER_PROCESS_REFUSED
	/* kvm_vm_ioctl() vetted kvm; vet the VM that is changed, too. */
	if (KPATCH_mirror_kvm->mm != current->mm) {
		ret = -EIO;
		goto out_fput;
	}

#endif
	ret = __sev_copy_enc_context(KPATCH_mirror_kvm, kvm);

out_fput:
	if (KPATCH_peer_file)
		fput(KPATCH_peer_file);
	return ret;
#endif
}
/* kpatch: end */

#endif
#if KPATCH_API_ENC_OP
/* kpatch: before function sev_mem_enc_ioctl */
static int sev_share_asid(struct kvm *kvm, struct kvm_sev_cmd *argp)
{
	struct KPATCH_cmd_struct params;

	/* The firmware has no part in this. */
	argp->error = SEV_RET_SUCCESS;

#if KPATCH_HAVE_SNP
	/*
	 * Refused like other commands, i.e. whatever the parameters are.  It
	 * is tested again once both VMs are locked.
	 */
	scoped_guard(mutex, &kvm->lock) {
		if (is_mirroring_enc_context(kvm))
			return -EINVAL;

		if (sev_snp_guest(kvm))
			return -EPERM;
	}
#else
	/*
	 * Refused like other commands, i.e. whatever the parameters are.  It
	 * is tested again once both VMs are locked.
	 */
	if (is_mirroring_enc_context(kvm))
		return -EINVAL;
#endif

	if (copy_from_user(&params, u64_to_user_ptr(argp->data),
			   sizeof(params)))
		return -EFAULT;

	if (params.pad)
		return -EINVAL;

#if KPATCH_DIRECTION_TO
	return sev_vm_copy_enc_context_to(kvm, params.KPATCH_cmd_fd);
#else
	return sev_vm_copy_enc_context_from(kvm, params.KPATCH_cmd_fd);
#endif
}

/* kpatch: end */

int sev_mem_enc_ioctl(struct kvm *kvm, void __user *argp)
{
	/* kpatch: after if (copy_from_user(&sev_cmd */

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
}
#endif
