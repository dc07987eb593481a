// SPDX-License-Identifier: GPL-2.0-only

/// What became of a test. Raw values are stable: they are what every report says.
public enum Verdict: String, Sendable, CaseIterable, Codable {
    case pass
    /// The test chose not to run.
    case skip
    /// The test could not try what it is for here, or was never started. Not a failure, and never counted as a pass.
    case notExercised = "not exercised"
    /// The test failed, and passed when it was run again. Never counted as a pass.
    case flaky
    /// No answer, and that is neither the kernel's nor the test's fault: there was no machine to run on.
    case infrastructure
    case fail
    case timedOut = "timed out"
    /// No answer: the test or the machine died.
    case crashed

    /// Whether a run with this verdict in it failed.
    public var isFailure: Bool { self >= .flaky }

    /// Whether the test itself did not do as it should.
    public var isBroken: Bool { self >= .fail }

    /// The verdict of a parent: the worst of its own and its children's; never better than any of them.
    static func combined(_ own: Verdict, _ children: some Sequence<Verdict>) -> Verdict {
        children.reduce(own) { max($0, $1) }
    }
}

extension Verdict: Comparable {
    /// Severity: the order of the cases above.
    private var severity: Int {
        switch self {
        case .pass: 0
        case .skip: 1
        case .notExercised: 2
        case .flaky: 3
        case .infrastructure: 4
        case .fail: 5
        case .timedOut: 6
        case .crashed: 7
        }
    }

    public static func < (left: Verdict, right: Verdict) -> Bool {
        left.severity < right.severity
    }
}
