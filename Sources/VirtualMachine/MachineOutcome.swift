// SPDX-License-Identifier: GPL-2.0-only

import Base

/// How a machine ended and what it said. Every ending is a result: only `MachineError` means that there is none.
public struct MachineOutcome: Sendable, Equatable {
    public enum Limit: String, Sendable {
        case total
        case silence
    }

    public enum Ending: Sendable, Equatable {
        /// The guest switched itself off.
        case poweredOff
        /// The guest said "Kernel panic" and then reset, hung or ended.
        case guestPanic
        /// The guest reset itself without a panic: a triple fault, or a reboot.
        case reset
        /// A limit was reached and the machine was stopped.
        case timedOut(Limit, after: Duration)
        /// The guest wrote this byte to the isa-debug-exit device (`MachineConfiguration.debugExit`).
        case debugExit(UInt8)
        /// QEMU ended by itself: it could not run the guest. `status` is its exit status, or "signal N".
        case qemuFailed(status: String, standardError: String)
        /// The task was cancelled, or somebody sent QEMU a signal.
        case interrupted
    }

    public var ending: Ending
    /// What the console monitor found, oldest first.
    public var events: [ConsoleEvent]
    /// Events that were counted only.
    public var droppedEvents: Int
    /// What the kernel calls its version; nil if it never said.
    public var kernelVersion: String?
    public var console: BoundedLog
    /// The lines of the result channel, in order.
    public var results: [String]
    /// Bytes of the result channel beyond `MachineLimits.resultBytes`.
    public var droppedResultBytes: Int
    /// What QEMU itself said, at most 16 KiB.
    public var standardError: String
    /// From the start of QEMU to the first result line.
    public var untilFirstResult: Duration?
    /// From the start of QEMU to its end.
    public var total: Duration
}

extension MachineOutcome.Ending: CustomStringConvertible {
    public var description: String {
        switch self {
        case .poweredOff: "powered off"
        case .guestPanic: "kernel panic"
        case .reset: "reset without a panic (triple fault or reboot)"
        case .timedOut(.total, let limit): "timed out: ran for \(limit.inShortSeconds)"
        case .timedOut(.silence, let limit): "timed out: said nothing for \(limit.inShortSeconds)"
        case .debugExit(let code): "ended by debug exit \(code)"
        case .qemuFailed(let status, let standardError):
            "QEMU failed (\(status)): \(standardError.isEmpty ? "it said nothing" : standardError)"
        case .interrupted: "interrupted"
        }
    }
}
