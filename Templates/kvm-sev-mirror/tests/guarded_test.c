// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which commands and regions a mirror may have of its own. The source's are
 * not the mirror's business, and go on to work.
 */
#define _GNU_SOURCE

#include <sys/resource.h>

#include "guest_code.h"

/* As many bytes as a measurement may have. */
#define BLOB		256

#if !KPATCH_MIRROR_COMMANDS_ALL
/* Commands that a mirror isn't refused, or not for being one. */
static bool is_allowed(__u32 id)
{
	switch (id) {
#if KPATCH_API_ENC_OP
	case KPATCH_cmd:
		return true;
#endif
#if KPATCH_MIRROR_COMMANDS_ALLOW_LIST
	case KVM_SEV_LAUNCH_UPDATE_VMSA:
	case KVM_SEV_GUEST_STATUS:
	case KVM_SEV_DBG_DECRYPT:
	case KVM_SEV_DBG_ENCRYPT:
		return true;
#endif
	default:
		return false;
	}
}

static void mirror_is_refused_commands(void)
{
	char blob[BLOB] = { 0 }, what[32];
	int source = create_source();
	int mirror = create_mirror(source);

	for (__u32 id = 0; id <= KVM_SEV_NR_MAX; id++) {
		if (is_allowed(id))
			continue;
		snprintf(what, sizeof(what), "command %u", id);
		expect_refusal(sev_command(mirror, id, NULL), EINVAL, what);
		expect_refusal(sev_command(mirror, id, blob), EINVAL, what);
	}
	close_mirror(mirror);
	close(source);
}

/* LAUNCH_FINISH wants no data, so EINVAL can only be about the mirror. */
static void errno_of_command(void)
{
	int source = create_source();
	int mirror = create_mirror(source);

	if (!sev_command(mirror, KVM_SEV_LAUNCH_FINISH, NULL))
		ktap_skip("not exercised: the command is not refused");
	else if (errno != EINVAL)
		ktap_fail("refused with %s", strerrorname_np(errno));
	close_mirror(mirror);
	close(source);
}
#else
/* A launch of its own would need an ASID of its own. */
static void mirror_launches_nothing(void)
{
	struct kvm_sev_launch_start start = { 0 };
	int source = create_source();
	int mirror = create_mirror(source);

	if (!sev_command(mirror, KVM_SEV_INIT, NULL))
		ktap_fail("KVM_SEV_INIT on a mirror");
	if (!sev_command(mirror, KVM_SEV_LAUNCH_START, &start))
		ktap_fail("KVM_SEV_LAUNCH_START on a mirror");
	close_mirror(mirror);
	close(source);
}

/* The mirror adds to the measurement, as its source would. */
static void mirror_completes_launch(void)
{
	struct kvm_sev_launch_update_data update = { .len = PAGE };
	char blob[BLOB];
	struct kvm_sev_launch_measure measure = {
		.uaddr = (unsigned long)blob,
		.len = sizeof(blob),
	};
	int source = create_source();
	int mirror = create_mirror(source);

	update.uaddr = (unsigned long)map_pages(1);
	check(sev_command(mirror, KVM_SEV_LAUNCH_UPDATE_DATA, &update),
	      "KVM_SEV_LAUNCH_UPDATE_DATA");
	check(sev_command(mirror, KVM_SEV_LAUNCH_MEASURE, &measure),
	      "KVM_SEV_LAUNCH_MEASURE");
	check(sev_command(mirror, KVM_SEV_LAUNCH_FINISH, NULL),
	      "KVM_SEV_LAUNCH_FINISH");
	close_mirror(mirror);
	close(source);
}
#endif

#if !KPATCH_MIRROR_COMMANDS_NONE
static void mirror_tells_status(void)
{
	struct kvm_sev_guest_status status[2] = { 0 };
	int source = create_source();
	int mirror = create_mirror(source);

	check(sev_command(source, KVM_SEV_GUEST_STATUS, &status[0]),
	      "KVM_SEV_GUEST_STATUS on the source");
	check(sev_command(mirror, KVM_SEV_GUEST_STATUS, &status[1]),
	      "KVM_SEV_GUEST_STATUS on the mirror");
	if (status[0].handle != status[1].handle)
		ktap_fail("handle %u on the source, %u on the mirror",
			  status[0].handle, status[1].handle);
	if (status[0].state != status[1].state)
		ktap_fail("state %u on the source, %u on the mirror",
			  status[0].state, status[1].state);
	close_mirror(mirror);
	close(source);
}

/* In whole pages: elsewhere some kernels lose the end. */
static void mirror_debugs(void)
{
	char *from = map_pages(1), *to = map_pages(1);
	struct kvm_sev_dbg debug = {
		.src_uaddr = (unsigned long)from,
		.dst_uaddr = (unsigned long)to,
		.len = PAGE,
	};
	int source = create_running_source();
	int mirror = create_mirror(source);

	memset(from, 0x42, PAGE);
	check(sev_command(mirror, KVM_SEV_DBG_DECRYPT, &debug),
	      "KVM_SEV_DBG_DECRYPT");
	if (memcmp(from, to, PAGE))
		ktap_fail("KVM_SEV_DBG_DECRYPT read something else");
	memset(to, 0, PAGE);
	check(sev_command(mirror, KVM_SEV_DBG_ENCRYPT, &debug),
	      "KVM_SEV_DBG_ENCRYPT");
	if (memcmp(from, to, PAGE))
		ktap_fail("KVM_SEV_DBG_ENCRYPT wrote something else");
	close_mirror(mirror);
	close(source);
}
#endif

static void source_keeps_commands(void)
{
	struct kvm_sev_launch_update_data update = { .len = PAGE };
	struct kvm_sev_guest_status status;
	int source = create_source();
	int mirror = create_mirror(source);

	update.uaddr = (unsigned long)map_pages(1);
	if (sev_command(source, KVM_SEV_LAUNCH_UPDATE_DATA, &update))
		ktap_fail("KVM_SEV_LAUNCH_UPDATE_DATA: %s",
			  strerrorname_np(errno));
	close_mirror(mirror);
	if (sev_command(source, KVM_SEV_GUEST_STATUS, &status))
		ktap_fail("KVM_SEV_GUEST_STATUS: %s", strerrorname_np(errno));
	close(source);
}

#if KPATCH_MIRROR_REGIONS_REFUSE
static void mirror_is_refused_regions(void)
{
	void *memory = map_pages(1);
	int source = create_source();
	int mirror = create_mirror(source);

	expect_refusal(register_region(mirror, memory, PAGE), EINVAL,
		       "registering a region");
	expect_refusal(unregister_region(mirror, memory, PAGE), EINVAL,
		       "unregistering a region");
	close_mirror(mirror);
	close(source);
}

static void errno_of_region(void)
{
	void *memory = map_pages(1);
	int source = create_source();
	int mirror = create_mirror(source);

	if (!register_region(mirror, memory, PAGE))
		ktap_skip("not exercised: the region is not refused");
	else if (errno != EINVAL)
		ktap_fail("refused with %s", strerrorname_np(errno));
	if (unregister_region(mirror, memory, PAGE) && errno != EINVAL)
		ktap_fail("unregistering is refused with %s",
			  strerrorname_np(errno));
	close_mirror(mirror);
	close(source);
}
#else
static void mirror_pins_memory(void)
{
	void *memory = map_pages(2);
	int source = create_source();
	int mirror = create_mirror(source);

	check(register_region(mirror, memory, PAGE), "registering a region");
	check(register_region(mirror, memory, 2 * PAGE),
	      "registering another region");
	check(unregister_region(mirror, memory, PAGE),
	      "unregistering a region");
	expect_refusal(unregister_region(mirror, memory, PAGE), EINVAL,
		       "unregistering it again");
	/* The other one goes with the mirror. */
	close_mirror(mirror);
	close(source);
}

/* Each of the two VMs knows its own regions only. */
static void mirror_knows_its_own_regions(void)
{
	void *memory = map_pages(1);
	int source = create_source();
	int mirror = create_mirror(source);

	check(register_region(source, memory, PAGE), "registering a region");
	expect_refusal(unregister_region(mirror, memory, PAGE), EINVAL,
		       "unregistering the source's region");
	check(register_region(mirror, memory, PAGE), "registering it twice");
	close(source);
	check(unregister_region(mirror, memory, PAGE),
	      "unregistering without the source");
	close_mirror(mirror);
}

/* Mirrors cost no ASID: whoever has one VM's worth of memory could have any. */
static void limit_holds_for_all_mirrors(void)
{
	struct rlimit limit = { 4 * PAGE, 4 * PAGE };
	char *memory = map_pages(5);
	int source = create_source();
	int first = create_mirror(source);
	int second = create_mirror(source);

	check(setrlimit(RLIMIT_MEMLOCK, &limit), "setrlimit");
	/* Root has CAP_IPC_LOCK, which knows no limit. */
	check(setresuid(65534, 65534, 65534), "setresuid");

	check(register_region(source, memory, 2 * PAGE), "the source's region");
	check(register_region(first, memory + 2 * PAGE, 2 * PAGE),
	      "a mirror's region");
	if (!register_region(second, memory + 4 * PAGE, PAGE))
		ktap_fail("two mirrors pin more than the limit");
	else if (errno != ENOMEM)
		ktap_fail("beyond the limit: %s", strerrorname_np(errno));

	/* What a refused request has counted is taken off again. */
	check(unregister_region(source, memory, 2 * PAGE),
	      "unregistering the source's region");
	check(register_region(second, memory, 2 * PAGE),
	      "another mirror's region");
	/* And what a VM leaves behind. */
	close_mirror(first);
	check(register_region(second, memory + 2 * PAGE, 2 * PAGE),
	      "a region in the place of a mirror that has gone");
	close_mirror(second);
	close(source);
}
#endif

/* It has no key to encrypt pages with, and must not be told that it did. */
static void plain_vm_has_no_regions(void)
{
	void *memory = map_pages(1);
	int vm = create_vm();

	expect_refusal(register_region(vm, memory, PAGE), ENOTTY,
		       "registering a plain VM's region");
	expect_refusal(unregister_region(vm, memory, PAGE), ENOTTY,
		       "unregistering a plain VM's region");
	close(vm);
}

/*
 * What can't be pinned is no region, and leaves nothing behind.  Often: what
 * is lost once may still be found by an old pointer on some stack (kmemleak).
 */
static void unmapped_memory_is_no_region(void)
{
	char *memory = map_pages(2);
	int source = create_source();

	check(munmap(memory + PAGE, PAGE), "unmapping a page");
	for (int i = 0; i < 16; i++)
		if (!register_region(source, memory, 2 * PAGE))
			ktap_fail("unmapped memory is registered");
	expect_refusal(unregister_region(source, memory, 2 * PAGE), EINVAL,
		       "unregistering unmapped memory");
	if (register_region(source, memory, PAGE))
		ktap_fail("registering what is mapped: %s",
			  strerrorname_np(errno));
	close(source);
}

static void source_keeps_regions(void)
{
	void *memory = map_pages(1);
	int source = create_source();
	int mirror = create_mirror(source);

	if (register_region(source, memory, PAGE))
		ktap_fail("registering a region: %s", strerrorname_np(errno));
	close_mirror(mirror);
	if (unregister_region(source, memory, PAGE))
		ktap_fail("unregistering the region: %s",
			  strerrorname_np(errno));
	close(source);
}

static const struct ktap_case cases[] = {
#if !KPATCH_MIRROR_COMMANDS_ALL
	{ "mirror_is_refused_commands",	mirror_is_refused_commands,
	  needs_mirror },
	{ "errno_of_command",		errno_of_command,	needs_mirror },
#else
	{ "mirror_launches_nothing",	mirror_launches_nothing, needs_mirror },
	{ "mirror_completes_launch",	mirror_completes_launch, needs_mirror },
#endif
#if !KPATCH_MIRROR_COMMANDS_NONE
	{ "mirror_tells_status",	mirror_tells_status,	needs_mirror },
	{ "mirror_debugs",		mirror_debugs,		needs_mirror },
#endif
	{ "source_keeps_commands",	source_keeps_commands,	needs_mirror },
#if KPATCH_MIRROR_REGIONS_REFUSE
	{ "mirror_is_refused_regions",	mirror_is_refused_regions,
	  needs_mirror },
	{ "errno_of_region",		errno_of_region,	needs_mirror },
#else
	{ "mirror_pins_memory",		mirror_pins_memory,	needs_mirror },
	{ "mirror_knows_its_own_regions", mirror_knows_its_own_regions,
	  needs_mirror },
	{ "limit_holds_for_all_mirrors", limit_holds_for_all_mirrors,
	  needs_mirror },
#endif
	{ "plain_vm_has_no_regions",	plain_vm_has_no_regions, needs_source },
	{ "unmapped_memory_is_no_region", unmapped_memory_is_no_region,
	  needs_source },
	{ "source_keeps_regions",	source_keeps_regions,	needs_mirror },
};

int main(void)
{
	return run_cases(cases);
}
