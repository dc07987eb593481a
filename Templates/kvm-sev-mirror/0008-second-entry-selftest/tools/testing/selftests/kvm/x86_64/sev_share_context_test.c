// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test the second way to share an SEV context: the source owns it, the
 * KPATCH_mirror uses it.  sev_migrate_tests.c tests the first one.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <linux/psp-sev.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "test_util.h"
#include "kvm_util.h"
#include "processor.h"
#include "svm_util.h"

static int sev_fd;

static int sev_command(struct kvm_vm *vm, int id, void *data)
{
	struct kvm_sev_cmd cmd = {
		.id = id,
		.data = (unsigned long)data,
		.sev_fd = sev_fd,
	};

	return ioctl(vm->fd, KVM_MEMORY_ENCRYPT_OP, &cmd);
}

static struct kvm_vm *create_vm(void)
{
	return vm_create_barebones();
}

static struct kvm_vm *create_source(void)
{
	struct kvm_sev_launch_start start = { .policy = 0 };
	struct kvm_vm *vm = create_vm();

	TEST_ASSERT(!sev_command(vm, KVM_SEV_INIT, NULL),
		    "KVM_SEV_INIT failed, errno: %d", errno);
	TEST_ASSERT(!sev_command(vm, KVM_SEV_LAUNCH_START, &start),
		    "KVM_SEV_LAUNCH_START failed, errno: %d", errno);
	return vm;
}

static int request(struct kvm_vm *vm, int fd)
{
	return __vm_enable_cap(vm, KPATCH_cap, fd);
}

static int __share(struct kvm_vm *KPATCH_mirror, struct kvm_vm *source)
{
	return request(KPATCH_asked_vm, KPATCH_named_vm->fd);
}

static void share(struct kvm_vm *KPATCH_mirror, struct kvm_vm *source)
{
	TEST_ASSERT(!__share(KPATCH_mirror, source),
		    "sharing the context failed, errno: %d", errno);
}

static int copy_from(struct kvm_vm *vm, struct kvm_vm *source)
{
	return __vm_enable_cap(vm, KVM_CAP_VM_COPY_ENC_CONTEXT_FROM, source->fd);
}

static void move(struct kvm_vm *vm, struct kvm_vm *source)
{
	TEST_ASSERT(!__vm_enable_cap(vm, KVM_CAP_VM_MOVE_ENC_CONTEXT_FROM,
				     source->fd),
		    "moving the context failed, errno: %d", errno);
}

static void check_status(struct kvm_vm *vm)
{
	struct kvm_sev_guest_status status;

	TEST_ASSERT(!sev_command(vm, KVM_SEV_GUEST_STATUS, &status),
		    "KVM_SEV_GUEST_STATUS failed, errno: %d", errno);
}

static void expect_error(int ret, int error, const char *what)
{
	TEST_ASSERT(ret == -1 && errno == error,
		    "%s: expected errno %d, got ret: %d errno: %d",
		    what, error, ret, errno);
}

static void test_refusals(void)
{
	struct kvm_vm *KPATCH_mirror, *plain, *sev, *source;

	KPATCH_mirror = create_vm();
	plain = create_vm();
	source = create_source();
	sev = create_source();

	expect_error(request(KPATCH_asked_vm, sev_fd), EBADF, "not a VM");
	expect_error(__share(source, source), EINVAL, "one VM");
	expect_error(__share(KPATCH_mirror, plain), EINVAL, "no SEV guest");
	expect_error(__share(sev, source), EINVAL, "SEV guest already");
	__vm_vcpu_add(plain, 0);
	expect_error(__share(plain, source), EINVAL, "has a vCPU");
	expect_error(__vm_enable_cap(source, KPATCH_cap,
				     (1ull << 32) | KPATCH_mirror->fd),
		     EINVAL, "no file descriptor");

	kvm_vm_free(KPATCH_mirror);
	kvm_vm_free(plain);
	kvm_vm_free(sev);
	kvm_vm_free(source);
}

static void test_sharing(void)
{
	struct kvm_vm *KPATCH_mirror, *other, *source;
	struct kvm_enc_region region = {
		.size = getpagesize(),
	};
	void *page;

	page = aligned_alloc(region.size, region.size);
	TEST_ASSERT(page, "aligned_alloc() failed");
	region.addr = (unsigned long)page;

	KPATCH_mirror = create_vm();
	other = create_vm();
	source = create_source();

	share(KPATCH_mirror, source);
	expect_error(__share(KPATCH_mirror, source), EINVAL, "shared twice");
	expect_error(copy_from(KPATCH_mirror, source), EINVAL, "copied again");
	expect_error(__share(other, KPATCH_mirror), EINVAL, "chain");
	expect_error(copy_from(other, KPATCH_mirror), EINVAL, "copied chain");

	/* The first way leads to the same. */
	TEST_ASSERT(!copy_from(other, source),
		    "copying the context failed, errno: %d", errno);
	expect_error(__share(other, source), EINVAL, "copied, then shared");

	check_status(KPATCH_mirror);
	expect_error(sev_command(KPATCH_mirror, KVM_SEV_LAUNCH_FINISH, NULL),
		     EINVAL, "KVM_SEV_LAUNCH_FINISH");
	expect_error(ioctl(KPATCH_mirror->fd, KVM_MEMORY_ENCRYPT_REG_REGION,
			   &region),
		     EINVAL, "KVM_MEMORY_ENCRYPT_REG_REGION");

	/* The context outlives the VM that goes first. */
	kvm_vm_free(source);
	check_status(KPATCH_mirror);
	__vm_vcpu_add(KPATCH_mirror, 0);
	kvm_vm_free(other);
	kvm_vm_free(KPATCH_mirror);
	free(page);
}

static void test_moving(void)
{
	struct kvm_vm *KPATCH_mirror, *moved, *source;

	KPATCH_mirror = create_vm();
	moved = create_vm();
	source = create_source();

	share(KPATCH_mirror, source);
	move(moved, source);
	expect_error(__share(source, moved), EIO, "dead VM");
	check_status(KPATCH_mirror);

	kvm_vm_free(source);
	kvm_vm_free(moved);
	check_status(KPATCH_mirror);
	kvm_vm_free(KPATCH_mirror);
}

int main(int argc, char *argv[])
{
	TEST_REQUIRE(kvm_has_cap(KVM_CAP_VM_COPY_ENC_CONTEXT_FROM));
	TEST_REQUIRE(kvm_has_cap(KVM_CAP_VM_MOVE_ENC_CONTEXT_FROM));
	TEST_REQUIRE(kvm_cpu_has(X86_FEATURE_SEV));
#if KPATCH_API_CAPABILITY
	TEST_REQUIRE(kvm_has_cap(KPATCH_cap));
#endif

	sev_fd = open_sev_dev_path_or_exit();

	test_refusals();
	test_sharing();
	test_moving();

	close(sev_fd);
	return 0;
}
