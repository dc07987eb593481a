/* SPDX-License-Identifier: GPL-2.0-only */

#if KPATCH_DESTROY_LOCK_RELEASED
void sev_vm_destroy(struct kvm *kvm)
{
	/* kpatch: replace whole if (KPATCH_is_mirror(kvm)) */
	/* The ASID and the regions are the owner's. */
	if (KPATCH_is_mirror(kvm)) {
		KPATCH_put_owner;
		return;
	}
	/* kpatch: end */
}
#else
void sev_vm_destroy(struct kvm *kvm)
{
	if (KPATCH_is_mirror(kvm)) {
		/* kpatch: remove wbinvd_on_all_cpus(); */
		/* kpatch: end */
	}
}
#endif
