// SPDX-License-Identifier: GPL-2.0-only

import Git
import PatchSeries

extension OpenTree {
    /// Where the branch is now. Everything that would forbid moving it is found here, before the first object is written.
    func branchToReplace(_ name: String) throws(Failure) -> ObjectID? {
        do {
            let current = try repository.branchTarget(name)
            if let folder = try repository.whereCheckedOut(name) {
                throw Failure(
                    .tree,
                    "branch '\(name)' is checked out in \(folder); moving it would show as changes there\nchoose another with --branch, or there: git switch --detach"
                )
            }
            // Git finds this when it moves the branch; that is after the objects.
            if current == nil,
                let other = try repository.branchNames().first(where: {
                    $0.hasPrefix(name + "/") || name.hasPrefix($0 + "/")
                })
            {
                throw Failure(
                    .usage,
                    "branch '\(name)' can't exist beside '\(other)'\nchoose another with --branch"
                )
            }
            return current
        } catch {
            throw Failure(error)
        }
    }

    /// What publishing the commits will do to the branch.
    func outcome(_ generation: Generation, branch: String, current: ObjectID?, force: Bool) throws(Failure)
        -> ApplyOutcome
    {
        guard let current else { return .created }
        do {
            if let commits = try held(upTo: current, generation) { return .unchanged(commits) }
        } catch {
            throw Failure(error)
        }
        guard force else {
            throw Failure(
                .tree,
                "branch '\(branch)' exists already, at \(current), and holds something else\nto keep what was edited in it: kpatch-gen rebase; choose another with --branch; or throw it away with --force"
            )
        }
        return .replaced(current)
    }

    /// Moves the branch to the generated commits: the last step, and the only one that shows.
    func publish(
        _ generation: Generation,
        branch: String,
        current: ObjectID?,
        _ selection: Selection,
        _ loaded: LoadedSeries
    ) throws(Failure) {
        do {
            guard !Task.isCancelled else { throw Failure(.interrupted, "interrupted; nothing was changed") }
            try repository.setBranch(
                branch,
                to: generation.tip,
                expecting: current,
                record: (try generatedRecord(branch), generation.tip),
                reflog: "kpatch-gen: \(loaded.series.name) \(selection.summary)"
            )
        } catch {
            throw Failure(error)
        }
        // The notes come after the branch: without the branch they would be notes on nothing.
        try annotate(generation, branch: branch, selection, loaded, onlyMissing: false)
    }

    /// Notes what the branch's commits were generated from.
    ///
    /// - Parameter onlyMissing: leave what is there; for a branch whose run came no further than to move it.
    func annotate(
        _ generation: Generation,
        branch: String,
        _ selection: Selection,
        _ loaded: LoadedSeries,
        onlyMissing: Bool
    ) throws(Failure) {
        do {
            let committer = try repository.defaultSignature(.committer)
            let origin = Origin(loaded, selection, generation)
            var notes: [(commit: ObjectID, text: String)] = []
            for (commit, patch) in zip(generation.commits, generation.rendered.patches) {
                if onlyMissing, try repository.note(on: commit.id, reference: Origin.reference) != nil {
                    continue
                }
                notes.append((commit.id, origin.text(patch)))
            }
            try repository.setNotes(notes, reference: Origin.reference, by: committer)
        } catch {
            let failure = Failure(error)
            throw Failure(
                failure.status,
                "branch '\(branch)' is made, but not the note of what it was generated from: \(failure.description)\nthe same command again writes it"
            )
        }
    }

    /// The commits up to `tip`, oldest first, if they are the generated ones but for their dates.
    private func held(upTo tip: ObjectID, _ generation: Generation) throws(GitError) -> [ObjectID]? {
        var id = tip
        var commits: [ObjectID] = []
        for generated in generation.commits.reversed() {
            let commit = try repository.commit(id)
            guard commit.tree == generated.tree, commit.message == generated.message,
                let parent = commit.parents.first
            else { return nil }
            commits.append(id)
            id = parent
        }
        return id == generation.base ? commits.reversed() : nil
    }
}
