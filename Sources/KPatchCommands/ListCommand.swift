// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import PatchSeries

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Shows the series, their options and variants."
    )

    @OptionGroup var format: FormatArguments

    func run() throws {
        let project = try ProjectFiles.locate()
        let all = try project.seriesNames.map { name in
            try SeriesReader(files: try project.seriesFiles(name), root: project.displayRoot(name)).read()
        }
        switch format.format {
        case .json: try JSON.print(all.map(SeriesOutput.init))
        case .text: try Terminal.output(all.map(text).joined(separator: "\n\n"))
        }
    }

    private func text(_ series: Series) -> String {
        var lines = ["\(series.name): \(series.title)", "", "variants:"]
        lines += Columns(series.variants.map { ["  \($0.name)", $0.summary] }).lines
        lines += ["", "options:"]
        for option in series.options {
            lines.append("  \(option.name): \(option.summary)")
            lines += Columns(option.values.map { ["    \($0.name)", $0.summary] }).lines
        }
        lines += ["", "numbers read from the tree, or pinned with --set name=number:"]
        lines += Columns(series.facts.filter { !$0.isCondition }.map { ["  \($0.name)", $0.summary] }).lines
        return lines.joined(separator: "\n")
    }
}

/// A series as `list --format json` writes it.
struct SeriesOutput: Encodable {
    struct Entry: Encodable {
        let name: String
        let summary: String
    }
    struct OptionOutput: Encodable {
        let name: String
        let summary: String
        let points: [String]
        let defaultValue: String
        let values: [Entry]
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
                values: option.values.map { Entry(name: $0.name, summary: $0.summary) }
            )
        }
        variants = series.variants.map {
            VariantOutput(name: $0.name, summary: $0.summary, settings: $0.settings)
        }
        numbers = series.facts.filter { !$0.isCondition }.map { Entry(name: $0.name, summary: $0.summary) }
    }
}
