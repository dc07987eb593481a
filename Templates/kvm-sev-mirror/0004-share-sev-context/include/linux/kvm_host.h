/* SPDX-License-Identifier: GPL-2.0-only */

/* kpatch: after prototype kvm_put_kvm */
bool KPATCH_file_is_kvm(struct file *file);
/* kpatch: end */
