// SPDX-License-Identifier: GPL-2.0-only

import Clibgit2

/// What a commit says.
public struct Commit: Sendable, Hashable {
    /// The commit's own name.
    public let id: ObjectID
    /// The tree of the files at that commit.
    public let tree: ObjectID
    /// The commits it follows: none for a root commit, several for a merge.
    public let parents: [ObjectID]
    /// Who wrote the change, and when.
    public let author: Signature
    /// Who made the commit, and when.
    public let committer: Signature
    /// The whole message as stored.
    public let message: String
}

extension Repository {
    /// Reads a commit.
    ///
    /// - Throws: `objectMissing`, `objectCorrupt`.
    public func commit(_ id: ObjectID) throws(GitError) -> Commit {
        let handle = try commitHandle(id)
        let pointer = handle.pointer
        guard let tree = git_commit_tree_id(pointer), let author = git_commit_author(pointer),
            let committer = git_commit_committer(pointer), let message = git_commit_message_raw(pointer)
        else {
            throw GitError(.objectCorrupt, "commit \(id) is incomplete", advice: "check it with: git fsck")
        }
        return Commit(
            id: id,
            tree: ObjectID(tree.pointee),
            parents: (0..<git_commit_parentcount(pointer)).compactMap { index in
                git_commit_parent_id(pointer, index).map { ObjectID($0.pointee) }
            },
            author: Signature(author.pointee),
            committer: Signature(committer.pointee),
            message: String(cString: message)
        )
    }

    /// Makes a commit; no reference moves.
    ///
    /// - Parameter message: stored byte for byte; end it with a newline, as git does.
    /// - Returns: the commit's name, the same as `git commit-tree` gives it.
    public func createCommit(
        tree: ObjectID,
        parents: [ObjectID],
        author: Signature,
        committer: Signature,
        message: String
    ) throws(GitError) -> ObjectID {
        let author = try author.handle()
        let committer = try committer.handle()
        var tree = tree.raw
        var id = git_oid()
        let parents = parents.map(\.raw)
        let code = parents.withUnsafeBufferPointer { parents in
            var pointers: [UnsafePointer<git_oid>?] = []
            for index in parents.indices { pointers.append(parents.baseAddress.map { $0 + index }) }
            return git_commit_create_from_ids(
                &id,
                pointer,
                nil,
                author.pointer,
                committer.pointer,
                nil,
                message,
                &tree,
                pointers.count,
                &pointers
            )
        }
        guard code == 0 else { throw try objectError(LibraryFailure(code: code), "create a commit") }
        return ObjectID(id)
    }

    /// Makes a commit that says what another one says, byte for byte and in its encoding; no reference moves.
    public func createCommit(
        like original: ObjectID,
        tree: ObjectID,
        parent: ObjectID,
        committer: Signature
    ) throws(GitError) -> ObjectID {
        let original = try commitHandle(original)
        let committer = try committer.handle()
        guard let author = git_commit_author(original.pointer),
            let message = git_commit_message_raw(original.pointer)
        else {
            throw GitError(.objectCorrupt, "a commit is incomplete", advice: "check it with: git fsck")
        }
        var tree = tree.raw
        var parent = parent.raw
        var id = git_oid()
        let code = withUnsafePointer(to: &parent) { parent in
            var pointers: [UnsafePointer<git_oid>?] = [parent]
            return git_commit_create_from_ids(
                &id,
                pointer,
                nil,
                author,
                committer.pointer,
                git_commit_message_encoding(original.pointer),
                message,
                &tree,
                1,
                &pointers
            )
        }
        guard code == 0 else { throw try objectError(LibraryFailure(code: code), "create a commit") }
        return ObjectID(id)
    }

    func commitHandle(_ id: ObjectID) throws(GitError) -> CommitHandle {
        var raw = id.raw
        var pointer: OpaquePointer?
        let code = git_commit_lookup(&pointer, self.pointer, &raw)
        guard code == 0, let pointer else {
            throw try objectError(LibraryFailure(code: code), "read commit \(id)")
        }
        return CommitHandle(pointer: pointer)
    }
}
