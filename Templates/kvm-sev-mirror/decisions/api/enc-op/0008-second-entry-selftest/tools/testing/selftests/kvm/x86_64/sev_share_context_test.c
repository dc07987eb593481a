// SPDX-License-Identifier: GPL-2.0-only

/* kpatch: replace function request */
static int request(struct kvm_vm *vm, int fd)
{
	struct KPATCH_cmd_struct params = { .KPATCH_cmd_fd = fd };

	return sev_command(vm, KPATCH_cmd, &params);
}
/* kpatch: end */

static void test_refusals(void)
{
	/* kpatch: replace expect_error(__vm_enable_cap(source, KPATCH_cap, */
	expect_error(sev_command(KPATCH_mirror, KPATCH_cmd, NULL), EFAULT,
		     "no parameters");
	/* kpatch: end */
}

static void test_sharing(void)
{
	/* kpatch: after expect_error(sev_command(KPATCH_mirror, KVM_SEV_LAUNCH_FINISH, NULL), */
	expect_error(sev_command(KPATCH_mirror, KPATCH_cmd, NULL), EINVAL,
		     "no parameters");
	/* kpatch: end */
}
