// SPDX-License-Identifier: GPL-2.0-only
/*
 * The KVM_MEMORY_ENCRYPT_OP command that asks for an encryption context to be
 * shared: no capability comes with it, and its own arguments are judged only
 * where SEV is usable.
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

static void is_unknown_without_sev(void)
{
	int other, vm;

	if (sev_is_usable()) {
		ktap_skip(NEEDS_NO_SEV);
		return;
	}
	vm = create_vm();
	other = create_vm();
	expect_refusal(ioctl(vm, KVM_MEMORY_ENCRYPT_OP, NULL), ENOTTY, "NULL");
	expect_refusal(share(vm, other), ENOTTY, "plain VM");
	expect_refusal(request(vm, vm), ENOTTY, "itself");
	expect_refusal(request(vm, CLOSED_FD), ENOTTY, "closed descriptor");
	expect_refusal(issue(vm, KPATCH_cmd, NULL), ENOTTY, "no data");
	expect_refusal(issue(vm, KVM_SEV_NR_MAX, NULL), ENOTTY, "unknown id");
	close(other);
	close(vm);
}

static void refuses_unknown_id(void)
{
	int vm;

	if (!sev_is_usable()) {
		ktap_skip(NEEDS_SEV);
		return;
	}
	vm = create_vm();
	expect_refusal(issue(vm, KVM_SEV_NR_MAX, NULL), EINVAL, "highest id");
	expect_refusal(issue(vm, ~0U, NULL), EINVAL, "id with all bits set");
	close(vm);
}

static void refuses_bad_pointer(void)
{
	void *hole;
	int vm;

	if (!sev_is_usable()) {
		ktap_skip(NEEDS_SEV);
		return;
	}
	hole = mmap(NULL, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (hole == MAP_FAILED)
		check(-1, "mmap");
	vm = create_vm();
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
	int vm;

	if (!sev_is_usable()) {
		ktap_skip(NEEDS_SEV);
		return;
	}
	vm = create_vm();
	params.pad = 1;
	expect_refusal(issue(vm, KPATCH_cmd, &params), EINVAL, "padding");
	close(vm);
}

static const struct ktap_case cases[] = {
	{ "adds_no_capability",		adds_no_capability },
	{ "is_unknown_without_sev",	is_unknown_without_sev },
	{ "refuses_unknown_id",		refuses_unknown_id },
	{ "refuses_bad_pointer",	refuses_bad_pointer },
	{ "refuses_padding",		refuses_padding },
};

int main(void)
{
	if (access("/dev/kvm", F_OK))
		return ktap_skip_all("this machine has no /dev/kvm");
	return ktap_run(cases, ARRAY_SIZE(cases));
}
