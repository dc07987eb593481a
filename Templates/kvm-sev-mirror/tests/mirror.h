/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of sharing an encryption context have in common: virtual
 * machines, the request itself in either form of the interface, and what it
 * is documented to answer.
 */
#ifndef MIRROR_TEST_H
#define MIRROR_TEST_H

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "ktap.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define NEEDS_SEV	"not exercised: SEV is not usable on this machine"
#define NEEDS_NO_SEV	"not exercised: SEV is usable on this machine"

/* A descriptor that is never open: far above the limit on open files. */
#define CLOSED_FD	0x7ffffff0

/*
 * The errno that the patch's own documentation promises for a refused request.
 */
#if KPATCH_ERRNO_ENOTTY
/* api.rst as posted knows no other: "0 on success; ENOTTY on error". */
#define REFUSED(documented)	ENOTTY
#else
#define REFUSED(documented)	(documented)
#endif

/*
 * A failure of the test's own means. It isn't an answer about the kernel under
 * test, so the whole program ends, and its unmet plan shows.
 */
static inline int check(int result, const char *what)
{
	if (result < 0) {
		printf("Bail out! %s: %s\n", what, strerror(errno));
		exit(KTAP_EXIT_FAIL);
	}
	return result;
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

/* amd-memory-encryption.rst: a NULL argument asks whether SEV is enabled. */
static inline bool sev_is_usable(void)
{
	int vm = create_vm();
	bool usable = !ioctl(vm, KVM_MEMORY_ENCRYPT_OP, NULL);

	close(vm);
	return usable;
}

static inline int sev_command(int vm, __u32 id, void *data)
{
	struct kvm_sev_cmd command = { .id = id, .data = (unsigned long)data };
	int error, result;

	command.sev_fd = check(open("/dev/sev", O_RDWR | O_CLOEXEC),
			       "opening /dev/sev");
	result = ioctl(vm, KVM_MEMORY_ENCRYPT_OP, &command);
	error = errno;
	close(command.sev_fd);
	errno = error;
	return result;
}

/* A VM with an ASID of its own, which isn't in use yet. */
static inline int create_sev_vm(void)
{
	int vm = create_vm();

	check(sev_command(vm, KVM_SEV_INIT, NULL), "KVM_SEV_INIT");
	return vm;
}

/* A VM with an encryption context that can be shared. */
static inline int create_owner(void)
{
	struct kvm_sev_launch_start start = { .policy = 0 };
	int vm = create_sev_vm();

	check(sev_command(vm, KVM_SEV_LAUNCH_START, &start),
	      "KVM_SEV_LAUNCH_START");
	return vm;
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

/* Asks for @mirror to run in @owner's context, whichever takes the request. */
static inline int share(int mirror, int owner)
{
#if KPATCH_DIRECTION_FROM
	return request(mirror, owner);
#elif KPATCH_DIRECTION_TO
	return request(owner, mirror);
#endif
}

/* Judges what an ioctl has returned, right after it. */
static inline void expect_refusal(int result, int expected, const char *what)
{
	int error = errno;

	if (result >= 0)
		ktap_fail("%s: not refused, returned %d", what, result);
	else if (error != expected)
		ktap_fail("%s: refused with %s instead of %s", what,
			  strerrorname_np(error), strerrorname_np(expected));
}

#endif /* MIRROR_TEST_H */
