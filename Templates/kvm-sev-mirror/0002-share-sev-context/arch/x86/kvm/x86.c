/* SPDX-License-Identifier: GPL-2.0-only */

#if KPATCH_API_CAPABILITY
int kvm_vm_ioctl_check_extension(struct kvm *kvm, long ext)
{
	switch (ext) {
#if KPATCH_REVIEW_POSTED
	/* kpatch: after case KVM_CAP_ENFORCE_PV_FEATURE_CPUID: */
	case KPATCH_cap:
	/* kpatch: end */
#else
	/* kpatch: before default: */
	case KPATCH_cap:
		/* Without a command, mem_enc_op tells whether SEV is enabled. */
		r = kvm_x86_ops.KPATCH_hook &&
		    !KPATCH_call_mem_enc_op(kvm, NULL);
		break;
	/* kpatch: end */
#endif
	}
}

#if KPATCH_REVIEW_POSTED
static int kvm_vcpu_ioctl_enable_cap(struct kvm_vcpu *vcpu,
				     struct kvm_enable_cap *cap)
{
	switch (cap->cap) {
	/* kpatch: remove blank line before default: */
	/* kpatch: end */
	}
}
#endif

int kvm_vm_ioctl_enable_cap(struct kvm *kvm,
			    struct kvm_enable_cap *cap)
{
	switch (cap->cap) {
	/* kpatch: before default: */
#if KPATCH_REVIEW_POSTED
	case KPATCH_cap:
		r = -ENOTTY;
		if (kvm_x86_ops.KPATCH_hook)
			r = kvm_x86_ops.KPATCH_hook(kvm, cap->args[0]);
		return r;
#else
	case KPATCH_cap:
		r = -EINVAL;
		if (cap->args[0] > UINT_MAX || cap->args[1] ||
		    cap->args[2] || cap->args[3])
			break;

		if (kvm_x86_ops.KPATCH_hook)
			r = KPATCH_call_hook(kvm, cap->args[0]);
		break;
#endif
	/* kpatch: end */
	}
}
#endif
