/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A firmware of 512 bytes that finds out whether an accelerator can run this
 * project's virtual machines. It is for QEMU's -bios, which takes multiples of
 * 64 KiB only: fill up with zeroes, in front, as QEMU maps the last byte at
 * 4 GiB - 1 and the processor starts 16 bytes below 4 GiB. It goes to long
 * mode with paging, and runs a nested guest of one instruction if the
 * processor has SVM. The answer is QEMU's exit status, through isa-debug-exit
 * at port 0xf4: 2 * value + 1.
 *
 *	33	code runs, but the processor has no SVM
 *	35	code runs, and so does a nested guest
 *	37	SVM is offered, but the nested guest didn't exit as it should
 *
 * Only 35 will do. Everything else, a hang or an abort of QEMU included, means
 * that KVM can't be tested under this accelerator. There are hosts whose KVM
 * answers 33 here, and then hangs in a kernel's first instructions.
 *
 *	as --32 -o probe.o probe.S
 *	objcopy -O binary -j .text probe.o probe.rom
 */
	.set	ROM,		0xffe00		/* where it shows below 1 MiB */
	.set	STACK,		0x8000
	.set	PML4,		0x1000		/* page tables */
	.set	PDPT,		0x2000
	.set	PD,		0x3000
	.set	HSAVE,		0x4000		/* the host's state at VMRUN */
	.set	VMCB,		0x5000		/* the guest's */
	.set	GUEST,		0x6000		/* the guest's only instruction */

	.set	NO_SVM,		0x10
	.set	SVM_WORKS,	0x11
	.set	SVM_FAILS,	0x12

	.set	MSR_EFER,	0xc0000080
	.set	MSR_VM_HSAVE_PA, 0xc0010117
	.set	EFER_LME,	0x100
	.set	EFER_SVME,	0x1000

	.text
rom:
	.code16
start:
	cli
	lgdtl	%cs:(gdtr - rom + 0xfe00)
	mov	%cr0, %eax
	or	$1, %al				/* protected mode */
	mov	%eax, %cr0
	ljmpl	$0x08, $(protected - rom + ROM)

	.code32
protected:
	mov	$0x10, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	$STACK, %esp

	/* The first 2 MiB, mapped to themselves. RAM starts out as zeroes. */
	movl	$(PDPT + 7), PML4
	movl	$(PD + 7), PDPT
	movl	$0x87, PD
	mov	$PML4, %eax
	mov	%eax, %cr3
	mov	$0x20, %eax			/* PAE */
	mov	%eax, %cr4
	mov	$MSR_EFER, %ecx
	rdmsr
	or	$EFER_LME, %eax
	wrmsr
	mov	%cr0, %eax
	or	$0x80000000, %eax		/* paging */
	mov	%eax, %cr0
	ljmpl	$0x18, $(long - rom + ROM)

	.code64
long:
	mov	$0x80000000, %eax
	cpuid
	mov	$NO_SVM, %bl
	cmp	$0x8000000a, %eax
	jb	answer
	mov	$0x80000001, %eax
	cpuid
	mov	$NO_SVM, %bl
	test	$4, %cl				/* SVM */
	jz	answer

	mov	$MSR_EFER, %ecx
	rdmsr
	or	$EFER_SVME, %eax
	wrmsr
	mov	$MSR_VM_HSAVE_PA, %ecx
	mov	$HSAVE, %eax
	xor	%edx, %edx
	wrmsr

	/* VMMCALL, in real mode. */
	movl	$0xd9010f, GUEST

	movl	$3, VMCB + 0x010		/* intercept VMRUN, VMMCALL */
	movl	$1, VMCB + 0x058		/* ASID */
	movl	$0x009b0000 + (GUEST >> 4), VMCB + 0x410
	movl	$0xffff, VMCB + 0x414		/* CS: limit */
	movl	$GUEST, VMCB + 0x418		/* CS: base */
	movl	$0x00930000, VMCB + 0x400	/* ES, SS, DS */
	movl	$0x00930000, VMCB + 0x420
	movl	$0x00930000, VMCB + 0x430
	movl	$EFER_SVME, VMCB + 0x4d0
	movl	$0x10, VMCB + 0x558		/* CR0: ET */
	movl	$0x400, VMCB + 0x560		/* DR7 */
	movl	$0xffff0ff0, VMCB + 0x568	/* DR6 */
	movl	$2, VMCB + 0x570		/* RFLAGS */

	mov	$VMCB, %eax
	vmrun
	mov	$SVM_WORKS, %bl
	cmpl	$0x81, VMCB + 0x070		/* VMEXIT_VMMCALL */
	je	answer
	mov	$SVM_FAILS, %bl

answer:
	mov	%bl, %al
	out	%al, $0xf4
	hlt
	jmp	answer

gdtr:
	.word	gdt_end - gdt - 1
	.long	gdt - rom + ROM

	.balign	8
gdt:
	.quad	0
	.quad	0x00cf9b000000ffff		/* 0x08: 32-bit code */
	.quad	0x00cf93000000ffff		/* 0x10: data */
	.quad	0x00af9b000000ffff		/* 0x18: 64-bit code */
gdt_end:

	/* The first instruction: CS is 0xf000, its base 0xffff0000. */
	.org	0x1f0
	.code16
	jmp	start
	.org	0x200, 0
