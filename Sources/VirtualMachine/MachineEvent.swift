// SPDX-License-Identifier: GPL-2.0-only

/// A line from a guest.
public struct MachineLine: Sendable, Equatable {
    /// Since the machine was started.
    public var elapsed: Duration
    /// Without line ending and control characters; never longer than `MachineLimits.lineBytes`, plus a note of what
    /// was cut.
    public var text: String

    public init(elapsed: Duration, text: String) {
        self.elapsed = elapsed
        self.text = text
    }
}

/// What happens while a machine runs, for whoever looks on. All but warnings are in the outcome, too.
public enum MachineEvent: Sendable, Equatable {
    /// A line of the first serial port, the kernel's console.
    case console(MachineLine)
    /// A line of the second serial port, up to `MachineLimits.resultBytes`.
    case result(MachineLine)
    /// Something about the run itself that is no failure and that somebody should know; a sentence for people.
    case warning(String)
}
