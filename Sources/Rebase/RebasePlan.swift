// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git
import PatchSeries
import SystemPackage

/// A rebase that is worked out: all objects are made, and no reference has moved.
struct RebasePlan {
    let start: RebaseStart
    let loaded: LoadedSeries
    let selection: Selection
    let sides: RebaseSides
    let run: RebaseRun
    /// What there is to know of its conflicts.
    let details: [ConflictDetail]

    /// Where the branch goes.
    var tip: ObjectID { run.commits.last?.id ?? sides.generation.base }

    /// Whether the branch holds just that already, on the same base, but for the times of the commits.
    var isUnchanged: Bool {
        let old = sides.branch.commits
        return sides.branch.base.id == sides.generation.base && old.count == run.commits.count
            && zip(old, run.commits).allSatisfy { old, new in
                old.tree == new.tree && old.message == new.message && old.author == new.author
            }
    }

    /// Whether the same is generated as before.
    var isGeneratedAlike: Bool {
        let old = sides.branch.patches.map(\.commit)
        let new = sides.generation.commits
        return old.count == new.count && sides.branch.base.id == sides.generation.base
            && zip(old, new).allSatisfy { old, new in
                old.tree == new.tree && old.message == new.message && old.author == new.author
            }
    }
}

extension BaseCommit {
    /// Works a rebase onto this commit out.
    ///
    /// - Parameter people: whose commits are made.
    func plan(
        _ branch: GeneratedBranch,
        _ loaded: LoadedSeries,
        _ selection: Selection,
        _ start: RebaseStart,
        _ resolutions: Resolutions,
        by people: People
    ) throws -> RebasePlan {
        // Whose the patches are, and since when, doesn't change with their base.
        var authors: [String: Signature] = [:]
        for patch in branch.patches where !patch.commit.author.isAuthor(of: loaded.series) {
            authors[patch.origin.patch] = patch.commit.author
        }
        let generation = try generate(
            loaded,
            selection,
            signOff: branch.isSignedOff(loaded.series),
            by: people,
            authors: authors
        )
        let sides = try repository.sides(branch, generation, loaded)
        let run = try repository.rebase(sides, resolutions, onto: start.name, by: people)
        var details: [ConflictDetail] = []
        for conflict in run.conflicts { details += try repository.details(conflict, sides, loaded.series) }
        return RebasePlan(
            start: start,
            loaded: loaded,
            selection: selection,
            sides: sides,
            run: run,
            details: details
        )
    }
}

extension Repository {
    /// Moves the branch, and the record of what was generated: the last step, and the only one that shows.
    func publish(_ plan: RebasePlan, _ folder: FilePath, _ waiting: RebaseState?) throws
        -> RebaseOutcome
    {
        let branch = plan.sides.branch
        let generation = plan.sides.generation
        let isSettled = plan.isUnchanged && plan.isGeneratedAlike
        let tip = plan.isUnchanged ? branch.tip : plan.tip
        guard !Task.isCancelled else {
            throw Failure(.interruption, "interrupted; the branch is as it was")
        }
        // Notes on commits that nobody uses harm nobody; a branch without them could not be rebased.
        let notes = try Origin(plan.loaded, plan.selection, generation).notes(generation)
        if var state = waiting {
            state.newTip = tip
            try state.write(to: folder)
        }
        let result = try publish(
            Publication(
                branch: branch.name,
                from: branch.tip,
                to: tip,
                recordPrefix: Repository.recordPrefix,
                recordFrom: branch.isRecorded ? branch.generatedTip : nil,
                recordTo: isSettled ? branch.generatedTip : generation.tip,
                notes: isSettled ? [] : notes,
                notesReference: Origin.reference,
                reflog: "kpatch-gen rebase: onto \(plan.start.name)"
            ),
            by: try defaultSignature(.committer)
        )
        guard result == .done else {
            throw Failure(
                .tree,
                "branch '\(branch.name)' was at \(branch.tip) when this began, and somebody else moved it since\nlook at `git reflog \(branch.name)` and run the command again"
            )
        }
        try RebaseState.remove(folder)
        return plan.isUnchanged ? .unchanged : .rebased
    }

    /// Makes sure that nobody else works on the branch. The lock ends with the process.
    func lock(_ branch: String) throws -> FileLock {
        let path = FilePath(commonDirectory).appending("kpatch-gen/locks").appending(
            "\(RebaseState.fileName(branch)).lock"
        )
        return try FileLock(at: path, of: "branch '\(branch)'")
    }

    /// Refuses a branch that a work tree has checked out.
    func requireMovable(_ branch: String) throws {
        guard let use = try use(of: branch) else { return }
        let afterwards =
            use.kind == .checkedOut && !use.isGone
            ? "\nafter the rebase: git -C \(use.folder) switch \(branch)" : ""
        throw Failure(.tree, "branch '\(branch)' \(use.reason)\nfirst: \(use.remedy)\(afterwards)")
    }

    /// Refuses to go on where the work was done for something else.
    func requireUnchanged(
        _ state: RebaseState,
        _ branch: GeneratedBranch,
        _ loaded: LoadedSeries,
        again: String
    ) throws {
        let advice = "throw it away with: \(again)\nand begin anew; the files that you fixed stay until then"
        if branch.tip != state.tip || branch.generatedTip != state.generatedTip {
            throw Failure(
                .tree,
                "branch '\(branch.name)' moved from \(state.tip.abbreviated) to \(branch.tip.abbreviated) since the rebase began\n\(advice)"
            )
        }
        if loaded.digest.description != state.templates {
            throw Failure(
                .tree,
                "the templates of \(loaded.series.name) changed since the rebase began\n\(advice)"
            )
        }
    }
}

extension Signature {
    /// Whether it is that of the series as posted.
    fileprivate func isAuthor(of series: Series) -> Bool {
        name == series.author.name && email == series.author.email && time.seconds == series.author.date
    }
}

extension GeneratedBranch {
    /// Whether it was made with `--signoff`: the last line is that of whoever made the commits.
    fileprivate func isSignedOff(_ series: Series) -> Bool {
        patches.allSatisfy { patch in
            patch.commit.message.hasSuffix("\nSigned-off-by: \(patch.commit.committer.person)\n")
                && !patch.commit.author.isAuthor(of: series)
        }
    }
}
