/* SPDX-License-Identifier: GPL-2.0-only */

/* kpatch: before function kvm_create_vm */
static struct file_operations kvm_vm_fops;

/* kpatch: end */

/* kpatch: after EXPORT_SYMBOL_GPL(kvm_put_kvm); */

bool KPATCH_file_is_kvm(struct file *file)
{
	return file && file->f_op == &kvm_vm_fops;
}
EXPORT_SYMBOL_GPL(KPATCH_file_is_kvm);
/* kpatch: end */

/* kpatch: remove function KPATCH_file_is_kvm */
/* kpatch: end */
