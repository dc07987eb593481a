/* SPDX-License-Identifier: GPL-2.0-only */

int sev_vm_copy_enc_context_to(struct kvm *kvm, unsigned int KPATCH_cmd_fd)
{
	/* kpatch: remove if (KPATCH_mirror_kvm->mm != current->mm) */
	/* kpatch: end */
}
