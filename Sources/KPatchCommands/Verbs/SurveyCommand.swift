// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import PatchSeries

struct SurveyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "survey",
        abstract: "Renders every variant on every tree, and says which of them takes what.",
        discussion: """
            Commits and mails are made in memory; nothing is written. The times are those of the work itself, without \
            the start of the process.

            Exit status 1 if a tree refuses a variant for anything else than that it has the feature already.
            """
    )

    @OptionGroup var series: SeriesArguments

    @Option(
        name: .long,
        help: ArgumentHelp("Only this variant. Repeatable. (default: all)", valueName: "name"),
        completion: .variants
    )
    var variant: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A git repository with a kernel in it, or a local tree. Repeatable. (default: all local trees)",
            valueName: "path|name"
        ),
        completion: .trees
    )
    var tree: [String] = []

    @OptionGroup var format: FormatArguments

    func run() throws {
        let loaded = try series.load()
        let variants = variant.isEmpty ? loaded.series.variants.map(\.name) : variant
        let start = ContinuousClock.now
        var trees: [SurveyedTree] = []
        for name in try tree.isEmpty ? TreeArguments.localNames() : tree {
            try Task.checkCancellation()
            trees.append(try survey(name, variants, loaded))
        }
        let survey = Survey(trees: trees, milliseconds: (ContinuousClock.now - start).tenthMilliseconds)
        try format.format.print(text: survey.lines, json: survey)
        guard !survey.isRefused else { throw NegativeAnswer() }
    }

    private func survey(_ name: String, _ variants: [String], _ loaded: LoadedSeries) throws -> SurveyedTree {
        let start = ContinuousClock.now
        let open = try TreeArguments.openInMemory(name, base: nil)
        return try open.base.survey(variants, of: loaded, since: start)
    }
}

/// What became of each variant on each tree.
struct Survey: Encodable {
    let trees: [SurveyedTree]
    /// Of all of it.
    let milliseconds: Double

    var isRefused: Bool { trees.contains { $0.variants.contains { $0.refusal != nil && !$0.isUpstream } } }

    var lines: [String] {
        let rows = trees.flatMap { tree in
            tree.variants.map { result in
                [tree.tree, result.variant, "\(result.milliseconds) ms", result.summary]
            }
        }
        let facts = trees.map { "\($0.tree) \($0.factsMilliseconds) ms" }.joined(separator: ", ")
        return Columns.shown(rows).lines + ["facts: \(facts)", "\(rows.count) in \(milliseconds) ms"]
    }
}
