/* SPDX-License-Identifier: GPL-2.0-only */

#if !KPATCH_HAVE_VM_BUGGED
int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_peer_fd)
{
	/* kpatch: remove if (KPATCH_dst_is_foreign) */
	/* kpatch: end */
}
#elif KPATCH_ERROR_LABELS_ONE
int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_peer_fd)
{
	/* kpatch: replace if (KPATCH_dst_is_foreign) */
	if (KPATCH_dst_kvm->vm_bugged) {
		ret = -EIO;
		fput(KPATCH_peer_file);
		goto failed;
	}
	/* kpatch: end */
}
#else
int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_peer_fd)
{
	/* kpatch: replace if (KPATCH_dst_is_foreign) */
	if (KPATCH_dst_kvm->vm_bugged) {
		ret = -EIO;
		goto e_fput;
	}
	/* kpatch: end */
}
#endif
