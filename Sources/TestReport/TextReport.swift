// SPDX-License-Identifier: GPL-2.0-only

import Base

/// Writes a report as a table for a terminal.
struct TextReport {
    var isColored: Bool
    /// Whether each test was shown as it ended.
    var isAfterLines = false

    /// Lines of console under a test or finding; the JSON report has them all.
    private static let excerptLines = 20
    /// Characters of such a line.
    private static let excerptWidth = 240

    func write(_ report: RunReport) -> String {
        var lines = header(report)
        lines.append("")
        lines += isAfterLines ? failures(report) : table(report)
        lines += findings(report)
        lines += points(report)
        lines += warnings(report)
        lines.append("")
        lines += phases(report)
        lines.append(summary(report))
        return lines.joined(separator: "\n") + "\n"
    }

    private func header(_ report: RunReport) -> [String] {
        [
            ("tree", report.tree),
            ("variant", report.variant),
            ("profile", report.profile),
            ("kernel", report.kernelVersion ?? "never said its version"),
            ("machine", "\(report.accelerator.name): \(report.accelerator.reason)"),
            ("ended", report.machineEnding),
        ].map { name, value in
            Self.padded(name + ":", to: 9) + value.onOneLine
        }
    }

    /// `pass           program.subtest  12 ms: reason`
    func line(_ result: TestResult, name: String) -> String {
        let word = result.verdict.rawValue
        let blanks = String(repeating: " ", count: max(Self.verdictWidth - word.count, 0))
        let time = result.milliseconds.map { "  \(Self.time($0))" } ?? ""
        let reason = result.reason.map { ": \($0.onOneLine)" } ?? ""
        return colored(word, result.verdict) + blanks + "  " + name.onOneLine + time + reason
    }

    /// One of no machine may stand out.
    private static let verdictWidth = Verdict.notExercised.rawValue.count

    /// Of the tests that failed, what their lines did not say.
    private func failures(_ report: RunReport) -> [String] {
        guard !report.results.isEmpty else { return ["no results"] }
        var lines: [String] = []
        func add(_ result: TestResult, _ name: String) {
            let findings = report.consoleEvents.filter { $0.test == name }
            let said =
                Self.excerpt(result.diagnostics) + findings.flatMap(console) + Self.reproduction(result)
            if result.verdict.isFailure, !said.isEmpty || result.children.isEmpty {
                lines.append(line(result, name: name))
                lines += said.map { "    | " + $0 }
            }
            for child in result.children { add(child, "\(name).\(child.name)") }
        }
        for result in report.results { add(result, result.name) }
        return lines.isEmpty ? ["nothing failed"] : lines
    }

    /// A line per review point: its verdict, and how its tests came out.
    private func points(_ report: RunReport) -> [String] {
        let rows = report.points
        guard !rows.isEmpty else { return [] }
        let width = Self.width(of: rows.map(\.point), title: "point")
        let lines = rows.map { row in
            let word = row.verdict.rawValue
            let blanks = String(repeating: " ", count: max(Self.verdictWidth - word.count, 0))
            var counts: [String] = []
            for verdict in Verdict.allCases {
                let names = row.tests.filter { $0.verdict == verdict }.map(\.name.onOneLine)
                guard !names.isEmpty else { continue }
                let list = verdict.isFailure ? ": \(names.joined(separator: ", "))" : ""
                counts.append("\(names.count) \(verdict.rawValue)\(list)")
            }
            return Self.padded(row.point, to: width) + "  " + colored(word, row.verdict) + blanks + "  "
                + counts.joined(separator: ", ")
        }
        let title = Self.padded("point", to: width) + "  " + Self.padded("verdict", to: Self.verdictWidth)
        return ["", title + "  tests"] + lines
    }

    private func warnings(_ report: RunReport) -> [String] {
        report.newWarnings.isEmpty
            ? [] : ["", "new warnings:"] + report.newWarnings.map { "    | " + $0.onOneLine }
    }

    // MARK: - The table

    private struct Row {
        var name: String
        var verdict: Verdict
        var points: String
        var time: String
        var reason: String
        /// What goes below the row, indented.
        var excerpt: [String]
    }

    private func table(_ report: RunReport) -> [String] {
        guard !report.results.isEmpty else {
            return ["no results"]
        }
        let rows = report.results.flatMap { result in
            tableRows(result, depth: 0, findings: report.consoleEvents.filter { $0.test == result.name })
        }
        let name = Self.width(of: rows.map(\.name), title: "test")
        let verdict = Self.width(of: rows.map(\.verdict.rawValue), title: "verdict")
        let points = Self.width(of: rows.map(\.points), title: "points")
        let time = Self.width(of: rows.map(\.time), title: "time")
        func line(_ cells: (String, String, String, String, String)) -> String {
            let text =
                Self.padded(cells.0, to: name) + "  " + cells.1 + "  " + Self.padded(cells.2, to: points)
                + "  "
                + Self.paddedLeft(cells.3, to: time) + "  " + cells.4
            return Self.withoutTrailingBlanks(text)
        }
        var lines = [line(("test", Self.padded("verdict", to: verdict), "points", "time", "reason"))]
        for row in rows {
            let word = row.verdict.rawValue
            let blanks = String(repeating: " ", count: verdict - word.count)
            lines.append(
                line((row.name, colored(word, row.verdict) + blanks, row.points, row.time, row.reason))
            )
            lines += row.excerpt.map { "    | " + $0 }
        }
        return lines
    }

    private func tableRows(_ result: TestResult, depth: Int, findings: [RunReport.ConsoleFinding]) -> [Row] {
        // A pass has nothing to explain.
        let said =
            result.verdict.isFailure ? Self.excerpt(result.diagnostics) + Self.reproduction(result) : []
        let row = Row(
            name: String(repeating: "  ", count: depth) + result.name.onOneLine,
            verdict: result.verdict,
            points: result.points.joined(separator: " "),
            time: result.milliseconds.map(Self.time) ?? "",
            reason: (result.reason ?? "").onOneLine,
            excerpt: said + findings.flatMap(console)
        )
        return [row] + result.children.flatMap { tableRows($0, depth: depth + 1, findings: []) }
    }

    private func console(_ finding: RunReport.ConsoleFinding) -> [String] {
        // A title that is the first line has nothing to add.
        let title = finding.title == finding.lines.first ? "" : ": \(finding.title.onOneLine)"
        let torn = finding.isCorrupted ? " (torn)" : ""
        return [colored("console: \(finding.kind)\(title)\(torn)", finding.verdict)]
            + Self.excerpt(finding.lines)
    }

    /// What the console showed when none of the tests was running.
    private func findings(_ report: RunReport) -> [String] {
        let names = Set(report.results.map(\.name))
        let others = report.consoleEvents.filter { finding in
            finding.test.map { !names.contains($0) } ?? true
        }
        guard !others.isEmpty else { return [] }
        return ["", "between the tests:"] + others.flatMap(console).map { "    | " + $0 }
    }

    private func phases(_ report: RunReport) -> [String] {
        guard !report.phases.isEmpty else { return [] }
        return [report.phases.map { "\($0.name) \(Self.time($0.milliseconds))" }.joined(separator: ", ")]
    }

    private func summary(_ report: RunReport) -> String {
        let failing = report.consoleEvents.count { $0.verdict.isFailure }
        let console = failing > 0 ? ", \(failing) on the console" : ""
        return colored(report.verdict.rawValue, report.verdict) + ": " + report.counts.description + console
    }

    // MARK: - Text

    static func time(_ milliseconds: Int) -> String {
        if milliseconds < 1000 { return "\(milliseconds) ms" }
        if milliseconds < 100_000 { return "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s" }
        return "\(milliseconds / 60_000) min \(milliseconds / 1000 % 60) s"
    }

    private static func reproduction(_ result: TestResult) -> [String] {
        result.reproduce.map { ["reproduce: \($0)"] } ?? []
    }

    private static func excerpt(_ lines: [String]) -> [String] {
        let shown = lines.prefix(excerptLines).map { line in
            let text = line.onOneLine
            return text.count > excerptWidth ? text.prefix(excerptWidth) + " [...]" : text
        }
        guard lines.count > excerptLines else { return shown }
        return shown + ["[... \(lines.count - excerptLines) more lines ...]"]
    }

    private static func width(of cells: [String], title: String) -> Int {
        cells.reduce(title.count) { max($0, $1.count) }
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 0))
    }

    private static func paddedLeft(_ text: String, to width: Int) -> String {
        String(repeating: " ", count: max(width - text.count, 0)) + text
    }

    private static func withoutTrailingBlanks(_ text: String) -> String {
        String(text.reversed().drop { $0 == " " }.reversed())
    }

    private func colored(_ text: String, _ verdict: Verdict) -> String {
        guard isColored else { return text }
        let color =
            switch verdict {
            case .pass: "32"
            case .skip, .notExercised: "33"
            case .flaky, .infrastructure, .fail, .timedOut, .crashed: "1;31"
            }
        return "\u{1b}[\(color)m\(text)\u{1b}[0m"
    }
}
