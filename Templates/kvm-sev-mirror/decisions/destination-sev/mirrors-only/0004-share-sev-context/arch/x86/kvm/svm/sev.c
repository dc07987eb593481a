/* SPDX-License-Identifier: GPL-2.0-only */

int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_peer_fd)
{
#if KPATCH_ERROR_LABELS_ONE
	/* kpatch: replace if (KPATCH_mirror_kvm == kvm || sev_guest(KPATCH_mirror_kvm)) */
	if (KPATCH_mirror_kvm == kvm || KPATCH_is_mirror(KPATCH_mirror_kvm)) {
		ret = -KPATCH_errno;
		fput(KPATCH_peer_file);
		goto failed;
	}
	/* kpatch: end */
#else
	/* kpatch: replace if (sev_guest(KPATCH_dst_kvm)) */
	if (KPATCH_is_mirror(KPATCH_dst_kvm))
		goto KPATCH_dst_out;
	/* kpatch: end */
#endif
}
