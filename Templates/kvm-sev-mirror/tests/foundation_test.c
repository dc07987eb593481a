// SPDX-License-Identifier: GPL-2.0-only
/*
 * What all other tests stand on: SEV guests can be launched and run, a mirror
 * can be made, and it can be closed. If one of these fails, the tests that
 * need it have nothing to say.
 */
#define _GNU_SOURCE

#include "guest_code.h"

/* include/linux/psp-sev.h calls it GSTATE_RUNNING in comments only. */
#define STATE_LAUNCH_UPDATE	1
#define STATE_LAUNCH_SECRET	2
#define STATE_RUNNING		3

static void has_software_firmware(void)
{
	if (firmware("enable") <= 0)
		ktap_skip("not exercised: no software firmware");
	else if (!sev_is_usable())
		ktap_fail("SEV is not usable");
}

/* The patch must not stand in the way of VMs that share nothing. */
static void inits_sev(void)
{
	int vm = create_vm();

	if (sev_command(vm, KVM_SEV_INIT, NULL))
		ktap_fail("KVM_SEV_INIT: %s", strerrorname_np(errno));
	close(vm);
}

/* If VMs can't be counted, no case could say that one is left. */
static void counts_vms(void)
{
	long before = count_vms(), during;
	int vm = create_vm();

	during = count_vms();
	close(vm);
	if (before < 0 || during != before + 1)
		ktap_fail("%ld VMs with a VM, %ld without", during, before);
}

static void expect_state(int vm, __u32 state)
{
	struct kvm_sev_guest_status status = { 0 };

	check(sev_command(vm, KVM_SEV_GUEST_STATUS, &status),
	      "KVM_SEV_GUEST_STATUS");
	if (status.state != state)
		ktap_fail("the guest is in state %u instead of %u",
			  status.state, state);
}

static void launches(void)
{
	struct kvm_sev_launch_update_data update = { .len = PAGE };
	struct kvm_sev_launch_measure measure = { 0 };
	__u32 *memory = map_pages(1);
	struct vcpu vcpu;
	char blob[256];
	__u32 value;
	int vm;

	*memory = 0x600d;
	vm = create_source();
	expect_firmware("guests", left.guests + 1, "after LAUNCH_START");
	expect_firmware("active", left.active + 1, "after LAUNCH_START");
	expect_state(vm, STATE_LAUNCH_UPDATE);

	add_slot(vm, 0, DATA_GPA, memory, 1);
	check(register_region(vm, memory, PAGE), "KVM_MEMORY_ENCRYPT_REG_REGION");
	update.uaddr = (unsigned long)memory;
	check(sev_command(vm, KVM_SEV_LAUNCH_UPDATE_DATA, &update),
	      "KVM_SEV_LAUNCH_UPDATE_DATA");

	/* Without room for it, the length of the measurement. */
	if (!sev_command(vm, KVM_SEV_LAUNCH_MEASURE, &measure) ||
	    measure.len > sizeof(blob) || !measure.len)
		ktap_fail("a measurement of %u bytes", measure.len);
	measure.uaddr = (unsigned long)blob;
	check(sev_command(vm, KVM_SEV_LAUNCH_MEASURE, &measure),
	      "KVM_SEV_LAUNCH_MEASURE");
	expect_state(vm, STATE_LAUNCH_SECRET);
	check(sev_command(vm, KVM_SEV_LAUNCH_FINISH, NULL),
	      "KVM_SEV_LAUNCH_FINISH");
	expect_state(vm, STATE_RUNNING);

	vcpu = start_vcpu(vm, 1, guest_reads, guest_reads_end);
	set_registers(&vcpu, DATA_GPA, 0);
	value = run_vcpu(&vcpu);
	if (value != 0x600d)
		ktap_fail("the guest read %#x", value);
	close_vcpu(&vcpu);
	close(vm);
}

static void closes_mirror(void)
{
	int source = create_source();
	int mirror = create_mirror(source);

	expect_firmware("guests", left.guests + 1, "with a mirror");
	expect_firmware("active", left.active + 1, "with a mirror");
	close_mirror(mirror);
	expect_firmware("guests", left.guests + 1, "without the mirror");
	expect_firmware("active", left.active + 1, "without the mirror");
	expect_state(source, STATE_LAUNCH_UPDATE);
	close(source);
}

/* The mirror is the last one then that keeps the context alive. */
static void closes_source_first(void)
{
	int source = create_source();
	int mirror = create_mirror(source);

	close(source);
	expect_firmware("guests", left.guests + 1, "without the source");
	expect_firmware("active", left.active + 1, "without the source");
	close_mirror(mirror);
}

static const struct ktap_case cases[] = {
	{ "has_software_firmware",	has_software_firmware,	needs_kvm },
	{ "counts_vms",			counts_vms,		needs_kvm },
	{ "inits_sev",			inits_sev,		needs_sev },
	{ "launches",			launches,		needs_source },
	{ "closes_mirror",		closes_mirror,		needs_mirror },
	{ "closes_source_first",	closes_source_first,	needs_mirror },
};

int main(void)
{
	return run_cases(cases);
}
