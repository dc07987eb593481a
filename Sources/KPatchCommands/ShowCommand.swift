// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import PatchSeries

struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Explains a variant or an option.",
        usage: "kpatch-gen show (--variant name | --option name) [--series name]"
    )

    @OptionGroup var series: SeriesArguments

    @Option(name: .long, help: ArgumentHelp("A variant: its values and patches.", valueName: "name"))
    var variant: String?

    @Option(
        name: .long,
        help: ArgumentHelp("An option: its values and the review points it answers.", valueName: "name")
    )
    var option: String?

    @OptionGroup var format: FormatArguments

    func validate() throws {
        guard (variant == nil) != (option == nil) else {
            throw ValidationError("give one of --variant and --option")
        }
    }

    func run() throws {
        let loaded = try series.load()
        if let variant { try show(variant: variant, loaded.series) }
        if let option { try show(option: option, loaded.series) }
    }

    private func show(variant name: String, _ series: Series) throws {
        let selection = try Selection(variant: name, settings: [], of: series)
        let summary = series.variants.first { $0.name == name }?.summary ?? ""
        switch format.format {
        case .json:
            try JSON.print(
                SeriesOutput.VariantOutput(name: name, summary: summary, settings: selection.options)
            )
        case .text:
            var lines = ["\(name): \(summary)", ""]
            lines +=
                Columns(
                    series.options.map { option in
                        let value = selection.options[option.name] ?? option.defaultValue
                        let meaning = option.values.first { $0.name == value }?.summary ?? ""
                        return ["  \(option.name)", value, meaning]
                    }
                ).lines
            try Terminal.output(lines.joined(separator: "\n"))
        }
    }

    private func show(option name: String, _ series: Series) throws {
        guard let option = series.options.first(where: { $0.name == name }) else {
            throw SeriesError(
                .selection,
                [
                    Diagnostic(
                        file: "",
                        message: "no option '\(name)' in series \(series.name)",
                        notes: ["there are: \(series.options.map(\.name).joined(separator: ", "))"]
                    )
                ]
            )
        }
        switch format.format {
        case .json:
            try JSON.print(
                SeriesOutput.OptionOutput(
                    name: option.name,
                    summary: option.summary,
                    points: option.points,
                    defaultValue: option.defaultValue,
                    values: option.values.map { SeriesOutput.Entry(name: $0.name, summary: $0.summary) }
                )
            )
        case .text:
            var lines = ["\(option.name): \(option.summary)", "", "values:"]
            lines +=
                Columns(
                    option.values.map {
                        [
                            "  \($0.name)",
                            $0.name == option.defaultValue ? "\($0.summary) (default)" : $0.summary,
                        ]
                    }
                ).lines
            lines += ["", "review points: \(option.points.joined(separator: ", "))", "", "variants:"]
            lines +=
                Columns(
                    series.variants.map { ["  \($0.name)", $0.settings[name] ?? option.defaultValue] }
                ).lines
            for rule in series.rules where mentions(rule, option) {
                lines += ["", "rule (\(series.manifestPath):\(rule.line)): \(rule.reason)"]
            }
            try Terminal.output(lines.joined(separator: "\n"))
        }
    }

    private func mentions(_ rule: Series.Rule, _ option: Series.Option) -> Bool {
        rule.options.contains(option.name)
    }
}
