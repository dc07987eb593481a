// SPDX-License-Identifier: GPL-2.0-only

/// Something on the console that a report must show.
public struct ConsoleEvent: Sendable, Equatable {
    /// What happened. Raw values are stable: they appear in reports.
    public enum Kind: String, Sendable, CaseIterable {
        case panic
        case oops
        case warning
        case kasan
        case lockdep
        case hungTask = "hung task"
        case rcuStall = "RCU stall"
        case lockup
        case softPSPViolation = "soft-PSP violation"
        case unexpectedReboot = "unexpected reboot"
        case outOfMemory = "out of memory"
    }

    public var kind: Kind
    /// The line's number on the console, from 1.
    public var lineNumber: Int
    /// The line that gave it away, without the time stamp.
    public var firstLine: String
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
        test: String? = nil,
        location: String? = nil,
        trace: [String] = []
    ) {
        self.kind = kind
        self.lineNumber = lineNumber
        self.firstLine = firstLine
        self.test = test
        self.location = location
        self.trace = trace
    }
}
