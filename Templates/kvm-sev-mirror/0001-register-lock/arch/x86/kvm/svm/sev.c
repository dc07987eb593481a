/* SPDX-License-Identifier: GPL-2.0-only */

int svm_register_enc_region(struct kvm *kvm,
			    struct kvm_enc_region *range)
{
	/* kpatch: remove blank line before if (!sev_guest(kvm)) */
	/* kpatch: end */
	/* kpatch: replace if (!sev_guest(kvm)) return -ENOTTY; */
	/* kpatch: end */

	/* kpatch: after mutex_lock(&kvm->lock); */

	if (!sev_guest(kvm)) {
		ret = -ENOTTY;
		goto e_unlock;
	}

	/* kpatch: end */

	/* kpatch: replace if (IS_ERR(region->pages)) { ret = PTR_ERR(region->pages); mutex_unlock(&kvm->lock); goto e_free; } */
	if (IS_ERR(region->pages)) {
		ret = PTR_ERR(region->pages);
		goto e_unlock;
	}
	/* kpatch: end */

	/* kpatch: replace e_free: */
e_unlock:
	mutex_unlock(&kvm->lock);
	/* kpatch: end */
	kfree(region);
}
