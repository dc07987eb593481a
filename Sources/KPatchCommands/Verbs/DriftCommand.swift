// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Git
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
        help: ArgumentHelp("Only this variant. (default: all, each site once)", valueName: "name")
    )
    var variant: String?

    @OptionGroup var choice: ChoiceArguments

    @Option(
        name: .long,
        help: ArgumentHelp("A git repository with a kernel in it, or a tree at hand.", valueName: "path|name")
    )
    var tree: String

    @Option(
        name: .long,
        help: ArgumentHelp("The old base. (default: HEAD, or the tree's tag)", valueName: "revision")
    )
    var from: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A new base, or a pattern of tags such as 'v5.12-rc*'. Repeatable.",
            valueName: "revision"
        )
    )
    var to: [String]

    @OptionGroup var format: FormatArguments

    func validate() throws {
        guard !to.isEmpty else { throw ValidationError("name a new base with --to") }
    }

    func run() throws {
        let loaded = try series.load()
        let report = try compare(loaded.series)
        switch format.format {
        case .json: try JSON.print(DriftOutput(report))
        case .text: try Terminal.output(report.text.joined(separator: "\n"))
        }
        guard report.holds else { throw ExitCode(ExitStatus.negative.rawValue) }
    }

    private func compare(_ series: Series) throws(Failure) -> DriftReport {
        do {
            let selections = try selections(series)
            let open = try TreeArguments.open(tree, base: from)
            let old = try open.trial(series, selections, at: open.baseTree)
            let revisions = try open.revisions(to)
            var rows: [DriftReport.Row] = []
            for revision in revisions {
                try Task.checkCancellation()
                let commit = try open.commit(revision)
                let outcome: DriftReport.Row.Outcome
                var release: KernelVersion?
                do {
                    let new = try open.trial(series, selections, at: commit.tree)
                    outcome = .compared(Drift(from: old, to: new))
                    release = new.facts.release
                } catch let error as SeriesError where error.kind == .base && revisions.count > 1 {
                    // A bad base alone is bad input; among many it is a line of the table.
                    outcome = .unfit(error.diagnostics)
                }
                rows.append(
                    .init(
                        base: .init(revision: revision, commit: commit.id, release: release),
                        outcome: outcome
                    )
                )
            }
            let base = DriftReport.Base(
                revision: from ?? open.displayName,
                commit: open.base,
                release: old.facts.release
            )
            return DriftReport(series: series, from: base, bases: rows)
        } catch {
            throw Failure(error)
        }
    }

    private func selections(_ series: Series) throws(SeriesError) -> [Selection] {
        let names = variant.map { [$0] } ?? series.variants.map(\.name)
        return try names.map { name throws(SeriesError) in
            try Selection(variant: name, settings: choice.settings, onUpstream: choice.onUpstream, of: series)
        }
    }
}

/// What `drift` found, on one new base or several.
struct DriftReport {
    let series: Series
    let from: Base
    let bases: [Row]

    struct Base {
        /// As the user named it, or the tag that a pattern found.
        let revision: String
        let commit: ObjectID
        /// nil where there is no kernel.
        let release: KernelVersion?
    }

    struct Row {
        let base: Base
        let outcome: Outcome

        enum Outcome {
            case compared(Drift)
            /// No series can be tried there.
            case unfit([Diagnostic])
        }

        var verdict: Verdict {
            switch outcome {
            case .unfit: .unfit
            case .compared(let drift): drift.isLeft ? drift.count(.failing) == 0 ? .holds : .fails : .merged
            }
        }
    }

    var holds: Bool { bases.allSatisfy { $0.verdict == .holds } }

    /// What a new base means for the series.
    enum Verdict: String {
        /// Everything that is tried has its place.
        case holds
        /// An anchor doesn't hold.
        case fails
        /// The base has the patch already: no variant is left to be placed.
        case merged
        /// No series can be tried there.
        case unfit
    }
}
