// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests to share an encryption context that have to be refused. That they
 * are is one case, which errno says so is another: a kernel can be wrong about
 * either. What a refused request leaves behind is judged after each case.
 */
#define _GNU_SOURCE

#include "mirror.h"

/* An answer: what an ioctl returned, and errno. */
struct answer {
	int	result;
	int	error;
};

static struct answer answer(int result)
{
	return (struct answer){ result, errno };
}

static void expect_refused(struct answer a, const char *what)
{
	errno = a.error;
	expect_refusal(a.result, EINVAL, what);
}

/* A request that isn't refused is another case's business. */
static void expect_errno(struct answer a, int error)
{
	if (a.result >= 0)
		ktap_skip("not exercised: the request is not refused");
	else if (a.error != error)
		ktap_fail("refused with %s instead of %s",
			  strerrorname_np(a.error), strerrorname_np(error));
}

static void refuses_closed_fd(void)
{
	int vm = create_asker();

	expect_refusal(request(vm, CLOSED_FD), EBADF, "closed");
	expect_refusal(request(vm, -1), EBADF, "-1");
	close(vm);
}

static void refuses_kvm_fd(void)
{
	int vm = create_asker();
	int kvm = open_kvm();

	expect_refusal(request(vm, kvm), EBADF, "/dev/kvm");
	expect_refusal(request(vm, sev_device()), EBADF, "/dev/sev");
	close(kvm);
	close(vm);
}

static void refuses_pipe_fd(void)
{
	int ends[2], vm = create_asker();

	check(pipe(ends), "pipe");
	expect_refusal(request(vm, ends[0]), EBADF, "pipe");
	close(ends[0]);
	close(ends[1]);
	close(vm);
}

#if KPATCH_UPSTREAM && KPATCH_DIRECTION_TO
/* The patch takes upstream's entry apart, which still refuses what it did. */
static void first_entry_refuses_others(void)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_VM_COPY_ENC_CONTEXT_FROM };
	int vm = create_vm();
	int kvm = open_kvm();

	cap.args[0] = CLOSED_FD;
	expect_error(ioctl(vm, KVM_ENABLE_CAP, &cap), EBADF, "no file");
	cap.args[0] = kvm;
	expect_error(ioctl(vm, KVM_ENABLE_CAP, &cap), EBADF, "/dev/kvm");
	close(kvm);
	close(vm);
}
#endif

/* A pipe has no reader left once its read end's last reference is gone. */
static void keeps_no_pipe(void)
{
	int ends[2], vm = create_asker();

	check(pipe(ends), "pipe");
	request(vm, ends[0]);
	close(ends[0]);
	if (write(ends[1], "", 1) == 1)
		ktap_fail("the pipe's read end is still open after close()");
	else if (errno != EPIPE)
		ktap_fail("writing to the pipe: %s", strerrorname_np(errno));
	close(ends[1]);
	close(vm);
}

/* A vCPU's file holds its VM, which would be left. */
static void keeps_no_vcpu(void)
{
	int vm = create_asker();
	int other = create_vm();
	int vcpu = create_vcpu(other);

	expect_refusal(request(vm, vcpu), EBADF, "vCPU");
	close(vcpu);
	close(other);
	close(vm);
}

/* So does a device's. */
static void keeps_no_device(void)
{
	struct kvm_create_device device = { .type = KVM_DEV_TYPE_VFIO };
	int vm = create_asker();
	int other = create_vm();

	if (ioctl(other, KVM_CREATE_DEVICE, &device)) {
		ktap_skip("not exercised: this KVM makes no devices");
	} else {
		expect_refusal(request(vm, device.fd), EBADF, "device");
		close(device.fd);
	}
	close(other);
	close(vm);
}

static struct answer share_with_itself(void)
{
	int vm = create_source();
	struct answer a = answer(request(vm, vm));

	close(vm);
	return a;
}

static void refuses_itself(void)
{
	int copy, vm = create_source();

	expect_refusal(request(vm, vm), EINVAL, "same descriptor");
	copy = check(dup(vm), "dup");
	expect_refusal(request(vm, copy), EINVAL, "duplicate");
	close(copy);
	close(vm);
}

static void errno_of_itself(void)
{
	expect_errno(share_with_itself(), EINVAL);
}

static struct answer share_plain_source(void)
{
	int mirror = create_vm();
	int source = create_vm();
	struct answer a = answer(share(mirror, source));

	close(mirror);
	close(source);
	return a;
}

static void refuses_plain_source(void)
{
	expect_refused(share_plain_source(), "plain source");
}

static void errno_of_plain_source(void)
{
	expect_errno(share_plain_source(), EINVAL);
}

/* Before LAUNCH_START the ASID isn't active. */
static struct answer share_unlaunched_source(void)
{
	int mirror = create_vm();
	int source = create_sev_vm();
	struct answer a = answer(share(mirror, source));

	close_mirror(mirror);
	close(source);
	return a;
}

static void refuses_unlaunched_source(void)
{
	expect_refused(share_unlaunched_source(), "source before LAUNCH_START");
}

/* A tree that takes such a source has no errno for it. */
#if !KPATCH_UPSTREAM || KPATCH_LAUNCH_STATE_REQUIRED
static void errno_of_unlaunched_source(void)
{
	expect_errno(share_unlaunched_source(), EINVAL);
}
#endif

/* vCPUs that exist were set up for a VM without encryption. */
static struct answer share_with_vcpus(void)
{
	int source = create_source();
	int mirror = create_vm();
	int vcpu = create_vcpu(mirror);
	struct answer a = answer(share(mirror, source));

	close(vcpu);
	close_mirror(mirror);
	close(source);
	return a;
}

static void refuses_mirror_with_vcpus(void)
{
	expect_refused(share_with_vcpus(), "mirror with a vCPU");
}

static void errno_of_mirror_with_vcpus(void)
{
	expect_errno(share_with_vcpus(), EINVAL);
}

/* Its own ASID would be lost. */
static void refuses_mirror_with_asid(void)
{
	int source = create_source();
	int mirror = create_sev_vm();

	expect_refusal(share(mirror, source), EINVAL, "mirror with an ASID");
	close_mirror(mirror);
	close(source);
}

/* Its own context would be lost, and the ASID with it. */
static struct answer share_with_context(void)
{
	int source = create_source();
	int mirror = create_source();
	struct answer a = answer(share(mirror, source));

	close_mirror(mirror);
	close(source);
	return a;
}

static void refuses_mirror_with_context(void)
{
	expect_refused(share_with_context(), "mirror with a context");
}

/* Not with share_with_context(): where that isn't refused, it leaks. */
static void errno_of_mirror_with_context(void)
{
	int source = create_source();
	int mirror = create_mirror(source);
	struct answer a = answer(share(mirror, source));

	close_mirror(mirror);
	close(source);
	expect_errno(a, EINVAL);
}

/* One source is enough for a mirror, and the same source is no exception. */
static void refuses_mirror_of_another(void)
{
	int first = create_source();
	int second = create_source();
	int mirror = create_mirror(first);

	expect_refusal(share(mirror, second), EINVAL, "another source");
	expect_refusal(share(mirror, first), EINVAL, "the same source");
	close_mirror(mirror);
	close(second);
	close(first);
}

/* Runs with @fd of another process's VM, and says whether it went well. */
static void in_another_process(int vm, void (*run)(int vm))
{
	int status;
	pid_t child;

	fflush(stdout);
	child = check(fork(), "fork");
	if (!child) {
		run(vm);
		fflush(stdout);
		_exit(0);
	}
	check(waitpid(child, &status, 0), "waitpid");
	if (status)
		ktap_fail("the child's wait status is %#x", status);
}

/* KVM's general rule: a VM takes ioctls from its own process only. */
static void share_foreign_asker(int vm)
{
	int other = create_source();

	expect_refusal(request(vm, other), EIO, "foreign VM's ioctl");
	close(other);
}

static void refuses_foreign_asker(void)
{
	int vm = create_asker();

	in_another_process(vm, share_foreign_asker);
	close(vm);
}

#if KPATCH_DIRECTION_TO
/* Whoever is handed a VM's descriptor must not be able to change that VM. */
static void share_foreign_mirror(int mirror)
{
	int source = create_source();

	expect_refusal(share(mirror, source), EIO, "foreign mirror");
	close(source);
}

static void refuses_foreign_mirror(void)
{
	int mirror = create_vm();

	in_another_process(mirror, share_foreign_mirror);
	close_mirror(mirror);
}
#endif

#if KPATCH_ADDRESS_SPACE_ONE
static void share_foreign_source(int source)
{
	int mirror = create_vm();

	expect_refusal(share(mirror, source), EIO, "foreign source");
	close_mirror(mirror);
}

static void refuses_foreign_source(void)
{
	int source = create_source();

	in_another_process(source, share_foreign_source);
	close(source);
}
#elif KPATCH_DIRECTION_FROM
/* The source isn't changed, so its process doesn't matter. */
static void share_foreign_source(int source)
{
	int mirror = create_vm();

	if (share(mirror, source))
		ktap_fail("another process's source: %s",
			  strerrorname_np(errno));
	close_mirror(mirror);
}

static void takes_foreign_source(void)
{
	int source = create_source();

	in_another_process(source, share_foreign_source);
	close(source);
}
#endif

/* A refusal changes nothing about the two VMs. */
static void refused_vms_stay_usable(void)
{
	int source = create_source();
	int mirror = create_vm();

	request(mirror, CLOSED_FD);
	request(mirror, mirror);
	share(source, mirror);
	share(source, source);
	if (share(mirror, source))
		ktap_fail("after refusals: %s", strerrorname_np(errno));
	close_mirror(mirror);
	close(source);
}

static const struct ktap_case cases[] = {
	{ "refuses_closed_fd",	refuses_closed_fd,	needs_source },
	{ "refuses_kvm_fd",	refuses_kvm_fd,		needs_source },
	{ "refuses_pipe_fd",	refuses_pipe_fd,	needs_source },
#if KPATCH_UPSTREAM && KPATCH_DIRECTION_TO
	{ "first_entry_refuses_others", first_entry_refuses_others,
	  needs_source },
#endif
	{ "keeps_no_pipe",	keeps_no_pipe,		needs_source },
	{ "keeps_no_vcpu",	keeps_no_vcpu,		needs_source },
	{ "keeps_no_device",	keeps_no_device,	needs_source },
	{ "refuses_itself",	refuses_itself,		needs_source },
	{ "errno_of_itself",	errno_of_itself,	needs_source },
	{ "refuses_plain_source", refuses_plain_source,	needs_source },
	{ "errno_of_plain_source", errno_of_plain_source, needs_source },
	{ "refuses_unlaunched_source", refuses_unlaunched_source,
	  needs_mirror },
#if !KPATCH_UPSTREAM || KPATCH_LAUNCH_STATE_REQUIRED
	{ "errno_of_unlaunched_source", errno_of_unlaunched_source,
	  needs_mirror },
#endif
	{ "refuses_mirror_with_vcpus", refuses_mirror_with_vcpus,
	  needs_mirror },
	{ "errno_of_mirror_with_vcpus", errno_of_mirror_with_vcpus,
	  needs_mirror },
	{ "refuses_mirror_with_asid", refuses_mirror_with_asid, needs_mirror },
	{ "refuses_mirror_with_context", refuses_mirror_with_context,
	  needs_mirror },
	{ "errno_of_mirror_with_context", errno_of_mirror_with_context,
	  needs_mirror },
	{ "refuses_mirror_of_another", refuses_mirror_of_another,
	  needs_mirror },
	{ "refuses_foreign_asker", refuses_foreign_asker, needs_source },
#if KPATCH_DIRECTION_TO
	{ "refuses_foreign_mirror", refuses_foreign_mirror, needs_mirror },
#endif
#if KPATCH_ADDRESS_SPACE_ONE
	{ "refuses_foreign_source", refuses_foreign_source, needs_mirror },
#elif KPATCH_DIRECTION_FROM
	{ "takes_foreign_source", takes_foreign_source, needs_mirror },
#endif
	{ "refused_vms_stay_usable", refused_vms_stay_usable, needs_mirror },
};

int main(void)
{
	return run_cases(cases);
}
