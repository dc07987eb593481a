// SPDX-License-Identifier: GPL-2.0-only

import Clibgit2
import Glibc

/// One change to a tree.
public enum TreeEdit: Sendable, Hashable {
    /// Puts a blob at a path, whether or not something is there; folders are made as needed.
    case upsert(path: String, blob: ObjectID, mode: FileMode)
    /// Takes a path away; a folder that becomes empty goes too.
    case remove(path: String)

    /// The path from the top of the tree, with `/` between folders.
    public var path: String {
        switch self {
        case .upsert(let path, _, _), .remove(let path): path
        }
    }
}

extension Repository {
    /// Makes a new tree out of another one; folders that no edit touches are shared, so that this costs the same in
    /// a small tree and in a kernel.
    ///
    /// - Parameter base: the tree to start from, nil for an empty one.
    /// - Throws: `pathNotFound` if a path to remove is not there or a folder on the way is a file; `other` if two
    ///   edits name the same path.
    public func updateTree(_ base: ObjectID?, edits: [TreeEdit]) throws(GitError) -> ObjectID {
        let base = if let base { base } else { try emptyTree() }
        guard !edits.isEmpty else { return base }
        var paths: Set<String> = []
        for edit in edits where !paths.insert(edit.path).inserted {
            throw GitError(
                .other,
                "two edits of one tree both name '\(edit.path)'",
                advice: "this is a fault of the caller: join them into one"
            )
        }
        let tree = try treeHandle(base)
        var updates: [git_tree_update] = []
        defer { for update in updates { free(UnsafeMutablePointer(mutating: update.path)) } }
        for edit in edits {
            var update = git_tree_update()
            switch edit {
            case .upsert(_, let blob, let mode):
                update.action = GIT_TREE_UPDATE_UPSERT
                update.id = blob.raw
                update.filemode = git_filemode_t(mode.rawValue)
                // libgit2 would only say "invalid object".
                guard mode == .submodule || git_odb_exists(objects.pointer, &update.id) == 1 else {
                    throw GitError(
                        .objectMissing,
                        "'\(edit.path)' is to become object \(blob), which the repository does not have",
                        advice: "this is a fault of the caller: write the blob first"
                    )
                }
            case .remove:
                update.action = GIT_TREE_UPDATE_REMOVE
            }
            update.path = UnsafePointer(strdup(edit.path))
            updates.append(update)
        }
        var id = git_oid()
        let code = git_tree_create_updated(&id, pointer, tree.pointer, updates.count, updates)
        guard code == 0 else {
            let failure = LibraryFailure(code: code)
            guard failure.isOf(GIT_ERROR_TREE) else { throw try objectError(failure, "update tree \(base)") }
            throw GitError(
                .pathNotFound,
                "could not update tree \(base): \(failure.message)",
                advice: "check the paths: \(edits.map(\.path).sorted().joined(separator: ", "))"
            )
        }
        return ObjectID(id)
    }

    /// Stores the tree without entries.
    public func emptyTree() throws(GitError) -> ObjectID {
        let builder = TreeBuilderHandle(
            pointer: try acquire("make an empty tree") { git_treebuilder_new(&$0, self.pointer, nil) }
        )
        var id = git_oid()
        try check(git_treebuilder_write(&id, builder.pointer), "store an empty tree")
        return ObjectID(id)
    }
}
