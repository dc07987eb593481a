// SPDX-License-Identifier: GPL-2.0-only

import Base

/// A test and what became of it.
public struct TestResult: Sendable, Equatable, Encodable {
    public var name: String
    public var verdict: Verdict
    /// Why the verdict is what it is; nil for a plain pass.
    public var reason: String?
    public var milliseconds: Int?
    /// Review points that the test checks, e.g. `L3`, `R14b`.
    public var points: [String]
    /// What the test said, bounded by who made the result.
    public var diagnostics: [String]
    /// Lines of diagnostics beyond the bound.
    public var droppedDiagnostics: Int
    public var children: [TestResult]

    public init(
        name: String,
        verdict: Verdict,
        reason: String? = nil,
        milliseconds: Int? = nil,
        points: [String] = [],
        diagnostics: [String] = [],
        droppedDiagnostics: Int = 0,
        children: [TestResult] = []
    ) {
        self.name = name
        self.verdict = verdict
        self.reason = reason
        self.milliseconds = milliseconds
        self.points = points
        self.diagnostics = diagnostics
        self.droppedDiagnostics = droppedDiagnostics
        self.children = children
    }

    /// Makes the verdict at least this bad and says why, unless enough is said already.
    mutating func worsen(to verdict: Verdict, because reason: String) {
        let isWorse = verdict > self.verdict
        self.verdict = max(self.verdict, verdict)
        guard let old = self.reason else {
            self.reason = reason
            return
        }
        if old != reason, old.utf8.count < Self.longReason {
            self.reason = isWorse ? "\(reason); \(old)" : "\(old); \(reason)"
        }
    }

    /// A guest can give thousands of reasons.
    private static let longReason = 400

    /// The tests that count: those without children, and a parent that is worse than all of its children.
    var counted: [TestResult] {
        guard let worst = children.map(\.verdict).max() else {
            return [self]
        }
        return children.flatMap(\.counted) + (verdict > worst ? [self] : [])
    }
}

/// How many tests have which verdict.
struct VerdictCounts: Sendable, Equatable {
    private(set) var counts: [Verdict: Int] = [:]

    /// Counts the tests that have no subtests, and the parents that are worse than theirs.
    init(_ results: [TestResult]) {
        for result in results.flatMap(\.counted) {
            counts[result.verdict, default: 0] += 1
        }
    }

    subscript(verdict: Verdict) -> Int { counts[verdict, default: 0] }

    var total: Int { counts.values.reduce(0, +) }
}

extension VerdictCounts: CustomStringConvertible {
    /// `9 passed, 1 failed, 2 not exercised`; verdicts without a test are left out.
    var description: String {
        guard total > 0 else { return "no tests" }
        let words: [(Verdict, String)] = [
            (.pass, "passed"), (.fail, "failed"), (.crashed, "crashed"), (.timedOut, "timed out"),
            (.skip, "skipped"), (.notExercised, "not exercised"),
        ]
        return words.filter { self[$0.0] > 0 }.map { "\(self[$0.0]) \($0.1)" }.joined(separator: ", ")
    }
}
