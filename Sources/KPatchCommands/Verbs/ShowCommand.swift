// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import PatchSeries

struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Explains a variant, an option or a point of the review.",
        usage: "kpatch-gen show (--variant name | --option name | --point name) [--series name]"
    )

    @OptionGroup var series: SeriesArguments

    @Option(
        name: .long,
        help: ArgumentHelp("A variant: its values.", valueName: "name"),
        completion: .variants
    )
    var variant: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "An option: its values, the rules that touch it, and who said what.",
            valueName: "name"
        ),
        completion: .options
    )
    var option: String?

    @Option(
        name: .long,
        help: ArgumentHelp("A point of the review: who said what, and what became of it.", valueName: "name"),
        completion: .points
    )
    var point: String?

    @OptionGroup var format: FormatArguments

    func validate() throws {
        guard [variant, option, point].count(where: { $0 != nil }) == 1 else {
            throw ValidationError("give one of --variant, --option and --point")
        }
    }

    func run() throws {
        let loaded = try series.load()
        if let variant { try show(variant: variant, loaded.series) }
        if let option { try show(option: option, loaded) }
        if let point { try show(point: point, loaded) }
    }

    private func show(variant name: String, _ series: Series) throws {
        let selection = try Selection(variant: name, settings: [], of: series)
        let summary = series.variants.first { $0.name == name }?.summary ?? ""
        let rows = series.options.map { option in
            let value = selection.options[option.name] ?? option.defaultValue
            let meaning = option.values.first { $0.name == value }?.summary ?? ""
            return selection.notApplicable[option.name].map {
                ["  \(option.name)", "n/a", "by rule \($0)"]
            } ?? ["  \(option.name)", value, meaning]
        }
        try format.format.print(
            text: ["\(name): \(summary)", ""] + Columns.shown(rows).lines,
            json: VariantOutput(
                name: name,
                summary: summary,
                settings: selection.options,
                notApplicable: selection.notApplicable
            )
        )
    }

    private func show(option name: String, _ loaded: LoadedSeries) throws {
        let series = loaded.series
        if let fact = series.facts.first(where: { $0.name == name }) {
            let pin = fact.isCondition ? [] : ["--set \(name)=NUMBER takes another number than the tree's"]
            throw SeriesError(
                .selection,
                [
                    Diagnostic(
                        file: "",
                        message: "'\(name)' is no option but a fact: \(fact.summary)",
                        notes: ["what a tree answers, and from where: kpatch-gen facts --tree T"] + pin
                    )
                ]
            )
        }
        guard let option = series.options.first(where: { $0.name == name }) else {
            throw missing(
                "option '\(name)'",
                series,
                "there are: \(series.options.map(\.name).joined(separator: ", "))"
            )
        }
        let table = try loaded.reviewTable()
        try format.format.print(
            text: series.text(option, table),
            json: DecisionOutput(option, of: series, table)
        )
    }

    private func show(point name: String, _ loaded: LoadedSeries) throws {
        let series = loaded.series
        guard let table = try loaded.reviewTable() else {
            throw Failure(.user, "series \(series.name) has no review.yml")
        }
        guard let row = table.rows.first(where: { $0.point.name == name }) else {
            throw missing("point '\(name)'", series, "kpatch-gen list --review shows all of them")
        }
        try format.format.print(text: table.text(row), json: PointOutput(row, of: table))
    }

    private func missing(_ what: String, _ series: Series, _ note: String) -> SeriesError {
        SeriesError(
            .selection,
            [Diagnostic(file: "", message: "no \(what) in series \(series.name)", notes: [note])]
        )
    }
}

/// A variant as `show --format json` writes it.
private struct VariantOutput: Encodable {
    let name: String
    let summary: String
    let settings: [String: String]
    /// Options that don't apply, by the rule that says so.
    let notApplicable: [String: String]
}
