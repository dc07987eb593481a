// SPDX-License-Identifier: GPL-2.0-only

import Base
import History
import Matrix
import TestReport

/// A matrix as a kernel tester posts it: plain text of 72 columns, regressions first.
package struct MailSummary {
    private let source: PageSource
    private let cells: [PageCell]

    private static let width = Prose.mailWidth
    private static let most = 50

    package init(_ source: PageSource) {
        self.source = source
        cells = PageCell.all(source.matrix)
    }

    package var text: String {
        let parts = [head, regressions, failures, lost, findings, table].filter { !$0.isEmpty }
        return parts.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    /// The subject: what a reader decides by whether to open it.
    private var head: [String] {
        let counts = Dictionary(cells.map { ($0.verdict, 1) }, uniquingKeysWith: +)
        let words = CellVerdict.allCases.compactMap { verdict in
            counts[verdict].map { "\($0) \(verdict.rawValue)" }
        }
        let count = source.comparison?.rows.count(where: \.isRegression)
        let lead = count.map { $0 == 0 ? "no regression, " : "\(counted($0, "regression")), " } ?? ""
        let series = cells.first.map { $0.entry.cell.series.onOneLine } ?? "no cells"
        // A header is one line, however long.
        return [
            "Subject: \(series): \(lead)\(counted(cells.count, "cell")): \(words.joined(separator: ", "))"
        ]
    }

    private var regressions: [String] {
        guard let comparison = source.comparison else { return [] }
        let rows = comparison.rows.filter(\.isRegression)
        guard !rows.isEmpty else {
            return Prose.lines("", "No regression since \(comparison.before).", width: Self.width)
        }
        let fixed = comparison.rows(.fixed)
        return ["Regressions since \(comparison.before.prefix(50)):"]
            + bounded(
                rows.map { row in
                    let states = [row.before, row.after].compactMap(\.self).joined(separator: " -> ")
                    return item(row.test ?? "the whole cell", "\(row.cell): \(states)", row.reason)
                }
            )
            + (fixed.isEmpty ? [] : ["", "Fixed: \(fixed.count)"])
    }

    /// Each test once, with the cells in which it fails.
    private var failures: [String] {
        var order: [String] = []
        var places: [String: (cells: [String], reason: String?)] = [:]
        for cell in cells where cell.verdict.isFailure {
            let name = cell.entry.cell.name
            let failed = (cell.folder?.report?.namedResults ?? []).filter { $0.result.verdict.isFailure }
            let rows =
                failed.isEmpty
                ? [(cell.verdict.rawValue, cell.reason)] : failed.map { ($0.name, $0.result.words) }
            for (test, reason) in rows {
                if places[test] == nil { order.append(test) }
                places[test, default: ([], reason)].cells.append(name)
            }
        }
        guard !order.isEmpty else { return [] }
        let sorted = order.sorted { (places[$0]?.cells.count ?? 0, $1) > (places[$1]?.cells.count ?? 0, $0) }
        return ["Failures:"]
            + bounded(
                sorted.map { test in
                    let found = places[test]
                    let names = found?.cells ?? []
                    let more = names.count > 3 ? " and \(names.count - 3) more" : ""
                    return item(test, names.prefix(3).joined(separator: "; ") + more, found?.reason)
                }
            )
    }

    private var lost: [String] {
        let lost = cells.filter { !$0.verdict.isAnswer }
        guard !lost.isEmpty || !source.matrix.refused.isEmpty else { return [] }
        return ["Without a verdict:"]
            + bounded(lost.map { item($0.entry.cell.name, $0.reason ?? "not judged", nil) })
            + bounded(source.matrix.refused.map { item("refused", $0, nil) })
    }

    private var findings: [String] {
        var titles: [(String, Int)] = []
        for finding in cells.flatMap({ $0.folder?.report?.consoleEvents ?? [] }) {
            if let index = titles.firstIndex(where: { $0.0 == finding.title }) {
                titles[index].1 += 1
            } else {
                titles.append((finding.title, 1))
            }
        }
        guard !titles.isEmpty else { return [] }
        return ["The kernels said:"]
            + bounded(titles.map { Prose.lines("  ", "\(Self.shown($0.0)) (\($0.1))", width: Self.width) })
    }

    /// Columns are listed below each other: a table of many is wider than a mail.
    private var table: [String] {
        var columns: [String] = []
        for cell in cells where !columns.contains(cell.entry.cell.column) {
            columns.append(cell.entry.cell.column)
        }
        var lines = ["Cells:"]
        for column in columns.prefix(Self.most) {
            let found = cells.filter { $0.entry.cell.column == column }
            let counts = Dictionary(found.map { ($0.verdict, 1) }, uniquingKeysWith: +)
            let words = CellVerdict.allCases.compactMap { verdict in
                counts[verdict].map { "\($0) \(verdict.rawValue)" }
            }
            lines += Prose.lines(
                "  ",
                "\(Self.shown(column)): \(words.joined(separator: ", "))",
                width: Self.width
            )
        }
        if columns.count > Self.most { lines.append("  and \(columns.count - Self.most) more") }
        return lines
    }

    private func item(_ what: String, _ place: String, _ why: String?) -> [String] {
        Prose.lines("  ", Self.shown(what), width: Self.width)
            + Prose.lines("    ", Self.shown(place), width: Self.width)
            + (why.map {
                Prose.lines("    ", Self.shown($0.lines.first.map(String.init) ?? ""), width: Self.width)
            } ?? [])
    }

    /// A guest's words: on one line, of a bounded length, no word longer than the mail is wide.
    private static func shown(_ text: String) -> String {
        String(decoding: TerminalText.safe(Array(String(text.prefix(400)).onOneLine.utf8)), as: UTF8.self)
            .split(separator: " ").map { $0.count <= 66 ? String($0) : $0.prefix(63) + "..." }
            .joined(separator: " ")
    }

    private func bounded(_ items: [[String]]) -> [String] {
        let left = items.count - Self.most
        return items.prefix(Self.most).flatMap(\.self) + (left > 0 ? ["  and \(left) more"] : [])
    }
}
