/* SPDX-License-Identifier: GPL-2.0-only */

void sev_vm_destroy(struct kvm *kvm)
{
	/* kpatch: remove if (KPATCH_is_mirror(kvm)) */
	/* kpatch: end */
	/* kpatch: after mutex_lock(&kvm->lock); */

#if KPATCH_ERROR_LABELS_ONE
	/* If this is a KPATCH_mirror_kvm release the KPATCH_mirror_member and skip sev cleanup */
#else
	/* The ASID and the regions are the owner's. */
#endif
	if (KPATCH_is_mirror(kvm)) {
		KPATCH_put_owner;
		return;
	}
	/* kpatch: end */
}
