// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git
import PatchSeries
import SystemPackage

/// What became of the branch.
package enum RebaseOutcome: String, Encodable {
    case rebased, unchanged, conflict
    case dryRun = "dry-run"
}

/// Where the files to fix are, and what to do then.
package struct ResolveSteps {
    package let folder: FilePath
    /// To go on, and to throw it away.
    package let commands: [String]
}

/// What `rebase` has to tell.
package struct RebaseReport {
    package struct Renumbered: Encodable {
        package let fact: String
        package let summary: String
        package let old: UInt64
        package let new: UInt64
        /// The evidence; empty for a pinned number.
        package let file: String
        package let line: Int
    }

    package struct Decision: Encodable {
        package let option: String
        package let old: String
        package let new: String
    }

    package let outcome: RebaseOutcome
    package let tree: String
    package let branch: String
    package let loaded: LoadedSeries
    package let selection: Selection
    package let oldBase: ObjectID
    package let oldTip: ObjectID
    package let newBase: ObjectID
    package let newTip: ObjectID
    package let ontoName: String
    package let patches: [RebasedPatch]
    package let renumbered: [Renumbered]
    /// Options with other values than when the branch was generated.
    package let decisions: [Decision]
    package let conflicts: [ConflictDetail]
    package let resolving: ResolveSteps?
    package let notes: [String]
}

extension RebasedPatch {
    /// With the commit that stays where it is.
    fileprivate var asItWas: RebasedPatch {
        RebasedPatch(
            result: result,
            folder: folder,
            subject: subject,
            old: old,
            new: old,
            carried: carried,
            squashed: squashed
        )
    }
}

extension RebasePlan {
    /// - Parameter resolving: if files wait to be fixed.
    package func report(_ outcome: RebaseOutcome, tree: String, resolving: ResolveSteps? = nil)
        -> RebaseReport
    {
        let branch = sides.branch
        let generation = sides.generation
        return RebaseReport(
            outcome: outcome,
            tree: tree,
            branch: branch.name,
            loaded: loaded,
            selection: selection,
            oldBase: branch.base.id,
            oldTip: branch.tip,
            newBase: generation.base,
            newTip: outcome == .unchanged ? branch.tip : tip,
            ontoName: start.name,
            patches: outcome == .unchanged ? run.patches.map(\.asItWas) : run.patches,
            renumbered: loaded.series.numbersUsed(in: generation.rendered).compactMap { answer in
                guard case .number(let new) = answer.value, let old = branch.origin.numbers[answer.fact],
                    old != new
                else { return nil }
                return .init(
                    fact: answer.fact,
                    summary: answer.summary,
                    old: old,
                    new: new,
                    file: answer.file,
                    line: answer.line
                )
            },
            decisions: loaded.series.options.compactMap { option in
                guard let old = branch.origin.options[option.name], let new = selection.options[option.name],
                    old != new,
                    selection.notApplicable[option.name] == nil
                else { return nil }
                return .init(option: option.name, old: old, new: new)
            },
            conflicts: details,
            resolving: resolving,
            notes: generation.rendered.notes
        )
    }
}
