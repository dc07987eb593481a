// SPDX-License-Identifier: GPL-2.0-only

import Subprocess

extension MachineOutcome.Ending {
    /// Tells how a machine ended from all that is known after QEMU is gone.
    ///
    /// What the guest did by itself counts more than a limit that was reached at the same moment.
    ///
    /// - Parameter shutdownReason: of QMP's SHUTDOWN event; nil if there was none.
    init(
        shutdownReason: String?,
        stop: LimitWatch.StopReason?,
        sawPanic: Bool,
        status: TerminationStatus,
        hasDebugExit: Bool,
        standardError: String
    ) {
        switch (shutdownReason, stop) {
        case ("guest-panic", _):
            self = .guestPanic
        case ("guest-shutdown", _), ("guest-reset", _):
            self = sawPanic ? .guestPanic : shutdownReason == "guest-reset" ? .reset : .poweredOff
        case (_, .afterPanic):
            self = .guestPanic
        case (_, .limit(let limit, let duration)):
            // A machine that hangs after its panic panicked.
            self = sawPanic ? .guestPanic : .timedOut(limit, after: duration)
        case (_, .interrupted), ("host-signal", _), ("host-qmp-quit", _), ("host-ui", _):
            self = .interrupted
        default:
            self = Self.withoutReason(status, hasDebugExit, standardError)
        }
    }

    private static func withoutReason(
        _ status: TerminationStatus,
        _ hasDebugExit: Bool,
        _ standardError: String
    ) -> Self {
        switch status {
        case .exited(let code):
            // hw/misc/debugexit.c: exit((value << 1) | 1). Status 1 is QEMU's own failure, so value 0 is not told
            // from it.
            if hasDebugExit, code > 1, code % 2 == 1, let value = UInt8(exactly: code >> 1) {
                return .debugExit(value)
            }
            return .qemuFailed(status: "exit status \(code)", standardError: standardError)
        case .signaled(let signal):
            return .qemuFailed(status: "signal \(signal)", standardError: standardError)
        }
    }
}
