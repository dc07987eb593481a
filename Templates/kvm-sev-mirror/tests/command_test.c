// SPDX-License-Identifier: GPL-2.0-only
/*
 * The KVM_MEMORY_ENCRYPT_OP command that asks for an encryption context to be
 * shared: no capability comes with it, and its own arguments are judged.
 */
#define _GNU_SOURCE

#include <sys/mman.h>

#include "mirror.h"

static int issue(int vm, __u32 id, const void *data)
{
	struct kvm_sev_cmd command = {
		.id = id,
		.data = (unsigned long)data,
	};

	return ioctl(vm, KVM_MEMORY_ENCRYPT_OP, &command);
}

static void adds_no_capability(void)
{
	struct kvm_enable_cap cap = { .cap = KPATCH_next_cap_number };
	int vm = create_vm();
	int offered = ioctl(vm, KVM_CHECK_EXTENSION, KPATCH_next_cap_number);

	if (offered)
		ktap_fail("KVM_CHECK_EXTENSION of the next number returns %d",
			  offered);
	expect_refusal(ioctl(vm, KVM_ENABLE_CAP, &cap), EINVAL, "next number");
	close(vm);
}

static void refuses_unknown_id(void)
{
	int vm = create_vm();

	expect_refusal(issue(vm, KVM_SEV_NR_MAX, NULL), EINVAL, "highest id");
	expect_refusal(issue(vm, ~0U, NULL), EINVAL, "id with all bits set");
	close(vm);
}

static void refuses_bad_pointer(void)
{
	void *hole = check_map(mmap(NULL, 1, PROT_NONE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	int vm = create_vm();

	expect_refusal(issue(vm, KPATCH_cmd, NULL), EFAULT, "no data");
	expect_refusal(issue(vm, KPATCH_cmd, hole), EFAULT, "unreadable data");
	expect_refusal(ioctl(vm, KVM_MEMORY_ENCRYPT_OP, hole), EFAULT,
		       "unreadable command");
	close(vm);
	munmap(hole, 1);
}

static void refuses_padding(void)
{
	/* The descriptor is a bad one, so that EINVAL is about the padding. */
	struct KPATCH_cmd_struct params = { .KPATCH_cmd_fd = CLOSED_FD };
	int vm = create_vm();

	params.flags = 1;
	expect_error(issue(vm, KPATCH_cmd, &params), EINVAL, "a flag");
	params.flags = 0;
	for (size_t i = 0; i < ARRAY_SIZE(params.pad0); i++) {
		params.pad0[i] = 1ull << 63;
		expect_error(issue(vm, KPATCH_cmd, &params), EINVAL, "padding");
		params.pad0[i] = 0;
	}
	/* As the documentation says, and unlike where there is no command. */
	expect_error(issue(vm, KPATCH_cmd, &params), EBADF, "no padding");
	close(vm);
}

/* The firmware has no part in it, so that no old error may stand there. */
static void expect_no_error(int vm, int fd, const char *what)
{
	struct KPATCH_cmd_struct params = { .KPATCH_cmd_fd = fd };
	struct kvm_sev_cmd command = {
		.id = KPATCH_cmd,
		.data = (unsigned long)&params,
		.error = 0xbad,
	};

	ioctl(vm, KVM_MEMORY_ENCRYPT_OP, &command);
	if (command.error)
		ktap_fail("%s: the firmware's error is %#x", what,
			  command.error);
}

static void writes_error_back(void)
{
	int source = create_source();
	int mirror = create_vm();

	expect_no_error(mirror, CLOSED_FD, "refused");
#if KPATCH_DIRECTION_FROM
	expect_no_error(mirror, source, "shared");
#else
	expect_no_error(source, mirror, "shared");
#endif
	close_mirror(mirror);
	close(source);
}

/* What can't be told to user space has not been done either. */
static void keeps_vms_if_unwritable(void)
{
	struct kvm_sev_cmd *command =
		check_map(mmap(NULL, sizeof(*command), PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	struct KPATCH_cmd_struct params = { 0 };
	int source = create_source();
	int mirror = create_vm();
	int asker, named;

#if KPATCH_DIRECTION_FROM
	asker = mirror;
	named = source;
#else
	asker = source;
	named = mirror;
#endif
	params.KPATCH_cmd_fd = named;
	command->id = KPATCH_cmd;
	command->data = (unsigned long)&params;
	check(mprotect(command, sizeof(*command), PROT_READ), "mprotect");
	expect_refusal(ioctl(asker, KVM_MEMORY_ENCRYPT_OP, command), EFAULT,
		       "unwritable command");
	if (share(mirror, source))
		ktap_fail("sharing after that: %s", strerrorname_np(errno));
	close_mirror(mirror);
	close(source);
}

static const struct ktap_case cases[] = {
	{ "adds_no_capability",		adds_no_capability,	needs_kvm },
	{ "refuses_unknown_id",		refuses_unknown_id,	needs_sev },
	{ "refuses_bad_pointer",	refuses_bad_pointer,	needs_sev },
	{ "refuses_padding",		refuses_padding,	needs_sev },
	{ "writes_error_back",		writes_error_back,	needs_mirror },
	{ "keeps_vms_if_unwritable",	keeps_vms_if_unwritable, needs_mirror },
};

int main(void)
{
	return run_cases(cases);
}
