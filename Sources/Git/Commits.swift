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
    /// The message as stored; what is not UTF-8 is repaired, and it ends at a NUL (see `hasPlainMessage`).
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

    /// Makes a commit anew in another place: author, message and the encoding that they are in are taken over byte for
    /// byte, also what libgit2 would not write (an empty name, a strange time zone) or would cut (text behind a NUL).
    /// Signatures are left out, as git does: they are of the old commit.
    public func recreateCommit(
        _ original: ObjectID,
        tree: ObjectID,
        parents: [ObjectID],
        committer: Signature
    ) throws(GitError) -> ObjectID {
        let bytes = try commitBytes(original)
        var head: [UInt8] = Array("tree \(tree)\n".utf8)
        for parent in parents { head += "parent \(parent)\n".utf8 }
        // Author and committer stand one behind the other, the encoding behind both.
        var encoding: [UInt8] = []
        var start = 0
        while start < bytes.count, bytes[start] != UInt8(ascii: "\n") {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex - 1
            let line = bytes[start...end]
            if line.starts(with: "author ".utf8) { head += line }
            if line.starts(with: "encoding ".utf8) { encoding = Array(line) }
            start = end + 1
        }
        let zone = committer.time.zoneText
        head +=
            "committer \(withoutCrud(committer.name)) <\(withoutCrud(committer.email))> \(committer.time.seconds) \(zone)\n"
            .utf8
        let made = head + encoding + bytes[min(start, bytes.endIndex)...]
        var id = git_oid()
        try check(
            git_odb_write(&id, objects.pointer, made, made.count, GIT_OBJECT_COMMIT),
            "create a commit"
        )
        return ObjectID(id)
    }

    /// Whether a commit's message is UTF-8 throughout, without a NUL: elsewhere `Commit.message` isn't all of it.
    public func hasPlainMessage(_ id: ObjectID) throws(GitError) -> Bool {
        let bytes = try commitBytes(id)
        let header = bytes.split(separator: 10, omittingEmptySubsequences: false).prefix { !$0.isEmpty }
        return !bytes.contains(0) && String(validating: bytes, as: UTF8.self) != nil
            && !header.contains { $0.starts(with: "encoding ".utf8) }
    }

    /// A commit as git stores it.
    private func commitBytes(_ id: ObjectID) throws(GitError) -> [UInt8] {
        var raw = id.raw
        var pointer: OpaquePointer?
        let code = git_odb_read(&pointer, objects.pointer, &raw)
        guard code == 0, let pointer else {
            throw try objectError(LibraryFailure(code: code), "read commit \(id)")
        }
        let object = DatabaseObject(pointer: pointer)
        return try object.withBytes { bytes throws(GitError) in Array(bytes) }
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
