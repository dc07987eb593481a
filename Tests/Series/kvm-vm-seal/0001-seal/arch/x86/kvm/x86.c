// SPDX-License-Identifier: GPL-2.0-only

#if KPATCH_HOOK_ARCH
/* kpatch: after function kvm_arch_pre_destroy_vm */

int kvm_arch_vm_seal(struct kvm *kvm)
{
	return irqchip_in_kernel(kvm) ? 0 : -ENXIO;
}
/* kpatch: end */
#endif
