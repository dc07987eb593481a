// SPDX-License-Identifier: GPL-2.0-only

/// What became of a test. Raw values are stable: they are what every report says.
public enum Verdict: String, Sendable, CaseIterable, Encodable {
    case pass
    /// The test chose not to run.
    case skip
    /// The test could not try what it is for here, or was never started. Not a failure, and never counted as a pass.
    case notExercised = "not exercised"
    case fail
    case timedOut = "timed out"
    /// No answer: the test or the machine died.
    case crashed

    /// Whether a run with this verdict in it failed.
    public var isFailure: Bool { self >= .fail }

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
        case .fail: 3
        case .timedOut: 4
        case .crashed: 5
        }
    }

    public static func < (left: Verdict, right: Verdict) -> Bool {
        left.severity < right.severity
    }
}
