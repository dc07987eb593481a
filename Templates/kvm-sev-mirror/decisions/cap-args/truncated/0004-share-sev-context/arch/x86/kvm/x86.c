/* SPDX-License-Identifier: GPL-2.0-only */

int kvm_vm_ioctl_enable_cap(struct kvm *kvm,
			    struct kvm_enable_cap *cap)
{
	switch (cap->cap) {
	/* kpatch: replace whole case KPATCH_cap: */
	case KPATCH_cap:
		r = -KPATCH_errno;
		if (kvm_x86_ops.KPATCH_hook)
			r = KPATCH_call_hook(kvm, cap->args[0]);
		return r;
	/* kpatch: end */
	}
}
