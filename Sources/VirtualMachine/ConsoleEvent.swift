// SPDX-License-Identifier: GPL-2.0-only

/// Something on the console that a report must show.
public struct ConsoleEvent: Sendable, Equatable {
    /// What happened. Raw values are stable: they appear in reports.
    public enum Kind: String, Sendable, CaseIterable {
        case panic
        /// The kernel did something that it can't go on from: a bad access, BUG(), a fault in kernel mode.
        case oops
        /// WARN() and its like.
        case warning
        /// A complaint that begins with "BUG" after which the kernel goes on.
        case bug
        case kasan
        case kfence
        case kmsan
        case kcsan
        case ubsan
        case lockdep
        /// Sleeping or scheduling where that is forbidden.
        case atomicSleep = "sleeping in atomic"
        case hungTask = "hung task"
        case rcuStall = "RCU stall"
        case lockup
        /// The stack overflowed or was written over.
        case stackCorruption = "stack corruption"
        case memoryLeak = "memory leak"
        /// A reference that was not given back.
        case referenceLeak = "reference leak"
        case outOfMemory = "out of memory"
        case allocationFailure = "page allocation failure"
        case unhandledInterrupt = "unhandled interrupt"
        case softPSPViolation = "soft-PSP violation"
        case unexpectedReboot = "unexpected reboot"
    }

    public var kind: Kind
    /// The line's number on the console, from 1.
    public var lineNumber: Int
    /// The line that gave it away, without the time stamp.
    public var firstLine: String
    /// The same for the same defect on every run and machine: the type and the function, no addresses, processors,
    /// tasks or numbers. e.g. `KASAN: use-after-free Read in sev_unbind_asid`.
    public var title: String
    /// What else it may be called: by another of its functions, or by the access without what judged it.
    public var alternatives: [String]
    /// The innermost functions of its stack that mean something, at most five: what tells two defects of one title
    /// apart.
    public var frames: [String]
    /// Whether the report is torn (lines were dropped, its stack is missing): its title is not to be trusted.
    public var isCorrupted: Bool
    /// The test that was running by what the guest's init wrote to the kernel's log; nil: none.
    public var test: String?
    /// `file.c:123`, where the line or its trace names one.
    public var location: String?
    /// The lines that followed, with time stamps, up to the end of the trace.
    public var trace: [String]

    public init(
        kind: Kind,
        lineNumber: Int,
        firstLine: String,
        title: String? = nil,
        alternatives: [String] = [],
        frames: [String] = [],
        isCorrupted: Bool = false,
        test: String? = nil,
        location: String? = nil,
        trace: [String] = []
    ) {
        self.kind = kind
        self.lineNumber = lineNumber
        self.firstLine = firstLine
        self.title = title ?? firstLine
        self.alternatives = alternatives
        self.frames = frames
        self.isCorrupted = isCorrupted
        self.test = test
        self.location = location
        self.trace = trace
    }
}
