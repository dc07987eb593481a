/* SPDX-License-Identifier: GPL-2.0-only */

#if !KPATCH_HAVE_RECLAIM_HOOK && KPATCH_MIRROR_REGIONS_REFUSE
void sev_vm_destroy(struct kvm *kvm)
{
	if (KPATCH_is_mirror(kvm)) {
		/* kpatch: before KPATCH_put_owner; */
		/* Pages that only the KPATCH_mirror has mapped are cached, too. */
		wbinvd_on_all_cpus();
		/* kpatch: end */
	}
}
#endif
