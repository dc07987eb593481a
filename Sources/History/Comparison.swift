// SPDX-License-Identifier: GPL-2.0-only

import Base
import Matrix
import SystemPackage
import TestReport

/// One side of a comparison: cells with their tests.
package struct ComparisonSide: Sendable {
    /// A cell as far as a comparison looks.
    package struct CellState: Sendable {
        package let name: String
        package let verdict: CellVerdict
        package let reason: String?
        /// By name; nil where nothing was booted.
        package let tests: [String: TestState]?

        package init(name: String, verdict: CellVerdict, reason: String?, tests: [String: TestState]?) {
            self.name = name
            self.verdict = verdict
            self.reason = reason
            self.tests = tests
        }
    }

    package struct TestState: Sendable, Equatable {
        package let verdict: Verdict
        package let reason: String?

        package init(_ verdict: Verdict, reason: String? = nil) {
            self.verdict = verdict
            self.reason = reason
        }

        /// Whether it failed as it was expected to, which counts as a skip.
        var isExpectedFailure: Bool { verdict == .skip && reason?.hasPrefix("expected failure") ?? false }
    }

    /// What people call it.
    package let name: String
    package let cells: [CellState]

    package init(name: String, cells: [CellState]) {
        self.name = name
        self.cells = cells
    }

    /// What lies in a folder.
    package init(_ folder: MatrixFolder) {
        name = folder.path.string.onOneLine
        cells = folder.record.cells.map { entry in
            let result = folder.results[entry.key]
            let tests = result?.report.map { report in
                Dictionary(
                    report.namedResults.map {
                        ($0.name, TestState($0.result.verdict, reason: $0.result.reason))
                    }
                ) { first, _ in first }
            }
            return CellState(
                name: entry.cell.name,
                verdict: result?.result.verdict
                    ?? (entry.verdict == .infrastructure ? .infrastructure : .missing),
                reason: result?.result.reason ?? entry.reason,
                tests: tests
            )
        }
    }

    /// One report, which is a matrix of one cell.
    package init(_ report: RunReport, name: String) {
        self.name = name
        let tests = Dictionary(
            report.namedResults.map { ($0.name, TestState($0.result.verdict, reason: $0.result.reason)) }
        ) { first, _ in first }
        cells = [
            CellState(
                name: "\(report.variant), \(report.tree), \(report.profile)",
                verdict: CellVerdict(of: report),
                reason: nil,
                tests: tests
            )
        ]
    }
}

/// Two sides, test by test.
package struct Comparison: Sendable {
    /// What became of a test, in the order in which people want to read it.
    package enum Change: String, Sendable, CaseIterable, Encodable {
        case newFailure = "new failures"
        /// It had an answer, is asked for still, and has none.
        case missing
        case flaky
        case stillFailing = "still failing"
        case fixed
        /// It wasn't there before; one that fails is a new failure.
        case new
        /// Nobody asks for it any more.
        case gone
    }

    package struct Row: Sendable, Encodable {
        package let change: Change
        package let cell: String
        /// Nil for the cell as a whole.
        package let test: String?
        package let before: String?
        package let after: String?
        package let reason: String?
        /// Whether somebody has to look: what failed or got lost, and is not a known issue.
        package let isRegression: Bool
        /// Why it is known; nil if it isn't.
        package let known: String?
    }

    package let before: String
    package let after: String
    package let rows: [Row]
    /// How many tests are as they were, and pass or are skipped.
    package let unchanged: Int

    package var isRegressed: Bool { rows.contains(where: \.isRegression) }

    /// - Parameters:
    ///   - known: issues that count today.
    package init(_ before: ComparisonSide, _ after: ComparisonSide, known: [KnownIssue] = []) {
        self.before = before.name
        self.after = after.name
        var builder = Builder(known: known)
        if before.cells.count == 1, after.cells.count == 1 {
            // Two reports are compared whatever they are called.
            builder.compare(before.cells[0], after.cells[0])
        } else {
            let old = Dictionary(before.cells.map { ($0.name, $0) }) { first, _ in first }
            let names = Set(after.cells.map(\.name))
            for cell in after.cells { builder.compare(old[cell.name], cell) }
            for cell in before.cells where !names.contains(cell.name) {
                builder.add(.gone, cell.name, nil, cell.verdict.rawValue, nil, cell.reason)
            }
        }
        rows = builder.rows.enumerated().sorted {
            (Self.rank($0.element.change), $0.offset) < (Self.rank($1.element.change), $1.offset)
        }.map(\.element)
        unchanged = builder.unchanged
    }

    private static func rank(_ change: Change) -> Int { Change.allCases.firstIndex(of: change) ?? 0 }

    /// The rows of a kind.
    package func rows(_ change: Change) -> [Row] { rows.filter { $0.change == change } }
}

private struct Builder {
    let known: [KnownIssue]
    var rows: [Comparison.Row] = []
    var unchanged = 0

    init(known: [KnownIssue]) {
        self.known = known
    }

    mutating func add(
        _ change: Comparison.Change,
        _ cell: String,
        _ test: String?,
        _ before: String?,
        _ after: String?,
        _ reason: String?,
        isRegression: Bool = false
    ) {
        let issue =
            isRegression || change == .stillFailing || change == .flaky
            ? known.first { $0.matches(cell: cell, test: test ?? "") } : nil
        rows.append(
            Comparison.Row(
                change: change,
                cell: cell,
                test: test,
                before: before,
                after: after,
                reason: reason?.lines.first.map { String($0).onOneLine },
                isRegression: isRegression && issue == nil,
                known: issue?.reason
            )
        )
    }

    mutating func compare(_ before: ComparisonSide.CellState?, _ after: ComparisonSide.CellState) {
        guard let tests = after.tests else { return compareWhole(before, after) }
        guard let before else {
            add(.new, after.name, nil, nil, after.verdict.rawValue, nil)
            for (name, state) in tests.sorted(by: { $0.key < $1.key }) where state.verdict.isFailure {
                add(
                    .newFailure,
                    after.name,
                    name,
                    nil,
                    state.verdict.rawValue,
                    state.reason,
                    isRegression: true
                )
            }
            return
        }
        let old = before.tests ?? [:]
        if before.tests == nil, before.verdict.isFailure, !after.verdict.isFailure {
            add(.fixed, after.name, nil, before.verdict.rawValue, after.verdict.rawValue, nil)
        }
        for name in Set(tests.keys).union(old.keys).sorted() {
            if tests[name] == nil, let program = Self.parent(of: name, in: tests), program.verdict != .pass {
                // The program is asked for still, and came to nothing before this one.
                compare(after.name, name, old[name], .init(.notExercised, reason: program.reason))
            } else {
                compare(after.name, name, old[name], tests[name])
            }
        }
    }

    /// The test that a subtest's name begins with.
    private static func parent(of name: String, in tests: [String: ComparisonSide.TestState])
        -> ComparisonSide.TestState?
    {
        var rest = name[...]
        while let dot = rest.lastIndex(of: ".") {
            rest = rest[..<dot]
            if let state = tests[String(rest)] { return state }
        }
        return nil
    }

    /// A cell that has no tests to be looked at.
    private mutating func compareWhole(_ before: ComparisonSide.CellState?, _ after: ComparisonSide.CellState)
    {
        let (was, verdict) = (before?.verdict, after.verdict)
        func add(_ change: Comparison.Change, isRegression: Bool = false) {
            self.add(
                change,
                after.name,
                nil,
                was?.rawValue,
                verdict.rawValue,
                after.reason,
                isRegression: isRegression
            )
        }
        switch (was, verdict) {
        case (_, .missing), (_, .infrastructure): add(.missing, isRegression: was?.isAnswer ?? false)
        case (nil, _) where !verdict.isFailure: add(.new)
        case (let was?, _) where was == verdict && !verdict.isFailure: unchanged += 1
        case (let was?, _) where was == verdict: add(.stillFailing)
        case (_, .upstream): add(.gone)
        case (_, _) where verdict.isFailure: add(.newFailure, isRegression: true)
        case (let was?, _) where was.isFailure: add(.fixed)
        case (_, _): unchanged += 1
        }
    }

    private mutating func compare(
        _ cell: String,
        _ test: String,
        _ before: ComparisonSide.TestState?,
        _ after: ComparisonSide.TestState?
    ) {
        guard let (change, isRegression) = Self.change(before?.verdict, after) else {
            unchanged += 1
            return
        }
        add(
            change,
            cell,
            test,
            before?.verdict.rawValue,
            after?.verdict.rawValue,
            (after ?? before)?.reason,
            isRegression: isRegression
        )
    }

    /// Nil: nothing has changed that anybody wants to hear of.
    private static func change(_ before: Verdict?, _ after: ComparisonSide.TestState?) -> (
        Comparison.Change, isRegression: Bool
    )? {
        guard let after else { return (.gone, false) }
        // No machine is no failure of the test's.
        let failed = before.map { $0.isFailure && $0 != .infrastructure } ?? false
        switch after.verdict {
        case .flaky: return (.flaky, !failed)
        case .fail, .timedOut, .crashed: return failed ? (.stillFailing, false) : (.newFailure, true)
        case .infrastructure: return (.missing, before != nil && before != .infrastructure)
        case .pass, .skip, .notExercised:
            if failed, after.isExpectedFailure { return (.stillFailing, false) }
            // It had an answer, and has none.
            if after.verdict != .pass, failed || before == .pass { return (.missing, true) }
            if failed { return (.fixed, false) }
            return before == nil ? (.new, false) : nil
        }
    }
}
