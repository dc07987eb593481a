/* SPDX-License-Identifier: GPL-2.0-only */

/* kpatch: after KPATCH_op_optional(vm_copy_enc_context_from) */
KPATCH_op_optional(KPATCH_hook)
/* kpatch: end */
