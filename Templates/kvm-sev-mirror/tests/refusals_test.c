// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests to share an encryption context that have to be refused, and what a
 * refused request must not leave behind.
 */
#define _GNU_SOURCE

#include <sched.h>
#include <sys/wait.h>

#include "mirror.h"

#define LEAK_ROUNDS	1000
#define LEAK_VMS	20
#define CROSS_ROUNDS	20000
/* Above the 32 per processor by which the kernel's count may be off. */
#define FILE_ROUNDS	200

#define NOT_REACHED	"not exercised: refused before the descriptor is looked at"

/*
 * Commands look at their data only where SEV is usable; a capability can tell
 * a bad descriptor anywhere. As posted, nothing is looked at: the first test
 * refuses a VM that isn't an SEV guest, and there can't be one.
 */
static bool can_be_judged(void)
{
#if KPATCH_ERRNO_ENOTTY
	ktap_skip(NOT_REACHED);
	return false;
#elif KPATCH_API_ENC_OP
	if (!sev_is_usable()) {
		ktap_skip(NEEDS_SEV);
		return false;
	}
#endif
	return true;
}

static void refuses_closed_fd(void)
{
	int vm;

	if (!can_be_judged())
		return;
	vm = create_vm();
	expect_refusal(request(vm, CLOSED_FD), REFUSED(EBADF), "closed");
	expect_refusal(request(vm, -1), REFUSED(EBADF), "-1");
	close(vm);
}

static void refuses_pipe_fd(void)
{
	int ends[2], vm;

	if (!can_be_judged())
		return;
	vm = create_vm();
	check(pipe(ends), "pipe");
	expect_refusal(request(vm, ends[0]), REFUSED(EBADF), "pipe");
	close(ends[0]);
	close(ends[1]);
	close(vm);
}

static void refuses_kvm_device_fd(void)
{
	int kvm, vm;

	if (!can_be_judged())
		return;
	vm = create_vm();
	kvm = open_kvm();
	expect_refusal(request(vm, kvm), REFUSED(EBADF), "/dev/kvm");
	close(kvm);
	close(vm);
}

static void refuses_vcpu_fd(void)
{
	int other, vcpu, vm;

	if (!can_be_judged())
		return;
	vm = create_vm();
	other = create_vm();
	vcpu = create_vcpu(other);
	expect_refusal(request(vm, vcpu), REFUSED(EBADF), "vCPU");
	close(vcpu);
	close(other);
	close(vm);
}

static void refuses_itself(void)
{
	int copy, vm;

	if (!can_be_judged())
		return;
	vm = create_vm();
	expect_refusal(request(vm, vm), REFUSED(EINVAL), "same descriptor");
	copy = check(dup(vm), "dup");
	expect_refusal(request(vm, copy), REFUSED(EINVAL), "duplicate");
	close(copy);
	close(vm);
}

static void refuses_plain_owner(void)
{
	int mirror, owner;

#if KPATCH_API_ENC_OP
	if (!can_be_judged())
		return;
#endif
	mirror = create_vm();
	owner = create_vm();
	expect_refusal(share(mirror, owner), REFUSED(EINVAL), "plain VM");
	close(owner);
	close(mirror);
}

/* Whoever is handed a VM's descriptor must not be able to change that VM. */
static void refuses_foreign_mirror(void)
{
	int mirror, owner, status;
	pid_t child;

	if (!can_be_judged())
		return;
	mirror = create_vm();
	child = check(fork(), "fork");
	if (!child) {
		owner = create_vm();
		expect_refusal(share(mirror, owner), REFUSED(EIO),
			       "mirror of another process");
		_exit(ktap_state.failed);
	}
	check(waitpid(child, &status, 0), "waitpid");
	if (status)
		ktap_fail("the child's wait status is %#x", status);
	close(mirror);
}

/* The patch must not stand in the way of VMs that share nothing. */
static void leaves_sev_init_alone(void)
{
	int vm;

	if (!sev_is_usable()) {
		ktap_skip(NEEDS_SEV);
		return;
	}
	vm = create_vm();
	if (sev_command(vm, KVM_SEV_INIT, NULL))
		ktap_fail("KVM_SEV_INIT: %s", strerrorname_np(errno));
	close(vm);
}

static bool has_sev(void)
{
	int error, vm;

	if (!sev_is_usable()) {
		ktap_skip(NEEDS_SEV);
		return false;
	}
	vm = create_vm();
	error = sev_command(vm, KVM_SEV_INIT, NULL);
	close(vm);
	if (error)
		ktap_skip("not exercised: KVM_SEV_INIT fails");
	return !error;
}

/* Before LAUNCH_START the ASID isn't active. */
static void refuses_unlaunched_owner(void)
{
	int mirror, owner;

	if (!has_sev())
		return;
	owner = create_sev_vm();
	mirror = create_vm();
	expect_refusal(share(mirror, owner), REFUSED(EINVAL),
		       "owner before LAUNCH_START");
	close(mirror);
	close(owner);
}

/* vCPUs that exist were set up for a VM without encryption. */
static void refuses_mirror_with_vcpus(void)
{
	int mirror, owner, vcpu;

	if (!has_sev())
		return;
	owner = create_owner();
	mirror = create_vm();
	vcpu = create_vcpu(mirror);
	expect_refusal(share(mirror, owner), REFUSED(EINVAL),
		       "mirror with a vCPU");
	close(vcpu);
	close(mirror);
	close(owner);
}

/* Its own context would be lost, and the ASID with it. */
static void refuses_mirror_with_context(void)
{
	int mirror, owner;

	if (!has_sev())
		return;
	owner = create_owner();
	mirror = create_owner();
	expect_refusal(share(mirror, owner), REFUSED(EINVAL),
		       "mirror with a context");
	close(mirror);
	close(owner);
}

static void refuses_chain(void)
{
	int first, owner, second;

	if (!has_sev())
		return;
	owner = create_owner();
	first = create_vm();
	second = create_vm();
	if (share(first, owner))
		ktap_fail("the first mirror: %s", strerrorname_np(errno));
	else
		expect_refusal(share(second, first), REFUSED(EINVAL),
			       "mirror of a mirror");
	close(second);
	close(first);
	close(owner);
}

/* Whether a request gets as far as its descriptor, which alone can leak. */
static bool reaches_descriptor(void)
{
	int vm = create_vm();
	bool reached = request(vm, CLOSED_FD) < 0 && errno == EBADF;

	close(vm);
	if (!reached)
		ktap_skip(NOT_REACHED);
	return reached;
}

/* A pipe has no reader left once its read end's last reference is gone. */
static void keeps_no_pipe(void)
{
	int ends[2], vm;

	if (!reaches_descriptor())
		return;
	vm = create_vm();
	check(pipe(ends), "pipe");
	if (!request(vm, ends[0]))
		ktap_fail("pipe: not refused");
	close(ends[0]);
	if (write(ends[1], "", 1) == 1)
		ktap_fail("the pipe's read end is still open after close()");
	else if (errno != EPIPE)
		ktap_fail("writing to the pipe: %s", strerrorname_np(errno));
	close(ends[1]);
	close(vm);
}

/* Open descriptors of this process. */
static unsigned int count_descriptors(void)
{
	unsigned int count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* Open files of the whole system; a leaked file outlives its descriptor. */
static long count_files(void)
{
	FILE *file = fopen("/proc/sys/fs/file-nr", "re");
	long count;

	if (!file || fscanf(file, "%ld", &count) != 1)
		check(-1, "reading /proc/sys/fs/file-nr");
	fclose(file);
	return count;
}

static void keeps_nothing_of_many(void)
{
	unsigned int descriptors_after, descriptors_before;
	int ends[2], kvm, other, vcpu, vm;
	long files_after, files_before;

	if (!reaches_descriptor())
		return;
	files_before = count_files();
	vm = create_vm();
	descriptors_before = count_descriptors();
	for (int i = 0; i < LEAK_ROUNDS; i++) {
		check(pipe(ends), "pipe");
		kvm = open_kvm();
		request(vm, CLOSED_FD);
		request(vm, ends[0]);
		request(vm, kvm);
		request(vm, vm);
		close(kvm);
		close(ends[0]);
		close(ends[1]);
	}
	descriptors_after = count_descriptors();
	/* New ones each time: copies of a descriptor are one open file. */
	for (int i = 0; i < FILE_ROUNDS; i++) {
		other = create_vm();
		vcpu = create_vcpu(other);
		request(vm, vcpu);
		request(vm, other);
		close(vcpu);
		close(other);
	}
	close(vm);
	files_after = count_files();

	if (descriptors_after != descriptors_before)
		ktap_fail("%u descriptors before, %u after",
			  descriptors_before, descriptors_after);
	/* The kernel's figure is off by what each processor hasn't added up. */
	if (files_after - files_before > FILE_ROUNDS / 2)
		ktap_fail("%ld files before, %ld after", files_before,
			  files_after);
}

/*
 * Every VM is allocated by vmalloc(), and has a line of its own here. What was
 * freed stays listed, as unpurged, until there is enough to flush the TLB for.
 */
static unsigned int count_allocations(void)
{
	FILE *file = fopen("/proc/vmallocinfo", "re");
	unsigned int count = 0;
	char line[512];

	if (!file)
		check(-1, "opening /proc/vmallocinfo");
	while (fgets(line, sizeof(line), file))
		count += !strstr(line, "unpurged");
	fclose(file);
	return count;
}

static void keeps_no_vm(void)
{
	int mirrors[LEAK_VMS], owners[LEAK_VMS];
	unsigned int after, before, during;

	if (!reaches_descriptor())
		return;
	before = count_allocations();
	for (int i = 0; i < LEAK_VMS; i++) {
		mirrors[i] = create_vm();
		owners[i] = create_vm();
		share(mirrors[i], owners[i]);
		share(mirrors[i], mirrors[i]);
	}
	during = count_allocations();
	for (int i = 0; i < LEAK_VMS; i++) {
		close(owners[i]);
		close(mirrors[i]);
	}
	after = count_allocations();

	if (during < before + 2 * LEAK_VMS)
		ktap_skip("not exercised: VMs don't show in /proc/vmallocinfo");
	else if (after > before + LEAK_VMS / 2)
		ktap_fail("%u allocations before, %u with %d VMs, %u after",
			  before, during, 2 * LEAK_VMS, after);
}

static int cross(void *argument)
{
	int *vms = argument;

	for (int i = 0; i < CROSS_ROUNDS; i++)
		share(vms[0], vms[1]);
	return 0;
}

/*
 * Two tasks that name the same VMs the other way round: whoever takes the two
 * locks in the order of the request waits for ever. In one address space,
 * since a VM obeys no other.
 */
static void survives_crossed_requests(void)
{
	static char stacks[2][65536] __attribute__((__aligned__(16)));
	int status, vms[3];

	if (!can_be_judged())
		return;
	vms[0] = create_vm();
	vms[1] = create_vm();
	vms[2] = vms[0];
	for (int i = 0; i < 2; i++)
		check(clone(cross, stacks[i] + sizeof(stacks[i]),
			    CLONE_VM | CLONE_FILES | SIGCHLD, vms + i),
		      "clone");
	for (int i = 0; i < 2; i++)
		check(wait(&status), "wait");
	close(vms[0]);
	close(vms[1]);
}

static const struct ktap_case cases[] = {
	{ "refuses_closed_fd",			refuses_closed_fd },
	{ "refuses_pipe_fd",			refuses_pipe_fd },
	{ "refuses_kvm_device_fd",		refuses_kvm_device_fd },
	{ "refuses_vcpu_fd",			refuses_vcpu_fd },
	{ "refuses_itself",			refuses_itself },
	{ "refuses_plain_owner",		refuses_plain_owner },
	{ "refuses_foreign_mirror",		refuses_foreign_mirror },
	{ "leaves_sev_init_alone",		leaves_sev_init_alone },
	{ "refuses_unlaunched_owner",		refuses_unlaunched_owner },
	{ "refuses_mirror_with_vcpus",		refuses_mirror_with_vcpus },
	{ "refuses_mirror_with_context",	refuses_mirror_with_context },
	{ "refuses_chain",			refuses_chain },
	{ "keeps_no_pipe",			keeps_no_pipe },
	{ "keeps_nothing_of_many",		keeps_nothing_of_many },
	{ "keeps_no_vm",			keeps_no_vm },
	{ "survives_crossed_requests",		survives_crossed_requests },
};

int main(void)
{
	if (access("/dev/kvm", F_OK))
		return ktap_skip_all("this machine has no /dev/kvm");
	return ktap_run(cases, ARRAY_SIZE(cases));
}
