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
    /// What differs between two trees, sorted by path. Folders with the same tree object are not looked into.
    ///
    /// - Parameters:
    ///   - oldTree: nil for an empty tree, which lists all of the new one.
    ///   - newTree: nil for an empty tree.
    /// - Throws: `objectMissing`, `objectCorrupt`.
    public func diff(from oldTree: ObjectID?, to newTree: ObjectID?) throws(GitError) -> [TreeChange] {
        guard oldTree != newTree else { return [] }
        var options = git_diff_options()
        try check(git_diff_options_init(&options, UInt32(GIT_DIFF_OPTIONS_VERSION)), "prepare a comparison")
        options.flags = GIT_DIFF_INCLUDE_TYPECHANGE.rawValue | GIT_DIFF_SKIP_BINARY_CHECK.rawValue
        var pointer: OpaquePointer?
        let code: Int32
        switch (oldTree, newTree) {
        case (let old?, let new?):
            let old = try treeHandle(old)
            let new = try treeHandle(new)
            code = git_diff_tree_to_tree(&pointer, self.pointer, old.pointer, new.pointer, &options)
        case (nil, let new?):
            let new = try treeHandle(new)
            code = git_diff_tree_to_tree(&pointer, self.pointer, nil, new.pointer, &options)
        case (let old?, nil):
            let old = try treeHandle(old)
            code = git_diff_tree_to_tree(&pointer, self.pointer, old.pointer, nil, &options)
        case (nil, nil):
            return []
        }
        guard code == 0, let pointer else {
            throw try objectError(LibraryFailure(code: code), "compare two trees")
        }
        let diff = DiffHandle(pointer: pointer)
        let count = git_diff_num_deltas(diff.pointer)
        var changes: [TreeChange] = []
        changes.reserveCapacity(count)
        for index in 0..<count {
            guard let delta = git_diff_get_delta(diff.pointer, index) else { continue }
            changes.append(try TreeChange(delta.pointee))
        }
        return changes
    }
}

extension TreeChange {
    init(_ delta: git_diff_delta) throws(GitError) {
        let path = try text(delta.new_file.path ?? delta.old_file.path, of: "a path")
        self.path = path
        old = delta.status == GIT_DELTA_ADDED ? nil : try File(delta.old_file, at: path)
        new = delta.status == GIT_DELTA_DELETED ? nil : try File(delta.new_file, at: path)
    }
}

extension TreeChange.File {
    init(_ file: git_diff_file, at path: String) throws(GitError) {
        id = ObjectID(file.id)
        mode = try FileMode(git_filemode_t(UInt32(file.mode)), of: path)
    }
}
