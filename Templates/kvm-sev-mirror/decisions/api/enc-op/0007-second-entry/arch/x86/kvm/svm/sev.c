/* SPDX-License-Identifier: GPL-2.0-only */

/* kpatch: before function sev_mem_enc_ioctl */
static int sev_share_asid(struct kvm *kvm, struct kvm_sev_cmd *argp)
{
	struct KPATCH_cmd_struct params;
#if KPATCH_HAVE_SNP
	int ret = 0;
#endif

	/*
	 * Refused like other commands, i.e. whatever the parameters are.  It
	 * is tested again once both VMs are locked.
	 */
#if KPATCH_HAVE_SNP
	if (mutex_lock_killable(&kvm->lock))
		return -EINTR;

	if (is_mirroring_enc_context(kvm))
		ret = -EINVAL;
	else if (sev_snp_guest(kvm))
		ret = -EPERM;
	mutex_unlock(&kvm->lock);
	if (ret)
		return ret;
#else
	if (is_mirroring_enc_context(kvm))
		return -EINVAL;
#endif

	if (copy_from_user(&params, u64_to_user_ptr(argp->data),
			   sizeof(params)))
		return -EFAULT;

	if (params.flags || memchr_inv(params.pad0, 0, sizeof(params.pad0)))
		return -EINVAL;

#if KPATCH_DIRECTION_TO
	return sev_vm_copy_enc_context_to(kvm, params.KPATCH_cmd_fd);
#else
	return KPATCH_copy_from(kvm, params.KPATCH_cmd_fd);
#endif
}

/* kpatch: end */

int sev_mem_enc_ioctl(struct kvm *kvm, void __user *argp)
{
	/* kpatch: after if (copy_from_user(&sev_cmd */

	/* kpatch: include shared/dispatch.c */
	/* kpatch: end */
}
