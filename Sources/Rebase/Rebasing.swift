// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git
import PatchSeries

/// How far a rebase came.
struct RebaseRun {
    var patches: [RebasedPatch] = []
    /// The new commits, oldest first.
    var commits: [Commit] = []
    /// What a person has to look at; the run ends there.
    var conflicts: [FileConflict] = []
}

extension Repository {
    /// Makes the branch's commits anew on the new base; no reference moves.
    func rebase(_ sides: RebaseSides, _ resolutions: Resolutions, onto name: String, by people: People)
        throws -> RebaseRun
    {
        let matched = try match(sides)
        var carrier = CommitCarrier(sides, resolutions, onto: name)
        var run = RebaseRun()
        var tree = sides.generation.baseTree
        for step in sides.steps(matched) {
            guard !Task.isCancelled else { throw Failure(.interruption, "interrupted; nothing was changed") }
            var carried = try carrier.carry(step, in: self)
            var files = carried.carried
            var message = ""
            switch try words(of: step, sides, carrier) {
            case .generated(let text): message = text
            case .edited(let text):
                message = text
                files.append("message")
            case .conflict(let conflict): carried.conflicts.append(conflict)
            }
            guard carried.conflicts.isEmpty else {
                run.conflicts = carried.conflicts
                run.patches.append(sides.patch(step, .conflict, nil, carried.carried))
                return run
            }
            let next = try updateTree(tree, edits: carried.edits)
            if next == tree, !sides.isEmptyByIntent(step) {
                let reason = carried.isSettled ? .nothing : sides.reasonForNothing(step)
                run.patches.append(sides.patch(step, reason, nil, files))
                continue
            }
            let parent = run.commits.last?.id ?? sides.generation.base
            let id =
                if step.folders.isEmpty, let own = step.commit.map({ sides.branch.commits[$0].id }) {
                    try recreateCommit(own, tree: next, parents: [parent], committer: people.committer)
                } else {
                    try createCommit(
                        tree: next,
                        parents: [parent],
                        author: sides.author(of: step) ?? people.author,
                        committer: people.committer,
                        message: message
                    )
                }
            run.commits.append(try commit(id))
            let result: RebasedPatch.Result =
                if step.commit == nil { .new } else if step.folders.isEmpty { .own } else {
                    files.isEmpty ? .clean : .changed
                }
            run.patches.append(sides.patch(step, result, run.commits.last, files))
            tree = next
        }
        let kept = Set(matched.joined())
        for (index, patch) in sides.branch.patches.enumerated() where !kept.contains(index) {
            run.patches.append(
                RebasedPatch(
                    result: .dropped,
                    folder: patch.origin.patch,
                    subject: patch.commit.subject,
                    old: nil,
                    new: nil,
                    carried: [],
                    squashed: []
                )
            )
        }
        return run
    }

    /// The message of a step's commit.
    private func words(of step: RebaseStep, _ sides: RebaseSides, _ carrier: CommitCarrier) throws -> Words {
        let commit = step.commit.map { sides.branch.commits[$0] }
        let old = sides.patchOf(step)?.commit.message
        let new = sides.generated(step)?.message
        guard let edited = commit?.message, let old, let new, edited != old else {
            return .generated((commit == nil ? new : new ?? commit?.message) ?? "")
        }
        guard let commit, try hasPlainMessage(commit.id) else {
            throw Failure(
                .tree,
                "the message of \(commit?.id.description ?? "") (\(commit?.subject.onOneLine ?? "")), which was changed by hand, is not UTF-8 or has a NUL: it can't be merged with the one that is generated now\nreword it, as `git rebase -i` does"
            )
        }
        let texts = [old, edited, new].map { Array($0.utf8) }
        let names = try texts.map { text throws(GitError) in try ObjectID.ofBlob(text).description }
        let key =
            "\(commit.id) \(FileConflict.message) \(names.joined(separator: " "))"
        if case .some(.some(let text)) = carrier.resolutions[key] {
            return .edited(SignOff.withOneNewline(String(decoding: text, as: UTF8.self)))
        }
        switch try mergeFile(ancestor: texts[0], ours: texts[2], theirs: texts[1]) {
        case .clean(let text): return .edited(String(decoding: text, as: UTF8.self))
        case .conflict(let file):
            return .conflict(
                FileConflict(
                    path: FileConflict.message,
                    key: key,
                    file: file,
                    labels: carrier.labels(commit),
                    kind: .lines,
                    sides: nil,
                    count: nil
                )
            )
        }
    }
}

/// What a commit's message comes to.
private enum Words {
    case generated(String)
    /// With what a person changed in it.
    case edited(String)
    case conflict(FileConflict)
}

extension RebaseSides {
    /// The patch that a step's commit is named after, as it was generated.
    fileprivate func patchOf(_ step: RebaseStep) -> GeneratedBranch.Patch? {
        guard let folder = step.folders.first else { return nil }
        return zip(old.folders, branch.patches).first { $0.0 == folder }?.1
    }

    /// The same as it is generated now.
    fileprivate func generated(_ step: RebaseStep) -> GeneratedCommit? {
        guard let folder = step.folders.first else { return nil }
        return generation.commits.first { $0.folder == folder }
    }

    /// Who wrote it: whom a person named, else whom the generator does; nil for whoever runs this.
    fileprivate func author(of step: RebaseStep) -> Signature? {
        let commit = step.commit.map { branch.commits[$0] }
        if let commit, commit.author != patchOf(step)?.commit.author { return commit.author }
        return generated(step)?.author ?? commit?.author
    }

    /// Whether a person made the commit without any change in it.
    fileprivate func isEmptyByIntent(_ step: RebaseStep) -> Bool {
        guard let index = step.commit, step.folders.isEmpty else { return false }
        let parent = index == 0 ? branch.base.tree : branch.commits[index - 1].tree
        return branch.commits[index].tree == parent
    }

    /// Why nothing is left of a step.
    fileprivate func reasonForNothing(_ step: RebaseStep) -> RebasedPatch.Result {
        guard !step.folders.isEmpty else { return .merged }
        guard let place = generation.commits.firstIndex(where: { $0.folder == step.folders.first }) else {
            return .empty
        }
        let before = place == 0 ? generation.baseTree : generation.commits[place - 1].tree
        return generation.commits[place].tree == before ? .empty : .merged
    }

    fileprivate func patch(
        _ step: RebaseStep,
        _ result: RebasedPatch.Result,
        _ new: Commit?,
        _ carried: [String]
    ) -> RebasedPatch {
        let old = step.commit.map { branch.commits[$0] }
        return RebasedPatch(
            result: result,
            folder: step.folders.first,
            subject: new?.subject ?? old?.subject ?? generated(step)?.subject ?? "",
            old: old?.id,
            new: new?.id,
            carried: carried,
            squashed: Array(step.folders.dropFirst())
        )
    }
}
