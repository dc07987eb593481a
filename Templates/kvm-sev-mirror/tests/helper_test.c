// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the patch is for: a migration helper in a mirror of the VM, run by the
 * same process. It has one vCPU, no interrupts and no MMIO, and is driven
 * through a mailbox at an address that both sides know.
 */
#define _GNU_SOURCE

#include <linux/userfaultfd.h>
#include <pthread.h>

#include "guest_code.h"

#define PAGES		8

/* Of the helper: mailbox, a page's buffer, and the source's memory. */
#define MAILBOX_GPA	0x3000UL
#define BUFFER_GPA	0x4000UL
#define WINDOW_GPA	0x10000UL

/* Of the source. */
#define MEMORY_GPA	0x4000UL

enum request {
	READ_PAGE	= 1,	/* from the source into the buffer */
	WRITE_PAGE	= 2,	/* from the buffer to the source */
	STOP		= 3,
};

struct mailbox {
	volatile __u32	asked;		/* counts requests */
	volatile __u32	answered;	/* follows it */
	volatile __u32	request;
	volatile __u32	page;
};

GUEST_CODE(guest_helper,
	   "1: movl 0x3000, %eax\n"
	   "cmpl 0x3004, %eax\n"
	   "je 1b\n"
	   "movw 0x300c, %dx\n"		/* page: its segment in the window */
	   "shlw $8, %dx\n"
	   "addw $0x1000, %dx\n"
	   "movw 0x3008, %bx\n"
	   "xorw %si, %si\n"
	   "xorw %di, %di\n"
	   "movw $1024, %cx\n"
	   "cld\n"
	   "cmpw $1, %bx\n"
	   "je 2f\n"
	   "cmpw $2, %bx\n"
	   "je 3f\n"
	   "movl %eax, 0x3004\n"		/* STOP */
	   "out %eax, $0xe4\n"
	   "2: movw $0x4000, %di\n"	/* READ_PAGE */
	   "movw %dx, %ds\n"
	   "jmp 4f\n"
	   "3: movw $0x4000, %si\n"	/* WRITE_PAGE */
	   "movw %dx, %es\n"
	   "4: rep movsl\n"
	   "xorw %cx, %cx\n"
	   "movw %cx, %ds\n"
	   "movw %cx, %es\n"
	   "movl %eax, 0x3004\n"
	   "jmp 1b\n");

struct helper {
	int		vm;
	struct vcpu	vcpu;
	pthread_t	thread;
	struct mailbox	*mailbox;
	__u32		*buffer;
};

static void *run_in_thread(void *argument)
{
	run_vcpu(argument);
	return NULL;
}

static void start_helper(struct helper *helper, int source, void *memory)
{
	__u8 *own = map_pages(2);

	helper->mailbox = (struct mailbox *)own;
	helper->buffer = (__u32 *)(own + PAGE);
	helper->vm = create_mirror(source);
	add_slot(helper->vm, 1, MAILBOX_GPA, own, 2);
	add_slot(helper->vm, 2, WINDOW_GPA, memory, PAGES);
	helper->vcpu = start_vcpu(helper->vm, 0, guest_helper,
				  guest_helper_end);
	set_registers(&helper->vcpu, 0, 0);
	pthread_create(&helper->thread, NULL, run_in_thread, &helper->vcpu);
}

static void ask(struct helper *helper, enum request request, __u32 page)
{
	struct mailbox *box = helper->mailbox;

	box->request = request;
	box->page = page;
	box->asked++;
	for (int i = 0; i < 500000 && box->answered != box->asked; i++)
		sched_yield();
	if (box->answered != box->asked) {
		ktap_fail("the helper doesn't answer");
		exit(KTAP_EXIT_FAIL);
	}
}

static void stop_helper(struct helper *helper)
{
	ask(helper, STOP, 0);
	pthread_join(helper->thread, NULL);
	close_vcpu(&helper->vcpu);
	close_mirror(helper->vm);
}

static __u32 pattern(size_t page, size_t word)
{
	return page << 24 | word;
}

static void fill_page(__u32 *words, size_t page)
{
	for (size_t i = 0; i < PAGE / sizeof(*words); i++)
		words[i] = pattern(page, i);
}

static void expect_page(const __u32 *words, size_t page, size_t from)
{
	for (size_t i = from; i < PAGE / sizeof(*words); i++) {
		if (words[i] == pattern(page, i))
			continue;
		ktap_fail("page %zu, word %zu is %#x", page, i, words[i]);
		return;
	}
}

/* Pages go out while the source's vCPU writes one of them. */
static void hands_out_pages_of_running_source(void)
{
	__u32 *memory = map_pages(PAGES), first;
	int source = create_running_source();
	struct helper helper;
	pthread_t thread;
	struct vcpu vcpu;

	for (size_t i = 0; i < PAGES; i++)
		fill_page(memory + i * PAGE / sizeof(*memory), i);
	/* The counter, and what makes it stop. */
	memory[0] = 0;
	memory[1] = 0;
	check(register_region(source, memory, PAGES * PAGE),
	      "KVM_MEMORY_ENCRYPT_REG_REGION");
	add_slot(source, 0, MEMORY_GPA, memory, PAGES);
	vcpu = start_vcpu(source, 1, guest_counts, guest_counts_end);
	set_registers(&vcpu, MEMORY_GPA, 0);
	pthread_create(&thread, NULL, run_in_thread, &vcpu);

	start_helper(&helper, source, memory);
	ask(&helper, READ_PAGE, 0);
	first = helper.buffer[0];
	for (size_t i = 1; i < PAGES; i++) {
		ask(&helper, READ_PAGE, i);
		expect_page(helper.buffer, i, 0);
	}
	for (int ms = 0; ms < 2000; ms++) {
		ask(&helper, READ_PAGE, 0);
		if (helper.buffer[0] > first)
			break;
		ktap_ms(1);
	}
	if (helper.buffer[0] <= first)
		ktap_fail("the source doesn't run alongside the helper");
	expect_page(helper.buffer, 0, 2);

	memory[1] = 1;
	pthread_join(thread, NULL);
	/* The last state of the page that was written to. */
	ask(&helper, READ_PAGE, 0);
	if (helper.buffer[0] != memory[0])
		ktap_fail("%u was handed out, %u is there", helper.buffer[0],
			  memory[0]);
	stop_helper(&helper);
	close_vcpu(&vcpu);
	close(source);
}

/* The same VM, brought up from what another helper has handed out. */
static void brings_in_pages(void)
{
	__u32 *memory = map_pages(PAGES), value;
	int source = create_running_source();
	struct helper helper;
	struct vcpu vcpu;

	start_helper(&helper, source, memory);
	for (size_t i = 0; i < PAGES; i++) {
		fill_page(helper.buffer, i);
		ask(&helper, WRITE_PAGE, i);
	}
	stop_helper(&helper);

	for (size_t i = 0; i < PAGES; i++)
		expect_page(memory + i * PAGE / sizeof(*memory), i, 0);
	add_slot(source, 0, MEMORY_GPA, memory, PAGES);
	vcpu = start_vcpu(source, 1, guest_reads, guest_reads_end);
	set_registers(&vcpu, MEMORY_GPA + 3 * PAGE + 4, 0);
	value = run_vcpu(&vcpu);
	if (value != pattern(3, 1))
		ktap_fail("the source reads %#x", value);
	close_vcpu(&vcpu);
	close(source);
}

/*
 * Post-copy: the vCPU runs at once, and waits for each page it touches until
 * the helper has brought it in. Both VMs have the same file's pages, but only
 * the source's mapping of it is watched.
 */
static void brings_in_pages_on_demand(void)
{
	struct uffdio_register range = {
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int file = check(memfd_create("memory", MFD_CLOEXEC), "memfd_create");
	struct uffdio_api api = { .api = UFFD_API };
	int source = create_running_source();
	__u32 *memory, *view;
	struct helper helper;
	struct vcpu vcpu;
	int uffd;

	check(ftruncate(file, PAGES * PAGE), "ftruncate");
	memory = check_map(mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
				MAP_SHARED, file, 0));
	view = check_map(mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
			      MAP_SHARED, file, 0));
	uffd = check(syscall(SYS_userfaultfd, O_CLOEXEC), "userfaultfd");
	check(ioctl(uffd, UFFDIO_API, &api), "UFFDIO_API");
	range.range.start = (unsigned long)memory;
	range.range.len = PAGES * PAGE;
	check(ioctl(uffd, UFFDIO_REGISTER, &range), "UFFDIO_REGISTER");

	start_helper(&helper, source, view);
	add_slot(source, 0, MEMORY_GPA, memory, PAGES);
	vcpu = start_vcpu(source, 1, guest_reads, guest_reads_end);
	for (size_t i = 0; i < PAGES; i++) {
		struct uffdio_range page = { .len = PAGE };
		struct uffd_msg message;
		pthread_t thread;
		__u32 *value;

		set_registers(&vcpu, MEMORY_GPA + i * PAGE + 8, 0);
		pthread_create(&thread, NULL, run_in_thread, &vcpu);
		check(read(uffd, &message, sizeof(message)), "userfaultfd");
		page.start = message.arg.pagefault.address & ~(PAGE - 1);
		if (page.start != range.range.start + i * PAGE)
			ktap_fail("page %zu: a fault at %#llx", i, page.start);

		fill_page(helper.buffer, i);
		ask(&helper, WRITE_PAGE, i);
		check(ioctl(uffd, UFFDIO_WAKE, &page), "UFFDIO_WAKE");
		pthread_join(thread, NULL);
		value = (__u32 *)((char *)vcpu.run + vcpu.run->io.data_offset);
		if (*value != pattern(i, 2))
			ktap_fail("page %zu: the source reads %#x", i, *value);
	}
	stop_helper(&helper);
	close_vcpu(&vcpu);
	close(source);
	close(uffd);
}

/* One after the other, as in migrations one after the other. */
static void helpers_follow_each_other(void)
{
	__u32 *memory = map_pages(PAGES);
	int source = create_running_source();
	struct helper helper;

	for (size_t i = 0; i < 3; i++) {
		fill_page(memory, i);
		start_helper(&helper, source, memory);
		ask(&helper, READ_PAGE, 0);
		expect_page(helper.buffer, i, 0);
		stop_helper(&helper);
	}
	close(source);
}

static const struct ktap_case cases[] = {
	{ "hands_out_pages_of_running_source",
	  hands_out_pages_of_running_source, needs_mirror },
	{ "brings_in_pages",		brings_in_pages,	needs_mirror },
	{ "brings_in_pages_on_demand",	brings_in_pages_on_demand,
	  needs_mirror },
	{ "helpers_follow_each_other",	helpers_follow_each_other,
	  needs_mirror },
};

int main(void)
{
	return run_cases(cases);
}
