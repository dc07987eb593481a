/* SPDX-License-Identifier: GPL-2.0-only */

#if KPATCH_API_CAPABILITY && KPATCH_CAP_ARGS_CHECKED
int kvm_vm_ioctl_enable_cap(struct kvm *kvm,
			    struct kvm_enable_cap *cap)
{
	switch (cap->cap) {
	/* kpatch: replace whole case KPATCH_cap: */
	case KPATCH_cap:
		r = -EINVAL;
		if (cap->args[0] > UINT_MAX || cap->args[1] ||
		    cap->args[2] || cap->args[3])
			break;

		r = -KPATCH_errno;
		if (kvm_x86_ops.KPATCH_hook)
			r = KPATCH_call_hook(kvm, cap->args[0]);
		break;
	/* kpatch: end */
	}
}
#endif
