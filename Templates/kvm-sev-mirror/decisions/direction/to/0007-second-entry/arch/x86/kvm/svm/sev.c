/* SPDX-License-Identifier: GPL-2.0-only */

/* kpatch: after function sev_vm_copy_enc_context_from */

int sev_vm_copy_enc_context_to(struct kvm *kvm, unsigned int KPATCH_cmd_fd)
{
#if KPATCH_HAVE_FD_FILE
	CLASS(fd, f)(KPATCH_cmd_fd);
	struct kvm *KPATCH_mirror_kvm;

	if (fd_empty(f))
		return -EBADF;

	if (!file_is_kvm(fd_file(f)))
		return -EBADF;

	KPATCH_mirror_kvm = fd_file(f)->private_data;

	/* kvm_vm_ioctl() vetted kvm; vet the VM that is changed, too. */
	if (KPATCH_mirror_is_foreign)
		return -EIO;

	return __sev_copy_enc_context(KPATCH_mirror_kvm, kvm);
#elif KPATCH_HAVE_FDGET
	struct fd f = fdget(KPATCH_cmd_fd);
	struct kvm *KPATCH_mirror_kvm;
	int ret;

	if (!f.file)
		return -EBADF;

	if (!file_is_kvm(f.file)) {
		ret = -EBADF;
		goto e_fput;
	}

	KPATCH_mirror_kvm = f.file->private_data;

	/* kvm_vm_ioctl() vetted kvm; vet the VM that is changed, too. */
	if (KPATCH_mirror_is_foreign) {
		ret = -EIO;
		goto e_fput;
	}

	ret = __sev_copy_enc_context(KPATCH_mirror_kvm, kvm);

e_fput:
	fdput(f);
	return ret;
#else
	struct file *KPATCH_peer_file;
	struct kvm *KPATCH_mirror_kvm;
	int ret;

	KPATCH_peer_file = fget(KPATCH_cmd_fd);
	if (!file_is_kvm(KPATCH_peer_file)) {
		ret = -EBADF;
		goto e_fput;
	}

	KPATCH_mirror_kvm = KPATCH_peer_file->private_data;

	/* kvm_vm_ioctl() vetted kvm; vet the VM that is changed, too. */
	if (KPATCH_mirror_is_foreign) {
		ret = -EIO;
		goto e_fput;
	}

	ret = __sev_copy_enc_context(KPATCH_mirror_kvm, kvm);

e_fput:
	if (KPATCH_peer_file)
		fput(KPATCH_peer_file);
	return ret;
#endif
}
/* kpatch: end */
