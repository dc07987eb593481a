// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import PatchSeries

extension Series {
    /// A decision in full: its values, the rules that touch it, and what was said.
    func text(_ option: Option, _ table: ReviewTable?) throws(SeriesError) -> [String] {
        var lines = Prose.shown("\(option.name): ", option.summary) + ["", "values:"]
        let width = option.values.map(\.name.count).max() ?? 0
        let asPosted = try posted.map { name throws(SeriesError) in
            try Selection(variant: name, settings: [], of: self)
        }
        for value in option.values {
            let padding = String(repeating: " ", count: width - value.name.count)
            lines += Prose.shown("  \(value.name)\(padding)  ", value.summary)
            let marks =
                (value.name == option.defaultValue ? ["(default)"] : [])
                + (value.name == asPosted?.options[option.name] ? ["(as posted)"] : [])
                + (value.answers.isEmpty ? [] : ["answers \(value.answers.joined(separator: ", "))"])
                + (value.defect.map { ["defect: \($0)"] } ?? [])
            lines += Prose.shown(String(repeating: " ", count: width + 4), marks.joined(separator: " "))
        }
        lines += ["", "variants:"]
        lines += Columns.shown(try standings(option)).lines
        let touching = rules.filter { $0.options.contains(option.name) }
        if !touching.isEmpty { lines += ["", "rules:"] }
        for rule in touching {
            let points = rule.points.isEmpty ? "" : " (\(rule.points.joined(separator: ", ")))"
            lines += Prose.shown("  ", "\(rule.name)\(points), \(rule.position)")
            lines += Prose.shown("      ", rule.statement)
            lines += Prose.shown("      ", rule.reason)
        }
        guard !option.points.isEmpty else { return lines }
        guard let table else {
            return lines + ["", "review points: \(option.points.joined(separator: ", "))"]
        }
        lines += ["", "review:"]
        for row in table.rows where option.points.contains(row.point.name) {
            lines += table.text(row, indentation: 2).map { "  \($0)" }
        }
        return lines
    }

    private func standings(_ option: Option) throws(SeriesError) -> [[String]] {
        var rows: [[String]] = []
        for variant in variants {
            let selection = try Selection(variant: variant.name, settings: [], of: self)
            let value = selection.options[option.name] ?? option.defaultValue
            let rule = selection.notApplicable[option.name]
            rows.append(["  \(variant.name)", rule.map { "n/a (rule \($0))" } ?? value])
        }
        return rows
    }
}

/// An option in full, as JSON.
struct DecisionOutput: Encodable {
    struct RuleOutput: Encodable {
        let name: String
        let statement: String
        let because: String
        let points: [String]
        let file: String
        let line: Int
    }

    let name: String
    let summary: String
    let points: [String]
    let defaultValue: String
    let values: [SeriesOutput.ValueOutput]
    /// The value in each variant where the option applies.
    let variants: [String: String]
    let rules: [RuleOutput]
    let review: [PointOutput]

    init(_ option: Series.Option, of series: Series, _ table: ReviewTable?) throws(SeriesError) {
        var variants: [String: String] = [:]
        for variant in series.variants {
            let selection = try Selection(variant: variant.name, settings: [], of: series)
            guard selection.notApplicable[option.name] == nil else { continue }
            variants[variant.name] = selection.options[option.name]
        }
        name = option.name
        summary = option.summary
        points = option.points
        defaultValue = option.defaultValue
        values = option.values.map(SeriesOutput.ValueOutput.init)
        self.variants = variants
        rules = series.rules.filter { $0.options.contains(option.name) }.map {
            RuleOutput(
                name: $0.name,
                statement: $0.statement,
                because: $0.reason,
                points: $0.points,
                file: $0.position.path,
                line: $0.position.line
            )
        }
        review =
            table.map { table in
                table.rows.filter { option.points.contains($0.point.name) }
                    .map { PointOutput($0, of: table) }
            } ?? []
    }
}
