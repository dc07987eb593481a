// SPDX-License-Identifier: GPL-2.0-only

/// How a line on the console is recognised. A row is data: to know one more kind of report, add a row.
struct ConsolePattern: Sendable {
    var kind: ConsoleEvent.Kind
    /// What the message starts with, after time stamp and caller; empty: anything.
    var prefix: StaticString = ""
    /// What the line has anywhere; empty: anything.
    var contains: StaticString = ""
    /// Following lines that are kept; most reports end themselves earlier.
    var traceLines = 60
    /// While a report of one of these kinds is open, the line belongs to it; else it opens one of its own.
    var continues: [ConsoleEvent.Kind] = []

    /// The first row that matches wins, so special ones stand before general ones.
    static let table: [ConsolePattern] = [
        // kernel/panic.c
        ConsolePattern(kind: .panic, prefix: "Kernel panic - not syncing"),

        // mm/kasan/report.c, mm/kfence/report.c, lib/ubsan.c
        ConsolePattern(kind: .kasan, prefix: "BUG: KASAN: "),
        ConsolePattern(kind: .kasan, prefix: "BUG: KFENCE: "),
        ConsolePattern(kind: .kasan, prefix: "BUG: KMSAN: "),
        ConsolePattern(kind: .kasan, prefix: "UBSAN: "),

        // kernel/locking/lockdep.c; rows of its print_*_bug functions, with and without the "WARNING: " or
        // "INFO: " that older and newer kernels put before
        ConsolePattern(kind: .lockdep, contains: "possible circular locking dependency detected"),
        ConsolePattern(kind: .lockdep, contains: "possible recursive locking detected"),
        ConsolePattern(kind: .lockdep, contains: "possible irq lock inversion dependency detected"),
        ConsolePattern(kind: .lockdep, contains: "-safe -> "),
        ConsolePattern(kind: .lockdep, contains: "inconsistent lock state"),
        ConsolePattern(kind: .lockdep, contains: "suspicious RCU usage"),
        ConsolePattern(kind: .lockdep, contains: "bad unlock balance detected"),
        ConsolePattern(kind: .lockdep, prefix: "WARNING: Nested lock was not taken"),
        ConsolePattern(kind: .lockdep, contains: "lock held when returning to user space"),
        ConsolePattern(kind: .lockdep, contains: "still has locks held"),
        ConsolePattern(kind: .lockdep, contains: "held lock freed!"),
        ConsolePattern(kind: .lockdep, prefix: "BUG: Invalid wait context"),
        ConsolePattern(kind: .lockdep, contains: "Invalid wait context ]"),
        ConsolePattern(kind: .lockdep, prefix: "BUG: MAX_LOCK"),

        // kernel/watchdog.c, kernel/workqueue.c
        ConsolePattern(kind: .lockup, contains: "BUG: soft lockup - CPU#"),
        ConsolePattern(kind: .lockup, contains: "hard LOCKUP on cpu"),
        ConsolePattern(kind: .lockup, prefix: "BUG: workqueue lockup"),

        // kernel/rcu/tree_stall.h
        ConsolePattern(kind: .rcuStall, prefix: "rcu: INFO: ", contains: "detected stall"),
        ConsolePattern(kind: .rcuStall, prefix: "rcu: INFO: ", contains: "self-detected stall"),
        ConsolePattern(kind: .rcuStall, prefix: "INFO: rcu", contains: "detected"),
        ConsolePattern(kind: .rcuStall, prefix: "rcu: ", contains: "kthread starved for"),

        // kernel/hung_task.c
        ConsolePattern(kind: .hungTask, prefix: "INFO: task ", contains: "blocked for more than"),

        // mm/oom_kill.c
        ConsolePattern(kind: .outOfMemory, contains: "invoked oom-killer"),
        ConsolePattern(kind: .outOfMemory, prefix: "Out of memory", traceLines: 2, continues: [.outOfMemory]),

        // the software-psp series of this project
        ConsolePattern(kind: .softPSPViolation, contains: "softpsp: VIOLATION", traceLines: 8),

        // arch/x86/kernel/dumpstack.c and arch/x86/mm/fault.c: the line with the die counter follows "BUG: "
        ConsolePattern(kind: .oops, prefix: "Oops: ", continues: [.oops, .kasan]),
        ConsolePattern(kind: .oops, prefix: "general protection fault"),
        ConsolePattern(kind: .oops, prefix: "invalid opcode: ", continues: [.oops]),
        ConsolePattern(kind: .oops, prefix: "divide error: "),
        ConsolePattern(kind: .oops, prefix: "stack segment: "),
        ConsolePattern(kind: .oops, prefix: "double fault: "),
        ConsolePattern(kind: .oops, contains: "PANIC: double fault"),
        ConsolePattern(kind: .oops, prefix: "kernel BUG at "),
        ConsolePattern(kind: .oops, prefix: "kernel tried to execute NX-protected page"),
        ConsolePattern(kind: .oops, prefix: "BUG: "),

        // kernel/panic.c, __warn()
        ConsolePattern(kind: .warning, prefix: "WARNING: "),
        // arch/x86/mm/extable.c
        ConsolePattern(kind: .warning, prefix: "unchecked MSR access error: ", traceLines: 20),
    ]

    /// A line that starts a boot; the second one on a console is a reboot nobody asked for. init/version.c
    static let bootBanner: StaticString = "Linux version "

    /// What the guest's init logs before and after a test, and after the last one (without a name).
    static let testStart: StaticString = "kpatch: start "
    static let testEnd: StaticString = "kpatch: end"

    /// Lines that end a report: kernel/panic.c, and the rule that closes a KASAN or lockdep report.
    static let traceEnds: [StaticString] = ["---[ end ", "================"]
}
