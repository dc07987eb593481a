// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test VMs that share an SEV context: the source owns it, the KPATCH_mirror
 * uses it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "test_util.h"
#include "kvm_util.h"

static int sev_fd;

static struct kvm_vm *create_vm(void)
{
	return vm_create(VM_MODE_DEFAULT, 0, O_RDWR);
}

static int sev_command(struct kvm_vm *vm, uint32_t id, void *data)
{
	struct kvm_sev_cmd cmd = {
		.id = id,
		.data = (unsigned long)data,
		.sev_fd = sev_fd,
	};

	return ioctl(vm_get_fd(vm), KVM_MEMORY_ENCRYPT_OP, &cmd);
}

static struct kvm_vm *create_sev_vm(void)
{
	struct kvm_vm *vm = create_vm();

	TEST_ASSERT(!sev_command(vm, KVM_SEV_INIT, NULL),
		    "KVM_SEV_INIT failed, errno: %i", errno);
	return vm;
}

static struct kvm_vm *create_source(void)
{
	struct kvm_sev_launch_start start = { .policy = 0 };
	struct kvm_vm *vm = create_sev_vm();

	TEST_ASSERT(!sev_command(vm, KVM_SEV_LAUNCH_START, &start),
		    "KVM_SEV_LAUNCH_START failed, errno: %i", errno);
	return vm;
}

static int request(struct kvm_vm *vm, unsigned int fd)
{
	struct kvm_enable_cap cap = {
		.cap = KPATCH_cap,
		.args = { fd },
	};

	return ioctl(vm_get_fd(vm), KVM_ENABLE_CAP, &cap);
}

static int share(struct kvm_vm *KPATCH_mirror, struct kvm_vm *source)
{
	return request(KPATCH_asked_vm, vm_get_fd(KPATCH_named_vm));
}

/* What a source launches and a KPATCH_mirror runs: HLT. */
static void launch_code(struct kvm_vm *source, uint8_t *page)
{
	uint8_t blob[256];
	struct kvm_sev_launch_measure measure = {
		.uaddr = (unsigned long)blob,
		.len = sizeof(blob),
	};
	struct kvm_sev_launch_update_data update = {
		.uaddr = (unsigned long)page,
		.len = 4096,
	};

	*page = 0xf4;
	TEST_ASSERT(!sev_command(source, KVM_SEV_LAUNCH_UPDATE_DATA, &update),
		    "KVM_SEV_LAUNCH_UPDATE_DATA failed, errno: %i", errno);
	TEST_ASSERT(!sev_command(source, KVM_SEV_LAUNCH_MEASURE, &measure),
		    "KVM_SEV_LAUNCH_MEASURE failed, errno: %i", errno);
	TEST_ASSERT(!sev_command(source, KVM_SEV_LAUNCH_FINISH, NULL),
		    "KVM_SEV_LAUNCH_FINISH failed, errno: %i", errno);
}

/* Without paging all memory is encrypted: no page table has to say so. */
static void run_code(struct kvm_vm *vm, uint8_t *page)
{
	struct kvm_userspace_memory_region region = {
		.memory_size = 4096,
		.userspace_addr = (unsigned long)page,
	};
	struct kvm_regs regs = { .rflags = 2 };
	struct kvm_sregs sregs;

	vm_ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region);
	vm_vcpu_add(vm, 0);
	vcpu_sregs_get(vm, 0, &sregs);
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	vcpu_sregs_set(vm, 0, &sregs);
	vcpu_regs_set(vm, 0, &regs);
	vcpu_run(vm, 0);
	TEST_ASSERT(vcpu_state(vm, 0)->exit_reason == KVM_EXIT_HLT,
		    "left by exit reason %u", vcpu_state(vm, 0)->exit_reason);
}

static void expect_error(int ret, int error, const char *what)
{
	TEST_ASSERT(ret == -1 && errno == error,
		    "%s: expected errno %i, got rc: %i errno: %i",
		    what, error, ret, errno);
}

static void test_refusals(void)
{
	struct kvm_vm *KPATCH_mirror, *plain, *sev, *source;

	KPATCH_mirror = create_vm();
	plain = create_vm();
	source = create_source();
	sev = create_sev_vm();

	expect_error(request(KPATCH_asked_vm, sev_fd), EBADF, "not a VM");
	expect_error(share(source, source), KPATCH_errno, "one VM");
	expect_error(share(KPATCH_mirror, plain), KPATCH_errno, "no SEV guest");
	expect_error(share(KPATCH_mirror, sev), KPATCH_errno, "not launched");
	expect_error(share(sev, source), KPATCH_errno, "SEV guest already");
	vm_vcpu_add(plain, 0);
	expect_error(share(plain, source), KPATCH_errno, "has a vCPU");

	kvm_vm_free(KPATCH_mirror);
	kvm_vm_free(plain);
	kvm_vm_free(sev);
	kvm_vm_free(source);
}

static void test_sharing(void)
{
	struct kvm_sev_guest_status status;
	struct kvm_enc_region region;
	struct kvm_vm *KPATCH_mirror, *other, *source;
	void *page = NULL;

	TEST_ASSERT(!posix_memalign(&page, 4096, 4096),
		    "posix_memalign() failed");
	region.addr = (unsigned long)page;
	region.size = 4096;

	KPATCH_mirror = create_vm();
	other = create_vm();
	source = create_source();
	TEST_ASSERT(!ioctl(vm_get_fd(source), KVM_MEMORY_ENCRYPT_REG_REGION,
			   &region),
		    "KVM_MEMORY_ENCRYPT_REG_REGION failed, errno: %i", errno);
	launch_code(source, page);

	TEST_ASSERT(!share(KPATCH_mirror, source),
		    "sharing the context failed, errno: %i", errno);
	expect_error(share(KPATCH_mirror, source), KPATCH_errno, "shared twice");
	expect_error(share(other, KPATCH_mirror), KPATCH_errno, "chain");

	expect_error(sev_command(KPATCH_mirror, KVM_SEV_GUEST_STATUS, &status),
		     KPATCH_errno, "KVM_SEV_GUEST_STATUS");
	expect_error(ioctl(vm_get_fd(KPATCH_mirror),
			   KVM_MEMORY_ENCRYPT_REG_REGION, &region),
		     KPATCH_errno, "KVM_MEMORY_ENCRYPT_REG_REGION");

	/* The context outlives the VM that goes first. */
	kvm_vm_free(source);
	run_code(KPATCH_mirror, page);
	kvm_vm_free(other);
	kvm_vm_free(KPATCH_mirror);
	free(page);
}

int main(int argc, char *argv[])
{
	struct kvm_vm *vm;

	if (!kvm_check_cap(KPATCH_cap)) {
		print_skip("KPATCH_cap not available");
		exit(KSFT_SKIP);
	}

	sev_fd = open("/dev/sev", O_RDWR);
	if (sev_fd < 0) {
		print_skip("/dev/sev not available");
		exit(KSFT_SKIP);
	}

	/* Without a command, the ioctl tells whether SEV is enabled. */
	vm = create_vm();
	if (ioctl(vm_get_fd(vm), KVM_MEMORY_ENCRYPT_OP, NULL)) {
		print_skip("SEV not available");
		exit(KSFT_SKIP);
	}
	kvm_vm_free(vm);

	test_refusals();
	test_sharing();

	close(sev_fd);
	return 0;
}
