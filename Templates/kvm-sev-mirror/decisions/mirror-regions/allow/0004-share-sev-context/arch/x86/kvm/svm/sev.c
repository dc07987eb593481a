/* SPDX-License-Identifier: GPL-2.0-only */

int svm_register_enc_region(struct kvm *kvm,
			    struct kvm_enc_region *range)
{
	/* kpatch: remove if (KPATCH_is_mirror(kvm)) */
	/* kpatch: end */
}

int svm_unregister_enc_region(struct kvm *kvm,
			      struct kvm_enc_region *range)
{
	/* kpatch: remove if (KPATCH_is_mirror(kvm)) */
	/* kpatch: end */
}

void sev_vm_destroy(struct kvm *kvm)
{
	/* kpatch: remove if (KPATCH_is_mirror(kvm)) */
	/* kpatch: end */
#if !KPATCH_OWNER_ASID_REFCOUNT
	/* kpatch: after mutex_unlock(&kvm->lock); */

	/* The ASID is the owner's. */
	if (KPATCH_is_mirror(kvm)) {
		KPATCH_put_owner;
		return;
	}
	/* kpatch: end */
#endif
}
