// SPDX-License-Identifier: GPL-2.0-only

import Git
import PatchSeries

extension OpenTree {
    /// Where the branch is now. Everything that would forbid moving it is found here, before the first object is written.
    func branchToReplace(_ name: String, force: Bool) throws(Failure) -> ObjectID? {
        do {
            let current = try repository.branchTarget(name)
            if let folder = try repository.whereCheckedOut(name) {
                throw Failure(
                    .tree,
                    "branch '\(name)' is checked out in \(folder); moving it would show as changes there\nchoose another with --branch, or there: git switch --detach"
                )
            }
            return current
        } catch {
            throw Failure(error)
        }
    }

    /// Moves the branch to the generated commits: the last step, and the only one that shows.
    func publish(
        _ generation: Generation, branch: String, current: ObjectID?, _ selection: Selection, _ loaded: LoadedSeries, force: Bool,
        dryRun: Bool
    ) throws(Failure) -> ApplyOutcome {
        do {
            if let current, try holds(current, generation) { return .unchanged }
            if let current, !force {
                throw Failure(
                    .tree, "branch '\(branch)' exists already, at \(current)\nchoose another with --branch, or replace it with --force"
                )
            }
            if dryRun { return .dryRun }
            guard !Task.isCancelled else { throw Failure(.interrupted, "interrupted; nothing was changed") }
            let committer = try repository.defaultSignature(.committer)
            try repository.setBranch(
                branch, to: generation.tip, expecting: current, reflog: "kpatch-gen: \(loaded.series.name) \(selection.summary)"
            )
            // The note comes after the branch: without the branch it would be a note on nothing.
            let origin = try Origin(loaded, selection)
            for commit in generation.commits {
                try repository.setNote(origin.text(commit.folder), on: commit.id, reference: Origin.reference, by: committer)
            }
            return current.map { .replaced($0) } ?? .created
        } catch {
            throw Failure(error)
        }
    }

    /// Whether the commits up to `tip` are the generated ones but for their dates.
    private func holds(_ tip: ObjectID, _ generation: Generation) throws(GitError) -> Bool {
        var id = tip
        for generated in generation.commits.reversed() {
            let commit = try repository.commit(id)
            guard commit.tree == generated.tree, commit.message == generated.message, let parent = commit.parents.first else { return false }
            id = parent
        }
        return id == generation.base
    }
}

/// What a commit was generated from, for its note.
struct Origin {
    static let reference = "refs/notes/kpatch-gen"

    private let series: String
    private let selection: Selection
    private let digest: String

    init(_ loaded: LoadedSeries, _ selection: Selection) throws(GitError) {
        series = loaded.series.name
        self.selection = selection
        let all = loaded.files.sorted { $0.key < $1.key }.flatMap { Array("\($0.key)\0\($0.value.count)\0".utf8) + $0.value }
        digest = try ObjectID.ofBlob(all).description
    }

    func text(_ folder: String) -> String {
        var lines = ["series: \(series)", "patch: \(folder)", "variant: \(selection.variant)"]
        lines += selection.options.sorted { $0.key < $1.key }.map { "option: \($0.key)=\($0.value)" }
        lines += selection.pinned.sorted { $0.key < $1.key }.map { "pinned: \($0.key)=\($0.value)" }
        lines += ["templates: \(digest)", "tool: kpatch-gen \(KPatchGen.version)"]
        return lines.joined(separator: "\n") + "\n"
    }
}
