// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test for KVM_CAP_VM_SEAL
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>

#include <linux/kvm.h>

#include "test_util.h"

int main(void)
{
	struct kvm_enable_cap seal = { .cap = KVM_CAP_VM_SEAL };
	int kvm, vm, r;

	kvm = open("/dev/kvm", O_RDWR);
	if (kvm < 0) {
		print_skip("/dev/kvm not available");
		exit(KSFT_SKIP);
	}
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	TEST_ASSERT(vm >= 0, "KVM_CREATE_VM failed, errno: %d", errno);
#ifdef __x86_64__
	r = ioctl(vm, KVM_CREATE_IRQCHIP, 0);
	TEST_ASSERT(!r, "KVM_CREATE_IRQCHIP failed, errno: %d", errno);
#endif

	r = ioctl(vm, KVM_ENABLE_CAP, &seal);
	TEST_ASSERT(r == -1 && errno == EINVAL, "Sealed without a vCPU");

	r = ioctl(vm, KVM_CREATE_VCPU, 0);
	TEST_ASSERT(r >= 0, "KVM_CREATE_VCPU failed, errno: %d", errno);
	r = ioctl(vm, KVM_ENABLE_CAP, &seal);
	TEST_ASSERT(!r, "KVM_CAP_VM_SEAL failed, errno: %d", errno);
	r = ioctl(vm, KVM_CREATE_VCPU, 1);
	TEST_ASSERT(r == -1 && errno == EINVAL,
		    "Could create a vCPU in a sealed VM");

	return 0;
}
