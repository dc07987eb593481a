/* SPDX-License-Identifier: GPL-2.0-only */

int kvm_vm_ioctl_check_extension(struct kvm *kvm, long ext)
{
	switch (ext) {
	/* kpatch: before default: */
	case KPATCH_cap:
		/* Without a command, the hook tells whether SEV is enabled. */
		r = kvm_x86_ops.KPATCH_hook &&
		    !KPATCH_call_mem_enc_op(kvm, NULL);
		break;
	/* kpatch: end */
	}
}

int kvm_vm_ioctl_enable_cap(struct kvm *kvm,
			    struct kvm_enable_cap *cap)
{
	switch (cap->cap) {
	/* kpatch: before KPATCH_case_behind_copy: */
	case KPATCH_cap:
		r = -EINVAL;
		if (!kvm_x86_ops.KPATCH_hook)
			break;

		if (cap->args[0] > UINT_MAX || cap->args[1] ||
		    cap->args[2] || cap->args[3])
			break;

		r = KPATCH_call_hook(kvm, cap->args[0]);
		break;
	/* kpatch: end */
	}
}
