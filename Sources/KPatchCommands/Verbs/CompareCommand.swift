// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import History

struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compares two matrices or two reports, test by test.",
        discussion: """
            A and B are folders ('matrix --output', 'cell --output', 'test --output'), a report.json, or matrices of the \
            history: a name, 'last', 'last~1'. Cells are compared by name; if each side has one, whatever their names are.

            Prints new failures, what is missing, flaky, still failing, fixed, new and gone. Exit status 1 for a \
            regression: something fails, is flaky or has no answer in B that was not so in A, and is no known issue \
            ('history known').
            """
    )

    @Argument(help: "What was before.")
    var before: String

    @Argument(help: "What is now.")
    var after: String

    @OptionGroup var history: HistoryArguments
    @OptionGroup var format: FormatArguments

    func run() async throws {
        let history = try history.openIfThere()
        let (old, oldRefused) = try await NamedResults.side(before, history)
        let (new, newRefused) = try await NamedResults.side(after, history)
        let refused = oldRefused + newRefused
        for text in refused { Terminal.error(text) }
        let known = try history?.knownIssues().filter { $0.counts(on: Today.text) } ?? []
        let comparison = Comparison(old, new, known: known)
        try format.format.print(text: ComparisonText(comparison).lines, json: CompareOutput(comparison))
        guard refused.isEmpty else {
            throw Failure(.user, "\(counted(refused.count, "result")) can't be believed; see above")
        }
        if comparison.isRegressed { throw NegativeAnswer() }
    }
}

/// What `compare --format json` writes.
struct CompareOutput: Encodable {
    let before: String
    let after: String
    let isRegressed: Bool
    let unchanged: Int
    let changes: [Comparison.Row]

    init(_ comparison: Comparison) {
        before = comparison.before
        after = comparison.after
        isRegressed = comparison.isRegressed
        unchanged = comparison.unchanged
        changes = comparison.rows
    }
}

/// A comparison for people.
struct ComparisonText {
    let comparison: Comparison

    init(_ comparison: Comparison) {
        self.comparison = comparison
    }

    var lines: [String] {
        var lines: [String] = []
        for change in Comparison.Change.allCases {
            let rows = comparison.rows(change)
            guard !rows.isEmpty else { continue }
            lines.append("\(change.rawValue): \(rows.count)")
            lines += rows.map { "  " + Self.line($0) }
        }
        let regressions = comparison.rows.count(where: \.isRegression)
        let verdict = regressions == 0 ? "no regression" : counted(regressions, "regression")
        return lines + ["\(verdict), \(comparison.unchanged) unchanged"]
    }

    static func line(_ row: Comparison.Row) -> String {
        let what = row.test.map { "\($0) (\(row.cell))" } ?? row.cell
        let states = [row.before, row.after].compactMap(\.self).joined(separator: " -> ")
        let reason = row.reason.map { "; \($0)" } ?? ""
        let known = row.known.map { "; known: \($0)" } ?? ""
        return "\(what): \(states)\(reason)\(known)"
    }
}
