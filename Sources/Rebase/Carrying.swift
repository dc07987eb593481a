// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git
import Merging

/// Commits that are to be carried from one tree to another one.
package struct CarryRange {
    /// Where they begin; not one of them.
    package let from: ObjectID
    /// Oldest first.
    package let commits: [Commit]
}

/// What became of one commit.
package struct CarriedCommit {
    package enum Result: String {
        /// Everything has its place between the same lines.
        case clean
        /// Something around it is not as it was; `notes` say what.
        case adapted
        case alreadyThere = "already-there"
        /// A part of it is there, or has nothing left to change.
        case partlyThere = "partly-there"
        case conflict
    }

    package let result: Result
    package let subject: String
    package let old: ObjectID
    /// Nil if there is none: it is there already, or something before it or in it doesn't fit.
    package let new: ObjectID?
    /// What isn't clean.
    package let notes: [MergeNote]
    /// What has its place, and may not fit there all the same.
    package let warnings: [MergeWarning]
    package let conflicts: [MergeConflict]
}

/// What came of carrying a range.
package struct CarryRun {
    package let commits: [CarriedCommit]
    /// The last commit; the new base if all are there already. Nil if there are conflicts.
    package let tip: ObjectID?
    /// The last tree, with what is certain of all commits.
    package let tree: ObjectID
}

extension Repository {
    /// The commits that lead from one to another, along first parents.
    ///
    /// - Parameters:
    ///   - source: `A..B`, or a revision.
    ///   - from: where they begin, if `source` doesn't say.
    package func carryRange(_ source: String, from: String?) throws -> CarryRange {
        var (start, end) = (from, source)
        if let dots = source.firstRange(of: "..") {
            guard from == nil else {
                throw Failure(
                    .user,
                    "'\(source)' says where it begins, and --from does too\nleave one of them out"
                )
            }
            guard !source[dots.upperBound...].hasPrefix(".") else {
                throw Failure(.user, "'\(source)' is no range of commits that follow each other\nwrite A..B")
            }
            start = String(source[..<dots.lowerBound])
            end = String(source[dots.upperBound...])
        }
        guard let start, !start.isEmpty, !end.isEmpty else {
            throw Failure(
                .user,
                "'\(source)' doesn't say where the patches begin\ngive the base that they were made for with --from, or write A..B"
            )
        }
        let base = try commitID(of: start)
        var commits: [Commit] = []
        var id = try commitID(of: end)
        while id != base {
            guard commits.count < Self.mostCommits else {
                throw Failure(
                    .user,
                    "more than \(Self.mostCommits) commits lead to '\(end)', and '\(start)' isn't among them\ncheck the range with: git log --first-parent \(start)..\(end)"
                )
            }
            let commit = try commit(id)
            guard commit.parents.count < 2 else {
                throw Failure(
                    .user,
                    "\(commit.id.abbreviated) '\(commit.subject)' is a merge, which is no patch\nmake the range a line of commits first: git rebase"
                )
            }
            guard let parent = commit.parents.first else {
                throw Failure(
                    .user,
                    "'\(start)' is not among the commits that lead to '\(end)'\ncheck the range with: git log --first-parent \(start)..\(end)"
                )
            }
            commits.append(commit)
            id = parent
        }
        return CarryRange(from: base, commits: commits.reversed())
    }

    private static var mostCommits: Int { 10_000 }

    /// Carries commits over, one after the other; no reference moves.
    ///
    /// - Parameter isStrict: a warning is a conflict.
    package func carry(_ range: CarryRange, onto base: Commit, isStrict: Bool = false) throws -> CarryRun {
        let committer = try defaultSignature(.committer)
        var before = try commit(range.from).tree
        var tree = base.tree
        var tip: ObjectID? = base.id
        var names = TreeNames(tree: base.tree)
        var result: [CarriedCommit] = []
        for commit in range.commits {
            guard !Task.isCancelled else { throw Failure(.interruption, "interrupted; nothing was changed") }
            var step = try carry(from: before, to: commit.tree, onto: tree, &names)
            if isStrict { step.refuseWarnings() }
            before = commit.tree
            tree = try updateTree(tree, edits: step.edits)
            var new: ObjectID?
            if !step.conflicts.isEmpty {
                tip = nil
            } else if let parent = tip, step.result != .alreadyThere {
                new = try recreateCommit(commit.id, tree: tree, parents: [parent], committer: committer)
                tip = new
            }
            result.append(
                CarriedCommit(
                    result: step.result,
                    subject: commit.subject,
                    old: commit.id,
                    new: new,
                    notes: step.notes,
                    warnings: step.warnings,
                    conflicts: step.conflicts
                )
            )
        }
        return CarryRun(commits: result, tip: tip, tree: tree)
    }

    /// Does to a tree what leads from one tree to another.
    private func carry(
        from old: ObjectID,
        to patched: ObjectID,
        onto tree: ObjectID,
        _ names: inout TreeNames
    ) throws -> CarryStep {
        let changes = try diff(from: old, to: patched)
        var step = CarryStep(changes: changes.count)
        var files: [PatchedFile] = []
        for change in changes {
            let ours = try entry(at: change.path, inTree: tree).flatMap { entry in
                entry.mode == .folder ? nil : FileVersion(entry)
            }
            let (before, after) = (FileVersion(change.old), FileVersion(change.new))
            let versions = [before, after, ours]
            guard versions.allSatisfy({ $0?.isFile ?? true }), try isText(versions, change.path) else {
                step.takeWhole(change.path, before, after, ours)
                continue
            }
            files.append(
                PatchedFile(
                    path: change.path,
                    old: try change.old.map { file throws(GitError) in
                        try bytes(of: file.id, path: change.path)
                    },
                    patched: try change.new.map { file throws(GitError) in
                        try bytes(of: file.id, path: change.path)
                    }
                )
            )
        }
        let merged = try TreeMerge.merge(files) { (path: String) throws(GitError) -> [UInt8]? in
            guard let entry = try entry(at: path, inTree: tree), FileVersion(entry).isFile else { return nil }
            return try bytes(of: entry.id, path: path)
        } relatives: { (path: String) throws(GitError) -> [String] in
            try names.load(self)
            var found: [String] = []
            for other in names.named(path) {
                if TreeMerge.mayHold(other, of: path) {
                    found.append(other)
                } else if TreeMerge.isNamesake(other, of: path), try entry(at: other, inTree: old) == nil {
                    found.append(other)
                }
            }
            return found
        }
        for (path, bytes) in merged.files.sorted(by: { $0.key < $1.key }) {
            guard let bytes else {
                step.edits.append(.remove(path: path))
                continue
            }
            let ours = try entry(at: path, inTree: tree)
            let change = changes.first { $0.path == merged.origins[path] ?? path }
            let isModeChanged = change?.new != nil && change?.old?.mode != change?.new?.mode
            let mode = (isModeChanged ? change?.new?.mode : ours?.mode) ?? change?.new?.mode ?? .regular
            step.edits.append(.upsert(path: path, blob: try writeBlob(bytes), mode: mode))
        }
        for change in changes where merged.files[change.path] == nil {
            guard let before = change.old?.mode, let after = change.new?.mode, before != after,
                after == .regular || after == .executable,
                let ours = try entry(at: change.path, inTree: tree), ours.mode == before
            else { continue }
            step.edits.append(.upsert(path: change.path, blob: ours.id, mode: after))
        }
        step.notes += merged.notes
        step.warnings = merged.warnings
        step.conflicts += merged.conflicts
        return step
    }

    /// Whether all versions are text of a size that can be read by lines.
    private func isText(_ versions: [FileVersion?], _ path: String) throws(GitError) -> Bool {
        for version in versions {
            guard let version else { continue }
            let bytes = try bytes(of: version.id, path: path)
            if bytes.count > 16 << 20 || bytes.prefix(8000).contains(0) { return false }
        }
        return true
    }
}

extension FileVersion {
    fileprivate init(_ entry: TreeEntry) {
        self.init(id: entry.id, mode: entry.mode)
    }

    fileprivate init?(_ file: TreeChange.File?) {
        guard let file else { return nil }
        self.init(id: file.id, mode: file.mode)
    }
}

/// What a commit does to the new tree.
private struct CarryStep {
    /// How many files it changes.
    let changes: Int
    var edits: [TreeEdit] = []
    var notes: [MergeNote] = []
    var warnings: [MergeWarning] = []
    var conflicts: [MergeConflict] = []

    init(changes: Int) { self.changes = changes }

    /// What is no text is taken as a whole, or not.
    mutating func takeWhole(_ path: String, _ old: FileVersion?, _ new: FileVersion?, _ ours: FileVersion?) {
        guard ours == old || ours == new else {
            conflicts.append(
                MergeConflict(
                    path: path,
                    reason: "it is no text, or a link, and the new tree has another version"
                )
            )
            return
        }
        let reason: MergeReason = ours == new ? .alreadyThere : .unchanged
        notes.append(MergeNote(path: path, line: 1, place: nil, reasons: [reason]))
        guard ours != new else { return }
        edits.append(new.map { .upsert(path: path, blob: $0.id, mode: $0.mode) } ?? .remove(path: path))
    }

    mutating func refuseWarnings() {
        for warning in warnings {
            conflicts.append(MergeConflict(path: warning.path, reason: "\(warning.text) (--strict)"))
        }
        warnings = []
    }

    var result: CarriedCommit.Result {
        if !conflicts.isEmpty { return .conflict }
        if edits.isEmpty, changes > 0 { return .alreadyThere }
        let reasons = Set(notes.flatMap(\.reasons))
        if !reasons.isDisjoint(with: [.alreadyThere, .goneUpstream, .fileGone]) { return .partlyThere }
        return reasons.isSubset(of: [.unchanged]) ? .clean : .adapted
    }
}

/// Where a tree has files of a name. Read when it is first asked for: that takes a tenth of a second in a kernel.
private struct TreeNames {
    let tree: ObjectID
    private var paths: [Substring: [String]]?

    init(tree: ObjectID) { self.tree = tree }

    mutating func load(_ repository: borrowing Repository) throws(GitError) {
        guard paths == nil else { return }
        var found: [Substring: [String]] = [:]
        var open = [(folder: "", tree: tree)]
        while let next = open.popLast() {
            for entry in try repository.entries(ofFolder: "", inTree: next.tree) ?? [] {
                let path = next.folder + entry.name
                if entry.mode == .folder {
                    open.append((path + "/", entry.id))
                } else if FileVersion(entry).isFile {
                    found[Substring(entry.name), default: []].append(path)
                    found[Substring(next.folder), default: []].append(path)
                }
            }
        }
        paths = found
    }

    /// Files of the same name, in the same folder, and in those that the file may have been split into; sorted.
    func named(_ path: String) -> [String] {
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
        let folders = TreeMerge.folders(for: path).map { Substring($0 + "/") }
        let all = ([path[folder.endIndex...], folder] + folders).flatMap { paths?[$0] ?? [] }
        return Set(all).subtracting([path]).sorted()
    }
}
