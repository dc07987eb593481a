// SPDX-License-Identifier: GPL-2.0-only

/* kpatch: replace function request */
static int request(struct kvm_vm *vm, unsigned int fd)
{
	struct KPATCH_cmd_struct params = { .KPATCH_cmd_fd = fd };

	return sev_command(vm, KPATCH_cmd, &params);
}
/* kpatch: end */

int main(int argc, char *argv[])
{
	/* kpatch: remove if (!kvm_check_cap(KPATCH_cap)) */
	/* kpatch: end */
	/* kpatch: before kvm_vm_free(vm) */
	/* As the documentation says: EINVAL where the command is unknown. */
	if (request(vm, -1) != -1 || errno != EBADF) {
		print_skip("KPATCH_cmd not available");
		exit(KSFT_SKIP);
	}
	/* kpatch: end */
}
