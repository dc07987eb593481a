// SPDX-License-Identifier: GPL-2.0-only

import Clibgit2

extension Repository {
    /// What a `GIT binary patch` makes of a file of a tree, stored as a blob.
    ///
    /// - Parameters:
    ///   - patch: one file's part of a patch, from `diff --git` on.
    ///   - path: of the file afterwards.
    /// - Throws: `other` for a patch that is damaged, or made on another file.
    public func applyBinary(_ patch: [UInt8], path: String, to tree: ObjectID) throws(GitError) -> ObjectID {
        let diff = DiffHandle(
            pointer: try patch.withUnsafeBytes { bytes in
                Result { () throws(GitError) in
                    try acquire("read the binary patch of '\(path)'") {
                        git_diff_from_buffer(&$0, bytes.baseAddress, bytes.count)
                    }
                }
            }.get()
        )
        let tree = try treeHandle(tree)
        let index = IndexHandle(
            pointer: try acquire("apply the binary patch of '\(path)'") {
                git_apply_to_tree(&$0, self.pointer, tree.pointer, diff.pointer, nil)
            }
        )
        guard let entry = git_index_get_bypath(index.pointer, path, 0) else {
            throw GitError(
                .other,
                "the binary patch of '\(path)' makes no such file",
                advice: "make the patch anew"
            )
        }
        return ObjectID(entry.pointee.id)
    }
}
