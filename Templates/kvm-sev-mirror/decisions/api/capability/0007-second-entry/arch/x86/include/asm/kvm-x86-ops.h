/* SPDX-License-Identifier: GPL-2.0-only */

/* kpatch: after KVM_X86_OP_OPTIONAL(vm_copy_enc_context_from) */
KVM_X86_OP_OPTIONAL(KPATCH_hook)
/* kpatch: end */
