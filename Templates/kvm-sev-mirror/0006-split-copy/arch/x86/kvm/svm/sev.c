/* SPDX-License-Identifier: GPL-2.0-only */

/* What the function becomes without the lookup of the source, which the one behind it has. */
/* kpatch: replace head of int KPATCH_copy_from(struct kvm *kvm, unsigned int source_fd) */
static int __sev_copy_enc_context(struct kvm *kvm, struct kvm *source_kvm)
/* kpatch: end */

int KPATCH_copy_from(struct kvm *kvm, unsigned int source_fd)
{
	/* kpatch: replace struct kvm *source_kvm; */
	/* kpatch: end */
#if KPATCH_HAVE_FD_FILE
	/* kpatch: replace CLASS(fd, f)(source_fd); */
	/* kpatch: end */
	/* kpatch: replace if (fd_empty(f)) return -EBADF; */
	/* kpatch: end */
	/* kpatch: remove blank line before if (!file_is_kvm(fd_file(f))) */
	/* kpatch: end */
	/* kpatch: replace if (!file_is_kvm(fd_file(f))) return -EBADF; */
	/* kpatch: end */
	/* kpatch: remove blank line before source_kvm = fd_file(f)->private_data; */
	/* kpatch: end */
	/* kpatch: replace source_kvm = fd_file(f)->private_data; */
	/* kpatch: end */
#elif KPATCH_HAVE_FDGET
	/* kpatch: replace struct fd f = fdget(source_fd); */
	/* kpatch: end */
	/* kpatch: replace if (!f.file) return -EBADF; */
	/* kpatch: end */
	/* kpatch: remove blank line before if (!file_is_kvm(f.file)) */
	/* kpatch: end */
	/* kpatch: replace if (!file_is_kvm(f.file)) { ret = -EBADF; goto e_source_fput; } */
	/* kpatch: end */
	/* kpatch: remove blank line before source_kvm = f.file->private_data; */
	/* kpatch: end */
	/* kpatch: replace source_kvm = f.file->private_data; */
	/* kpatch: end */
	/* kpatch: replace if (ret) goto e_source_fput; */
	if (ret)
		return ret;
	/* kpatch: end */
	/* kpatch: replace e_source_fput: */
	/* kpatch: end */
	/* kpatch: replace fdput(f); */
	/* kpatch: end */
#elif KPATCH_HAVE_LOCK_TWO_VMS
	/* kpatch: replace struct file *source_kvm_file; */
	/* kpatch: end */
	/* kpatch: replace source_kvm_file = fget(source_fd); */
	/* kpatch: end */
	/* kpatch: replace if (!file_is_kvm(source_kvm_file)) { ret = -EBADF; goto e_source_fput; } */
	/* kpatch: end */
	/* kpatch: remove blank line before source_kvm = source_kvm_file->private_data; */
	/* kpatch: end */
	/* kpatch: replace source_kvm = source_kvm_file->private_data; */
	/* kpatch: end */
	/* kpatch: replace if (ret) goto e_source_fput; */
	if (ret)
		return ret;
	/* kpatch: end */
	/* kpatch: replace e_source_fput: */
	/* kpatch: end */
	/* kpatch: replace if (source_kvm_file) fput(source_kvm_file); */
	/* kpatch: end */
#else
	/* One VM is locked after the other. */
	/* kpatch: replace struct file *source_kvm_file; */
	/* kpatch: end */
	/* kpatch: replace source_kvm_file = fget(source_fd); */
	/* kpatch: end */
	/* kpatch: replace if (!file_is_kvm(source_kvm_file)) { ret = -EBADF; goto e_source_put; } */
	/* kpatch: end */
	/* kpatch: remove blank line before source_kvm = source_kvm_file->private_data; */
	/* kpatch: end */
	/* kpatch: replace source_kvm = source_kvm_file->private_data; */
	/* kpatch: end */
	/* kpatch: replace fput(source_kvm_file); */
	/* kpatch: end */
	/* kpatch: replace e_source_put: */
	/* kpatch: end */
	/* kpatch: replace if (source_kvm_file) fput(source_kvm_file); */
	/* kpatch: end */
#endif
}

/* kpatch: after function sev_vm_copy_enc_context_from */

int KPATCH_copy_from(struct kvm *kvm, unsigned int source_fd)
{
#if KPATCH_HAVE_FD_FILE
	CLASS(fd, f)(source_fd);

	if (fd_empty(f))
		return -EBADF;

	if (!file_is_kvm(fd_file(f)))
		return -EBADF;

	return __sev_copy_enc_context(kvm, fd_file(f)->private_data);
#elif KPATCH_HAVE_FDGET
	struct fd f = fdget(source_fd);
	int ret;

	if (!f.file)
		return -EBADF;

	if (!file_is_kvm(f.file)) {
		ret = -EBADF;
		goto e_source_fput;
	}

	ret = __sev_copy_enc_context(kvm, f.file->private_data);

e_source_fput:
	fdput(f);
	return ret;
#else
	struct file *source_kvm_file;
	int ret;

	source_kvm_file = fget(source_fd);
	if (!file_is_kvm(source_kvm_file)) {
		ret = -EBADF;
		goto e_source_fput;
	}

	ret = __sev_copy_enc_context(kvm, source_kvm_file->private_data);

e_source_fput:
	if (source_kvm_file)
		fput(source_kvm_file);
	return ret;
#endif
}
/* kpatch: end */
