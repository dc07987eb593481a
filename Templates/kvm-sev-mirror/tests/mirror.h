/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of sharing an encryption context have in common: virtual
 * machines, the request itself in either form of the interface, and what a
 * case must not leave behind.
 */
#ifndef MIRROR_TEST_H
#define MIRROR_TEST_H

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/kvm.h>
#include <linux/netlink.h>

#include "ktap.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* A descriptor that is never open: far above the limit on open files. */
#define CLOSED_FD	0x7ffffff0

/* There while a task is closing a mirror, and for ever if that hangs. */
#define CLOSING		"/tmp/closing-a-mirror"

/*
 * A failure of the test's own means: it isn't an answer about what the case
 * looks at, but the case can't go on.
 */
static inline int check(int result, const char *what)
{
	if (result < 0) {
		ktap_fail("%s: %s", what, strerrorname_np(errno));
		exit(KTAP_EXIT_FAIL);
	}
	return result;
}

static inline void *check_map(void *map)
{
	if (map == MAP_FAILED)
		check(-1, "mmap");
	return map;
}

static inline int open_kvm(void)
{
	return check(open("/dev/kvm", O_RDWR | O_CLOEXEC), "opening /dev/kvm");
}

static inline int create_vm(void)
{
	int kvm = open_kvm();
	int vm = check(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");

	close(kvm);
	return vm;
}

static inline int create_vcpu(int vm)
{
	return check(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
}

/*
 * Launched guests go on using the descriptor that they were launched with, so
 * there is one for the life of the process.
 */
static inline int sev_device(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = check(open("/dev/sev", O_RDWR | O_CLOEXEC),
			   "opening /dev/sev");
	return fd;
}

/* What the firmware said to the last command: linux/psp-sev.h. */
static __u32 firmware_error;

static inline int sev_command(int vm, __u32 id, void *data)
{
	struct kvm_sev_cmd command = {
		.id = id,
		.data = (unsigned long)data,
		.sev_fd = sev_device(),
	};
	int result = ioctl(vm, KVM_MEMORY_ENCRYPT_OP, &command);

	firmware_error = command.error;
	return result;
}

/* A VM with an ASID of its own, which isn't in use yet. */
static inline int create_sev_vm(void)
{
	int vm = create_vm();

	check(sev_command(vm, KVM_SEV_INIT, NULL), "KVM_SEV_INIT");
	return vm;
}

static inline void launch(int vm)
{
	struct kvm_sev_launch_start start = { .policy = 0 };

	check(sev_command(vm, KVM_SEV_LAUNCH_START, &start),
	      "KVM_SEV_LAUNCH_START");
}

/* A VM with an encryption context that can be shared. */
static inline int create_source(void)
{
	int vm = create_sev_vm();

	launch(vm);
	return vm;
}

/* More than there are. */
#define MAX_ASIDS	64

/* Takes every ASID there is. Returns how many that were. */
static inline int take_asids(int *vms)
{
	int count = 0, error;

	while (count < MAX_ASIDS) {
		vms[count] = create_vm();
		if (sev_command(vms[count], KVM_SEV_INIT, NULL)) {
			error = errno;
			close(vms[count]);
			if (error != EBUSY)
				ktap_fail("KVM_SEV_INIT without ASIDs: %s",
					  strerrorname_np(error));
			break;
		}
		launch(vms[count++]);
	}
	return count;
}

static inline int register_region(int vm, void *address, size_t size)
{
	struct kvm_enc_region region = {
		.addr = (unsigned long)address,
		.size = size,
	};

	return ioctl(vm, KVM_MEMORY_ENCRYPT_REG_REGION, &region);
}

static inline int unregister_region(int vm, void *address, size_t size)
{
	struct kvm_enc_region region = {
		.addr = (unsigned long)address,
		.size = size,
	};

	return ioctl(vm, KVM_MEMORY_ENCRYPT_UNREG_REGION, &region);
}

/*
 * Asks @vm to share a context with what @fd refers to. Unsigned, or -1 would
 * become an argument of 64 bits.
 */
static inline int request(int vm, unsigned int fd)
{
#if KPATCH_API_CAPABILITY
	struct kvm_enable_cap cap = { .cap = KPATCH_cap, .args = { fd } };

	return ioctl(vm, KVM_ENABLE_CAP, &cap);
#elif KPATCH_API_ENC_OP
	struct KPATCH_cmd_struct params = { .KPATCH_cmd_fd = fd };
	struct kvm_sev_cmd command = {
		.id = KPATCH_cmd,
		.data = (unsigned long)&params,
	};

	return ioctl(vm, KVM_MEMORY_ENCRYPT_OP, &command);
#endif
}

/* Asks for @mirror to run in @source's context, whichever takes the request. */
static inline int share(int mirror, int source)
{
#if KPATCH_DIRECTION_FROM
	return request(mirror, source);
#elif KPATCH_DIRECTION_TO
	return request(source, mirror);
#endif
}

/* The VM that takes requests, and that can be told apart by nothing else. */
static inline int create_asker(void)
{
#if KPATCH_DIRECTION_FROM
	return create_vm();
#elif KPATCH_DIRECTION_TO
	return create_source();
#endif
}

static inline int create_mirror(int source)
{
	int mirror = create_vm();

	check(share(mirror, source), "sharing a context");
	return mirror;
}

/* Says that it is at it, for the sake of needs_mirror(). */
static inline void close_mirror(int mirror)
{
	close(open(CLOSING, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	close(mirror);
	unlink(CLOSING);
}

/* Judges what an ioctl has returned, right after it. */
static inline void expect_error(int result, int expected, const char *what)
{
	if (result >= 0)
		ktap_fail("%s: not refused, returned %d", what, result);
	else if (errno != expected)
		ktap_fail("%s: refused with %s instead of %s", what,
			  strerrorname_np(errno), strerrorname_np(expected));
}

/*
 * The same, but which errno a request gets that makes no sense is the business
 * of the cases that say so.
 */
static inline void expect_refusal(int result, int expected, const char *what)
{
	if (result >= 0 || expected != EINVAL || errno != ENOTTY)
		expect_error(result, expected, what);
}

/* A counter of the software firmware; -1 if this kernel has none. */
static inline long firmware(const char *name)
{
	char path[128], text[32];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/sys/module/softpsp/parameters/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	return atol(text);
}

static inline void expect_firmware(const char *name, long expected,
				   const char *when)
{
	long value = firmware(name);

	if (value != expected)
		ktap_fail("%s: the firmware's %s is %ld instead of %ld", when,
			  name, value, expected);
}

/*
 * How many VMs there are. KVM says so in the uevent of a new one, and no longer
 * counts those that have lost their last reference.
 */
static inline long count_vms(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	char event[4096], *count, *text;
	int socket_fd, vm;
	long vms = -1;
	ssize_t n;

	socket_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
			   NETLINK_KOBJECT_UEVENT);
	bind(socket_fd, (struct sockaddr *)&address, sizeof(address));
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	/* It is sent before the ioctl returns. */
	while ((n = recv(socket_fd, event, sizeof(event) - 1, 0)) > 0) {
		event[n] = '\0';
		/* One text behind the other: not any VM's, but a new one's. */
		count = NULL;
		for (text = event; text < event + n; text += strlen(text) + 1) {
			if (!strncmp(text, "COUNT=", 6))
				count = text + 6;
			else if (count && !strcmp(text, "EVENT=create"))
				vms = atol(count) - 1;
		}
	}
	close(vm);
	close(kvm);
	close(socket_fd);
	return vms;
}

/* Pages that drivers hold pinned, on all processors; 0 if nobody counts. */
static inline long pinned_pages(void)
{
	int refresh = open("/proc/sys/vm/stat_refresh", O_WRONLY | O_CLOEXEC);
	FILE *file = fopen("/proc/vmstat", "re");
	long pinned = 0, value;
	char name[64];

	if (refresh >= 0) {
		dprintf(refresh, "1");
		close(refresh);
	}
	while (file && fscanf(file, "%63s %ld", name, &value) == 2) {
		if (!strcmp(name, "nr_foll_pin_acquired"))
			pinned += value;
		else if (!strcmp(name, "nr_foll_pin_released"))
			pinned -= value;
	}
	if (file)
		fclose(file);
	return pinned;
}

/* What may not grow from the begin of a case to its end. */
static struct {
	long guests;
	long active;
	long violations;
	long vms;
	long pinned;
} left;

/* A host with SEV of its own has other drivers that pin pages. */
static inline long count_pinned(void)
{
	return firmware("guests") < 0 ? 0 : pinned_pages();
}

static inline void note_left(void)
{
	left.guests = firmware("guests");
	left.active = firmware("active");
	left.violations = firmware("violations");
	left.vms = count_vms();
	left.pinned = count_pinned();
}

static inline void judge_left(void)
{
	long guests, active, violations, vms, pinned;

	/* VMs of killed processes can take a moment. */
	for (int ms = 0; ms < 500; ms += 10) {
		guests = firmware("guests") - left.guests;
		active = firmware("active") - left.active;
		violations = firmware("violations") - left.violations;
		vms = count_vms() - left.vms;
		pinned = count_pinned() - left.pinned;
		if (guests <= 0 && active <= 0 && vms <= 0 && pinned <= 0)
			break;
		ktap_ms(10);
	}
	if (guests > 0)
		ktap_fail("%ld guests of the firmware are left", guests);
	if (active > 0)
		ktap_fail("%ld active ASIDs are left", active);
	if (violations > 0)
		ktap_fail("%ld violations of the firmware's rules", violations);
	if (vms > 0)
		ktap_fail("%ld VMs are left", vms);
	if (pinned > 0)
		ktap_fail("%ld pages are left pinned", pinned);
}

static const struct ktap_watch nothing_left = { note_left, judge_left };

static inline const char *needs_kvm(void)
{
	if (access("/dev/kvm", F_OK))
		return "not exercised: this machine has no /dev/kvm";
	return NULL;
}

/* amd-memory-encryption.rst: a NULL argument asks whether SEV is enabled. */
static inline bool sev_is_usable(void)
{
	int vm = create_vm();
	bool usable = !ioctl(vm, KVM_MEMORY_ENCRYPT_OP, NULL);

	close(vm);
	return usable;
}

static inline const char *needs_sev(void)
{
	const char *reason = needs_kvm();

	if (reason)
		return reason;
	if (!sev_is_usable())
		return "not exercised: SEV is not usable on this machine";
	return NULL;
}

/* A case has nothing to say if what it stands on, another's subject, fails. */
static inline const char *needs_source(void)
{
	static const char *reason;
	static bool asked;
	int error, vm;

	if (asked)
		return reason;
	asked = true;
	reason = needs_sev();
	if (reason)
		return reason;
	vm = create_vm();
	error = sev_command(vm, KVM_SEV_INIT, NULL);
	close(vm);
	if (error)
		reason = "not exercised: KVM_SEV_INIT fails";
	return reason;
}

static inline const char *needs_mirror(void)
{
	if (!access(CLOSING, F_OK))
		return "not exercised: closing a mirror hangs";
	return needs_source();
}

#define run_cases(cases)	ktap_run(cases, ARRAY_SIZE(cases), &nothing_left)

#endif /* MIRROR_TEST_H */
