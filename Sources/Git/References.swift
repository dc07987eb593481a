// SPDX-License-Identifier: GPL-2.0-only

import Clibgit2

extension Repository {
    /// All local branches, without `refs/heads/`, sorted.
    public func branchNames() throws(GitError) -> [String] {
        try names(below: "refs/heads/")
    }

    /// All tags, without `refs/tags/`, sorted.
    public func tagNames() throws(GitError) -> [String] {
        try names(below: "refs/tags/")
    }

    /// The commit that a local branch is at; nil if there is no such branch.
    public func branchTarget(_ branch: String) throws(GitError) -> ObjectID? {
        try target(of: try fullName("refs/heads/", branch))
    }

    /// Moves a branch, if it is where it is expected to be: compare and swap under git's own lock, so that a branch
    /// that somebody else moved meanwhile is not lost.
    ///
    /// - Parameters:
    ///   - expected: where the branch must be; nil if there must be no such branch.
    ///   - record: a reference that tells of the branch, and where it goes in the same step: both are locked before
    ///     either moves.
    ///   - reflog: what `git reflog` is to show.
    /// - Throws: `branchExists`, `refMoved`, `branchCheckedOut`, `invalidBranchName`; the branch is as it was.
    public func setBranch(
        _ branch: String,
        to commit: ObjectID,
        expecting expected: ObjectID?,
        record: (name: String, target: ObjectID)? = nil,
        reflog: String
    ) throws(GitError) {
        let name = try fullName("refs/heads/", branch)
        if let folder = try whereCheckedOut(branch) {
            throw GitError(
                .branchCheckedOut,
                "branch '\(branch)' is checked out in '\(folder)'; moving it would show as changes there",
                advice: "choose another branch, or there: git switch --detach"
            )
        }
        _ = try commitHandle(commit)
        try setReference(name, to: commit, also: record, reflog: reflog) { current throws(GitError) in
            guard current != expected else { return }
            let place = current.map { "at \($0)" } ?? "gone"
            guard let expected else {
                throw GitError(
                    .branchExists,
                    "branch '\(branch)' exists already, \(place)",
                    advice: "choose another name, or delete it: git branch -D \(branch)"
                )
            }
            throw GitError(
                .refMoved,
                "branch '\(branch)' was at \(expected) and is now \(place): somebody else moved it",
                advice: "look at `git reflog \(branch)` and run the command again"
            )
        }
    }

    /// Makes a lightweight tag.
    ///
    /// - Throws: `tagExists`, also if it is at the same commit; `invalidBranchName`.
    public func createTag(_ tag: String, at commit: ObjectID) throws(GitError) {
        let name = try fullName("refs/tags/", tag)
        _ = try commitHandle(commit)
        try setReference(name, to: commit, reflog: "tag: \(tag)") { current throws(GitError) in
            guard let current else { return }
            throw GitError(
                .tagExists,
                "tag '\(tag)' exists already, at \(current)",
                advice: "choose another name, or delete it: git tag -d \(tag)"
            )
        }
    }

    /// Moves a reference outside of branches and tags, wherever it was.
    public func setReference(_ name: String, to commit: ObjectID, reflog: String) throws(GitError) {
        _ = try commitHandle(commit)
        try setReference(name, to: commit, reflog: reflog) { _ in }
    }

    /// Deletes a reference; nothing happens if there is none.
    public func removeReference(_ name: String) throws(GitError) {
        try checkMayWriteReferences()
        let code = git_reference_remove(pointer, name)
        if code < 0 {
            let failure = LibraryFailure(code: code)
            guard failure.isOf(GIT_ENOTFOUND) else { throw failure.error(while: "delete '\(name)'") }
        }
    }

    /// The object that a reference leads to; nil if there is none.
    public func target(of name: String) throws(GitError) -> ObjectID? {
        var id = git_oid()
        let code = git_reference_name_to_id(&id, pointer, name)
        guard code < 0 else { return ObjectID(id) }
        let failure = LibraryFailure(code: code)
        if failure.isOf(GIT_ENOTFOUND) { return nil }
        throw failure.error(while: "read '\(name)'")
    }

    private func setReference(
        _ name: String,
        to target: ObjectID,
        also other: (name: String, target: ObjectID)? = nil,
        reflog: String,
        ifAllowed condition: (ObjectID?) throws(GitError) -> Void
    ) throws(GitError) {
        try checkMayWriteReferences()
        let transaction = TransactionHandle(
            pointer: try acquire("begin to move '\(name)'") { git_transaction_new(&$0, self.pointer) }
        )
        try checkNoOverlap(of: name)
        try check(git_transaction_lock_ref(transaction.pointer, name), "lock '\(name)'")
        if let other {
            try check(git_transaction_lock_ref(transaction.pointer, other.name), "lock '\(other.name)'")
        }
        try condition(try self.target(of: name))
        if let other {
            var id = other.target.raw
            try check(
                git_transaction_set_target(transaction.pointer, other.name, &id, nil, reflog),
                "move '\(other.name)'"
            )
        }
        var id = target.raw
        try check(
            git_transaction_set_target(transaction.pointer, name, &id, nil, reflog),
            "move '\(name)'"
        )
        try check(git_transaction_commit(transaction.pointer), "move '\(name)'")
    }

    /// A reference is a file in a folder, so `a` and `a/b` can't both exist. libgit2 leaves this to its caller here.
    private func checkNoOverlap(of name: String) throws(GitError) {
        guard let top = ["refs/heads/", "refs/tags/"].first(where: name.hasPrefix) else { return }
        for other in try names(below: top) {
            let other = top + other
            guard other.hasPrefix(name + "/") || name.hasPrefix(other + "/") else { continue }
            throw GitError(
                .invalidBranchName,
                "'\(name)' can't exist beside '\(other)'",
                advice: "choose a name that is not the folder of another one"
            )
        }
    }

    /// The references whose names begin so, without that beginning, sorted.
    public func names(below prefix: String) throws(GitError) -> [String] {
        let iterator = ReferenceIterator(
            pointer: try acquire("list references") {
                git_reference_iterator_glob_new(&$0, self.pointer, prefix + "*")
            }
        )
        var names: [String] = []
        while true {
            var name: UnsafePointer<CChar>?
            let code = git_reference_next_name(&name, iterator.pointer)
            if code == GIT_ITEROVER.rawValue { break }
            try check(code, "list references")
            names.append(String(try text(name, of: "a reference").dropFirst(prefix.count)))
        }
        return names.sorted()
    }

    func fullName(_ prefix: String, _ name: String) throws(GitError) -> String {
        var isValid: Int32 = 0
        let full = prefix + name
        try check(git_reference_name_is_valid(&isValid, full), "check the name '\(name)'")
        // git refuses these too; they could not be named on a command line.
        guard isValid == 1, !name.hasPrefix("-"), full != "refs/heads/HEAD" else {
            throw GitError(
                .invalidBranchName,
                "'\(name)' is not a valid name for a branch or tag",
                advice: "use letters, digits, '-', '_', '.' and '/'; the rules are in git-check-ref-format(1)"
            )
        }
        return full
    }
}
