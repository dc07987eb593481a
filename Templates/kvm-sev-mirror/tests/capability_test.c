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

/* /dev/kvm says the same: user space asks before it has a VM. */
static void is_offered_with_sev_only(void)
{
	int expected = sev_is_usable();
	int fds[] = { create_vm(), open_kvm() };
	int offered;

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		offered = ioctl(fds[i], KVM_CHECK_EXTENSION, KPATCH_cap);
		if (offered != expected)
			ktap_fail("SEV is %susable, KVM_CHECK_EXTENSION of %s returns %d",
				  expected ? "" : "not ",
				  i ? "/dev/kvm" : "a VM", offered);
		close(fds[i]);
	}
}

static void is_no_system_ioctl(void)
{
	int kvm = open_kvm();

	expect_refusal(enable(kvm, KPATCH_cap, 0, CLOSED_FD, 0, 0, 0),
		       EINVAL, "/dev/kvm");
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
 * The descriptor is a bad one (EBADF), so that EINVAL can only be about the
 * arguments.
 */
static void refuses_spare_arguments(void)
{
	int vm = create_asker();

	expect_error(enable(vm, KPATCH_cap, 0, CLOSED_FD, 1, 0, 0), EINVAL,
		     "args[1]");
	expect_error(enable(vm, KPATCH_cap, 0, CLOSED_FD, 0, 1, 0), EINVAL,
		     "args[2]");
	expect_error(enable(vm, KPATCH_cap, 0, CLOSED_FD, 0, 0, 1), EINVAL,
		     "args[3]");
	expect_error(enable(vm, KPATCH_cap, 0, CLOSED_FD, 0, 0, 1ULL << 63),
		     EINVAL, "args[3], highest bit");
	close(vm);
}

/* Without its high half it is the descriptor of a VM that would do. */
static void refuses_wide_fd(void)
{
	static const int bits[] = { 32, 63 };
	int mirror, source, taker, named;
	char what[32];

	for (size_t i = 0; i < ARRAY_SIZE(bits); i++) {
		source = create_source();
		mirror = create_vm();
#if KPATCH_DIRECTION_FROM
		taker = mirror;
		named = source;
#else
		taker = source;
		named = mirror;
#endif
		snprintf(what, sizeof(what), "bit %d", bits[i]);
		expect_error(enable(taker, KPATCH_cap, 0,
				    1ULL << bits[i] | named, 0, 0, 0),
			     EINVAL, what);
		close_mirror(mirror);
		close(source);
	}
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
	{ "is_offered_with_sev_only",	is_offered_with_sev_only, needs_kvm },
	{ "is_no_system_ioctl",		is_no_system_ioctl,	needs_kvm },
	{ "is_no_vcpu_ioctl",		is_no_vcpu_ioctl,	needs_kvm },
	{ "refuses_flags",		refuses_flags,		needs_kvm },
	{ "refuses_spare_arguments",	refuses_spare_arguments, needs_source },
	{ "refuses_wide_fd",		refuses_wide_fd,	needs_mirror },
	{ "next_number_is_free",	next_number_is_free,	needs_kvm },
};

int main(void)
{
	return run_cases(cases);
}
