/* SPDX-License-Identifier: GPL-2.0-only */

#if KPATCH_GUARD_LOCK_LOCKED && KPATCH_MIRROR_REGIONS_REFUSE
int svm_register_enc_region(struct kvm *kvm,
			    struct kvm_enc_region *range)
{
	/* kpatch: remove if (KPATCH_is_mirror(kvm)) */
	/* kpatch: end */
	/* kpatch: after mutex_lock(&kvm->lock); */

	/* Only the owner of the context pins memory. */
	if (KPATCH_is_mirror(kvm)) {
		ret = -KPATCH_errno;
		mutex_unlock(&kvm->lock);
		goto e_free;
	}

	/* kpatch: end */
}
#endif
