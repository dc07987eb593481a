// SPDX-License-Identifier: GPL-2.0-only

/// A line of a stack trace.
struct StackFrame: Equatable {
    /// The function, without what the compiler adds to a name (`.isra.0`, `.cold`, `.llvm.123`).
    var function: String
    /// Whether the unwinder is sure; a `?` stands before what only happened to be on the stack.
    var isReliable = true

    /// Reads ` [<ffffffff81000000>] ? name+0x1/0x2`, `name+0x1/0x2 file.c:3`, `name file.c:3 [inline]`, and the forms of
    /// ARM (`name from caller+0x1/0x2`, `[<c0>] (name) from [<c1>] (caller+0x1/0x2)`) and PowerPC
    /// (`[c000] [c001] name+0x1/0x2 (unreliable)`).
    init?(_ message: String) {
        var text = message[...].drop { $0 == " " || $0 == "\t" }
        while text.first == "[", let end = text.firstIndex(of: "]") {
            let inside = text[text.index(after: text.startIndex)..<end]
            guard inside.allSatisfy({ $0.isHexDigit || "<> inlexf".contains($0) }) else { return nil }
            text = text[text.index(after: end)...].drop { $0 == " " }
        }
        if text.hasPrefix("? ") {
            isReliable = false
            text = text.dropFirst(2)
        }
        if text.hasPrefix("(") { text = text.dropFirst() }
        guard let name = Self.name(at: text) else { return nil }
        let rest = text.dropFirst(name.count)
        let isFrame =
            rest.hasPrefix("+0x") || rest.hasPrefix(" from ") || rest.hasPrefix(") from ")
            || (rest.hasPrefix(" ") && Self.isPlace(rest.dropFirst()))
        guard isFrame else { return nil }
        if rest.contains("(unreliable)") { isReliable = false }
        function = Self.plain(name)
    }

    /// The function of `name+0x1/0x2` at the start of the text, or of `name` alone if `mayBeBare`.
    static func function(at text: Substring, mayBeBare: Bool = false) -> String? {
        let text = text.drop { $0 == " " }
        guard let name = name(at: text), mayBeBare || text.dropFirst(name.count).hasPrefix("+0x") else {
            return nil
        }
        return plain(name)
    }

    private static func name(at text: Substring) -> Substring? {
        let name = text.prefix {
            $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "." || $0 == "$")
        }
        guard let first = name.first, !first.isNumber, first != "." else { return nil }
        return name
    }

    /// `fs/inode.c:12`
    private static func isPlace(_ text: Substring) -> Bool {
        let word = text.prefix { $0 != " " }
        guard let colon = word.lastIndex(of: ":") else { return false }
        let file = word[..<colon]
        return file.contains(".") && word[colon...].dropFirst().first?.isNumber ?? false
    }

    private static func plain(_ name: Substring) -> String {
        var name = name
        for mark in [".constprop", ".isra", ".part", ".cold", ".llvm", ".lto_priv", "$"] {
            if let range = name.firstRange(of: mark) { name = name[..<range.lowerBound] }
        }
        return name.hasPrefix("_R") ? rustPath(name) ?? String(name) : String(name)
    }

    /// The names in a symbol of Rust (RFC 2603, v0), without the numbers of crates, which compilers choose:
    /// `_RNvNtCs9jEwPDbx20M_4core9panicking9panic_fmt` is `core::panicking::panic_fmt`. Types of generics are left out.
    private static func rustPath(_ symbol: Substring) -> String? {
        var names: [Substring] = []
        var rest = symbol.dropFirst(2)
        while let first = rest.first {
            if first.isNumber {
                let digits = rest.prefix { $0.isNumber }
                rest = rest.dropFirst(digits.count)
                if rest.first == "_" { rest = rest.dropFirst() }
                guard let length = Int(digits), length > 0, length <= rest.count else { return nil }
                names.append(rest.prefix(length))
                rest = rest.dropFirst(length)
            } else if first == "s" || first == "B" {
                // A disambiguator, or what stood before.
                guard let end = rest.firstIndex(of: "_") else { return nil }
                rest = rest[rest.index(after: end)...]
            } else if first == "I" {
                break
            } else {
                rest = rest.dropFirst()
            }
        }
        return names.isEmpty ? nil : names.joined(separator: "::")
    }
}

extension Substring {
    /// The first place of the text; in a module without Foundation the library's own search is as slow.
    func firstRange(of text: String) -> Range<Index>? {
        let pattern = Array(text.utf8)
        guard let first = pattern.first else { return startIndex..<startIndex }
        var start = utf8.startIndex
        while let found = utf8[start...].firstIndex(of: first) {
            let candidate = utf8[found...]
            if candidate.starts(with: pattern) {
                return found..<candidate.index(found, offsetBy: pattern.count)
            }
            start = utf8.index(after: found)
        }
        return nil
    }
}

/// Functions that no defect is named after: they find it, print it, or lie below everything.
enum FrameNoise {
    static func contains(_ function: String) -> Bool {
        if names.contains(function) { return true }
        // Rust's way from a failed check to BUG().
        if function.hasPrefix("core::panicking") || function.hasSuffix("rust_begin_unwind")
            || function == "rust_helper_BUG"
        {
            return true
        }
        return prefixes.contains { function.hasPrefix($0) }
    }

    /// Functions between the entry into the kernel and what does the work: nothing stalls because of them.
    static func isGlue(_ function: String) -> Bool { glue.contains { function.hasPrefix($0) } }

    private static let glue = [
        "vfs_", "ksys_", "do_vfs_", "sys_", "SyS_", "SYSC_", "compat_", "C_SYSC_", "__sys_", "___sys_",
        "____sys_", "do_sys",
        "__do_compat", "sock_sendmsg", "__sock_", "sock_write_iter", "sock_read_iter", "sock_recvmsg",
        "netlink_sendmsg", "netlink_unicast", "netlink_rcv_skb", "netlink_dump", "genl_",
        "rtnetlink_rcv", "nfnetlink_rcv",
        "new_sync_", "__vfs_", "proc_reg_", "kernfs_fop_",
        "do_iter_", "do_readv", "do_writev", "call_write_iter", "call_read_iter", "do_exit", "do_group_exit",
        "get_signal",
        "arch_do_signal", "do_signal", "exit_to_user", "__syscall", "syscall_", "irqentry_", "task_work_run",
        "call_timer_fn",
        "expire_timers", "timer_expire_remote", "tmigr_", "__run_timer", "run_timer", "run_ksoftirqd",
        "smpboot_", "net_rx_action",
        "net_tx_action",
        "__napi_poll", "napi_poll", "process_backlog", "__netif_receive_skb", "netif_receive_skb",
        "tasklet_action",
        "__tasklet", "rcu_core", "rcu_do_batch", "rcu_process_callbacks", "invoke_rcu", "call_softirq",
        "handle_irq",
        "generic_handle_irq", "__handle_irq", "handle_edge", "handle_fasteoi", "dummy_timer", "asm_",
        "do_fork", "_do_fork",
        "kernel_clone", "SyS", "do_mount", "path_mount", "do_new_mount", "__do_softirq", "run_posix",
        "exit_mm", "mmput",
        "__mmput", "exit_mmap", "do_int80", "____fput", "__fput", "fput", "__handle_mm_fault",
        "handle_mm_fault", "handle_pte_fault",
    ]

    private static let prefixes = [
        // What prints and unwinds.
        "dump_stack", "__dump_stack", "dump_backtrace", "unwind_backtrace", "__dump_backtrace",
        "walk_stackframe",
        "dump_cpu_task", "unwind_", "rcu_gp_", "rcu_exp_", "__rcu", "__wait_rcu_gp", "ldsem_", "__ldsem",
        "show_stack", "show_regs", "print_", "printk", "_printk", "vprintk", "kmsg_dump",
        "save_stack", "stack_trace", "arch_stack_walk", "panic", "vpanic", "__die", "die", "oops_",
        "report_bug",
        "__report_bug",
        "warn_slowpath", "__warn", "fixup_bug", "handle_bug", "trigger_", "nmi_", "arch_trigger_",
        "sched_show_task",
        // Sanitizers and other judges.
        "kasan_", "__kasan_", "__asan_", "__hwasan_", "kmsan_", "__msan_", "kcsan_", "__kcsan_", "__tsan_",
        "kfence_",
        "__kfence_", "ubsan_", "__ubsan_", "__sanitizer_", "check_memory_region", "check_region",
        "memory_is_", "asan_",
        "lockdep_", "__lockdep_", "lock_acquire", "__lock_acquire", "lock_release", "__lock_release",
        "validate_chain",
        "check_prev", "check_noncircular", "check_usage", "check_irq", "check_deadlock", "mark_lock",
        "mark_held",
        "__mark_lock", "register_lock_class", "assign_lock_key", "look_up_lock", "valid_state", "rcu_lock_",
        "rcu_lockdep", "__might_", "___might_", "might_", "debug_object", "debug_print_object",
        "debug_check_no_",
        "__debug_check_no_", "debug_mutex_", "debug_spin_", "debug_smp_processor_id",
        "check_preemption_disabled",
        "__this_cpu_preempt_check", "refcount_", "__refcount_", "kref_", "spin_bug", "spin_dump",
        "rwlock_bug", "___preempt_schedule",
        "object_err", "slab_err", "slab_bug", "check_slab", "check_object", "__usercopy", "usercopy_",
        "check_object_size",
        "__check_object_size", "check_heap_object", "fortify_panic", "__fortify_", "list_add_valid",
        "__list_add",
        "__list_del", "list_del", "list_add", "__bad_", "bad_page", "trace_hardirqs", "trace_softirqs",
        // Lists, trees, strings and the like: who handed them what they fell over counts.
        "rb_", "__rb_", "klist_", "radix_tree_", "__radix_tree", "xa_", "__xa_", "xas_", "idr_", "ida_",
        "bitmap_",
        "find_next_", "_find_", "jhash", "crc", "_copy_to_iter", "_copy_from_iter", "copy_to_iter",
        "copy_from_iter",
        "skb_panic", "skb_over_panic", "skb_under_panic", "skb_push", "skb_put", "skb_pull", "vsnprintf",
        "vscnprintf",
        "snprintf", "scnprintf", "sprintf", "seq_printf", "kvasprintf", "kobject_",
        "strn", "lock_sock", "__vunmap", "__free_pages", "free_pages", "free_unref", "free_frozen",
        "free_pcp",
        "release_pages", "__folio_put", "__put_page", "put_page", "free_large", "free_tail_page",
        "__call_rcu", "call_rcu", "osq_lock",
        "__cancel_work",
        "cancel_work", "__queue_work", "queue_work", "work_is_static", "finish_wait", "prepare_to_wait",
        "usb_start_wait_urb",
        "usb_control_msg", "usb_bulk_msg", "usb_internal_", "usb_kill_", "read_word_at_a_time",
        "proc_register", "ref_tracker_", "handle_overflow", "handle_null_ptr", "handle_misaligned",
        "handle_object_size", "check_panic_on_warn", "should_fail", "fail_dump", "fault_in_",
        "lock_timer_base",
        "debug_timer", "detach_if_pending", "del_timer", "timer_delete", "try_to_del_timer", "mod_timer",
        "__mod_timer",
        "__x86_indirect", "do_tag_check", "do_tag_recovery", "handle_bad_stack", "retint_", "folio_unlock",
        "unlock_page",
        "fast_dput", "tty_ldisc_lock", "sock_kmalloc", "sk_prot_alloc", "alloc_inode", "new_inode",
        "mark_buffer_dirty",
        // Locks and waiting: who waits counts.
        "_raw_", "__raw_", "do_raw_", "raw_spin_", "native_queued_", "queued_", "__pv_queued", "pv_queued",
        "spin_lock",
        "spin_unlock", "read_lock", "write_lock", "__mutex_", "mutex_", "down_", "up_", "__down_", "__up_",
        "rwsem_",
        "__rwsem_", "call_rwsem_", "percpu_down", "percpu_up", "__percpu_down", "rt_mutex", "__rt_mutex",
        "schedule",
        "__schedule", "io_schedule", "preempt_schedule", "__cond_resched", "_cond_resched", "wait_for_c",
        "__wait_for_c",
        "do_wait_for_c", "__wait_on_bit", "wait_on_bit", "out_of_line_wait", "bit_wait", "wait_on_page",
        "folio_wait", "__filemap_fdatawait", "filemap_fdatawait",
        "__folio_lock", "__lock_page", "context_switch", "synchronize_", "__synchronize_", "seqcount_",
        "__seqprop_",
        "do_write_seqcount", "csd_lock_wait", "__flush_work", "flush_work", "__seqcount",
        // Memory: who asks for it or gives it back counts.
        "kmalloc", "__kmalloc", "kzalloc", "kcalloc", "krealloc", "kmem_cache_", "__kmem_cache_", "slab_",
        "__slab_",
        "___slab_", "kfree", "__kfree", "kvfree", "kvmalloc", "__kvmalloc", "vmalloc", "__vmalloc", "vzalloc",
        "vfree",
        "__vfree", "___kmalloc_large", "memdup_user", "kmemdup", "kstrdup", "kmemleak_", "create_object",
        "__alloc_pages", "alloc_pages",
        "__alloc_frozen",
        "get_page_from_freelist", "alloc_slab_page", "allocate_slab", "new_slab", "__do_kmalloc",
        "do_kmalloc", "cache_alloc", "free_to_partial_list", "__folio_alloc", "folio_alloc",
        "vma_alloc_folio",
        "____cache_alloc", "__cache_", "__do_cache", "do_slab_free", "memcg_slab", "free_debug",
        "quarantine_",
        "sysfs_remove_", "rollback_registered", "aes_", "dump_header", "out_of_memory", "oom_kill",
        "warn_alloc", "alloc_debug", "poison_", "qlist_",
        "qlink_",
        // Exceptions and interrupts.
        "exc_", "asm_exc_", "asm_sysvec_", "sysvec_", "__sysvec_", "asm_common_", "asm_call_",
        "do_error_trap", "do_trap",
        "do_invalid_op", "do_general_protection", "do_page_fault", "__do_page_fault", "__bad_area",
        "bad_area", "page_fault",
        "async_page_fault", "no_context", "pgtable_bad", "spurious_", "do_mem_abort", "do_translation_fault",
        "do_kern_addr",
        "__do_kernel_fault", "el0_", "el1_", "el1h_", "el0t_", "__el0", "__el1", "do_undefinstr",
        "brk_handler",
        "bug_handler", "do_debug_exception", "invoke_syscall", "smp_apic", "apic_timer", "smp_call_function",
        "tick_",
        "hrtimer_", "__hrtimer_", "__run_hrtimer", "update_process_times", "rcu_check_callbacks",
        "rcu_sched_clock",
        "rcu_pending", "check_cpu_stall", "rcu_dump_cpu", "local_apic_timer", "irq_enter", "irq_exit",
        "__irq_exit",
        "ret_from_intr", "common_interrupt", "do_IRQ", "invoke_softirq", "__do_softirq", "do_softirq",
        "handle_softirqs",
        "watchdog_", "__perf_", "native_", "pv_native_", "kvm_wait", "__x64_sys_", "__ia32_sys_", "__se_sys_",
        "__do_sys_",
        "__arm64_sys_", "entry_", "ret_from_", "ret_to_user", "do_syscall_", "do_fast_syscall",
        "syscall_exit",
        "x64_sys_call", "start_secondary", "secondary_startup", "common_startup_", "cpu_startup_entry",
        "do_idle", "cpuidle_", "start_kernel",
        "default_idle", "amd_e400_idle", "mwait_idle", "intel_idle",
        "arch_cpu_idle", "acpi_idle", "acpi_safe_halt", "rest_init", "x86_64_start", "kthread",
        "worker_thread",
        "process_one_work", "process_scheduled_works",
    ]

    private static let names: Set<String> = [
        "schedule",
        "memcpy", "memset", "memmove", "memcmp", "memchr", "memscan", "__memcpy", "__memset", "__memmove",
        "__memcmp",
        "memcpy_orig", "memset_orig", "memset_erms", "memcpy_erms", "memmove_erms", "strlen", "strcpy",
        "strncpy",
        "strlcpy", "strscpy", "sized_strscpy", "strcmp", "strncmp", "strcat", "strncat", "strlcat", "strnlen",
        "strchr",
        "strrchr", "strstr", "string", "copy_user_generic", "copy_from_user", "_copy_from_user",
        "__copy_from_user", "copy_to_user",
        "_copy_to_user", "__copy_to_user", "raw_copy_from_user", "raw_copy_to_user",
        "instrument_copy_from_user",
        "instrument_copy_to_user", "__might_resched", "instrument_atomic_read", "instrument_atomic_write",
        "instrument_atomic_read_write", "atomic_read", "atomic_set", "atomic_inc", "atomic_dec",
        "atomic_dec_and_test",
        "arch_atomic_read", "raw_atomic_read", "test_bit", "set_bit", "clear_bit", "_test_bit",
        "arch_test_bit",
        "arch_static_branch", "__read_once_size", "__write_once_size", "invalid_op", "general_protection",
        "divide_error", "double_fault", "do_double_fault", "nmi", "end_repeat_nmi", "first_nmi",
        "perf_trace_lock",
        "ret_fast_syscall", "sysenter_past_esp", "syscall_call", "exit_to_user_mode_prepare",
        "exit_to_user_mode_loop",
        "up", "down", "rcu_read_lock", "rcu_read_unlock", "__report_bad_irq", "note_interrupt",
        "dequeue_task_idle", "cache_free_debugcheck", "__check_heap_object", "__stack_chk_fail",
        "hex_string", "hex_dump_to_buffer", "__wake_up_common", "__wake_up_common_lock", "__wake_up",
        "__list_del_entry", "debug_lockdep_rcu_enabled", "_atomic_dec_and_lock",
        "_atomic_dec_and_lock_irqsave", "insert_work", "timer_is_static_object", "drop_nlink",
        "__phys_addr", "__virt_to_phys", "free_large_kmalloc", "alloc_page_interleave", "sk_alloc",
        "__alloc_skb", "pcpu_mem_zalloc", "__list_lru_init", "list_add_tail",
        // The driver core: whose device it is counts.
        "device_del", "device_add", "get_device_parent", "put_device", "devres_release_all",
        "irqentry_exit_to_user_mode", "check_bytes_and_report", "__switch_to", "__switch_to_asm", "msleep",
        "msleep_interruptible", "usleep_range_state",
        "__dput_to_list", "dput", "arch_local_irq_restore", "arch_local_irq_enable", "mm_fault_error",
    ]
}
