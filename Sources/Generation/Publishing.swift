// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git
import PatchSeries

extension Repository {
    /// Where the branch is now. Everything that would forbid moving it is found here, before the first object is written.
    package func branchToReplace(_ name: String) throws -> ObjectID? {
        let current = try branchTarget(name)
        if let use = try use(of: name) {
            throw Failure(
                .tree,
                "branch '\(name)' \(use.reason)\nchoose another with --branch, or first: \(use.remedy)"
            )
        }
        // Git finds this when it moves the branch; that is after the objects.
        if current == nil,
            let other = try branchNames().first(where: {
                $0.hasPrefix(name + "/") || name.hasPrefix($0 + "/")
            })
        {
            throw Failure(
                .user,
                "branch '\(name)' can't exist alongside '\(other)'\nchoose another with --branch"
            )
        }
        return current
    }

    /// What publishing the commits will do to the branch.
    ///
    /// - Parameter isContested: the branch was somewhere else when this run began.
    package func outcome(
        _ generation: GeneratedSeries,
        branch: String,
        current: ObjectID?,
        force: Bool,
        isContested: Bool
    ) throws -> ApplyOutcome {
        guard let current else { return .created }
        if let commits = try held(upTo: current, generation) { return .unchanged(commits) }
        if force, !isContested { return .replaced(current) }
        let advice =
            force
            ? "somebody else moved it while this ran: look at `git log \(branch)`; the same command again replaces it"
            : "to keep what was edited in it: kpatch-gen rebase; choose another with --branch; or throw it away with --force"
        throw Failure(
            .tree,
            "branch '\(branch)' exists already, at \(current), and holds something else\n\(advice)"
        )
    }

    /// Moves the branch to the generated commits, with its record and notes: the last step, and the only one that shows.
    ///
    /// - Returns: false if the branch is not at `current`; nothing was changed then.
    package func publish(
        _ generation: GeneratedSeries,
        branch: String,
        current: ObjectID?,
        _ selection: Selection,
        _ loaded: LoadedSeries
    ) throws -> Bool {
        guard !Task.isCancelled else { throw Failure(.interruption, "interrupted; nothing was changed") }
        var notes = try Origin(loaded, selection, generation).notes(generation)
        if current == generation.tip {
            // What a note says of a commit that is there already is older, and as true.
            notes = try notes.filter { note in try !isNoted(note.commit) }
        }
        let result = try publish(
            Publication(
                branch: branch,
                from: current,
                to: generation.tip,
                recordPrefix: Repository.recordPrefix,
                recordFrom: try target(of: Repository.recordPrefix + branch),
                recordTo: generation.tip,
                notes: notes,
                notesReference: Origin.reference,
                reflog: "kpatch-gen: \(loaded.series.name) \(selection.summary)"
            ),
            by: try defaultSignature(.committer)
        )
        return result == .done
    }

    /// Whether a commit has a note that was written for it.
    private func isNoted(_ id: ObjectID) throws -> Bool {
        guard let text = try note(on: id, reference: Origin.reference), let origin = Origin(note: text) else {
            return false
        }
        return try origin.proves(try commit(id))
    }

    /// The commits up to `tip`, oldest first, if they are the generated ones but for their dates.
    private func held(upTo tip: ObjectID, _ generation: GeneratedSeries) throws(GitError) -> [ObjectID]? {
        var id = tip
        var commits: [ObjectID] = []
        for generated in generation.commits.reversed() {
            let commit = try commit(id)
            guard commit.tree == generated.tree, commit.message == generated.message,
                let parent = commit.parents.first
            else { return nil }
            commits.append(id)
            id = parent
        }
        return id == generation.base ? commits.reversed() : nil
    }
}
