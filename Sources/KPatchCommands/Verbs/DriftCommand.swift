// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import PatchSeries

struct DriftCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drift",
        abstract: "Tells what a new base moves, renames or takes away under the series.",
        discussion: """
            Each site of the series is looked up in both bases; nothing is written. With several bases, one line each.

            Exit status 0 if everything has its place in the new base, 1 if an anchor doesn't hold there or the base has \
            the patch already.
            """
    )

    @OptionGroup var series: SeriesArguments

    @Option(
        name: .long,
        help: ArgumentHelp("Only this variant. (default: all, each site once)", valueName: "name"),
        completion: .variants
    )
    var variant: String?

    @OptionGroup var choice: ChoiceArguments

    @OptionGroup var repository: RepositoryArguments

    @Option(
        name: .long,
        help: ArgumentHelp("The old base. (default: HEAD, or the tree's tag)", valueName: "revision"),
        completion: .revisions
    )
    var from: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A new base, a pattern of tags such as 'v5.12-rc*', or a range: v5.12..v5.13. Repeatable.",
            valueName: "revision"
        ),
        completion: .revisions
    )
    var to: [String]

    @OptionGroup var format: FormatArguments

    func validate() throws {
        guard !to.isEmpty else { throw ValidationError("name a new base with --to") }
    }

    func run() throws {
        let loaded = try series.load()
        let report = try compare(loaded.series)
        try format.format.print(text: report.text, json: DriftOutput(report))
        guard report.holds else { throw NegativeAnswer() }
    }

    private func compare(_ series: Series) throws -> DriftReport {
        let selections = try selections(series)
        let open = try TreeArguments.open(repository.tree, base: from)
        let bases = try open.base.repository.revisions(to).map {
            ($0, try open.base.repository.commit(named: $0))
        }
        return try open.base.drift(
            of: series,
            selections,
            from: from ?? open.base.displayName,
            to: bases
        )
    }

    private func selections(_ series: Series) throws(SeriesError) -> [Selection] {
        let names = variant.map { [$0] } ?? series.variants.map(\.name)
        return try names.map { name throws(SeriesError) in
            try Selection(variant: name, settings: choice.settings, onUpstream: choice.onUpstream, of: series)
        }
    }
}
