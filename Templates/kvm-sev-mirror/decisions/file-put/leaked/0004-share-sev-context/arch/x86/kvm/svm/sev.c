/* SPDX-License-Identifier: GPL-2.0-only */

int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_peer_fd)
{
#if KPATCH_ERROR_LABELS_ONE
	if (!KPATCH_file_is_kvm(KPATCH_peer_file)) {
		/* kpatch: remove if (KPATCH_peer_file) */
		/* kpatch: end */
	}
#else
	/* kpatch: replace if (!KPATCH_file_is_kvm(KPATCH_peer_file)) */
	if (!KPATCH_file_is_kvm(KPATCH_peer_file))
		return -EBADF;
	/* kpatch: end */
	/* kpatch: replace if (KPATCH_peer_file) */
	fput(KPATCH_peer_file);
	/* kpatch: end */
#endif
}
