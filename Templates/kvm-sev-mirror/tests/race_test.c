// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests that meet each other, or a command, in the worst of orders. Not by
 * chance: a task that holds a VM's kvm->lock is parked in copy_to_user(), on a
 * page that userfaultfd has write-protected. Others queue up behind it, one
 * after the other, and mutexes are handed over in the order of the queue.
 */
#define _GNU_SOURCE

#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sched.h>

#include "guest_code.h"

/* A command that has been carried out, and can't say so. */
struct parked {
	int			vm;
	int			uffd;
	struct kvm_sev_cmd	*command;
	pthread_t		thread;
};

static void *run_parked(void *argument)
{
	struct parked *parked = argument;

	ioctl(parked->vm, KVM_MEMORY_ENCRYPT_OP, parked->command);
	return NULL;
}

/*
 * Holds the lock of @vm. On a VM that isn't an SEV guest the command fails,
 * and is written back all the same.
 */
static void park(struct parked *parked, int vm)
{
	static struct kvm_sev_guest_status status;
	struct uffdio_api api = {
		.api = UFFD_API,
		.features = UFFD_FEATURE_PAGEFAULT_FLAG_WP,
	};
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_WP };
	struct uffdio_writeprotect protect = {
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};
	struct uffd_msg message;

	parked->vm = vm;
	parked->command = check_map(mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
					 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	parked->command->id = KVM_SEV_GUEST_STATUS;
	parked->command->data = (unsigned long)&status;
	parked->command->sev_fd = sev_device();

	parked->uffd = check(syscall(SYS_userfaultfd, O_CLOEXEC),
			     "userfaultfd");
	check(ioctl(parked->uffd, UFFDIO_API, &api), "UFFDIO_API");
	range.range.start = (unsigned long)parked->command;
	range.range.len = PAGE;
	check(ioctl(parked->uffd, UFFDIO_REGISTER, &range), "UFFDIO_REGISTER");
	protect.range = range.range;
	check(ioctl(parked->uffd, UFFDIO_WRITEPROTECT, &protect),
	      "UFFDIO_WRITEPROTECT");

	pthread_create(&parked->thread, NULL, run_parked, parked);
	check(read(parked->uffd, &message, sizeof(message)), "userfaultfd");
}

static void unpark(struct parked *parked)
{
	struct uffdio_writeprotect protect = {
		.range = { (unsigned long)parked->command, PAGE },
	};

	check(ioctl(parked->uffd, UFFDIO_WRITEPROTECT, &protect),
	      "UFFDIO_WRITEPROTECT");
	pthread_join(parked->thread, NULL);
	close(parked->uffd);
	munmap(parked->command, PAGE);
}

/* What queues up behind a parked command. */
struct waiting {
	int		(*run)(int vm, int other);
	int		vm;
	int		other;
	pthread_t	thread;
	volatile pid_t	task;
	volatile bool	done;
	int		result;
	int		error;
};

static void *run_waiting(void *argument)
{
	struct waiting *w = argument;

	w->task = syscall(SYS_gettid);
	w->result = w->run(w->vm, w->other);
	w->error = errno;
	w->done = true;
	return NULL;
}

static bool is_blocked(pid_t task)
{
	char path[64], text[128], *state;
	ssize_t n;
	int fd;

	/* Threads are not listed there, but can be looked up. */
	snprintf(path, sizeof(path), "/proc/%d/stat", task);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	state = strrchr(text, ')');
	return state && state[2] == 'D';
}

/* Comes back once the task waits for a lock, or didn't have to. */
static void queue(struct waiting *w, int (*run)(int vm, int other), int vm,
		  int other)
{
	int blocked = 0;

	*w = (struct waiting){ .run = run, .vm = vm, .other = other };
	pthread_create(&w->thread, NULL, run_waiting, w);
	/* More than once: other sleeps are short. */
	for (int ms = 0; ms < 3000 && !w->done && blocked < 5; ms++) {
		blocked = w->task && is_blocked(w->task) ? blocked + 1 : 0;
		ktap_ms(1);
	}
	if (!w->done && blocked < 5)
		ktap_fail("a task neither waits nor ends");
}

static void finish(struct waiting *w)
{
	pthread_join(w->thread, NULL);
}

static void finish_refused(struct waiting *w, const char *what)
{
	finish(w);
	errno = w->error;
	expect_refusal(w->result, EINVAL, what);
}

/* Of two requests that name the same VM, one may be refused at once. */
static void finish_crossed(struct waiting *w, const char *what)
{
	finish(w);
	errno = w->error;
#if KPATCH_UPSTREAM
	if (w->result < 0 && w->error == EBUSY)
		return;
#endif
	expect_refusal(w->result, EINVAL, what);
}

static void finish_done(struct waiting *w, const char *what)
{
	finish(w);
	if (w->result < 0)
		ktap_fail("%s: %s", what, strerrorname_np(w->error));
}

static int run_init(int vm, int other __attribute__((__unused__)))
{
	return sev_command(vm, KVM_SEV_INIT, NULL);
}

/* Both see a VM that isn't a mirror yet; only one of them may make it one. */
static void one_mirror_of_two_sources(void)
{
	int first, mirror, second;
	struct waiting w[2];
	struct parked p;

	/* VMs are locked in the order of their addresses, so in both orders. */
	for (int mirror_first = 0; mirror_first < 2; mirror_first++) {
		mirror = mirror_first ? create_vm() : -1;
		first = create_source();
		second = create_source();
		if (!mirror_first)
			mirror = create_vm();

		park(&p, mirror);
		queue(&w[0], share, mirror, first);
		queue(&w[1], share, mirror, second);
		unpark(&p);
		finish(&w[0]);
		finish(&w[1]);
		if (w[0].result && w[1].result)
			ktap_fail("both requests are refused");
		if (!w[0].result && !w[1].result)
			ktap_fail("both requests succeed");

		close_mirror(mirror);
		close(second);
		close(first);
	}
}

/* A VM that gets an ASID of its own may not get another one's as well. */
static void init_meets_share(void)
{
	struct waiting init, sharing;
	int mirror, source;
	struct parked p;

	for (int init_first = 0; init_first < 2; init_first++) {
		source = create_source();
		mirror = create_vm();
		park(&p, mirror);
		if (init_first)
			queue(&init, run_init, mirror, -1);
		queue(&sharing, share, mirror, source);
		if (!init_first)
			queue(&init, run_init, mirror, -1);
		unpark(&p);
		finish(&init);
		finish(&sharing);
		if (!init.result && !sharing.result)
			ktap_fail("KVM_SEV_INIT and sharing both succeed");
		if (init.result && sharing.result)
			ktap_fail("KVM_SEV_INIT and sharing both fail");
		close_mirror(mirror);
		close(source);
	}
}

static int run_create_vcpu(int vm, int other __attribute__((__unused__)))
{
	return ioctl(vm, KVM_CREATE_VCPU, 0);
}

/* A vCPU that came first has been set up without SEV. */
static void vcpu_comes_before_share(void)
{
	int source = create_source();
	int mirror = create_vm();
	struct waiting creation, sharing;
	struct parked p;

	park(&p, mirror);
	queue(&creation, run_create_vcpu, mirror, -1);
	queue(&sharing, share, mirror, source);
	unpark(&p);
	finish_done(&creation, "KVM_CREATE_VCPU");
	finish_refused(&sharing, "sharing behind KVM_CREATE_VCPU");
	close(creation.result);
	close_mirror(mirror);
	close(source);
}

#if !KPATCH_MIRROR_COMMANDS_ALL
/* By the time of the command the VM is a mirror. Length 0 asks for a length. */
static int run_measure(int vm, int other __attribute__((__unused__)))
{
	struct kvm_sev_launch_measure measure = { 0 };

	return sev_command(vm, KVM_SEV_LAUNCH_MEASURE, &measure);
}

static void command_waits_for_share(void)
{
	int source = create_source();
	int mirror = create_vm();
	struct waiting command, sharing;
	struct parked p;

	park(&p, mirror);
	queue(&sharing, share, mirror, source);
	queue(&command, run_measure, mirror, -1);
	unpark(&p);
	finish_done(&sharing, "sharing");
	finish_refused(&command, "a command behind sharing");
	close_mirror(mirror);
	close(source);
}
#endif

#if KPATCH_MIRROR_REGIONS_REFUSE || KPATCH_REGISTER_LOCK_PREP
static void *region_memory;

static int run_register(int vm, int other __attribute__((__unused__)))
{
	return register_region(vm, region_memory, PAGE);
}
#endif

#if KPATCH_MIRROR_REGIONS_REFUSE
static void region_waits_for_share(void)
{
	int source = create_source();
	int mirror = create_vm();
	struct waiting region, sharing;
	struct parked p;

	region_memory = map_pages(1);
	park(&p, mirror);
	queue(&sharing, share, mirror, source);
	queue(&region, run_register, mirror, -1);
	unpark(&p);
	finish_done(&sharing, "sharing");
	finish_refused(&region, "a region behind sharing");
	close_mirror(mirror);
	close(source);
}
#endif

#if KPATCH_REGISTER_LOCK_PREP
/* By the time of the request the VM is an SEV guest. */
static void region_waits_for_init(void)
{
	int vm = create_vm();
	struct waiting init, region;
	struct parked p;

	region_memory = map_pages(1);
	park(&p, vm);
	queue(&init, run_init, vm, -1);
	queue(&region, run_register, vm, -1);
	unpark(&p);
	finish_done(&init, "KVM_SEV_INIT");
	finish_done(&region, "a region behind KVM_SEV_INIT");
	close(vm);
}
#endif

static int run_launch(int vm, int other __attribute__((__unused__)))
{
	struct kvm_sev_launch_start start = { .policy = 0 };

	return sev_command(vm, KVM_SEV_LAUNCH_START, &start);
}

/* By the time of the request the source is launched, with an ASID. */
static void share_waits_for_launch(void)
{
	int mirror, source;
	struct waiting init, launching, sharing;
	struct parked p;
	struct vcpu vcpu;

	for (int mirror_first = 0; mirror_first < 2; mirror_first++) {
		mirror = mirror_first ? create_vm() : -1;
		source = create_vm();
		if (!mirror_first)
			mirror = create_vm();
		park(&p, source);
		queue(&init, run_init, source, -1);
		queue(&launching, run_launch, source, -1);
		queue(&sharing, share, mirror, source);
		unpark(&p);
		finish_done(&init, "KVM_SEV_INIT");
		finish_done(&launching, "KVM_SEV_LAUNCH_START");
		finish_done(&sharing, "sharing behind the launch");
		finish_launch(source);
		vcpu = start_vcpu(mirror, 0, guest_reads, guest_reads_end);
		set_registers(&vcpu, CODE_GPA, 0);
		run_vcpu(&vcpu);
		close_vcpu(&vcpu);
		/* Whoever goes last ends the firmware's guest. */
		if (mirror_first) {
			close_mirror(mirror);
			close(source);
		} else {
			close(source);
			close_mirror(mirror);
		}
	}
}

#if KPATCH_CHAINS_REFUSE
/* By the time of the second request its source is a mirror itself. */
static void share_waits_for_share(void)
{
	int source = create_source();
	int middle = create_vm();
	int mirror = create_vm();
	struct waiting first, second;
	struct parked p;

	park(&p, middle);
	queue(&first, share, middle, source);
	queue(&second, share, mirror, middle);
	unpark(&p);
#if KPATCH_UPSTREAM
	/* The second may be why the first finds its VM in use. */
	finish(&first);
#else
	finish_done(&first, "sharing");
#endif
	finish_crossed(&second, "sharing a VM that has become a mirror");
	close_mirror(mirror);
	close_mirror(middle);
	close(source);
}
#endif

/* The request's own hold on the source is all that is left of it. */
static void source_is_closed_during_share(void)
{
	int source = create_source();
	int mirror = create_vm();
	struct waiting sharing;
	struct parked p;

#if KPATCH_UPSTREAM && KPATCH_API_ENC_OP
	/* The command waits for its own VM before it looks at the other one. */
	park(&p, source);
#else
	park(&p, mirror);
#endif
	queue(&sharing, share, mirror, source);
#if KPATCH_DIRECTION_FROM
	close(source);
#endif
	unpark(&p);
	finish_done(&sharing, "sharing");
#if KPATCH_DIRECTION_TO
	close(source);
#endif
	expect_firmware("guests", left.guests + 1, "without the source");
	close_mirror(mirror);
}

#if KPATCH_DIRECTION_TO
/* The VM that is named stays until the request has done with it. */
static void mirror_is_closed_during_share(void)
{
	int source = create_source();
	int mirror = create_vm();
	struct waiting sharing;
	struct parked p;
	long vms;

	park(&p, source);
	queue(&sharing, share, mirror, source);
	vms = count_vms();
	close(mirror);
	if (count_vms() < vms)
		ktap_fail("the VM that a request names goes before it");
	unpark(&p);
	finish_done(&sharing, "sharing");
	expect_firmware("guests", left.guests + 1, "without the mirror");
	close(source);
}
#endif

/*
 * Two tasks that name the same VMs the other way round. Both wait for the same
 * one; whoever has taken the other one before waits for ever, in one of the
 * two rounds.
 */
static void crossed_requests_end(void)
{
	int a = create_vm();
	int b = create_vm();
	struct waiting w[2];
	struct parked p;

	for (int round = 0; round < 2; round++) {
		park(&p, round ? b : a);
		queue(&w[0], share, a, b);
		queue(&w[1], share, b, a);
		unpark(&p);
		finish_crossed(&w[0], "plain VMs, there");
		finish_crossed(&w[1], "plain VMs, and back");

		park(&p, round ? b : a);
		queue(&w[1], share, b, a);
		queue(&w[0], share, a, b);
		unpark(&p);
		finish_crossed(&w[0], "plain VMs, there");
		finish_crossed(&w[1], "plain VMs, and back");
	}
	close(b);
	close(a);
}

/* In a process of its own, which shares the memory: both VMs belong to it, too. */
static int share_and_exit(void *argument)
{
	struct waiting *w = argument;

	w->result = share(w->vm, w->other);
	return 0;
}

/* Whether a process ends that has been killed, though nobody lets it go on. */
static bool ends(pid_t process)
{
	for (int ms = 0; ms < 1000; ms++) {
		if (waitpid(process, NULL, WNOHANG) == process)
			return true;
		ktap_ms(1);
	}
	return false;
}

/*
 * Who holds the lock of a VM can do so for as long as it likes, and is another
 * process. The lock is that of either VM, which is locked first or second.
 */
static void killed_request_ends(void)
{
	static char stack[64 << 10] __attribute__((__aligned__(16)));
	int blocked, mirror, source;
	struct waiting w = { 0 };
	struct parked p;
	pid_t child;

	for (int round = 0; round < 4; round++) {
		mirror = round & 1 ? create_vm() : -1;
		source = create_source();
		if (mirror < 0)
			mirror = create_vm();
		w.vm = mirror;
		w.other = source;

		park(&p, round & 2 ? source : mirror);
		child = check(clone(share_and_exit, stack + sizeof(stack),
				    CLONE_VM | SIGCHLD, &w), "clone");
		blocked = 0;
		for (int ms = 0; ms < 3000 && blocked < 5; ms++) {
			blocked = is_blocked(child) ? blocked + 1 : 0;
			ktap_ms(1);
		}
		if (blocked < 5)
			ktap_fail("the request does not wait");
		kill(child, SIGKILL);
		if (ends(child)) {
			unpark(&p);
		} else {
			ktap_fail("a killed request waits for the %s's lock",
				  round & 2 ? "source" : "mirror");
			unpark(&p);
			waitpid(child, NULL, 0);
		}
		/* It has left nothing locked, and no mirror. */
		if (sev_command(mirror, KVM_SEV_INIT, NULL))
			ktap_fail("KVM_SEV_INIT behind a killed request: %s",
				  strerrorname_np(errno));
		close(mirror);
		close(source);
	}
}

static const struct ktap_case cases[] = {
	{ "one_mirror_of_two_sources",	one_mirror_of_two_sources,
	  needs_mirror },
	{ "init_meets_share",		init_meets_share,	needs_mirror },
	{ "vcpu_comes_before_share",	vcpu_comes_before_share, needs_mirror },
#if !KPATCH_MIRROR_COMMANDS_ALL
	{ "command_waits_for_share",	command_waits_for_share, needs_mirror },
#endif
#if KPATCH_MIRROR_REGIONS_REFUSE
	{ "region_waits_for_share",	region_waits_for_share,	needs_mirror },
#endif
#if KPATCH_REGISTER_LOCK_PREP
	{ "region_waits_for_init",	region_waits_for_init,	needs_source },
#endif
	{ "share_waits_for_launch",	share_waits_for_launch,	needs_mirror },
#if KPATCH_CHAINS_REFUSE
	{ "share_waits_for_share",	share_waits_for_share,	needs_mirror },
#endif
	{ "source_is_closed_during_share", source_is_closed_during_share,
	  needs_mirror },
#if KPATCH_DIRECTION_TO
	{ "mirror_is_closed_during_share", mirror_is_closed_during_share,
	  needs_mirror },
#endif
	{ "crossed_requests_end",	crossed_requests_end,	needs_source },
	{ "killed_request_ends",	killed_request_ends,	needs_source },
};

int main(void)
{
	return run_cases(cases);
}
