/* SPDX-License-Identifier: GPL-2.0-only */

/* Under the order of locks that it goes with, the helper has no use. */
/* kpatch: remove function sev_lock_two_vms */
/* kpatch: end */

/* kpatch: replace function KPATCH_copy_asid */
int KPATCH_copy_asid(struct kvm *kvm, unsigned int KPATCH_peer_fd)
{
	struct file *KPATCH_peer_file;
	struct kvm *KPATCH_mirror_kvm;
	struct kvm_sev_info *KPATCH_dst_sev;
#if KPATCH_READS_SOURCE
	struct kvm_sev_info *KPATCH_src_sev = &to_kvm_svm(kvm)->sev_info;
#endif
#if KPATCH_READS_HANDLE
	unsigned int asid, handle;
#else
	unsigned int asid;
#endif
#if KPATCH_READS_FD
	int ret, fd;
#else
	int ret;
#endif

	if (mutex_lock_killable(&kvm->lock))
		return -EINTR;

	if (!sev_guest(kvm)) {
		ret = -KPATCH_errno;
		goto failed;
	}

	/* There is no handle, and no active ASID, before LAUNCH_START. */
	if (!KPATCH_src_sev->handle) {
		ret = -KPATCH_errno;
		goto failed;
	}

#if KPATCH_HAVE_SEV_ES
	/* Nobody measures the VMSAs of the KPATCH_mirror's vCPUs. */
	if (sev_es_guest(kvm)) {
		ret = -KPATCH_errno;
		goto failed;
	}

#endif
	/* KPATCH_no_chains should work, but let's not get silly */
	if (KPATCH_is_mirror(kvm)) {
		ret = -KPATCH_errno;
		goto failed;
	}

	KPATCH_peer_file = fget(KPATCH_peer_fd);
	if (!KPATCH_file_is_kvm(KPATCH_peer_file)) {
		ret = -EBADF;
		if (KPATCH_peer_file)
			fput(KPATCH_peer_file);
		goto failed;
	}

	KPATCH_mirror_kvm = KPATCH_peer_file->private_data;

	/* kvm_vm_ioctl() vetted kvm; vet the VM that is changed, too. */
	if (KPATCH_dst_is_foreign) {
		ret = -EIO;
		fput(KPATCH_peer_file);
		goto failed;
	}

	if (KPATCH_mirror_kvm == kvm || sev_guest(KPATCH_mirror_kvm)) {
		ret = -KPATCH_errno;
		fput(KPATCH_peer_file);
		goto failed;
	}

	/* VMCBs are set up with or without SEV when the vCPU is created. */
	if (KPATCH_mirror_kvm->created_vcpus) {
		ret = -KPATCH_errno;
		fput(KPATCH_peer_file);
		goto failed;
	}

	asid = to_kvm_svm(kvm)->sev_info.asid;
#if KPATCH_READS_HANDLE
	handle = KPATCH_src_sev->handle;
#endif
#if KPATCH_READS_FD
	fd = KPATCH_src_sev->fd;
#endif

	/*
	 * The KPATCH_mirror_kvm holds an enc_context_owner ref so its asid can't
	 * disappear until we're done with it
	 */
	kvm_get_kvm(kvm);

	mutex_unlock(&kvm->lock);
	if (mutex_lock_killable(&KPATCH_mirror_kvm->lock)) {
		kvm_put_kvm(kvm);
		fput(KPATCH_peer_file);
		return -EINTR;
	}

	/* Set enc_context_owner and copy its encryption context over */
	KPATCH_dst_sev = &to_kvm_svm(KPATCH_mirror_kvm)->sev_info;
	KPATCH_dst_sev->enc_context_owner = kvm;
	KPATCH_dst_sev->asid = asid;
#if KPATCH_READS_HANDLE
	KPATCH_dst_sev->handle = handle;
#endif
#if KPATCH_READS_FD
	KPATCH_dst_sev->fd = fd;
#endif
	INIT_LIST_HEAD(&KPATCH_dst_sev->regions_list);
	KPATCH_dst_sev->active = true;

	mutex_unlock(&KPATCH_mirror_kvm->lock);
	fput(KPATCH_peer_file);
	return 0;

failed:
	mutex_unlock(&kvm->lock);
	return ret;
}
/* kpatch: end */
