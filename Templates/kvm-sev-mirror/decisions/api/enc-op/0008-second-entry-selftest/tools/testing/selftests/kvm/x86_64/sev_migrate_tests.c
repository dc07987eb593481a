// SPDX-License-Identifier: GPL-2.0-only

/* kpatch: replace function __sev_share */
/* The flags above the descriptor. */
static int __sev_share(struct kvm_vm *vm, uint64_t fd)
{
	struct KPATCH_cmd_struct params = {
		.KPATCH_cmd_fd = fd,
		.flags = fd >> 32,
	};
#if KPATCH_HAVE_SEV_H

	return __vm_sev_ioctl(vm, KPATCH_cmd, &params);
#else
	__u32 fw_error;

	return __sev_ioctl(vm->fd, KPATCH_cmd, &params, &fw_error);
#endif
}

/* As the documentation says: EINVAL where the command is unknown. */
static bool has_second_entry(void)
{
	struct kvm_vm *vm = aux_vm_create(false);
	bool has = __sev_share(vm, (uint32_t)-1) == -1 && errno == EBADF;

	kvm_vm_free(vm);
	return has;
}
/* kpatch: end */
