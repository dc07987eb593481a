// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import PatchSeries

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Shows the series, their options and variants, or what became of the review."
    )

    @Option(
        name: .long,
        help: ArgumentHelp("Only this series, by name or path.", valueName: "name|path"),
        completion: .series
    )
    var series: String?

    @Flag(name: .long, help: "The review's points: who, decision, options, tests, status in each variant.")
    var review = false

    @Option(name: .long, help: "text or json; with --review also markdown.")
    var format = DocumentFormat.text

    func validate() throws {
        guard review || format != .markdown else {
            throw ValidationError("markdown is for the table of --review")
        }
    }

    func run() throws {
        let project = try ProjectFiles.locate()
        let all = try (series.map { [$0] } ?? project.seriesNames).map { name in
            try SeriesArguments.load(name)
        }
        if review { return try show(all.compactMap { loaded in try loaded.reviewTable() }) }
        let lines = [all.map { text($0.series) }.joined(separator: "\n\n")]
        try format.print(text: lines, markdown: lines, json: all.map { SeriesOutput($0.series) })
    }

    private func show(_ tables: [ReviewTable]) throws {
        guard !tables.isEmpty else { throw Failure(.user, "no series here has a review.yml") }
        try format.print(
            text: tables.flatMap(\.text),
            markdown: tables.flatMap(\.markdown),
            json: tables.flatMap { table in table.rows.map { PointOutput($0, of: table) } }
        )
    }

    private func text(_ series: Series) -> String {
        var lines = Prose.shown("\(series.name): ", series.title) + ["", "variants:"]
        lines += Columns.shown(series.variants.map { ["  \($0.name)", $0.summary] }).lines
        if !series.options.isEmpty { lines += ["", "options:"] }
        for option in series.options {
            lines += Prose.shown("  \(option.name): ", option.summary)
            lines += Columns.shown(option.values.map { ["    \($0.name)", $0.summary] }).lines
        }
        let numbers = series.facts.filter { !$0.isCondition }
        if !numbers.isEmpty {
            lines += [""] + Prose.shown("", "numbers read from the tree, or pinned with --set name=number:")
        }
        lines += Columns.shown(numbers.map { ["  \($0.name)", $0.summary] }).lines
        return lines.joined(separator: "\n")
    }
}

/// A series as `list --format json` writes it.
struct SeriesOutput: Encodable {
    struct Entry: Encodable {
        let name: String
        let summary: String
    }
    struct ValueOutput: Encodable {
        let name: String
        let summary: String
        let answers: [String]
        let defect: String?

        init(_ value: Series.Option.Value) {
            name = value.name
            summary = value.summary
            answers = value.answers
            defect = value.defect
        }
    }
    struct OptionOutput: Encodable {
        let name: String
        let summary: String
        let points: [String]
        let defaultValue: String
        let values: [ValueOutput]
    }
    struct VariantOutput: Encodable {
        let name: String
        let summary: String
        let settings: [String: String]
    }

    let name: String
    let title: String
    let purpose: String
    let options: [OptionOutput]
    let variants: [VariantOutput]
    let numbers: [Entry]

    init(_ series: Series) {
        name = series.name
        title = series.title
        purpose = series.purpose.rawValue
        options = series.options.map { option in
            OptionOutput(
                name: option.name,
                summary: option.summary,
                points: option.points,
                defaultValue: option.defaultValue,
                values: option.values.map(ValueOutput.init)
            )
        }
        variants = series.variants.map {
            VariantOutput(name: $0.name, summary: $0.summary, settings: $0.settings)
        }
        numbers = series.facts.filter { !$0.isCondition }.map { Entry(name: $0.name, summary: $0.summary) }
    }
}
