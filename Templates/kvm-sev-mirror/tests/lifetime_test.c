// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long a context lives that several VMs share, and what closing one of
 * them leaves of the others.
 */
#define _GNU_SOURCE

#include <pthread.h>

#include "guest_code.h"

#if !KPATCH_CHAINS_REFUSE
/* Far more than the kernel's stack has room for. */
#define CHAIN	200
#endif

static void expect_context(int count, const char *when)
{
	expect_firmware("guests", left.guests + count, when);
	expect_firmware("active", left.active + count, when);
}

static void shares_with_two_mirrors(void)
{
	int source = create_source();
	int first = create_mirror(source);
	int second = create_mirror(source);

	expect_context(1, "with two mirrors");
	close_mirror(first);
	expect_context(1, "with the second mirror");
	close_mirror(second);
	expect_context(1, "without mirrors");
	/* And there can be others later. */
	first = create_mirror(source);
	close_mirror(first);
	close(source);
}

static void outlives_source_by_two(void)
{
	int source = create_source();
	int first = create_mirror(source);
	int second = create_mirror(source);

	close(source);
	expect_context(1, "with two mirrors");
	close_mirror(second);
	expect_context(1, "with the first mirror");
	close_mirror(first);
}

/* What an ASID's second user runs on must not have been given away. */
static void runs_without_source(void)
{
	__u32 *memory = map_pages(1);
	int source = create_running_source();
	int mirror = create_mirror(source);
	struct vcpu vcpu;

	*memory = 0xc0ffee;
	add_slot(mirror, 0, DATA_GPA, memory, 1);
	vcpu = start_vcpu(mirror, 1, guest_reads, guest_reads_end);
	close(source);
	set_registers(&vcpu, DATA_GPA, 0);
	if (run_vcpu(&vcpu) != 0xc0ffee)
		ktap_fail("the mirror reads something else");
	expect_context(1, "after the mirror has run");
	close_vcpu(&vcpu);
	close_mirror(mirror);
}

/* The other way round: a mirror's end must not take the ASID along. */
static void runs_without_mirror(void)
{
	__u32 *memory = map_pages(1);
	int source = create_running_source();
	int mirror = create_mirror(source);
	struct vcpu vcpu;

	*memory = 0xc0ffee;
	add_slot(source, 0, DATA_GPA, memory, 1);
	vcpu = start_vcpu(source, 1, guest_reads, guest_reads_end);
	close_mirror(mirror);
	set_registers(&vcpu, DATA_GPA, 0);
	if (run_vcpu(&vcpu) != 0xc0ffee)
		ktap_fail("the source reads something else");
	close_vcpu(&vcpu);
	close(source);
}

/* The second counts those that leave out processors where the VM never ran. */
static long flushes(void)
{
	return firmware("wbinvds") + firmware("writebacks");
}

/* Of a VM that has run, and so has lines in the cache. */
static long flushes_of_closing(int vm)
{
	struct vcpu vcpu = start_vcpu(vm, 0, guest_reads, guest_reads_end);
	long before;

	set_registers(&vcpu, CODE_GPA, 0);
	run_vcpu(&vcpu);
	close_vcpu(&vcpu);
	before = flushes();
	close_mirror(vm);
	return flushes() - before;
}

/*
 * Pages that only the mirror mapped have lines in the cache, too. Kernels with
 * the reclaim hook flush when any SEV guest lets its pages go, so it is the end
 * of a VM that shares nothing which says how much there is to do.
 */
static void closing_mirror_flushes(void)
{
#if KPATCH_HAVE_RECLAIM_HOOK
	/* The hook's: the owner may do it once more, for pages it has pinned. */
	long expected = 1;
#else
	long expected = flushes_of_closing(create_running_source());
#endif
	int source = create_running_source();
	long done = flushes_of_closing(create_mirror(source));

	if (!done || done < expected)
		ktap_fail("%ld flushes instead of %ld", done, expected);
	close(source);
}

/*
 * Two processes that hold one VM each. Both VMs are those of the first, which
 * is killed; the second goes with the case.
 */
static void kill_holder(bool of_source)
{
	int mirror, ready[2], source;
	pid_t first, second;
	char bytes[2];

	check(pipe(ready), "pipe");
	fflush(stdout);
	first = check(fork(), "fork");
	if (!first) {
		source = create_source();
		mirror = create_mirror(source);
		second = check(fork(), "fork");
		close(of_source != !second ? mirror : source);
		check(write(ready[1], "", 1), "write");
		for (;;)
			pause();
	}
	for (int i = 0; i < 2; i++)
		check(read(ready[0], bytes, 1), "read");
	expect_context(1, "before the kill");
	kill(first, SIGKILL);
	check(waitpid(first, NULL, 0), "waitpid");
	expect_context(1, "after the kill");
}

static void survives_killed_source(void)
{
	kill_holder(true);
}

static void survives_killed_mirror(void)
{
	kill_holder(false);
}

/* What a thread runs until the process is killed. */
static void *run_for_ever(void *argument)
{
	run_vcpu(argument);
	return NULL;
}

/* Both VMs are in their guests when their process is killed. */
static void survives_kill_while_running(void)
{
	volatile __u32 *memory = map_pages(1);
	struct vcpu first, second;
	int mirror, source;
	pthread_t thread;
	pid_t child;

	fflush(stdout);
	child = check(fork(), "fork");
	if (!child) {
		source = create_running_source();
		mirror = create_mirror(source);
		add_slot(source, 0, DATA_GPA, (void *)memory, 1);
		add_slot(mirror, 0, DATA_GPA, (void *)memory, 1);
		first = start_vcpu(source, 1, guest_counts, guest_counts_end);
		second = start_vcpu(mirror, 1, guest_counts, guest_counts_end);
		set_registers(&first, DATA_GPA, 0);
		set_registers(&second, DATA_GPA + 8, 0);
		pthread_create(&thread, NULL, run_for_ever, &first);
		run_for_ever(&second);
		_exit(0);
	}
	for (int ms = 0; ms < 2000 && !(memory[0] && memory[2]); ms++)
		ktap_ms(1);
	if (!memory[0] || !memory[2])
		ktap_fail("the guests don't run");
	kill(child, SIGKILL);
	check(waitpid(child, NULL, 0), "waitpid");
}

static bool has_asid(void)
{
	int vm = create_vm();
	bool has = !sev_command(vm, KVM_SEV_INIT, NULL);

	close(vm);
	return has;
}

/* A mirror needs none of its own, and keeps its source's from being reused. */
static void mirrors_need_no_asid(void)
{
	int count, mirror, vms[MAX_ASIDS];

	count = take_asids(vms);
	if (count < 2) {
		ktap_fail("%d ASIDs", count);
		return;
	}
	expect_context(count, "with all ASIDs in use");
	mirror = create_mirror(vms[0]);
	expect_context(count, "with a mirror");
	close(vms[0]);
	if (has_asid())
		ktap_fail("the ASID of a mirror was given away");
	close_mirror(mirror);
	if (!has_asid())
		ktap_fail("the mirror's ASID can't be used again");
	for (int i = 1; i < count; i++)
		close(vms[i]);
}

/* More guests than ASIDs, one after the other: flushed in between. */
static void reuses_asids(void)
{
	long rounds = firmware("asids") + 3;
	long flushes = firmware("df_flushes");
	int mirror, source;

	for (int i = 0; i < rounds; i++) {
		source = create_source();
		mirror = create_mirror(source);
		if (i % 2)
			close_mirror(mirror);
		close(source);
		if (!(i % 2))
			close_mirror(mirror);
	}
	if (firmware("df_flushes") <= flushes)
		ktap_fail("ASIDs were used again without a flush");
}

/* A mirror's end must give back neither too little nor too much. */
static void keeps_all_asids(void)
{
	int after, before, mirror, source, vms[MAX_ASIDS];

	before = take_asids(vms);
	for (int i = 0; i < before; i++)
		close(vms[i]);
	source = create_source();
	mirror = create_mirror(source);
	close_mirror(mirror);
	close(source);
	after = take_asids(vms);
	for (int i = 0; i < after; i++)
		close(vms[i]);
	if (after != before)
		ktap_fail("%d ASIDs before, %d after a mirror", before, after);
}

#if KPATCH_CHAINS_REFUSE
static void refuses_chain(void)
{
	int source = create_source();
	int first = create_mirror(source);
	int second = create_vm();

	expect_refusal(share(second, first), EINVAL, "mirror of a mirror");
	close_mirror(second);
	close_mirror(first);
	close(source);
}

/* A request that isn't refused is the case above's business. */
static void errno_of_chain(void)
{
	int source = create_source();
	int first = create_mirror(source);
	int second = create_vm();

	if (!share(second, first))
		ktap_skip("not exercised: the request is not refused");
	else if (errno != EINVAL)
		ktap_fail("refused with %s", strerrorname_np(errno));
	close_mirror(second);
	close_mirror(first);
	close(source);
}
#else
/* Ends and middle of the chain are closed first, in between and last. */
static void chains_end_in_any_order(void)
{
	static const int orders[][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
		{ 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};
	int vms[3];

	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		vms[0] = create_source();
		vms[1] = create_mirror(vms[0]);
		vms[2] = create_mirror(vms[1]);
		for (int j = 0; j < 3; j++) {
			expect_context(1, "before the last one is closed");
			close_mirror(vms[orders[i][j]]);
		}
		expect_context(0, "after the last one was closed");
	}
}

/* Destroying them must not take kernel stack for each. */
static void long_chain_ends(void)
{
	int vms[CHAIN];

	vms[0] = create_source();
	for (int i = 1; i < CHAIN; i++)
		vms[i] = create_mirror(vms[i - 1]);
	for (int i = 0; i < CHAIN; i++)
		close_mirror(vms[i]);
}
#endif

static const struct ktap_case cases[] = {
	{ "shares_with_two_mirrors",	shares_with_two_mirrors, needs_mirror },
	{ "outlives_source_by_two",	outlives_source_by_two,	needs_mirror },
	{ "runs_without_source",	runs_without_source,	needs_mirror },
	{ "runs_without_mirror",	runs_without_mirror,	needs_mirror },
	{ "closing_mirror_flushes",	closing_mirror_flushes,	needs_mirror },
	{ "survives_killed_source",	survives_killed_source,	needs_mirror },
	{ "survives_killed_mirror",	survives_killed_mirror,	needs_mirror },
	{ "survives_kill_while_running", survives_kill_while_running,
	  needs_mirror },
	{ "mirrors_need_no_asid",	mirrors_need_no_asid,	needs_mirror },
	{ "reuses_asids",		reuses_asids,		needs_mirror },
	{ "keeps_all_asids",		keeps_all_asids,	needs_mirror },
#if KPATCH_CHAINS_REFUSE
	{ "refuses_chain",		refuses_chain,		needs_mirror },
	{ "errno_of_chain",		errno_of_chain,		needs_mirror },
#else
	{ "chains_end_in_any_order",	chains_end_in_any_order, needs_mirror },
	{ "long_chain_ends",		long_chain_ends,	needs_mirror },
#endif
};

int main(void)
{
	return run_cases(cases);
}
