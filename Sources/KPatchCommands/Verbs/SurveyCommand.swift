// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Git
import Kernel
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
        help: ArgumentHelp("Only this variant. Repeatable. (default: all)", valueName: "name")
    )
    var variant: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A git repository with a kernel in it, or a tree at hand. Repeatable. (default: all trees at hand)",
            valueName: "path|name"
        )
    )
    var tree: [String] = []

    @OptionGroup var format: FormatArguments

    func run() throws {
        let loaded = try series.load()
        let variants = variant.isEmpty ? loaded.series.variants.map(\.name) : variant
        let start = ContinuousClock.now
        var trees: [SurveyedTree] = []
        for name in try tree.isEmpty ? TreeArguments.namesAtHand() : tree {
            try Task.checkCancellation()
            trees.append(try survey(name, variants, loaded))
        }
        let survey = Survey(trees: trees, milliseconds: milliseconds(since: start))
        switch format.format {
        case .json: try JSON.print(survey)
        case .text: try Terminal.output(survey.lines.joined(separator: "\n"))
        }
        guard !survey.isRefused else { throw ExitCode(ExitStatus.negative.rawValue) }
    }

    private func survey(_ name: String, _ variants: [String], _ loaded: LoadedSeries) throws -> SurveyedTree {
        let start = ContinuousClock.now
        let open = try TreeArguments.openInMemory(name, base: nil)
        let facts = try open.facts(loaded)
        let factsTime = milliseconds(since: start)
        var results: [SurveyedTree.Result] = []
        for variant in variants {
            try Task.checkCancellation()
            results.append(try open.render(variant, loaded, facts))
        }
        return SurveyedTree(tree: open.displayName, factsMilliseconds: factsTime, variants: results)
    }
}

extension OpenTree {
    /// Commits and mails of a variant, thrown away.
    fileprivate func render(_ variant: String, _ loaded: LoadedSeries, _ facts: FactSet) throws
        -> SurveyedTree.Result
    {
        let start = ContinuousClock.now
        var result = SurveyedTree.Result(variant: variant)
        do {
            let selection = try Selection(variant: variant, settings: [], of: loaded.series)
            result.isUpstream = loaded.series.isRefused(selection, facts)
            let generation = try generate(loaded, selection)
            result.patches = generation.commits.count
            result.sites = generation.rendered.patches.flatMap(\.files).map(\.sites.count).reduce(0, +)
            if loaded.series.purpose == .mail {
                let revision = try MailRevision(
                    selection,
                    of: loaded.series,
                    chosen: nil,
                    since: nil,
                    isSignedAnew: false
                )
                let plan = try mailPlan(generation, loaded, selection, revision, MailArguments.parse([]))
                result.mails = try mails(generation, plan, headers: []).count
            }
        } catch {
            let failure = Failure(error)
            guard failure.status == .tree else { throw failure }
            result.refusal = failure.description
        }
        result.milliseconds = milliseconds(since: start)
        return result
    }
}

extension Series {
    /// Whether the tree has the feature already, and no place for this beside it.
    fileprivate func isRefused(_ selection: Selection, _ facts: FactSet) -> Bool {
        do {
            _ = try SettledSelection(selection, in: facts, of: self)
            return false
        } catch {
            return error.kind == .upstream
        }
    }
}

private func milliseconds(since start: ContinuousClock.Instant) -> Double {
    let passed = (ContinuousClock.now - start) / .microseconds(100)
    return passed.rounded() / 10
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
                [tree.tree, result.variant, "\(result.milliseconds) ms", result.text]
            }
        }
        let facts = trees.map { "\($0.tree) \($0.factsMilliseconds) ms" }.joined(separator: ", ")
        return Columns(rows).lines + ["facts: \(facts)", "\(rows.count) in \(milliseconds) ms"]
    }
}

/// A tree, and what it takes.
struct SurveyedTree: Encodable {
    struct Result: Encodable {
        let variant: String
        var patches = 0
        var sites = 0
        var mails = 0
        /// Why it doesn't take the variant; nil if it does.
        var refusal: String?
        /// Whether that is because it has the feature already.
        var isUpstream = false
        var milliseconds = 0.0

        init(variant: String) {
            self.variant = variant
        }

        var text: String {
            if let refusal { return "refused: \(refusal.prefix { $0 != "\n" })" }
            return "\(patches) patches, \(sites) sites"
        }
    }

    let tree: String
    /// From opening the repository to the last fact.
    let factsMilliseconds: Double
    let variants: [Result]
}
