/* SPDX-License-Identifier: GPL-2.0-only */

int kvm_vm_ioctl_check_extension(struct kvm *kvm, long ext)
{
	switch (ext) {
	/* kpatch: after case KVM_CAP_VM_COPY_ENC_CONTEXT_FROM: */
	case KPATCH_cap:
	/* kpatch: end */
	/* kpatch: remove case KPATCH_cap: */
	/* kpatch: end */
	}
}
