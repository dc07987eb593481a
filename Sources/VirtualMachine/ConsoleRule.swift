// SPDX-License-Identifier: GPL-2.0-only

/// How a report of the kernel is recognised and named. A rule is data: to know one more kind of report, add one.
struct ConsoleRule: Sendable {
    /// Where the function comes from that the title names.
    enum Culprit: Sendable {
        /// The title names none; a stack isn't expected.
        case none
        /// The instruction pointer, else the stack.
        case instruction
        /// The first function of the stack that means something, else the one that the first line names.
        case stack
        /// The outermost function of the stack that means something: a stall or an overflow shows wherever the loop is at
        /// the moment, what was asked of the kernel is the same.
        case entry
        /// The function that the first line names, else the instruction pointer, else the stack.
        case header
    }

    var kind: ConsoleEvent.Kind
    /// What the message starts with; empty: anything.
    var prefix: StaticString = ""
    /// What the message has anywhere; empty: anything.
    var contains: StaticString = ""
    /// The title, without the function. `{type}` is what stands behind the prefix up to " in ", `{text}` all of that,
    /// without numbers.
    var title: String
    var culprit = Culprit.stack
    /// Following lines that are kept; most reports end themselves earlier. One of no more than its line may come in the
    /// middle of another.
    var traceLines = 60
    /// While a report of one of these kinds is open, the line belongs to it; else it opens one of its own.
    var continues: [ConsoleEvent.Kind] = []
    /// Whether it is a report only if a stack follows: drivers print such lines, too.
    var needsStack = false
    /// Whether a user's program may print such a line: on a console with time stamps only a line with one counts.
    var needsStamp = false
    /// Whether it says what the BUG() or WARN() right below it is about: one report, with this title.
    var isHeadline = false

    func matches(_ message: ConsoleMessage) -> Bool {
        message.starts(with: prefix) && message.contains(contains)
    }

    /// The rule of a message; the first one that matches, so special ones stand before general ones.
    static func of(_ message: ConsoleMessage) -> ConsoleRule? {
        guard !isHarmless.contains(where: message.contains) else { return nil }
        return table.first { $0.matches(message) }
    }

    /// Lines that look like a report and are none, or are a part of one.
    private static let isHarmless: [StaticString] = [
        "kasan: bad access detected", "INFO: lockdep is turned off",
        "INFO: Stall ended before state dump start",
        "INFO: NMI handler",
        // The unwinder's own trouble, in the middle of whatever is printed.
        "WARNING: can't access registers at", "WARNING: can't dereference registers at",
        "WARNING: unknown unwind hint type",
    ]

    /// What may follow an oops by another name.
    private static let access: [ConsoleEvent.Kind] = [
        .oops, .kasan, .kfence, .ubsan, .stackCorruption,
    ]

    static let table: [ConsoleRule] =
        panics + sanitizers + locking + stalls + rcuStalls + memory + oopses + bugs + warnings

    /// kernel/panic.c, arch/x86/kernel/traps.c
    private static let panics = [
        ConsoleRule(
            kind: .panic,
            contains: "Kernel panic - not syncing: corrupted stack end",
            title: "kernel panic: corrupted stack end",
            culprit: .entry
        ),
        ConsoleRule(
            kind: .panic,
            contains: "Kernel panic - not syncing: stack-protector",
            title: "kernel panic: stack is corrupted",
            culprit: .header
        ),
        ConsoleRule(
            kind: .panic,
            contains: "Kernel panic - not syncing",
            title: "kernel panic: {text}",
            culprit: .none
        ),
        ConsoleRule(
            kind: .oops,
            contains: "PANIC: double fault",
            title: "PANIC: double fault",
            culprit: .instruction
        ),
        ConsoleRule(
            kind: .oops,
            prefix: "PANIC: early exception",
            title: "PANIC: early exception",
            culprit: .instruction
        ),
    ]

    /// mm/kasan/report.c, mm/kfence/report.c, mm/kmsan/report.c, kernel/kcsan/report.c, lib/ubsan.c
    private static let sanitizers = [
        ConsoleRule(kind: .kasan, contains: "BUG: KASAN: ", title: "KASAN: {type}"),
        ConsoleRule(kind: .kfence, contains: "BUG: KFENCE: ", title: "KFENCE: {type}"),
        ConsoleRule(kind: .kmsan, contains: "BUG: KMSAN: ", title: "KMSAN: {type}"),
        ConsoleRule(kind: .kcsan, contains: "BUG: KCSAN: ", title: "KCSAN: {type}", culprit: .header),
        ConsoleRule(kind: .ubsan, contains: "UBSAN: ", title: "UBSAN: {type}"),
    ]

    /// kernel/locking/lockdep.c, print_*_bug(): with "WARNING: ", "INFO: ", "BUG: " or "[ … ]" around, by version;
    /// kernel/sched/core.c, lib/smp_processor_id.c
    private static let locking = [
        ConsoleRule(
            kind: .lockdep,
            contains: "possible circular locking dependency detected",
            title: "possible deadlock",
            culprit: .header,
            traceLines: 300,
            needsStamp: true
        ),
        ConsoleRule(
            kind: .lockdep,
            contains: "possible recursive locking detected",
            title: "possible deadlock",
            culprit: .header,
            traceLines: 300
        ),
        ConsoleRule(
            kind: .lockdep,
            contains: "possible irq lock inversion dependency detected",
            title: "possible deadlock",
            culprit: .header,
            traceLines: 300
        ),
        ConsoleRule(
            kind: .lockdep,
            contains: "-safe -> ",
            title: "possible deadlock",
            culprit: .header,
            traceLines: 300
        ),
        ConsoleRule(
            kind: .lockdep,
            contains: "inconsistent lock state",
            title: "inconsistent lock state",
            culprit: .header,
            traceLines: 150
        ),
        ConsoleRule(
            kind: .lockdep,
            contains: "suspicious RCU usage",
            title: "WARNING: suspicious RCU usage",
            traceLines: 150
        ),
        ConsoleRule(
            kind: .lockdep,
            contains: "suspicious rcu_dereference_check() usage",
            title: "WARNING: suspicious RCU usage",
            traceLines: 150,
            continues: [.lockdep]
        ),
        ConsoleRule(
            kind: .lockdep,
            contains: "bad unlock balance detected",
            title: "WARNING: bad unlock balance",
            culprit: .header
        ),
        ConsoleRule(
            kind: .lockdep,
            contains: "bad contention detected",
            title: "WARNING: bad lock contention"
        ),
        ConsoleRule(
            kind: .lockdep,
            contains: "ested lock was not taken",
            title: "WARNING: nested lock was not taken",
            culprit: .header,
            traceLines: 150
        ),
        ConsoleRule(
            kind: .lockdep,
            contains: "lock held when returning to user space",
            title: "WARNING: lock held when returning to user space",
            culprit: .header
        ),
        ConsoleRule(
            kind: .lockdep,
            contains: "still has locks held",
            title: "WARNING: still has locks held",
            culprit: .header
        ),
        ConsoleRule(
            kind: .lockdep,
            contains: "held lock freed!",
            title: "WARNING: held lock freed",
            culprit: .header
        ),
        ConsoleRule(
            kind: .lockdep,
            contains: "nvalid wait context",
            title: "BUG: invalid wait context",
            culprit: .header,
            traceLines: 150
        ),
        ConsoleRule(
            kind: .lockdep,
            contains: "INFO: trying to register non-static key",
            title: "INFO: trying to register non-static key"
        ),
        ConsoleRule(
            kind: .lockdep,
            prefix: "BUG: key ",
            contains: " not in .data",
            title: "BUG: key not in .data",
            isHeadline: true
        ),
        ConsoleRule(
            kind: .lockdep,
            prefix: "BUG: key ",
            contains: " has not been registered",
            title: "BUG: key has not been registered",
            isHeadline: true
        ),
        ConsoleRule(
            kind: .lockdep,
            prefix: "BUG: looking up invalid subclass",
            title: "BUG: looking up invalid subclass",
            isHeadline: true
        ),
        ConsoleRule(kind: .lockdep, prefix: "BUG: MAX_", title: "BUG: MAX_{text}", culprit: .none),
        ConsoleRule(
            kind: .atomicSleep,
            contains: "BUG: sleeping function called from invalid context",
            title: "BUG: sleeping function called from invalid context"
        ),
        ConsoleRule(
            kind: .atomicSleep,
            contains: "BUG: scheduling while atomic",
            title: "BUG: scheduling while atomic"
        ),
        ConsoleRule(
            kind: .atomicSleep,
            prefix: "BUG: scheduling with irqs disabled",
            title: "BUG: scheduling with irqs disabled"
        ),
        ConsoleRule(
            kind: .atomicSleep,
            prefix: "bad: scheduling from the idle thread",
            title: "BUG: scheduling from the idle thread"
        ),
        // kernel/softirq.c names the handler's address, not the handler.
        ConsoleRule(
            kind: .bug,
            prefix: "huh, entered softirq",
            contains: "with preempt_count",
            title: "BUG: softirq changed preempt_count",
            culprit: .none,
            traceLines: 0
        ),
        ConsoleRule(
            kind: .atomicSleep,
            prefix: "BUG: using ",
            contains: "in preemptible",
            title: "BUG: using {preemptible}"
        ),
        ConsoleRule(kind: .bug, contains: "BUG: spinlock ", title: "BUG: spinlock {words}"),
        ConsoleRule(kind: .bug, contains: "BUG: rwlock ", title: "BUG: rwlock {words}"),
        ConsoleRule(kind: .bug, contains: "BUG: rwlock-", title: "BUG: rwlock-{words}"),
        ConsoleRule(
            kind: .bug,
            contains: "BUG: workqueue leaked ",
            title: "BUG: workqueue leaked lock or atomic",
            culprit: .header
        ),
    ]

    /// kernel/watchdog.c, kernel/workqueue.c, kernel/rcu/tree_stall.h and tree_exp.h, kernel/hung_task.c
    private static let stalls = [
        ConsoleRule(kind: .lockup, contains: "BUG: soft lockup", title: "BUG: soft lockup", culprit: .entry),
        ConsoleRule(
            kind: .lockup,
            contains: "hard LOCKUP on cpu",
            title: "BUG: hard lockup",
            culprit: .entry
        ),
        // Other architectures put the processor before the words.
        ConsoleRule(
            kind: .lockup,
            contains: "etected hard LOCKUP",
            title: "BUG: hard lockup",
            culprit: .entry
        ),
        ConsoleRule(
            kind: .lockup,
            contains: "csd: Detected non-responsive CSD lock",
            title: "csd: non-responsive CSD lock",
            culprit: .entry
        ),
        ConsoleRule(
            kind: .lockup,
            contains: "BUG: workqueue lockup",
            title: "BUG: workqueue lockup",
            culprit: .none
        ),
        ConsoleRule(
            kind: .rcuStall,
            contains: "kthread starved for",
            title: "INFO: rcu detected stall",
            culprit: .entry,
            traceLines: 150,
            continues: [.rcuStall]
        ),
        ConsoleRule(
            kind: .hungTask,
            prefix: "INFO: task ",
            contains: "blocked for more than",
            title: "INFO: task hung"
        ),
        ConsoleRule(
            kind: .hungTask,
            prefix: "INFO: task ",
            contains: "blocked in I/O wait for more than",
            title: "INFO: task hung"
        ),
        ConsoleRule(
            kind: .hungTask,
            prefix: "INFO: task ",
            contains: "can't die for more than",
            title: "INFO: task can't die"
        ),
    ]

    private static let rcuPrefixes: [StaticString] = ["rcu: INFO: ", "INFO: rcu"]
    private static let rcuWords: [StaticString] = ["detected stall", "detected expedited stall"]

    /// Until 5.0 without the "rcu: " in front.
    private static let rcuStalls: [ConsoleRule] = rcuPrefixes.flatMap { prefix in
        rcuWords.map { words in
            ConsoleRule(
                kind: .rcuStall,
                prefix: prefix,
                contains: words,
                title: "INFO: rcu detected stall",
                culprit: .entry,
                traceLines: 150
            )
        }
    }

    /// mm/oom_kill.c, mm/page_alloc.c, mm/kmemleak.c, lib/ref_tracker.c, net/core/dev.c, kernel/irq/spurious.c
    private static let memory = [
        ConsoleRule(
            kind: .outOfMemory,
            contains: "invoked oom-killer",
            title: "out of memory",
            culprit: .none
        ),
        ConsoleRule(
            kind: .outOfMemory,
            prefix: "Out of memory",
            title: "out of memory",
            culprit: .none,
            traceLines: 2,
            continues: [.outOfMemory]
        ),
        ConsoleRule(
            kind: .allocationFailure,
            contains: "page allocation failure: order:",
            title: "page allocation failure"
        ),
        ConsoleRule(
            kind: .allocationFailure,
            contains: "page allocation stalls for",
            title: "page allocation stall"
        ),
        ConsoleRule(kind: .memoryLeak, contains: "BUG: memory leak", title: "memory leak"),
        ConsoleRule(
            kind: .memoryLeak,
            prefix: "unreferenced object 0x",
            title: "memory leak",
            continues: [.memoryLeak]
        ),
        ConsoleRule(
            kind: .memoryLeak,
            prefix: "unreferenced object ",
            contains: "(size ",
            title: "memory leak",
            continues: [.memoryLeak]
        ),
        ConsoleRule(
            kind: .memoryLeak,
            contains: "new suspected memory leaks",
            title: "kmemleak: suspected memory leaks",
            culprit: .none,
            traceLines: 0
        ),
        ConsoleRule(
            kind: .referenceLeak,
            prefix: "ref_tracker: ",
            contains: "leaked reference",
            title: "ref_tracker: leaked reference",
            continues: [.referenceLeak]
        ),
        ConsoleRule(
            kind: .referenceLeak,
            prefix: "ref_tracker: reference already released",
            title: "ref_tracker: reference already released"
        ),
        ConsoleRule(
            kind: .referenceLeak,
            prefix: "ref_tracker: ",
            contains: " users at",
            title: "ref_tracker: leaked reference",
            continues: [.referenceLeak]
        ),
        ConsoleRule(
            kind: .referenceLeak,
            prefix: "leaked reference.",
            title: "ref_tracker: leaked reference",
            continues: [.referenceLeak]
        ),
        ConsoleRule(
            kind: .referenceLeak,
            contains: "unregister_netdevice: waiting for",
            title: "unregister_netdevice: waiting for DEV to become free",
            culprit: .none,
            traceLines: 0
        ),
        ConsoleRule(
            kind: .unhandledInterrupt,
            prefix: "irq ",
            contains: "nobody cared",
            title: "irq: nobody cared",
            culprit: .none
        ),
        ConsoleRule(
            kind: .unhandledInterrupt,
            prefix: "irq event ",
            contains: "bogus return value",
            title: "irq: bogus return value",
            culprit: .none
        ),
        ConsoleRule(
            kind: .unhandledInterrupt,
            contains: "NMI received for unknown reason",
            title: "NMI received for unknown reason",
            culprit: .none,
            traceLines: 2
        ),
        // The software-psp series of this project.
        ConsoleRule(
            kind: .softPSPViolation,
            contains: "softpsp: VIOLATION",
            title: "softpsp: {violation}",
            culprit: .none,
            traceLines: 8
        ),
    ]

    /// arch/x86/mm/fault.c and kernel/traps.c, dumpstack.c; arch/arm64/mm/fault.c, arch/arm, arch/riscv
    private static let oopses = [
        ConsoleRule(
            kind: .stackCorruption,
            contains: "stack guard page was hit",
            title: "BUG: stack guard page was hit",
            culprit: .entry,
            continues: [.stackCorruption]
        ),
        ConsoleRule(
            kind: .stackCorruption,
            prefix: "kernel stack overflow",
            title: "kernel stack overflow",
            culprit: .entry,
            continues: [.stackCorruption]
        ),
        ConsoleRule(
            kind: .stackCorruption,
            prefix: "Insufficient stack space to handle exception",
            title: "kernel stack overflow",
            culprit: .entry
        ),
        // PowerPC's words.
        ConsoleRule(
            kind: .oops,
            prefix: "BUG: Kernel NULL pointer dereference",
            title: "BUG: unable to handle kernel NULL pointer dereference",
            culprit: .instruction,
            continues: [.kasan]
        ),
        ConsoleRule(
            kind: .oops,
            prefix: "BUG: Unable to handle kernel data access",
            title: "BUG: unable to handle kernel paging request",
            culprit: .instruction,
            continues: [.kasan]
        ),
        ConsoleRule(
            kind: .oops,
            contains: "nable to handle kernel NULL pointer dereference",
            title: "BUG: unable to handle kernel NULL pointer dereference",
            culprit: .instruction,
            continues: [.kasan]
        ),
        ConsoleRule(
            kind: .oops,
            contains: "BUG: kernel NULL pointer dereference",
            title: "BUG: unable to handle kernel NULL pointer dereference",
            culprit: .instruction,
            continues: [.kasan]
        ),
        ConsoleRule(
            kind: .oops,
            contains: "nable to handle kernel paging request",
            title: "BUG: unable to handle kernel paging request",
            culprit: .instruction,
            continues: [.kasan]
        ),
        ConsoleRule(
            kind: .oops,
            contains: "BUG: unable to handle page fault",
            title: "BUG: unable to handle kernel paging request",
            culprit: .instruction,
            continues: [.kasan]
        ),
        ConsoleRule(
            kind: .oops,
            prefix: "Unable to handle kernel access to user memory",
            title: "BUG: unable to handle kernel access to user memory",
            culprit: .instruction
        ),
        // arch/arm64, arch/s390
        ConsoleRule(
            kind: .oops,
            contains: "nable to handle kernel write to read-only memory",
            title: "BUG: unable to handle kernel write to read-only memory",
            culprit: .instruction
        ),
        ConsoleRule(
            kind: .oops,
            contains: "nable to handle kernel execut",
            title: "BUG: unable to handle kernel execution of non-executable memory",
            culprit: .instruction
        ),
        ConsoleRule(
            kind: .oops,
            contains: "nable to handle kernel read from unreadable memory",
            title: "BUG: unable to handle kernel read from unreadable memory",
            culprit: .instruction
        ),
        ConsoleRule(
            kind: .oops,
            contains: "nable to handle kernel pointer dereference",
            title: "BUG: unable to handle kernel pointer dereference",
            culprit: .instruction
        ),
        ConsoleRule(
            kind: .oops,
            contains: "nable to handle kernel ",
            title: "BUG: unable to handle kernel",
            culprit: .instruction
        ),
        ConsoleRule(
            kind: .oops,
            prefix: "Oops: general protection fault",
            title: "general protection fault",
            culprit: .instruction,
            continues: [.kasan]
        ),
        ConsoleRule(
            kind: .oops,
            prefix: "general protection fault",
            title: "general protection fault",
            culprit: .instruction,
            continues: [.kasan]
        ),
        ConsoleRule(
            kind: .oops,
            contains: "segment-related general protection fault",
            title: "general protection fault",
            culprit: .instruction
        ),
        ConsoleRule(
            kind: .oops,
            prefix: "Oops: divide error",
            title: "divide error",
            culprit: .instruction
        ),
        ConsoleRule(kind: .oops, prefix: "divide error", title: "divide error", culprit: .instruction),
        ConsoleRule(kind: .oops, prefix: "divide_error", title: "divide error", culprit: .instruction),
        ConsoleRule(
            kind: .oops,
            prefix: "Oops: stack segment",
            title: "stack segment fault",
            culprit: .instruction
        ),
        ConsoleRule(
            kind: .oops,
            prefix: "stack segment: ",
            title: "stack segment fault",
            culprit: .instruction
        ),
        ConsoleRule(
            kind: .oops,
            prefix: "double fault: ",
            title: "PANIC: double fault",
            culprit: .instruction,
            continues: access
        ),
        ConsoleRule(kind: .oops, prefix: "int3: ", title: "int3", culprit: .instruction),
        ConsoleRule(kind: .oops, prefix: "Oops: int3: ", title: "int3", culprit: .instruction),
        ConsoleRule(
            kind: .oops,
            prefix: "Oops: invalid opcode: ",
            title: "invalid opcode",
            culprit: .instruction,
            continues: access + [.bug]
        ),
        ConsoleRule(
            kind: .oops,
            prefix: "alignment check: ",
            contains: "[#",
            title: "alignment check",
            culprit: .instruction
        ),
        ConsoleRule(
            kind: .oops,
            prefix: "Oops: alignment check: ",
            contains: "[#",
            title: "alignment check",
            culprit: .instruction
        ),
        ConsoleRule(
            kind: .oops,
            prefix: "bounds: ",
            contains: "[#",
            title: "bounds",
            culprit: .instruction
        ),
        ConsoleRule(
            kind: .oops,
            prefix: "Oops: bounds: ",
            contains: "[#",
            title: "bounds",
            culprit: .instruction
        ),
        ConsoleRule(
            kind: .oops,
            contains: "Missing ENDBR: ",
            title: "Missing ENDBR",
            culprit: .header,
            isHeadline: true
        ),
        ConsoleRule(
            kind: .oops,
            prefix: "CFI failure at ",
            title: "CFI failure",
            culprit: .header,
            isHeadline: true
        ),
        // rust/kernel/lib.rs; the line below says what of.
        ConsoleRule(
            kind: .oops,
            prefix: "rust_kernel: panicked at ",
            title: "{next}",
            culprit: .stack,
            isHeadline: true
        ),
        ConsoleRule(
            kind: .oops,
            prefix: "Oops: double fault: ",
            title: "PANIC: double fault",
            culprit: .instruction,
            continues: access
        ),
        ConsoleRule(
            kind: .oops,
            prefix: "traps: PANIC: ",
            title: "PANIC: {text}",
            culprit: .instruction
        ),
        // BUG_ON() on a list or a copy says what it is beforehand.
        ConsoleRule(
            kind: .oops,
            prefix: "list_add corruption",
            title: "BUG: corrupted list",
            culprit: .stack,
            isHeadline: true
        ),
        ConsoleRule(
            kind: .oops,
            prefix: "list_add double add",
            title: "BUG: corrupted list",
            culprit: .stack,
            isHeadline: true
        ),
        ConsoleRule(
            kind: .oops,
            prefix: "list_del corruption",
            title: "BUG: corrupted list",
            culprit: .stack,
            isHeadline: true
        ),
        ConsoleRule(
            kind: .oops,
            contains: "usercopy: Kernel memory ",
            title: "BUG: bad usercopy",
            culprit: .stack
        ),
        ConsoleRule(
            kind: .oops,
            contains: "usercopy: kernel memory ",
            title: "BUG: bad usercopy",
            culprit: .stack
        ),
        ConsoleRule(
            kind: .oops,
            prefix: "kernel BUG at ",
            title: "kernel BUG",
            culprit: .instruction,
            continues: [.oops, .bug]
        ),
        // Without CONFIG_DEBUG_BUGVERBOSE.
        ConsoleRule(
            kind: .oops,
            prefix: "Kernel BUG at ",
            title: "kernel BUG",
            culprit: .instruction,
            continues: [.oops, .bug]
        ),
        // MIPS and LoongArch.
        ConsoleRule(
            kind: .oops,
            prefix: "Kernel bug detected[#",
            title: "kernel BUG",
            culprit: .instruction,
            continues: [.oops, .bug]
        ),
        ConsoleRule(
            kind: .oops,
            prefix: "invalid opcode: ",
            title: "invalid opcode",
            culprit: .instruction,
            continues: access + [.bug]
        ),
        ConsoleRule(
            kind: .oops,
            prefix: "Unhandled fault",
            title: "Unhandled fault",
            culprit: .instruction
        ),
        ConsoleRule(
            kind: .oops,
            prefix: "Alignment trap: not handling instruction",
            title: "Alignment trap",
            culprit: .instruction
        ),
        ConsoleRule(
            kind: .oops,
            prefix: "Internal error: ",
            title: "Internal error",
            culprit: .instruction,
            continues: access + [.bug]
        ),
        ConsoleRule(
            kind: .oops,
            prefix: "Oops: ",
            title: "Oops",
            culprit: .instruction,
            continues: access + [.bug]
        ),
        // RISC-V: `Oops - illegal instruction [#1]`.
        ConsoleRule(
            kind: .oops,
            prefix: "Oops - ",
            title: "Oops",
            culprit: .instruction,
            continues: access + [.bug]
        ),
        ConsoleRule(
            kind: .oops,
            prefix: "Oops [#",
            title: "Oops",
            culprit: .instruction,
            continues: access + [.bug]
        ),
    ]

    /// mm/slub.c, mm/memory.c, fs/, and whatever else prints "BUG".
    private static let bugs = [
        ConsoleRule(
            kind: .bug,
            contains: "BUG: Bad page state",
            title: "BUG: Bad page state"
        ),
        ConsoleRule(
            kind: .bug,
            contains: "BUG: Bad page cache",
            title: "BUG: Bad page cache"
        ),
        ConsoleRule(kind: .bug, contains: "BUG: Bad page map", title: "BUG: Bad page map", culprit: .none),
        ConsoleRule(
            kind: .bug,
            contains: "BUG: Bad rss-counter state",
            title: "BUG: Bad rss-counter state",
            culprit: .none
        ),
        ConsoleRule(
            kind: .bug,
            prefix: "BUG: Dentry ",
            contains: "still in use",
            title: "BUG: Dentry still in use"
        ),
        // A WARN() with the stack follows, or the stack alone.
        ConsoleRule(
            kind: .bug,
            prefix: "BUG ",
            contains: "Objects remaining ",
            title: "BUG: {slub}",
            isHeadline: true
        ),
        ConsoleRule(
            kind: .bug,
            prefix: "BUG ",
            contains: "ainted",
            title: "BUG: {slub}",
            culprit: .none,
            // The whole object is printed.
            traceLines: 300
        ),
        // mm/slab.c until 6.7.
        ConsoleRule(
            kind: .bug,
            prefix: "slab error in ",
            title: "BUG: slab error",
            culprit: .header
        ),
        ConsoleRule(
            kind: .bug,
            prefix: "Slab corruption",
            contains: "start=",
            title: "BUG: slab corruption",
            culprit: .none
        ),
        // mm/slab_common.c until 6.0.
        ConsoleRule(
            kind: .bug,
            prefix: "kmem_cache_destroy ",
            contains: "Slab cache still has objects",
            title: "BUG: slab cache still has objects",
            // "Objects remaining" came before.
            continues: [.bug]
        ),
        ConsoleRule(
            kind: .bug,
            prefix: "INFO: Freed in ",
            title: "INFO: Freed",
            culprit: .header,
            continues: ConsoleEvent.Kind.allCases
        ),
        ConsoleRule(
            kind: .bug,
            prefix: "INFO: Allocated in ",
            title: "INFO: Allocated",
            culprit: .header,
            continues: ConsoleEvent.Kind.allCases
        ),
        ConsoleRule(
            kind: .bug,
            prefix: "VFS: Busy inodes after unmount",
            title: "VFS: Busy inodes after unmount (use-after-free)",
            culprit: .none
        ),
        ConsoleRule(
            kind: .bug,
            prefix: "VFS: Close: file count is ",
            title: "VFS: Close: file count is zero (use-after-free)",
            culprit: .none
        ),
        ConsoleRule(kind: .bug, prefix: "BUG: ", title: "BUG: {text}", culprit: .none, needsStamp: true),
    ]

    /// kernel/panic.c, __warn(): `WARNING: CPU: 0 PID: 1 at f.c:2 g+0x0/0x0`, `WARNING: at f.c:2 g()`, and
    /// `WARNING: f.c:2 at g+0x0/0x0, CPU#0: comm/1` since 7.0; arch/x86/kernel/unwind_*.c, arch/x86/mm/extable.c
    private static let warnings = [
        // mm/slub.c ends a report so since 6.15.
        ConsoleRule(
            kind: .warning,
            prefix: "WARNING: mm/slub.c:",
            title: "WARNING",
            culprit: .header,
            continues: [.bug]
        ),
        ConsoleRule(
            kind: .warning,
            prefix: "WARNING: CPU: ",
            contains: " at mm/slub.c:",
            title: "WARNING",
            culprit: .header,
            continues: [.bug]
        ),
        ConsoleRule(kind: .warning, prefix: "WARNING: CPU: ", title: "WARNING", culprit: .header),
        ConsoleRule(kind: .warning, prefix: "WARNING: at ", title: "WARNING", culprit: .header),
        ConsoleRule(
            kind: .warning,
            prefix: "WARNING: kernel stack ",
            title: "WARNING: kernel stack {stack}",
            culprit: .none,
            // The unwinder says so while it prints another report.
            continues: ConsoleEvent.Kind.allCases
        ),
        ConsoleRule(
            kind: .warning,
            prefix: "WARNING: ",
            contains: ".c:",
            title: "WARNING",
            culprit: .header,
            needsStamp: true
        ),
        ConsoleRule(
            kind: .warning,
            prefix: "WARNING: ",
            contains: ".h:",
            title: "WARNING",
            culprit: .header,
            needsStamp: true
        ),
        ConsoleRule(
            kind: .warning,
            prefix: "WARNING: ",
            contains: ".rs:",
            title: "WARNING",
            culprit: .header,
            needsStamp: true
        ),
        ConsoleRule(
            kind: .warning,
            prefix: "WARNING: ",
            title: "WARNING: {text}",
            culprit: .none,
            needsStack: true,
            needsStamp: true
        ),
        ConsoleRule(
            kind: .warning,
            prefix: "unchecked MSR access error: ",
            title: "unchecked MSR access error",
            culprit: .instruction,
            traceLines: 20
        ),
    ]
}

extension ConsoleRule {
    /// A line that starts a boot, of QEMU's BIOS; anything before it was another boot.
    static let firmwareBanner: StaticString = "SeaBIOS (version "

    /// The kernel's own; the second one on a console is a reboot nobody asked for. init/version.c
    static let bootBanner: StaticString = "Linux version "

    /// What that makes.
    static let reboot = ConsoleRule(
        kind: .unexpectedReboot,
        title: "unexpected kernel reboot",
        culprit: .none,
        traceLines: 0
    )

    /// What the guest's init logs before and after a test, and after the last one (without a name).
    static let testStart: StaticString = "kpatch: start "
    static let testEnd: StaticString = "kpatch: end"
}
