/* SPDX-License-Identifier: GPL-2.0-only */

int sev_vm_copy_enc_context_to(struct kvm *kvm, unsigned int KPATCH_cmd_fd)
{
#if !KPATCH_HAVE_VM_DEAD
	/* kpatch: remove if (KPATCH_mirror_is_foreign) */
	/* kpatch: end */
#elif KPATCH_HAVE_FD_FILE
	/* kpatch: replace if (KPATCH_mirror_is_foreign) */
	if (KPATCH_mirror_kvm->vm_dead)
		return -EIO;
	/* kpatch: end */
#else
	/* kpatch: replace if (KPATCH_mirror_is_foreign) */
	if (KPATCH_mirror_kvm->vm_dead) {
		ret = -EIO;
		goto e_fput;
	}
	/* kpatch: end */
#endif
}
