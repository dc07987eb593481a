// SPDX-License-Identifier: GPL-2.0-only
/*
 * The capability that asks for an encryption context to be shared: when it is
 * offered, and which of its arguments are judged.
 */
#define _GNU_SOURCE

#include "mirror.h"

static int enable(int fd, __u32 number, __u32 flags, __u64 arg0, __u64 arg1,
		  __u64 arg2, __u64 arg3)
{
	struct kvm_enable_cap cap = {
		.cap = number,
		.flags = flags,
		.args = { arg0, arg1, arg2, arg3 },
	};

	return ioctl(fd, KVM_ENABLE_CAP, &cap);
}

static void is_offered_with_sev_only(void)
{
	int expected = sev_is_usable();
	int vm = create_vm();
	int offered = ioctl(vm, KVM_CHECK_EXTENSION, KPATCH_cap);

	if (offered != expected)
		ktap_fail("SEV is %susable, KVM_CHECK_EXTENSION returns %d",
			  expected ? "" : "not ", offered);
	close(vm);
}

static void is_no_system_ioctl(void)
{
	int kvm = open_kvm();

	expect_refusal(enable(kvm, KPATCH_cap, 0, CLOSED_FD, 0, 0, 0),
		       REFUSED(EINVAL), "/dev/kvm");
	close(kvm);
}

static void is_no_vcpu_ioctl(void)
{
	int vm = create_vm();
	int vcpu = create_vcpu(vm);

	/* KVM's general answer, whatever the capability's own text says. */
	expect_refusal(enable(vcpu, KPATCH_cap, 0, CLOSED_FD, 0, 0, 0), EINVAL,
		       "vCPU");
	close(vcpu);
	close(vm);
}

static void refuses_flags(void)
{
	int vm = create_vm();

	/* Again KVM's general answer. */
	expect_refusal(enable(vm, KPATCH_cap, 1, CLOSED_FD, 0, 0, 0), EINVAL,
		       "flags");
	close(vm);
}

/*
 * The descriptor is a bad one (EBADF) in both cases below, so that EINVAL can
 * only be about the arguments.
 */
static void refuses_spare_arguments(void)
{
	int vm = create_vm();

	expect_refusal(enable(vm, KPATCH_cap, 0, CLOSED_FD, 1, 0, 0),
		       REFUSED(EINVAL), "args[1]");
	expect_refusal(enable(vm, KPATCH_cap, 0, CLOSED_FD, 0, 1, 0),
		       REFUSED(EINVAL), "args[2]");
	expect_refusal(enable(vm, KPATCH_cap, 0, CLOSED_FD, 0, 0, 1),
		       REFUSED(EINVAL), "args[3]");
	expect_refusal(enable(vm, KPATCH_cap, 0, CLOSED_FD, 0, 0, 1ULL << 63),
		       REFUSED(EINVAL), "args[3], highest bit");
	close(vm);
}

static void refuses_wide_fd(void)
{
	int kvm = open_kvm();
	int vm = create_vm();

	expect_refusal(enable(vm, KPATCH_cap, 0, 1ULL << 32 | kvm, 0, 0, 0),
		       REFUSED(EINVAL), "bit 32");
	expect_refusal(enable(vm, KPATCH_cap, 0, 1ULL << 63 | kvm, 0, 0, 0),
		       REFUSED(EINVAL), "bit 63");
	close(vm);
	close(kvm);
}

static void next_number_is_free(void)
{
	int vm = create_vm();
	int offered = ioctl(vm, KVM_CHECK_EXTENSION, KPATCH_cap + 1);

	if (offered)
		ktap_fail("KVM_CHECK_EXTENSION of the next number returns %d",
			  offered);
	expect_refusal(enable(vm, KPATCH_cap + 1, 0, 0, 0, 0, 0), EINVAL,
		       "next number");
	close(vm);
}

static const struct ktap_case cases[] = {
	{ "is_offered_with_sev_only",	is_offered_with_sev_only },
	{ "is_no_system_ioctl",		is_no_system_ioctl },
	{ "is_no_vcpu_ioctl",		is_no_vcpu_ioctl },
	{ "refuses_flags",		refuses_flags },
	{ "refuses_spare_arguments",	refuses_spare_arguments },
	{ "refuses_wide_fd",		refuses_wide_fd },
	{ "next_number_is_free",	next_number_is_free },
};

int main(void)
{
	if (access("/dev/kvm", F_OK))
		return ktap_skip_all("this machine has no /dev/kvm");
	return ktap_run(cases, ARRAY_SIZE(cases));
}
