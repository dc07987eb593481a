// SPDX-License-Identifier: GPL-2.0-only

#if !KPATCH_HAVE_MAX_VCPUS
static int kvm_vm_ioctl_create_vcpu(struct kvm *kvm, u32 id)
{
	/* kpatch: before if (kvm->created_vcpus */
	if (kvm->sealed) {
		mutex_unlock(&kvm->lock);
		return -EINVAL;
	}

	/* kpatch: end */
}
#endif

#if KPATCH_SCOPE_ALL
static int kvm_ioctl_create_device(struct kvm *kvm,
				   struct kvm_create_device *cd)
{
	/* kpatch: before ret = ops->create(dev, type); */
	if (kvm->sealed) {
		mutex_unlock(&kvm->lock);
		kfree(dev);
		return -EPERM;
	}

	/* kpatch: end */
}
#endif

static int kvm_vm_ioctl_check_extension_generic(struct kvm *kvm, long arg)
{
	switch (arg) {
	/* kpatch: after case KVM_CAP_ENABLE_CAP_VM: */
	case KVM_CAP_VM_SEAL:
	/* kpatch: end */
	}
}

/* kpatch: before function kvm_vm_ioctl_enable_cap_generic */
#if KPATCH_HOOK_ARCH
int __weak kvm_arch_vm_seal(struct kvm *kvm)
{
	return 0;
}

#endif
static int kvm_vm_ioctl_seal(struct kvm *kvm, struct kvm_enable_cap *cap)
{
	int r = -EINVAL;

	if (cap->flags || cap->args[0])
		return -EINVAL;

	mutex_lock(&kvm->lock);
	if (!kvm->created_vcpus)
		goto out;
#if KPATCH_HOOK_ARCH
	r = kvm_arch_vm_seal(kvm);
	if (r)
		goto out;
#endif
#if KPATCH_HAVE_MAX_VCPUS
	kvm->max_vcpus = kvm->created_vcpus;
#endif
#if KPATCH_FLAG
	kvm->sealed = true;
#endif
	r = 0;
out:
	mutex_unlock(&kvm->lock);
	return r;
}

/* kpatch: end */

static int kvm_vm_ioctl_enable_cap_generic(struct kvm *kvm,
					   struct kvm_enable_cap *cap)
{
	switch (cap->cap) {
	/* kpatch: before default: */
	case KVM_CAP_VM_SEAL:
		return kvm_vm_ioctl_seal(kvm, cap);
	/* kpatch: end */
	}
}
