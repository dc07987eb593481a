// SPDX-License-Identifier: GPL-2.0-only

import Base
import TestReport

/// A test of a cell over time.
package struct Timeline: Sendable {
    package struct Point: Sendable {
        /// RFC 3339, UTC.
        package let started: String
        /// The tree as it was then: `v5.10.262`.
        package let tree: String
        /// What was judged: the same key is the same kernel and the same tests.
        package let key: String
        package let verdict: Verdict

        package init(started: String, tree: String, key: String, verdict: Verdict) {
            self.started = started
            self.tree = tree
            self.key = key
            self.verdict = verdict
        }
    }

    package let cell: String
    package let test: String
    /// Oldest first.
    package internal(set) var points: [Point]

    package init(cell: String, test: String, points: [Point]) {
        self.cell = cell
        self.test = test
        self.points = points
    }

    /// Those with an answer.
    private var answers: [Point] {
        points.filter { $0.verdict == .pass || $0.verdict.isBroken || $0.verdict == .flaky }
    }

    package var isEventful: Bool { points.contains { $0.verdict.isBroken || $0.verdict == .flaky } }
    package var now: Verdict? { points.last?.verdict }
    package var firstFailure: Point? {
        points.first { $0.verdict.isFailure && $0.verdict != .infrastructure }
    }
    package var lastFailure: Point? { points.last { $0.verdict.isFailure && $0.verdict != .infrastructure } }

    /// The tree on which it began to fail as it does now; nil if it doesn't fail now.
    package var failsSince: Point? {
        guard let last = answers.last, last.verdict.isFailure else { return nil }
        let lastPass = answers.lastIndex { !$0.verdict.isFailure }
        return answers[(lastPass.map { $0 + 1 } ?? 0)...].first
    }

    /// How often it changed from pass to failure or back.
    package var flips: Int {
        zip(answers, answers.dropFirst()).count { $0.verdict.isFailure != $1.verdict.isFailure }
    }

    /// How often it was flaky: in one run, or by another answer for the same kernel and tests.
    package var flakes: Int {
        var seen: [String: Bool] = [:]
        var count = 0
        for point in answers {
            let failed = point.verdict.isFailure
            if point.verdict == .flaky || seen[point.key].map({ $0 != failed }) ?? false { count += 1 }
            seen[point.key] = failed
        }
        return count
    }

    /// Flakes per week of the time that was looked at, which counts as a week at least.
    package var flakesPerWeek: Double {
        guard let first = points.first.flatMap({ Self.day($0.started) }),
            let last = points.last.flatMap({ Self.day($0.started) })
        else { return Double(flakes) }
        return Double(flakes) / max(1, Double(last - first) / 7)
    }

    /// Days since a fixed one, of `2026-11-29T…`; nil for another form.
    static func day(_ text: String) -> Int? {
        let parts = text.prefix(10).split(separator: "-").map { Int($0) }
        guard parts.count == 3, let year = parts[0], let month = parts[1], let day = parts[2],
            (1...9999).contains(year), (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        // March is the first month: the leap day is then the last of a year.
        let (y, m) = month > 2 ? (year, month - 3) : (year - 1, month + 9)
        return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1
    }
}
