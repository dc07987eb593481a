// SPDX-License-Identifier: GPL-2.0-only

import Glibc

/// What `materialize` did.
public struct WorkFolderSummary: Sendable, Hashable {
    /// Files and links that were written, or whose execute bit was set.
    public internal(set) var written = 0
    /// Files and links that were deleted.
    public internal(set) var deleted = 0
    /// Files and links that were looked at because an earlier run was interrupted, and were right.
    public internal(set) var confirmed = 0
    /// The paths that were written or deleted.
    public internal(set) var paths: [String] = []

    /// Nothing done.
    public init() {}
}

extension Repository {
    /// Makes a folder hold the files of a tree. Only what differs from the tree that it held is written, so that the
    /// modification times of the rest stand and `make` rebuilds no more than it must. No index is involved, and
    /// attributes do not change content (nothing like `core.autocrlf`).
    ///
    /// `stateFile` says what the folder holds; it is set to "changing" first and to the new tree last. After an
    /// interruption, of whatever kind and however often, the next run compares every file that may be affected.
    /// Files that no tree has, such as build results, stay. Only one process at a time may do this to a folder.
    ///
    /// - Parameters:
    ///   - reference: a tree that is still there when `tree`, which may only be in this process's memory, is not: from it
    ///     and the few paths that differ, the next run finds what it has to look at.
    ///   - verify: compare the content of every file and delete what is not in the tree.
    ///   - progress: called now and then with how many of how many files are done.
    /// - Throws: `other` if the folder has files but no state file: it may be somebody's own. `io`, `diskFull`,
    ///   `objectMissing`.
    @discardableResult
    public func materialize(
        tree: ObjectID,
        into folder: String,
        stateFile: String,
        reference: ObjectID? = nil,
        verify: Bool = false,
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws(GitError) -> WorkFolderSummary {
        let state = try WorkFolderState(file: stateFile)
        let plan = try WorkFolderPlan(state, target: tree, folder: folder, verify: verify, repository: self)
        if plan.isDone { return WorkFolderSummary() }
        // Writing "changing" first also marks the folder as ours.
        try WorkFolderState.changing(plan.sources + [tree]).write(to: stateFile)
        var writer = WorkFolderWriter(folder: folder)
        try writer.makeFolder("")
        let total = plan.changes.count
        var done = 0
        func advance() {
            done += 1
            if done % 512 == 0 || done == total { progress(done, total) }
        }
        // Deletions first: a file may have to make room for a folder of the same name.
        for change in plan.changes where change.new == nil {
            try writer.delete(change.path)
            advance()
        }
        if plan.deletesStrangers { try writer.deleteStrangers(keeping: plan.changes) }
        for change in plan.changes {
            guard let file = change.new else { continue }
            try put(file, at: change.path, &writer, unlessRight: plan.comparesContent)
            advance()
        }
        let kept = if let reference { try kept(reference, tree) } else { nil as WorkFolderState.Reference? }
        try WorkFolderState.holds(tree, kept).write(to: stateFile)
        var summary = writer.summary
        summary.paths = plan.changes.map(\.path)
        return summary
    }

    /// What the next run has to know about `tree` if it is gone then; nil if that can't be written down.
    private func kept(_ reference: ObjectID, _ tree: ObjectID) throws(GitError) -> WorkFolderState.Reference?
    {
        let paths = try diff(from: reference, to: tree).map(\.path)
        guard paths.allSatisfy({ !$0.contains("\n") }) else { return nil }
        return WorkFolderState.Reference(tree: reference, paths: paths)
    }

    private func put(
        _ file: TreeChange.File,
        at path: String,
        _ writer: inout WorkFolderWriter,
        unlessRight comparesContent: Bool
    ) throws(GitError) {
        if comparesContent, try writer.confirm(path, file) { return }
        guard file.mode != .submodule else { return try writer.makeFolder(path) }
        let object = try object(file.id, of: path)
        try object.withBytes { bytes throws(GitError) in try writer.write(path, file.mode, bytes) }
    }
}

/// Which files have to be looked at to get from a state to a tree.
struct WorkFolderPlan {
    private(set) var changes: [TreeChange] = []
    /// What the folder's files may come from.
    private(set) var sources: [ObjectID?]
    /// Whether a file may be right already.
    private(set) var comparesContent: Bool
    /// Whether files that are not in the tree must go, because the trees they came from are not known.
    private(set) var deletesStrangers: Bool

    var isDone: Bool {
        changes.isEmpty && !deletesStrangers && !comparesContent && !sources.isEmpty && !sources.contains(nil)
    }

    init(
        _ state: WorkFolderState?,
        target: ObjectID,
        folder: String,
        verify: Bool,
        repository: borrowing Repository
    ) throws(GitError) {
        var reference: WorkFolderState.Reference?
        switch state {
        case nil:
            guard try folderNames(folder).isEmpty else {
                throw GitError(
                    .other,
                    "'\(folder)' has files in it that did not come from here",
                    advice: "name another folder, or remove that one"
                )
            }
            sources = [nil]
            comparesContent = false
        case .holds(let tree, let kept)?:
            sources = [tree]
            comparesContent = false
            reference = kept
        case .changing(let trees)?:
            sources = trees
            comparesContent = true
        case .unreadable?:
            sources = []
            comparesContent = true
        }
        deletesStrangers = verify || sources.isEmpty
        if !deletesStrangers {
            do {
                changes = try Self.changes(from: sources, to: target, repository)
                return
            } catch  where error.kind == .objectMissing {
                // A tree that the folder held may have been garbage collected since, or never have been written; the
                // target may not.
                if let reference, let few = try Self.changes(from: reference, to: target, repository) {
                    comparesContent = true
                    changes = few
                    return
                }
                deletesStrangers = true
            }
        }
        comparesContent = true
        changes = try repository.diff(from: nil, to: target)
    }

    /// Every path that may be wrong, given a tree that is known and the paths at which the folder differs from it; nil
    /// if that tree is gone, too.
    private static func changes(
        from reference: WorkFolderState.Reference,
        to target: ObjectID,
        _ repository: borrowing Repository
    ) throws(GitError) -> [TreeChange]? {
        var changes: [String: TreeChange] = [:]
        do {
            for change in try repository.diff(from: reference.tree, to: target) {
                changes[change.path] = change
            }
        } catch {
            guard error.kind == .objectMissing else { throw error }
            return nil
        }
        for path in reference.paths where changes[path] == nil {
            let entry = try repository.entry(at: path, inTree: target)
            // A file became a folder: more than this path may be wrong.
            if entry?.mode == .folder { return nil }
            let file = entry.map { TreeChange.File(id: $0.id, mode: $0.mode) }
            changes[path] = TreeChange(path: path, old: nil, new: file)
        }
        return changes.values.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    private static func changes(
        from sources: [ObjectID?],
        to target: ObjectID,
        _ repository: borrowing Repository
    ) throws(GitError) -> [TreeChange] {
        var changes: [String: TreeChange] = [:]
        for source in sources {
            let found = try repository.diff(from: source, to: target)
            if sources.count == 1 { return found }
            for change in found { changes[change.path] = change }
        }
        return changes.values.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }
}
