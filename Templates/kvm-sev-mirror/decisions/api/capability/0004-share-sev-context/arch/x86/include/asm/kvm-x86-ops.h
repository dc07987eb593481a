/* SPDX-License-Identifier: GPL-2.0-only */

#if KPATCH_STATIC_HOOK
/* kpatch: after KVM_X86_OP_NULL(mem_enc_unreg_region) */
KVM_X86_OP_NULL(KPATCH_hook)
/* kpatch: end */
#endif
