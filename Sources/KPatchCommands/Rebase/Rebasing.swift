// SPDX-License-Identifier: GPL-2.0-only

import Git
import PatchSeries

/// What became of a commit of the branch, or of a patch of the series.
struct RebasedPatch {
    enum Result: String, Encodable {
        /// As generated.
        case clean
        /// As generated, with what a person changed in it.
        case changed
        /// A person's own commit.
        case own
        /// The series did not have it when the branch was made.
        case new
        /// The new base, or the series, has all of it already.
        case merged = "already merged"
        /// A person settled its conflicts without it.
        case nothing = "nothing left"
        /// There is nothing of it for this selection.
        case empty
        /// A person took it out of the branch, and it stays out.
        case dropped
        /// It needs a person.
        case conflict
    }

    let result: Result
    /// The patch's folder; nil for a person's own commit.
    let folder: String?
    let subject: String
    let old: ObjectID?
    let new: ObjectID?
    /// What was changed by hand: paths on the new base, and "message".
    let carried: [String]
    /// Other patches that a person put into this one.
    let squashed: [String]
}

/// How far a rebase came.
struct RebaseRun {
    var patches: [RebasedPatch] = []
    /// The new commits, oldest first.
    var commits: [Commit] = []
    /// What a person has to look at; the run ends there.
    var conflicts: [FileConflict] = []
}

extension OpenTree {
    /// Makes the branch's commits anew on the new base; no reference moves.
    func rebase(_ sides: RebaseSides, _ resolutions: Resolutions, onto name: String, by people: People)
        throws(Failure) -> RebaseRun
    {
        let matched = try match(sides)
        var carrier = CommitCarrier(sides, resolutions, onto: name)
        var run = RebaseRun()
        var tree = sides.generation.baseTree
        for step in sides.steps(matched) {
            guard !Task.isCancelled else { throw Failure(.interrupted, "interrupted; nothing was changed") }
            var carried = try carrier.carry(step, in: self)
            let words = try words(of: step, sides, carrier)
            if words.text == nil { carried.conflicts.append(words.conflict) }
            guard carried.conflicts.isEmpty, let message = words.text else {
                run.conflicts = carried.conflicts
                run.patches.append(sides.patch(step, .conflict, nil, carried.carried))
                return run
            }
            do {
                let next = try repository.updateTree(tree, edits: carried.edits)
                let files = carried.carried + (words.isEdited ? ["message"] : [])
                if next == tree, !sides.isEmptyByIntent(step) {
                    let reason = carried.isSettled ? .nothing : sides.reasonForNothing(step)
                    run.patches.append(sides.patch(step, reason, nil, files))
                    continue
                }
                let parent = run.commits.last?.id ?? sides.generation.base
                let id = try repository.createCommit(
                    tree: next,
                    parents: [parent],
                    author: sides.author(of: step) ?? people.author,
                    committer: people.committer,
                    message: message
                )
                run.commits.append(try repository.commit(id))
                let result: RebasedPatch.Result =
                    if step.commit == nil { .new } else if step.folders.isEmpty { .own } else {
                        files.isEmpty ? .clean : .changed
                    }
                run.patches.append(sides.patch(step, result, run.commits.last, files))
                tree = next
            } catch {
                throw Failure(error)
            }
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
    private func words(of step: RebaseStep, _ sides: RebaseSides, _ carrier: CommitCarrier) throws(Failure)
        -> (text: String?, isEdited: Bool, conflict: FileConflict)
    {
        let commit = step.commit.map { sides.branch.commits[$0] }
        let old = sides.patchOf(step)?.commit.message
        let new = sides.generated(step)?.message
        func conflict(_ key: String, _ bytes: [UInt8]) -> FileConflict {
            FileConflict(
                path: FileConflict.message,
                key: key,
                bytes: bytes,
                kind: .lines,
                sides: nil,
                count: nil
            )
        }
        guard let edited = commit?.message, let old, let new, edited != old else {
            return ((commit == nil ? new : new ?? commit?.message) ?? "", false, conflict("", []))
        }
        do {
            let texts = [old, edited, new].map { Array($0.utf8) }
            let names = try texts.map { text throws(GitError) in try ObjectID.ofBlob(text).description }
            let key =
                "\(commit?.id.description ?? "") \(FileConflict.message) \(names.joined(separator: " "))"
            if case .some(.some(let text)) = carrier.resolutions[key] {
                return (
                    SignOff.withOneNewline(String(decoding: text, as: UTF8.self)), true, conflict(key, [])
                )
            }
            let merged = try mergeFile(
                ancestor: texts[0],
                ours: texts[2],
                theirs: texts[1],
                labels: carrier.labels(commit)
            )
            switch merged {
            case .clean(let text): return (String(decoding: text, as: UTF8.self), true, conflict(key, []))
            case .conflict(let text): return (nil, true, conflict(key, text))
            }
        } catch {
            throw Failure(error)
        }
    }
}

extension RebaseSides {
    /// The patch that a step's commit is named after, as it was generated.
    fileprivate func patchOf(_ step: RebaseStep) -> GeneratedBranch.Patch? {
        guard let folder = step.folders.first else { return nil }
        return branch.patches.first { $0.origin.patch == folder }
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
