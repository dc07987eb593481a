/* SPDX-License-Identifier: GPL-2.0-only */

#if KPATCH_FLAG
struct kvm {
	/* kpatch: after pid_t userspace_pid; */
	bool sealed;
	/* kpatch: end */
};
#endif

#if KPATCH_HOOK_ARCH
/* kpatch: after prototype kvm_arch_pre_destroy_vm */
int kvm_arch_vm_seal(struct kvm *kvm);
/* kpatch: end */
#endif
