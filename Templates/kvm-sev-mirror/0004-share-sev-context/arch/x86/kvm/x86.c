/* SPDX-License-Identifier: GPL-2.0-only */

#if KPATCH_API_CAPABILITY
int kvm_vm_ioctl_check_extension(struct kvm *kvm, long ext)
{
	switch (ext) {
#if KPATCH_CHECK_EXTENSION_ALWAYS
	/* kpatch: after case KVM_CAP_ENFORCE_PV_FEATURE_CPUID: */
	case KPATCH_cap:
	/* kpatch: end */
#else
	/* kpatch: before default: */
	case KPATCH_cap:
		/* mem_enc_op without a command tells whether SEV is usable. */
		r = kvm_x86_ops.KPATCH_hook &&
		    !KPATCH_call_mem_enc_op(kvm, NULL);
		break;
	/* kpatch: end */
#endif
	}
}

#endif
#if KPATCH_STRAY_LINE_REMOVED
static int kvm_vcpu_ioctl_enable_cap(struct kvm_vcpu *vcpu,
				     struct kvm_enable_cap *cap)
{
	switch (cap->cap) {
	/* kpatch: remove blank line before default: */
	/* kpatch: end */
	}
}

#endif
#if KPATCH_API_CAPABILITY
int kvm_vm_ioctl_enable_cap(struct kvm *kvm,
			    struct kvm_enable_cap *cap)
{
	switch (cap->cap) {
	/* kpatch: before default: */
	case KPATCH_cap:
#if KPATCH_CAP_ARGS_CHECKED
		r = -EINVAL;
		if (cap->args[0] > UINT_MAX || cap->args[1] ||
		    cap->args[2] || cap->args[3])
			break;

#endif
#if KPATCH_CAP_ARGS_TRUNCATED || KPATCH_ERRNO_ENOTTY
		r = -KPATCH_errno;
#endif
		if (kvm_x86_ops.KPATCH_hook)
			r = KPATCH_call_hook(kvm, cap->args[0]);
#if KPATCH_CAP_ARGS_CHECKED
		break;
#else
		return r;
#endif
	/* kpatch: end */
	}
}
#endif
