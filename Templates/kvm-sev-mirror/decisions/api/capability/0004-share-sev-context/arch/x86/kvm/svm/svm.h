/* SPDX-License-Identifier: GPL-2.0-only */

/* kpatch: after prototype svm_unregister_enc_region */
int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_header_fd);
/* kpatch: end */
