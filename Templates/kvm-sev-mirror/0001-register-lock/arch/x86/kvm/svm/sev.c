/* SPDX-License-Identifier: GPL-2.0-only */

int svm_register_enc_region(struct kvm *kvm,
			    struct kvm_enc_region *range)
{
	/* kpatch: replace if (!sev_guest(kvm)) return -ENOTTY; */
	mutex_lock(&kvm->lock);

	if (!sev_guest(kvm)) {
		ret = -ENOTTY;
		goto e_unlock;
	}
	/* kpatch: end */

	/* kpatch: replace if (range->addr > ULONG_MAX || range->size > ULONG_MAX) return -EINVAL; */
	if (range->addr > ULONG_MAX || range->size > ULONG_MAX) {
		ret = -EINVAL;
		goto e_unlock;
	}
	/* kpatch: end */

	/* kpatch: replace if (!region) return -ENOMEM; */
	if (!region) {
		ret = -ENOMEM;
		goto e_unlock;
	}
	/* kpatch: end */

	/* kpatch: replace mutex_lock(&kvm->lock); */
	/* kpatch: end */

	if (IS_ERR(region->pages)) {
		/* kpatch: remove mutex_unlock(&kvm->lock); */
		/* kpatch: end */
	}

	/* kpatch: after kfree(region); */
e_unlock:
	mutex_unlock(&kvm->lock);
	/* kpatch: end */
}
