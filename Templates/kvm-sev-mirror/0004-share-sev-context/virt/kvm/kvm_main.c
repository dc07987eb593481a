/* SPDX-License-Identifier: GPL-2.0-only */

/* kpatch: after variable kvm_vm_fops */

bool KPATCH_file_is_kvm(struct file *file)
{
	return file && file->f_op == &kvm_vm_fops;
}
EXPORT_SYMBOL_GPL(KPATCH_file_is_kvm);
/* kpatch: end */
