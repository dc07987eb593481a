/* SPDX-License-Identifier: GPL-2.0-only */

#if KPATCH_API_CAPABILITY && KPATCH_REVIEW_AGREED && KPATCH_HAVE_STATIC_CALLS
/* kpatch: after KVM_X86_OP_NULL(mem_enc_unreg_region) */
KVM_X86_OP_NULL(KPATCH_hook)
/* kpatch: end */
#endif
