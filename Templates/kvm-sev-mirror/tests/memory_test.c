// SPDX-License-Identifier: GPL-2.0-only
/*
 * Allocations that fail, one after the other: the ioctl says so, and nothing
 * is left behind.
 */
#define _GNU_SOURCE

#include <stdio.h>
#include <sys/mount.h>

#include "guest_code.h"

/* Writes to a file of /proc or /sys that is open. */
static void set(int fd, const char *text)
{
	if (pwrite(fd, text, strlen(text), 0) < 0)
		check(-1, text);
}

static int open_fail_nth(void)
{
	return check(open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC),
		     "fail-nth");
}

/* The nth allocation that this task makes from now on fails. */
static void fail_allocation(int fail_nth, int nth)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", nth);
	set(fail_nth, text);
}

/* What is left of the number tells whether there were as many. */
static bool allocation_failed(int fail_nth)
{
	char text[16];
	ssize_t n = check(pread(fail_nth, text, sizeof(text) - 1, 0),
			  "fail-nth");

	text[n] = '\0';
	set(fail_nth, "0");
	return !atoi(text);
}

/* A region is pinned and known, or neither; and the VM isn't left locked. */
static void region_survives_lack_of_memory(void)
{
	int fail_nth = open_fail_nth();
	void *memory = map_pages(4);
	int source = create_source();
	int result, error, nth;
	long before;

	memset(memory, 1, 4 * PAGE);
	before = pinned_pages();
	for (nth = 1; nth < 100; nth++) {
		fail_allocation(fail_nth, nth);
		result = register_region(source, memory, 4 * PAGE);
		error = errno;
		if (!allocation_failed(fail_nth))
			break;
		if (result < 0 && error != ENOMEM)
			ktap_fail("allocation %d fails: %s", nth,
				  strerrorname_np(error));
		if (unregister_region(source, memory, 4 * PAGE) != result)
			ktap_fail("allocation %d fails: registering returned %d, and the region is %s",
				  nth, result, result ? "known" : "not known");
		if (pinned_pages() != before)
			ktap_fail("allocation %d fails: %ld pages stay pinned",
				  nth, pinned_pages() - before);
	}
	if (nth < 3)
		ktap_fail("only %d allocations were made to fail", nth - 1);
	if (result)
		ktap_fail("registering without a failure: %s",
			  strerrorname_np(error));
	check(unregister_region(source, memory, 4 * PAGE), "unregistering");
	close(source);
	close(fail_nth);
}

/* A VM shares the context, and leaves it to the source when it goes; or not. */
static void share_survives_lack_of_memory(void)
{
	int fail_nth = open_fail_nth();
	int source = create_source();
	int mirror, result, error, nth;
	bool failed = true;

	for (nth = 1; failed && nth < 100; nth++) {
		mirror = create_vm();
		fail_allocation(fail_nth, nth);
		result = share(mirror, source);
		error = errno;
		failed = allocation_failed(fail_nth);
		if (result < 0 && (!failed || error != ENOMEM))
			ktap_fail("allocation %d fails: %s", nth,
				  strerrorname_np(error));
		if (result < 0 && share(mirror, source))
			ktap_fail("allocation %d fails, and sharing does ever after: %s",
				  nth, strerrorname_np(errno));
		close_mirror(mirror);
		expect_firmware("guests", left.guests + 1, "without the mirror");
	}
#if KPATCH_OWNER_ASID_REFCOUNT
	if (nth < 3)
		ktap_fail("no allocation was made to fail");
#endif
	close(source);
	close(fail_nth);
}

/* Documentation/fault-injection/fault-injection.rst */
static const char *needs_failing_allocations(void)
{
	static const char * const files[] = {
		"/sys/kernel/debug/failslab/ignore-gfp-wait",
		"/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait",
	};

	if (access("/proc/thread-self/fail-nth", W_OK))
		return "not exercised: no allocation fails on demand";
	if (mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL) &&
	    errno != EBUSY)
		return "not exercised: there is no debugfs";
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		int fd = check(open(files[i], O_WRONLY | O_CLOEXEC), files[i]);

		set(fd, "N");
		close(fd);
	}
	return needs_source();
}

static const struct ktap_case cases[] = {
	{ "region_survives_lack_of_memory", region_survives_lack_of_memory,
	  needs_failing_allocations },
	{ "share_survives_lack_of_memory", share_survives_lack_of_memory,
	  needs_failing_allocations },
};

int main(void)
{
	return run_cases(cases);
}
