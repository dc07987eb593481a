// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does one thing wrong, by the name that is written to /proc/golden, so that a
 * kernel says how it complains of it. For .ci/golden-logs only.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/hardirq.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/kobject.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/init.h>
#include <linux/mutex.h>
#include <linux/objtool.h>
#include <linux/proc_fs.h>
#include <linux/rcupdate.h>
#include <linux/rwlock.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 17, 0)
#include <linux/ref_tracker.h>
#endif
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define timer_delete_sync del_timer_sync
#endif

static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);
static DEFINE_SPINLOCK(spin);
static DEFINE_SPINLOCK(other_spin);
static DEFINE_RWLOCK(rw);
static DEFINE_RAW_SPINLOCK(raw);
static int __rcu *rcu_pointer;
static volatile int zero;
static volatile int index = 7;
static volatile int shift = 40;
static volatile int big = INT_MAX;
static volatile int sink;
static int table[4];

/* Locks */

static noinline void golden_lock_both(struct mutex *a, struct mutex *b)
{
	mutex_lock(a);
	mutex_lock(b);
	mutex_unlock(b);
	mutex_unlock(a);
}

static void golden_circular(void)
{
	golden_lock_both(&first, &second);
	golden_lock_both(&second, &first);
}

static void golden_recursive(void)
{
	static struct mutex locks[2];
	int i;

	for (i = 0; i < 2; i++)
		mutex_init(&locks[i]);
	golden_lock_both(&locks[0], &locks[1]);
}

static void golden_take_in_timer(struct timer_list *timer)
{
	spin_lock(&spin);
	spin_unlock(&spin);
}

static DEFINE_TIMER(spin_timer, golden_take_in_timer);

static void golden_let_timer_run(void)
{
	mod_timer(&spin_timer, jiffies + 1);
	msleep(50);
	timer_delete_sync(&spin_timer);
}

static void golden_inconsistent(void)
{
	golden_let_timer_run();
	spin_lock(&spin);
	spin_unlock(&spin);
}

static void golden_irq_unsafe(void)
{
	golden_let_timer_run();
	spin_lock(&other_spin);
	spin_unlock(&other_spin);
	spin_lock_bh(&spin);
	spin_lock(&other_spin);
	spin_unlock(&other_spin);
	spin_unlock_bh(&spin);
}

static void golden_irq_inversion(void)
{
	spin_lock_bh(&spin);
	spin_lock(&other_spin);
	spin_unlock(&other_spin);
	spin_unlock_bh(&spin);
	spin_lock(&other_spin);
	spin_unlock(&other_spin);
	golden_let_timer_run();
}

static void golden_unbalanced(void)
{
	mutex_unlock(&first);
}

static void golden_unbalanced_spin(void)
{
	spin_unlock(&spin);
}

struct golden_holder {
	spinlock_t lock;
	int value;
};

static void golden_freed_lock(void)
{
	struct golden_holder *holder = kmalloc(sizeof(*holder), GFP_KERNEL);

	spin_lock_init(&holder->lock);
	spin_lock(&holder->lock);
	kfree(holder);
}

static void golden_static_key(void)
{
	struct golden_holder *holder = kzalloc(sizeof(*holder), GFP_KERNEL);

	spin_lock(&holder->lock);
	spin_unlock(&holder->lock);
}

static int golden_exit_thread(void *data)
{
	mutex_lock(&first);
	return 0;
}

static void golden_exit_locked(void)
{
	kthread_run(golden_exit_thread, NULL, "golden-exit");
	msleep(200);
}

static void golden_wait_context(void)
{
	raw_spin_lock(&raw);
	spin_lock(&spin);
	spin_unlock(&spin);
	raw_spin_unlock(&raw);
}

static void golden_rcu(void)
{
	int *p = rcu_dereference(rcu_pointer);

	sink = p ? *p : 0;
}

static void golden_rcu_sleep(void)
{
	rcu_read_lock();
	might_sleep();
	rcu_read_unlock();
}

static void golden_lock_held(void)
{
	lockdep_assert_held(&first);
}

static void golden_spin_magic(void)
{
	static spinlock_t never;

	memset(&never, 0x5a, sizeof(never));
	spin_lock(&never);
}

static void golden_spin_recursion(void)
{
	spin_lock(&spin);
	spin_lock(&spin);
}

static void golden_rwlock_magic(void)
{
	static rwlock_t never;

	memset(&never, 0x5a, sizeof(never));
	read_lock(&never);
}

/* Contexts */

static void golden_atomic_sleep(void)
{
	spin_lock(&spin);
	mutex_lock(&first);
	mutex_unlock(&first);
	spin_unlock(&spin);
}

static void golden_atomic_alloc(void)
{
	local_irq_disable();
	kfree(kmalloc(64, GFP_KERNEL));
	local_irq_enable();
}

static void golden_atomic_schedule(void)
{
	preempt_disable();
	schedule_timeout_uninterruptible(2);
	preempt_enable();
}

static void golden_preemptible(void)
{
	sink = smp_processor_id();
}

static void golden_leak_work(struct work_struct *work)
{
	mutex_lock(&first);
}

static DECLARE_WORK(leaky, golden_leak_work);

static void golden_work_leak(void)
{
	schedule_work(&leaky);
	msleep(200);
}

static void golden_preempt_leak(struct timer_list *timer)
{
	preempt_disable();
}

static DEFINE_TIMER(preempt_timer, golden_preempt_leak);

static void golden_timer_preempt(void)
{
	mod_timer(&preempt_timer, jiffies + 1);
	msleep(100);
}

/* Stalls */

static void golden_hung_mutex(void)
{
	mutex_lock(&first);
	mutex_lock(&first);
}

static int golden_owner(void *data)
{
	mutex_lock(&second);
	complete(data);
	for (;;)
		schedule_timeout_uninterruptible(HZ);
	return 0;
}

static void golden_hung_other(void)
{
	DECLARE_COMPLETION_ONSTACK(started);

	kthread_run(golden_owner, &started, "golden-owner");
	wait_for_completion(&started);
	mutex_lock(&second);
}

static void golden_hung_completion(void)
{
	DECLARE_COMPLETION_ONSTACK(never);

	wait_for_completion(&never);
}

static void golden_hung_io(void)
{
	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		io_schedule();
	}
}

static noinline void golden_spin_for(int seconds)
{
	unsigned long end = jiffies + seconds * HZ;

	while (time_before(jiffies, end))
		cpu_relax();
}

static void golden_rcu_self(void)
{
	rcu_read_lock();
	golden_spin_for(8);
	rcu_read_unlock();
}

static void golden_rcu_preempt_off(void)
{
	preempt_disable();
	golden_spin_for(8);
	preempt_enable();
}

/* Without interrupts jiffies are the other processor's business. */
static void golden_irqs_off(void)
{
	local_irq_disable();
	golden_spin_for(12);
	local_irq_enable();
}

static int golden_expedite(void *data)
{
	synchronize_rcu_expedited();
	return 0;
}

static void golden_rcu_expedited(void)
{
	kthread_run(golden_expedite, NULL, "golden-expedite");
	preempt_disable();
	golden_spin_for(8);
	preempt_enable();
}

static void golden_rcu_sleeping_reader(void)
{
	rcu_read_lock();
	schedule_timeout_uninterruptible(8 * HZ);
	rcu_read_unlock();
}

static void golden_soft_lockup(void)
{
	preempt_disable();
	golden_spin_for(12);
	preempt_enable();
}

static void golden_busy_work(struct work_struct *work)
{
	preempt_disable();
	golden_spin_for(9);
	preempt_enable();
}

static DECLARE_WORK(busy, golden_busy_work);
static DECLARE_WORK(waiting, golden_leak_work);

static void golden_wq_lockup(void)
{
	int cpu = 1;

	schedule_work_on(cpu, &busy);
	msleep(100);
	schedule_work_on(cpu, &waiting);
	msleep(8000);
}

static void golden_timer_spin(struct timer_list *timer)
{
	golden_spin_for(12);
}

static DEFINE_TIMER(slow_timer, golden_timer_spin);

static void golden_soft_lockup_in_timer(void)
{
	mod_timer(&slow_timer, jiffies + 1);
	msleep(13000);
}

/* Memory */

static noinline void *golden_allocate(size_t size)
{
	return kmalloc(size, GFP_KERNEL);
}

static noinline void golden_free(void *p)
{
	kfree(p);
}

static void golden_oob_read(void)
{
	volatile char *p = golden_allocate(100);

	sink = p[100 + zero];
	golden_free((void *)p);
}

static void golden_oob_write(void)
{
	volatile char *p = golden_allocate(100);

	p[-1 + zero] = 1;
	golden_free((void *)p);
}

static void golden_uaf_read(void)
{
	volatile char *p = golden_allocate(100);

	golden_free((void *)p);
	sink = p[8];
}

static void golden_uaf_write(void)
{
	volatile long *p = golden_allocate(100);

	golden_free((void *)p);
	p[1] = 1;
}

static void golden_uaf_memcpy(void)
{
	char *p = golden_allocate(100);
	static char copy[64];

	golden_free(p);
	memcpy(copy, p, 32 + zero);
	sink = copy[0];
}

static void golden_oob_memset(void)
{
	char *p = golden_allocate(100);

	OPTIMIZER_HIDE_VAR(p);
	memset(p, 0, 108 + zero);
	golden_free(p);
}

static void golden_uaf_rcu_callback(struct rcu_head *head)
{
	kfree(head);
	sink = *(volatile int *)head;
}

static void golden_uaf_in_rcu(void)
{
	struct rcu_head *head = golden_allocate(sizeof(*head));

	call_rcu(head, golden_uaf_rcu_callback);
	rcu_barrier();
}

static void golden_uaf_work_function(struct work_struct *work)
{
	kfree(work);
	sink = *(volatile int *)work;
}

static void golden_uaf_in_work(void)
{
	struct work_struct *work = golden_allocate(sizeof(*work));

	INIT_WORK(work, golden_uaf_work_function);
	schedule_work(work);
	msleep(200);
}

static void golden_double_free(void)
{
	void *p = golden_allocate(100);

	golden_free(p);
	golden_free(p);
}

static void golden_invalid_free(void)
{
	char *p = golden_allocate(100);

	golden_free(p + 8);
}

static void golden_global_oob(void)
{
	static char buffer[10];
	volatile char *p = buffer;

	sink = p[10 + zero];
}

static void golden_stack_oob(void)
{
	char buffer[10] = {};
	volatile char *p = buffer;

	OPTIMIZER_HIDE_VAR(p);
	sink = p[10 + zero];
}

static void golden_vmalloc_oob(void)
{
	volatile char *p = vmalloc(PAGE_SIZE - 100);

	sink = p[PAGE_SIZE - 90 + zero];
	vfree((void *)p);
}

static void golden_null_read(void)
{
	int *p = NULL;

	OPTIMIZER_HIDE_VAR(p);
	sink = *(volatile int *)p;
}

static void golden_null_write(void)
{
	struct golden_holder *p = NULL;

	OPTIMIZER_HIDE_VAR(p);
	*(volatile int *)&p->value = 1;
}

static void golden_null_call(void)
{
	void (*function)(void) = NULL;

	OPTIMIZER_HIDE_VAR(function);
	function();
}

static void golden_wild_read(void)
{
	sink = *(volatile int *)0xdead000000000100UL;
}

static void golden_wild_write(void)
{
	*(volatile int *)0xdead000000000122UL = 1;
}

static void golden_user_read(void)
{
	sink = *(volatile int *)0x10000UL;
}

static void golden_page_read(void)
{
	sink = *(volatile int *)0xffffc87654321000UL;
}

static void golden_page_call(void)
{
	static char code[16] __aligned(16) = { 0xc3 };
	void (*function)(void) = (void *)code;

	OPTIMIZER_HIDE_VAR(function);
	function();
}

static void golden_wild_call(void)
{
	void (*function)(void) = (void *)0xffffffffc8765432UL;

	OPTIMIZER_HIDE_VAR(function);
	function();
}

static noinline void golden_memcpy_null_inner(char *to, int size)
{
	memcpy(to, table, size);
}

static void golden_memcpy_null(void)
{
	char *p = NULL;

	OPTIMIZER_HIDE_VAR(p);
	golden_memcpy_null_inner(p, 8 + zero);
}

static void golden_leak(void)
{
	void * volatile p = golden_allocate(120);

	p = NULL;
	(void)p;
}

static void golden_slub_redzone(void)
{
	volatile char *p = golden_allocate(64);

	p[65 + zero] = 1;
	golden_free((void *)p);
}

static void golden_slub_poison(void)
{
	volatile char *p = golden_allocate(64);
	int i;

	golden_free((void *)p);
	p[12] = 1;
	for (i = 0; i < 64; i++)
		golden_allocate(64);
}

static void golden_slub_objects(void)
{
	struct kmem_cache *cache = kmem_cache_create("golden", 64, 0, 0, NULL);

	sink = kmem_cache_alloc(cache, GFP_KERNEL) != NULL;
	kmem_cache_destroy(cache);
}

static void golden_bad_page(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	page->mapping = (void *)0x1000;
	__free_page(page);
}

static void golden_page_double_free(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	__free_page(page);
	__free_page(page);
}

static void golden_order(void)
{
	sink = alloc_pages(GFP_KERNEL, 30 + zero) != NULL;
}

static void golden_allocation_failure(void)
{
	int i;

	for (i = 0; i < 100000; i++)
		if (!alloc_pages(GFP_ATOMIC, 9))
			break;
}

static void golden_large_kmalloc(void)
{
	sink = kmalloc((1UL << 31) + zero, GFP_KERNEL) != NULL;
}

static void golden_active_timer(void)
{
	struct timer_list *timer = golden_allocate(sizeof(*timer));

	timer_setup(timer, golden_take_in_timer, 0);
	mod_timer(timer, jiffies + 1000 * HZ);
	golden_free(timer);
}

static void golden_active_work(void)
{
	struct delayed_work *work = golden_allocate(sizeof(*work));

	INIT_DELAYED_WORK(work, golden_leak_work);
	schedule_delayed_work(work, 1000 * HZ);
	golden_free(work);
}

static void golden_uninitialised_timer(void)
{
	struct timer_list *timer = kzalloc(sizeof(*timer), GFP_KERNEL);

	mod_timer(timer, jiffies + HZ);
	msleep(10);
}

static void golden_rcu_twice(void)
{
	struct rcu_head *head = kzalloc(sizeof(*head), GFP_KERNEL);

	call_rcu(head, golden_uaf_rcu_callback);
	call_rcu(head, golden_uaf_rcu_callback);
	msleep(500);
}

/* Arithmetic */

static void golden_ubsan_shift(void)
{
	sink = 1 << shift;
}

static void golden_ubsan_bounds(void)
{
	sink = table[index];
}

static void golden_ubsan_bool(void)
{
	bool value;

	*(volatile char *)&value = 7;
	sink = *(volatile bool *)&value;
}

static void golden_ubsan_align(void)
{
	static char bytes[16] __aligned(8);
	volatile int *p = (void *)(bytes + 1 + zero);

	sink = *p;
}

static void golden_divide(void)
{
	sink = 5 / zero;
}

static void golden_divide_overflow(void)
{
	int high = big, low = 0, result;

	asm volatile("idivl %3" : "=a" (result) : "a" (low), "d" (high), "r" (2) : "cc");
	sink = result;
}

/* Instructions */

static void golden_ud2(void)
{
	asm volatile("ud2");
}

static void golden_int3(void)
{
	asm volatile("int3");
}

static void golden_stack_segment(void)
{
	unsigned long value;

	asm volatile("push %%rbp; movabs $0x8000000000000000, %%rbp; mov 0(%%rbp), %0; pop %%rbp" : "=r" (value));
	sink = value;
}

static void golden_double_fault(void)
{
	asm volatile("mov $0x8000000000000000, %%rax; mov %%rax, %%rsp; push %%rax" ::: "rax");
}
STACK_FRAME_NON_STANDARD(golden_double_fault);

static noinline int golden_recurse(int depth)
{
	volatile char frame[512];

	frame[depth & 511] = depth;
	return golden_recurse(depth + 1) + frame[1];
}

static void golden_overflow(void)
{
	sink = golden_recurse(zero);
}

/* Words */

static void golden_warn(void)
{
	WARN_ON(!zero);
}

static void golden_warn_message(void)
{
	WARN(1, "golden: %d of %px are wrong\n", index, table);
}

static void golden_warn_in_timer_function(struct timer_list *timer)
{
	WARN_ON_ONCE(!zero);
}

static DEFINE_TIMER(warn_timer, golden_warn_in_timer_function);

static void golden_warn_in_timer(void)
{
	mod_timer(&warn_timer, jiffies + 1);
	msleep(100);
}

static void golden_bug(void)
{
	BUG_ON(!zero);
}

static int golden_bug_thread(void *data)
{
	BUG();
	return 0;
}

static void golden_bug_in_thread(void)
{
	kthread_run(golden_bug_thread, NULL, "golden-bug");
	msleep(200);
}

static void golden_panic(void)
{
	panic("golden: %d reasons", index);
}

static void golden_taint_page(void)
{
	VM_BUG_ON_PAGE(!zero, virt_to_page(table));
}

static void golden_list_add(void)
{
	struct list_head *one = kzalloc(sizeof(*one), GFP_KERNEL);
	LIST_HEAD(head);

	list_add(one, &head);
	list_add(one, &head);
}

static void golden_list_del(void)
{
	struct list_head *one = kzalloc(sizeof(*one), GFP_KERNEL);
	LIST_HEAD(head);

	list_add(one, &head);
	list_del(one);
	list_del(one);
}

static void golden_kobject(void)
{
	static struct kobject object;

	kobject_put(&object);
}

static void golden_refcount(void)
{
	refcount_t count = REFCOUNT_INIT(1);

	refcount_dec(&count);
	refcount_inc(&count);
}

static void golden_race_write(void *data)
{
	int i;

	for (i = 0; i < 2000000; i++)
		table[0]++;
}

static int golden_race_thread(void *data)
{
	golden_race_write(NULL);
	return 0;
}

static void golden_race(void)
{
	kthread_run(golden_race_thread, NULL, "golden-race");
	golden_race_write(NULL);
	msleep(100);
}

static int golden_irq_entered;

static irqreturn_t golden_handler(int irq, void *data)
{
	golden_irq_entered++;
	return IRQ_NONE;
}

/* The timer's line, whose own handler is gone by now: nobody cares. */
static void golden_irq(void)
{
	if (request_irq(0, golden_handler, IRQF_SHARED, "golden", table))
		pr_info("golden: no interrupt to share\n");
	msleep(3000);
}

static void golden_irq_work_function(struct irq_work *work)
{
	mutex_lock(&first);
	mutex_unlock(&first);
}

static void golden_sleep_in_irq(void)
{
	static struct irq_work work;

	init_irq_work(&work, golden_irq_work_function);
	irq_work_queue(&work);
	msleep(100);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 17, 0)
static struct ref_tracker_dir golden_dir;

static noinline void golden_take_reference(void)
{
	struct ref_tracker *tracker;

	ref_tracker_alloc(&golden_dir, &tracker, GFP_KERNEL);
}

static void golden_reference_init(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
	ref_tracker_dir_init(&golden_dir, 16, "golden");
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
	ref_tracker_dir_init(&golden_dir, 16, "golden");
#else
	ref_tracker_dir_init(&golden_dir, 16);
#endif
}

static void golden_reference(void)
{
	golden_reference_init();
	golden_take_reference();
	ref_tracker_dir_exit(&golden_dir);
}

static void golden_reference_twice(void)
{
	struct ref_tracker *tracker, *again;

	golden_reference_init();
	ref_tracker_alloc(&golden_dir, &tracker, GFP_KERNEL);
	again = tracker;
	ref_tracker_free(&golden_dir, &tracker);
	ref_tracker_free(&golden_dir, &again);
}
#endif

#define CASE(name) { #name, golden_##name }

static const struct {
	const char *name;
	void (*function)(void);
} cases[] = {
	CASE(circular), CASE(recursive), CASE(inconsistent), CASE(irq_unsafe), CASE(irq_inversion), CASE(unbalanced),
	CASE(unbalanced_spin), CASE(freed_lock), CASE(static_key), CASE(exit_locked), CASE(wait_context), CASE(rcu),
	CASE(rcu_sleep), CASE(lock_held), CASE(spin_magic), CASE(spin_recursion), CASE(rwlock_magic),
	CASE(atomic_sleep), CASE(atomic_alloc), CASE(atomic_schedule), CASE(preemptible), CASE(work_leak),
	CASE(timer_preempt), CASE(hung_mutex), CASE(hung_other), CASE(hung_completion), CASE(hung_io), CASE(rcu_self),
	CASE(rcu_preempt_off), CASE(irqs_off), CASE(rcu_expedited), CASE(rcu_sleeping_reader), CASE(soft_lockup),
	CASE(soft_lockup_in_timer), CASE(wq_lockup), CASE(oob_read), CASE(oob_write), CASE(uaf_read), CASE(uaf_write),
	CASE(uaf_memcpy), CASE(oob_memset), CASE(uaf_in_rcu), CASE(uaf_in_work), CASE(double_free), CASE(invalid_free),
	CASE(global_oob), CASE(stack_oob), CASE(vmalloc_oob), CASE(null_read), CASE(null_write), CASE(null_call),
	CASE(wild_read), CASE(wild_write), CASE(user_read), CASE(page_read), CASE(page_call), CASE(wild_call),
	CASE(memcpy_null), CASE(leak), CASE(slub_redzone), CASE(slub_poison), CASE(slub_objects), CASE(bad_page),
	CASE(page_double_free), CASE(order), CASE(allocation_failure), CASE(large_kmalloc), CASE(active_timer),
	CASE(active_work), CASE(uninitialised_timer), CASE(rcu_twice), CASE(ubsan_shift), CASE(ubsan_bounds),
	CASE(ubsan_bool), CASE(ubsan_align), CASE(divide), CASE(divide_overflow), CASE(ud2), CASE(int3),
	CASE(stack_segment), CASE(double_fault), CASE(overflow), CASE(warn), CASE(warn_message), CASE(warn_in_timer),
	CASE(bug), CASE(bug_in_thread), CASE(panic), CASE(taint_page), CASE(list_add), CASE(list_del), CASE(kobject),
	CASE(refcount), CASE(race), CASE(irq), CASE(sleep_in_irq),
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 17, 0)
	CASE(reference), CASE(reference_twice),
#endif
};

static ssize_t golden_write(struct file *file, const char __user *text, size_t size, loff_t *offset)
{
	char name[40] = {};
	size_t i;

	if (size >= sizeof(name) || copy_from_user(name, text, size))
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (!strcmp(cases[i].name, name)) {
			cases[i].function();
			return size;
		}
	}
	return -ENOENT;
}

static const struct proc_ops golden_ops = {
	.proc_write = golden_write,
};

static int __init golden_init(void)
{
	return proc_create("golden", 0200, NULL, &golden_ops) ? 0 : -ENOMEM;
}
late_initcall(golden_init);
