// SPDX-License-Identifier: GPL-2.0-only
/*
 * What sharing is for: vCPUs of the mirror work on the source's memory, which
 * both VMs map by memory slots of their own.
 */
#define _GNU_SOURCE

#include <pthread.h>

#include "guest_code.h"

#define PATTERN		0x5ec2e7

/* A word that both VMs map, and each at an address of its own. */
struct pair {
	volatile __u32	*memory;
	int		mirror;
	int		source;
};

static struct pair create_pair(void)
{
	struct pair p = { .memory = map_pages(1) };

	p.source = create_running_source();
	p.mirror = create_mirror(p.source);
	add_slot(p.source, 0, DATA_GPA, (void *)p.memory, 1);
	add_slot(p.mirror, 0, VIEW_GPA, (void *)p.memory, 1);
	return p;
}

static void close_pair(struct pair *p)
{
	close_mirror(p->mirror);
	close(p->source);
}

static void write_word(int vm, __u64 address)
{
	struct vcpu vcpu = start_vcpu(vm, 1, guest_writes, guest_writes_end);

	set_registers(&vcpu, address, PATTERN);
	run_vcpu(&vcpu);
	close_vcpu(&vcpu);
}

static void read_word(int vm, __u64 address)
{
	struct vcpu vcpu = start_vcpu(vm, 1, guest_reads, guest_reads_end);
	__u32 value;

	set_registers(&vcpu, address, 0);
	value = run_vcpu(&vcpu);
	if (value != PATTERN)
		ktap_fail("read %#x instead of %#x", value, PATTERN);
	close_vcpu(&vcpu);
}

static void mirror_reads_source(void)
{
	struct pair p = create_pair();

	write_word(p.source, DATA_GPA);
	read_word(p.mirror, VIEW_GPA);
	close_pair(&p);
}

static void source_reads_mirror(void)
{
	struct pair p = create_pair();

	write_word(p.mirror, VIEW_GPA);
	read_word(p.source, DATA_GPA);
	close_pair(&p);
}

static void mirrors_read_each_other(void)
{
	struct pair p = create_pair();
	int second = create_mirror(p.source);

	add_slot(second, 0, VIEW_GPA, (void *)p.memory, 1);
	write_word(p.mirror, VIEW_GPA);
	read_word(second, VIEW_GPA);
	close_mirror(second);
	close_pair(&p);
}

/* vCPUs must not exist before a VM is a mirror; afterwards they may. */
static void mirror_has_several_vcpus(void)
{
	struct vcpu first;
	struct pair p = create_pair();
	int second;

	first = start_vcpu(p.mirror, 1, guest_reads, guest_reads_end);
	second = ioctl(p.mirror, KVM_CREATE_VCPU, 1);
	if (second < 0)
		ktap_fail("a second vCPU: %s", strerrorname_np(errno));
	*p.memory = PATTERN;
	set_registers(&first, VIEW_GPA, 0);
	if (run_vcpu(&first) != PATTERN)
		ktap_fail("the first vCPU read something else");
	close(second);
	close_vcpu(&first);
	close_pair(&p);
}

static void *run_in_thread(void *argument)
{
	run_vcpu(argument);
	return NULL;
}

static void wait_for_growth(volatile __u32 *counter, const char *whose)
{
	__u32 start = *counter;

	for (int ms = 0; ms < 2000 && *counter == start; ms++)
		ktap_ms(1);
	if (*counter == start)
		ktap_fail("the %s doesn't run", whose);
}

/* One ASID on two processors: neither VM may stop the other. */
static void both_run_at_once(void)
{
	struct pair p = create_pair();
	struct vcpu mirror, source;
	pthread_t threads[2];

	source = start_vcpu(p.source, 1, guest_counts, guest_counts_end);
	mirror = start_vcpu(p.mirror, 1, guest_counts, guest_counts_end);
	set_registers(&source, DATA_GPA, 0);
	set_registers(&mirror, VIEW_GPA + 8, 0);
	pthread_create(&threads[0], NULL, run_in_thread, &source);
	pthread_create(&threads[1], NULL, run_in_thread, &mirror);

	for (int i = 0; i < 3; i++) {
		wait_for_growth(p.memory, "source");
		wait_for_growth(p.memory + 2, "mirror");
	}
	/* What tells each of them to stop. */
	p.memory[1] = 1;
	p.memory[3] = 1;
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	close_vcpu(&mirror);
	close_vcpu(&source);
	close_pair(&p);
}

static const struct ktap_case cases[] = {
	{ "mirror_reads_source",	mirror_reads_source,	needs_mirror },
	{ "source_reads_mirror",	source_reads_mirror,	needs_mirror },
	{ "mirrors_read_each_other",	mirrors_read_each_other, needs_mirror },
	{ "mirror_has_several_vcpus",	mirror_has_several_vcpus,
	  needs_mirror },
	{ "both_run_at_once",		both_run_at_once,	needs_mirror },
};

int main(void)
{
	return run_cases(cases);
}
