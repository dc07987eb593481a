// SPDX-License-Identifier: GPL-2.0-only

import Clibgit2

/// A path that differs between two trees. Renames are not looked for: they are a removal and an addition.
public struct TreeChange: Sendable, Hashable {
    /// What a tree holds at a path.
    public struct File: Sendable, Hashable {
        /// The content.
        public let id: ObjectID
        /// A plain file, an executable one, a symbolic link or a submodule.
        public let mode: FileMode
    }

    /// How the path differs.
    public enum Kind: String, Sendable, Hashable {
        /// Only the new tree has it.
        case added
        /// Only the old tree has it.
        case deleted
        /// Another content or another execute bit.
        case modified
        /// A file became a symbolic link, or the like.
        case typeChanged
    }

    /// The path from the top of the tree.
    public let path: String
    /// What was there; nil if nothing was.
    public let old: File?
    /// What is there now; nil if nothing is.
    public let new: File?

    /// How the path differs.
    public var kind: Kind {
        guard let old else { return .added }
        guard let new else { return .deleted }
        return old.mode.rawValue >> 12 == new.mode.rawValue >> 12 ? .modified : .typeChanged
    }
}

extension Repository {
    /// What differs between two trees, sorted by path. Folders with the same tree object are not looked into: libgit2's own
    /// comparison lists them all, which takes 40 ms for a kernel.
    ///
    /// - Parameters:
    ///   - oldTree: nil for an empty tree, which lists all of the new one.
    ///   - newTree: nil for an empty tree.
    /// - Throws: `objectMissing`, `objectCorrupt`.
    public func diff(from oldTree: ObjectID?, to newTree: ObjectID?) throws(GitError) -> [TreeChange] {
        var changes: [TreeChange] = []
        try compare(oldTree, newTree, "", &changes)
        return changes.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    /// Adds what differs below a folder, whose path ends in `/` unless it is the top.
    private func compare(
        _ old: ObjectID?,
        _ new: ObjectID?,
        _ folder: String,
        _ changes: inout [TreeChange]
    ) throws(GitError) {
        guard old != new else { return }
        var gone: [String: TreeEntry] = [:]
        if let old {
            for entry in try entries(ofFolder: "", inTree: old) ?? [] { gone[entry.name] = entry }
        }
        if let new {
            for entry in try entries(ofFolder: "", inTree: new) ?? [] {
                let before = gone.removeValue(forKey: entry.name)
                if entry != before { try compare(before, entry, folder, &changes) }
            }
        }
        for entry in gone.values { try compare(entry, nil, folder, &changes) }
    }

    /// Adds what differs where a folder has an entry, had one, or both.
    private func compare(
        _ old: TreeEntry?,
        _ new: TreeEntry?,
        _ folder: String,
        _ changes: inout [TreeChange]
    ) throws(GitError) {
        guard let name = (new ?? old)?.name else { return }
        let path = folder + name
        let folders = [old, new].map { $0?.mode == .folder ? $0?.id : nil }
        if folders != [nil, nil] { try compare(folders[0], folders[1], path + "/", &changes) }
        let files = [old, new].map { entry in
            entry.flatMap { $0.mode == .folder ? nil : TreeChange.File(id: $0.id, mode: $0.mode) }
        }
        if files != [nil, nil] { changes.append(TreeChange(path: path, old: files[0], new: files[1])) }
    }
}
