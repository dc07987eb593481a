// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a sealed VM refuses, and what can't be sealed.
 */
#define _GNU_SOURCE
#include <linux/kvm.h>
#include <sys/ioctl.h>

#include "ktap.h"

static int kvm_fd;

static const char *needs_kvm(void)
{
	kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	return kvm_fd < 0 ? "not exercised: no /dev/kvm" : NULL;
}

static int create_vm(bool has_irqchip)
{
	int vm = ioctl(kvm_fd, KVM_CREATE_VM, 0);

	if (vm < 0)
		ktap_fail("KVM_CREATE_VM: %s", strerror(errno));
	if (has_irqchip && ioctl(vm, KVM_CREATE_IRQCHIP, 0))
		ktap_fail("KVM_CREATE_IRQCHIP: %s", strerror(errno));
	return vm;
}

static void create_vcpu(int vm, int id)
{
	if (ioctl(vm, KVM_CREATE_VCPU, id) < 0)
		ktap_fail("vCPU %d: %s", id, strerror(errno));
}

static int seal(int vm)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_VM_SEAL };

	return ioctl(vm, KVM_ENABLE_CAP, &cap);
}

static void expect(int result, int wanted, const char *what)
{
	if (result >= 0)
		ktap_fail("%s: not refused", what);
	else if (errno != wanted)
		ktap_fail("%s: %s instead of %s", what, strerror(errno),
			  strerror(wanted));
}

static int sealed_vm(void)
{
	int vm = create_vm(true);

	create_vcpu(vm, 0);
	if (seal(vm))
		ktap_fail("KVM_CAP_VM_SEAL: %s", strerror(errno));
	return vm;
}

static void is_offered(void)
{
	int vm = create_vm(false);

	if (ioctl(vm, KVM_CHECK_EXTENSION, KVM_CAP_VM_SEAL) != 1)
		ktap_fail("KVM_CHECK_EXTENSION doesn't know it");
}

static void needs_a_vcpu(void)
{
	expect(seal(create_vm(true)), EINVAL, "VM without vCPU");
}

static void refuses_arguments(void)
{
	struct kvm_enable_cap cap = { .cap = KVM_CAP_VM_SEAL, .args = { 1 } };
	int vm = create_vm(true);

	create_vcpu(vm, 0);
	expect(ioctl(vm, KVM_ENABLE_CAP, &cap), EINVAL, "args[0] = 1");
}

static void refuses_vcpus(void)
{
	expect(ioctl(sealed_vm(), KVM_CREATE_VCPU, 1), EINVAL, "vCPU");
}

static void keeps_other_vms_open(void)
{
	int other = create_vm(true);

	sealed_vm();
	create_vcpu(other, 0);
	create_vcpu(other, 1);
}

#if KPATCH_SCOPE_ALL
static void refuses_devices(void)
{
	struct kvm_create_device device = { .type = KVM_DEV_TYPE_VFIO };

	expect(ioctl(sealed_vm(), KVM_CREATE_DEVICE, &device), EPERM, "device");
}
#endif

#if KPATCH_HOOK_ARCH
static void needs_irqchip(void)
{
	int vm = create_vm(false);

	create_vcpu(vm, 0);
	expect(seal(vm), ENXIO, "VM without irqchip");
}
#endif

static const struct ktap_case cases[] = {
	{ "is_offered",			is_offered,		needs_kvm },
	{ "needs_a_vcpu",		needs_a_vcpu,		needs_kvm },
	{ "refuses_arguments",		refuses_arguments,	needs_kvm },
	{ "refuses_vcpus",		refuses_vcpus,		needs_kvm },
	{ "keeps_other_vms_open",	keeps_other_vms_open,	needs_kvm },
#if KPATCH_SCOPE_ALL
	{ "refuses_devices",		refuses_devices,	needs_kvm },
#endif
#if KPATCH_HOOK_ARCH
	{ "needs_irqchip",		needs_irqchip,		needs_kvm },
#endif
};

int main(void)
{
	return ktap_run(cases, sizeof(cases) / sizeof(*cases), NULL);
}
