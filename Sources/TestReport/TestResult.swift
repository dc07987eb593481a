// SPDX-License-Identifier: GPL-2.0-only

import Base

/// A test and what became of it.
public struct TestResult: Sendable, Equatable, Codable {
    public var name: String
    public var verdict: Verdict
    /// Why the verdict is what it is; nil for a plain pass.
    public var reason: String?
    /// How long it took; within `Self.milliseconds`.
    public var milliseconds: Int?
    /// Review points that the test checks, e.g. `L3`, `R14b`.
    public var points: [String]
    /// What the test said, bounded by who made the result.
    public var diagnostics: [String]
    /// Lines of diagnostics beyond the bound.
    public var droppedDiagnostics: Int
    public var children: [TestResult]
    /// The command that runs just this test again; nil where nothing failed, or none is known.
    public var reproduce: String?

    /// What is believed of a time: 30 years at most, so that sums stay numbers.
    static let milliseconds = 0...1_000_000_000_000

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

    /// Takes what came of a test that had failed when it was run again: what passes then is flaky, all else stays as it was.
    public mutating func add(attempt: TestResult) {
        for child in attempt.children {
            guard let index = children.firstIndex(where: { $0.name == child.name }) else { continue }
            children[index].add(attempt: child)
        }
        guard verdict.isFailure, !attempt.verdict.isFailure,
            attempt.counted.contains(where: { $0.verdict == .pass })
        else { return }
        reason = "\(verdict.rawValue)\(reason.map { " (\($0))" } ?? ""), passed when run again"
        verdict = Verdict.combined(.flaky, children.map(\.verdict))
    }

    /// Holds the test against an outcome that is expected of it and that is no pass: one that comes as expected is no failure,
    /// one that doesn't come or is another is.
    public mutating func hold(against expected: Verdict, because reason: String) {
        switch verdict {
        case expected where expected == .notExercised:
            self.reason = self.reason.map { "\($0) (expected: \(reason))" } ?? reason
        case expected:
            verdict = .skip
            self.reason = "expected failure: \(reason)"
            for index in children.indices where children[index].verdict.isBroken {
                children[index].verdict = .skip
                children[index].reason = "expected failure: \(reason)"
            }
        case .pass:
            verdict = .fail
            self.reason =
                "passes, but was expected \(expected == .notExercised ? "not to be exercised" : "to fail"): \(reason)"
        case .fail, .timedOut, .crashed:
            worsen(to: verdict, because: "expected was: \(expected.rawValue) (\(reason))")
        case .notExercised:
            verdict = .fail
            self.reason =
                "not exercised (\(self.reason ?? "no reason")), but expected was: \(expected.rawValue) (\(reason))"
        case .skip, .flaky, .infrastructure: break
        }
    }

    /// Holds its subtests against failures that are expected of them. If all that failed was expected, the test itself has
    /// passed, unless results are missing: among those there may have been others.
    ///
    /// - Parameter expected: the verdict that is expected of a subtest, and why; nil: what came of it is right.
    public mutating func holdSubtests(_ expected: (TestResult) -> (verdict: Verdict, reason: String)?) {
        let hadFailed = children.contains { $0.verdict == .fail }
        for index in children.indices {
            guard let (verdict, reason) = expected(children[index]) else { continue }
            children[index].hold(against: verdict, because: reason)
        }
        let worst = Verdict.combined(.pass, children.map(\.verdict))
        if worst.isFailure {
            worsen(
                to: worst,
                because: "\(children.count { $0.verdict == worst }) subtests: \(worst.rawValue)"
            )
        } else if hadFailed, verdict == .fail, !(reason?.contains(Self.planWords) ?? false) {
            verdict = .pass
            reason =
                "\(children.count { $0.verdict == .skip }) of \(children.count) subtests failed as expected or were skipped"
        }
    }

    private static let planWords = "subtests, reported"

    /// Says that it has other subtests than its list announced.
    mutating func miss(planned: Int, reported: Int) {
        worsen(
            to: verdict.isFailure ? verdict : .fail,
            because: "planned \(planned) \(Self.planWords) \(reported)"
        )
    }

    /// Says that a test that was not exercised should have been.
    public mutating func missExercise() {
        guard verdict == .notExercised else { return }
        verdict = .fail
        reason = "not exercised, which nothing says is expected here: \(reason ?? "no reason given")"
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

    /// Gives each of the tests that failed, this one or those below it, the command that runs it alone.
    ///
    /// - Parameters:
    ///   - command: what its name goes behind, a blank included.
    ///   - parent: the name of the test that it belongs to.
    public mutating func reproduce(by command: String, in parent: String? = nil) {
        let name = parent.map { "\($0).\(self.name)" } ?? self.name
        for index in children.indices { children[index].reproduce(by: command, in: name) }
        let worst = children.map(\.verdict).max()
        guard verdict.isFailure, worst.map({ verdict > $0 }) ?? true else { return }
        // What a guest calls a test is no word of a shell.
        let isPlain = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                || [0x2d, 0x2e, 0x2f, 0x5f].contains(byte)
        }
        reproduce = isPlain ? command + name : nil
    }

    /// What the test said, and how to run it again.
    var lines: [String] { diagnostics + (reproduce.map { ["reproduce: \($0)"] } ?? []) }

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
            (.infrastructure, "without a machine"), (.flaky, "flaky"),
            (.skip, "skipped"), (.notExercised, "not exercised"),
        ]
        return words.filter { self[$0.0] > 0 }.map { "\(self[$0.0]) \($0.1)" }.joined(separator: ", ")
    }
}
