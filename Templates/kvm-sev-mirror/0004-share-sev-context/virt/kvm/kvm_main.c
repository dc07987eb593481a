/* SPDX-License-Identifier: GPL-2.0-only */

#if KPATCH_HELPER_PLACE_FORWARD
/* kpatch: before function kvm_create_vm */
static struct file_operations kvm_vm_fops;

/* kpatch: end */

/* kpatch: after EXPORT_SYMBOL_GPL(kvm_put_kvm); */

#else
/* kpatch: after variable kvm_vm_fops */

#endif
bool KPATCH_file_is_kvm(struct file *file)
{
	return file && file->f_op == &kvm_vm_fops;
}
EXPORT_SYMBOL_GPL(KPATCH_file_is_kvm);
/* kpatch: end */
