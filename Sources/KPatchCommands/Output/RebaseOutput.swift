// SPDX-License-Identifier: GPL-2.0-only

import Generation
import Git
import PatchSeries
import Rebase
import SystemPackage

/// A conflict as `rebase --format json` writes it.
struct ConflictOutput: Encodable {
    struct Place: Encodable {
        let path: String
        let line: Int
    }

    let path: String
    let reason: String
    /// The file to fix; the path if nothing was written.
    let file: String
    let line: Int
    let generated: Place?
    let edited: Place?
    let anchor: String?
    let template: String?
    let options: [String]
    let points: [String]

    init(_ detail: ConflictDetail, _ resolving: ResolveSteps?) {
        path = detail.path
        reason = detail.reason
        file = resolving.map { $0.folder.appending(detail.path).string } ?? detail.path
        line = detail.line
        generated = detail.ours.map { Place(path: detail.path, line: $0) }
        edited = detail.theirs.map { Place(path: $0.path, line: $0.line) }
        anchor = detail.anchor
        template = detail.template
        options = detail.options
        points = detail.points
    }
}

/// What `rebase --format json` writes.
struct RebaseOutput: Encodable {
    struct Side: Encodable {
        let base: String
        let tip: String
    }
    struct Patch: Encodable {
        let result: String
        let patch: String?
        let subject: String
        let old: String?
        let new: String?
        let carried: [String]
        let squashed: [String]
    }

    let tree: String
    let branch: String
    let outcome: String
    let variant: String
    let old: Side
    let new: Side
    let patches: [Patch]
    let renumbered: [RebaseReport.Renumbered]
    let decisions: [RebaseReport.Decision]
    let conflicts: [ConflictOutput]
    let notes: [String]
    let rangeDiff: String?

    init(_ report: RebaseReport, comparison: String?) {
        tree = report.tree
        branch = report.branch
        outcome = report.outcome.rawValue
        variant = report.selection.variant
        old = Side(base: report.oldBase.description, tip: report.oldTip.description)
        new = Side(base: report.newBase.description, tip: report.newTip.description)
        patches = report.patches.map { patch in
            Patch(
                result: patch.result.rawValue,
                patch: patch.folder,
                subject: patch.subject,
                old: patch.old?.description,
                new: patch.new?.description,
                carried: patch.carried,
                squashed: patch.squashed
            )
        }
        renumbered = report.renumbered
        decisions = report.decisions
        conflicts = report.conflicts.map { ConflictOutput($0, report.resolving) }
        notes = report.notes
        rangeDiff = comparison
    }
}
