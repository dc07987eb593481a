/* SPDX-License-Identifier: GPL-2.0-only */

#if KPATCH_ERROR_LABELS_EACH
int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_peer_fd)
{
	/* kpatch: before ret = sev_lock_two_vms(kvm, KPATCH_peer_kvm); */
	ret = -KPATCH_errno;
	if (sev_guest(KPATCH_dst_kvm))
		goto e_fput;

	/* VMCBs are set up with or without SEV when the vCPU is created. */
	if (KPATCH_dst_kvm->created_vcpus)
		goto e_fput;

	/* kpatch: end */
	/* kpatch: remove if (sev_guest(KPATCH_dst_kvm)) */
	/* kpatch: end */
	/* kpatch: remove if (KPATCH_dst_kvm->created_vcpus) */
	/* kpatch: end */
}
#endif
