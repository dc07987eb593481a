/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guests of a few instructions, in real mode: memory slots, one vCPU, and the
 * port by which they hand out a value.
 */
#ifndef MIRROR_TEST_GUEST_CODE_H
#define MIRROR_TEST_GUEST_CODE_H

#include <sys/mman.h>

#include "mirror.h"

#define PAGE		4096UL

/* Guest physical addresses: each VM's own code, and what it shows of others. */
#define CODE_GPA	0x1000UL
#define DATA_GPA	0x2000UL
/* Where a mirror shows what its source has at DATA_GPA. */
#define VIEW_GPA	0x8000UL

/*
 * Guests leave by OUT only: under a software CPU without next-RIP, HLT and the
 * like need KVM's emulator, which may not read an SEV guest's instructions.
 */
#define PORT		0xe4

#define GUEST_CODE(name, text)						\
	asm(".pushsection .rodata\n"					\
	    ".globl " #name ", " #name "_end\n"				\
	    ".code16\n" #name ":\n" text "\n" #name "_end:\n"		\
	    ".code64\n.popsection\n");					\
	extern const char name[], name##_end[]

/* Reads the word at SI. */
GUEST_CODE(guest_reads,
	   "movl (%si), %eax\n"
	   "out %eax, $0xe4\n");

/* Writes EAX to the word at SI. */
GUEST_CODE(guest_writes,
	   "movl %eax, (%si)\n"
	   "out %eax, $0xe4\n");

/* Counts in the word at SI, until it is told to stop by the next word. */
GUEST_CODE(guest_counts,
	   "1: incl (%si)\n"
	   "cmpl $0, 4(%si)\n"
	   "je 1b\n"
	   "movl (%si), %eax\n"
	   "out %eax, $0xe4\n");

struct vcpu {
	int		fd;
	struct kvm_run	*run;
	size_t		size;
};

static inline void *map_pages(size_t pages)
{
	return check_map(mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0));
}

/* The firmware lets no guest run before the end of its launch. */
static inline void finish_launch(int vm)
{
	char blob[256];
	struct kvm_sev_launch_measure measure = {
		.uaddr = (unsigned long)blob,
		.len = sizeof(blob),
	};

	check(sev_command(vm, KVM_SEV_LAUNCH_MEASURE, &measure),
	      "KVM_SEV_LAUNCH_MEASURE");
	check(sev_command(vm, KVM_SEV_LAUNCH_FINISH, NULL),
	      "KVM_SEV_LAUNCH_FINISH");
}

static inline int create_running_source(void)
{
	int vm = create_source();

	finish_launch(vm);
	return vm;
}

static inline void add_slot(int vm, __u32 slot, __u64 gpa, void *memory,
			    size_t pages)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.guest_phys_addr = gpa,
		.memory_size = pages * PAGE,
		.userspace_addr = (unsigned long)memory,
	};

	check(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region),
	      "KVM_SET_USER_MEMORY_REGION");
}

/* A vCPU that is about to run @code, in a memory slot of its own. */
static inline struct vcpu start_vcpu(int vm, __u32 slot, const char *code,
				     const char *end)
{
	void *memory = map_pages(1);
	struct kvm_sregs sregs;
	struct vcpu vcpu;
	int kvm;

	memcpy(memory, code, end - code);
	add_slot(vm, slot, CODE_GPA, memory, 1);

	vcpu.fd = create_vcpu(vm);
	kvm = open_kvm();
	vcpu.size = check(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0),
			  "KVM_GET_VCPU_MMAP_SIZE");
	close(kvm);
	vcpu.run = check_map(mmap(NULL, vcpu.size, PROT_READ | PROT_WRITE,
				  MAP_SHARED, vcpu.fd, 0));

	check(ioctl(vcpu.fd, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	check(ioctl(vcpu.fd, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
	return vcpu;
}

static inline void set_registers(struct vcpu *vcpu, __u64 rsi, __u64 rax)
{
	struct kvm_regs regs = {
		.rip = CODE_GPA,
		.rflags = 2,
		.rsi = rsi,
		.rax = rax,
	};

	check(ioctl(vcpu->fd, KVM_SET_REGS, &regs), "KVM_SET_REGS");
}

/* Runs until the guest hands out a value. */
static inline __u32 run_vcpu(struct vcpu *vcpu)
{
	__u32 value = 0;

	if (ioctl(vcpu->fd, KVM_RUN, 0))
		ktap_fail("KVM_RUN: %s", strerrorname_np(errno));
	else if (vcpu->run->exit_reason != KVM_EXIT_IO ||
		 vcpu->run->io.port != PORT)
		ktap_fail("the vCPU left with reason %u",
			  vcpu->run->exit_reason);
	else
		memcpy(&value, (char *)vcpu->run + vcpu->run->io.data_offset,
		       sizeof(value));
	return value;
}

/* A vCPU holds its VM: both go before the case is judged. */
static inline void close_vcpu(struct vcpu *vcpu)
{
	munmap(vcpu->run, vcpu->size);
	close(vcpu->fd);
}

#endif /* MIRROR_TEST_GUEST_CODE_H */
