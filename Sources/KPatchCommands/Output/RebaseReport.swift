// SPDX-License-Identifier: GPL-2.0-only

import Git
import PatchSeries
import SystemPackage

/// What became of the branch.
enum RebaseOutcome: String, Encodable {
    case rebased, unchanged, conflict
    case dryRun = "dry-run"
}

/// Where the files to mend are, and what to do then.
struct Mending {
    let folder: FilePath
    /// To go on, and to throw it away.
    let commands: [String]
}

/// What `rebase` has to tell.
struct RebaseReport {
    struct Renumbered: Encodable {
        let fact: String
        let summary: String
        let old: UInt64
        let new: UInt64
        /// The evidence; empty for a pinned number.
        let file: String
        let line: Int
    }

    struct Decision: Encodable {
        let option: String
        let old: String
        let new: String
    }

    let outcome: RebaseOutcome
    let tree: String
    let branch: String
    let loaded: LoadedSeries
    let selection: Selection
    let oldBase: ObjectID
    let oldTip: ObjectID
    let newBase: ObjectID
    let newTip: ObjectID
    let ontoName: String
    let patches: [RebasedPatch]
    let renumbered: [Renumbered]
    /// Options with other values than when the branch was generated.
    let decisions: [Decision]
    let conflicts: [ConflictOutput]
    let mending: Mending?
    let notes: [String]

    /// What to do now, if somebody has to.
    var next: String? {
        guard outcome == .conflict || !conflicts.isEmpty else { return nil }
        guard let mending else { return "conflicts; nothing was written (dry run)" }
        let files = Set(conflicts.map(\.file)).sorted().map { "  \($0)" }
        return
            (["branch '\(branch)' is as it was; edit"] + files
            + ["then: \(mending.commands[0])", "or throw the rebase away: \(mending.commands[1])"])
            .joined(separator: "\n")
    }

    var lines: [String] {
        var lines = patches.map(\.line)
        lines += conflicts.flatMap(\.lines)
        lines += renumbered.map { row in
            let source = row.file.isEmpty ? "" : " (\(row.file):\(row.line))"
            return "renumbered: \(row.fact) \(row.old) -> \(row.new)\(source)"
        }
        lines += decisions.map { "decided anew: \($0.option) \($0.old) -> \($0.new)" }
        let verb =
            switch outcome {
            case .rebased: "rebased onto \(ontoName), \(newTip.abbreviated)"
            case .unchanged: "unchanged, it holds this already"
            case .conflict: "stopped on the way onto \(ontoName)"
            case .dryRun: "not moved (dry run)"
            }
        lines.append("\(branch): \(verb)")
        if outcome == .rebased { lines.append("it was at \(oldTip)") }
        return lines
    }
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

    /// One line for people.
    var line: String {
        let id = new?.abbreviated ?? String(repeating: "-", count: 12)
        let details =
            (carried.isEmpty || result == .own ? [] : ["by hand: \(carried.joined(separator: ", "))"])
            + (squashed.isEmpty ? [] : ["with \(squashed.joined(separator: ", "))"])
        let padding = String(repeating: " ", count: max(0, 14 - result.rawValue.count))
        return "\(id) \(result.rawValue)\(padding) \(subject)"
            + (details.isEmpty ? "" : " (\(details.joined(separator: "; ")))")
    }
}

extension RebasePlan {
    /// - Parameter mending: if files wait to be mended.
    func report(_ outcome: RebaseOutcome, tree: String, mending: Mending? = nil) -> RebaseReport {
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
            conflicts: details.map { ConflictOutput($0, mending) },
            mending: mending,
            notes: generation.rendered.notes
        )
    }
}
