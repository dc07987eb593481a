/* SPDX-License-Identifier: GPL-2.0-only */

/* kpatch: after prototype sev_vm_copy_enc_context_from */
int sev_vm_copy_enc_context_to(struct kvm *kvm, unsigned int KPATCH_cmd_fd);
/* kpatch: end */
