/* SPDX-License-Identifier: GPL-2.0-only */

int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_peer_fd)
{
#if KPATCH_ERROR_LABELS_ONE
	/* kpatch: before if (mutex_lock_killable(&kvm->lock)) */
	if (!sev_guest(kvm))
		return -KPATCH_errno;

	/* kpatch: end */
#else
	/* kpatch: after if (KPATCH_peer_kvm == kvm) */

	if (!sev_guest(KPATCH_src_kvm)) {
		ret = -KPATCH_errno;
		goto e_fput;
	}
	/* kpatch: end */
#endif
	/* kpatch: remove if (!sev_guest(KPATCH_src_kvm)) */
	/* kpatch: end */
}
