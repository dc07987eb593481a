// SPDX-License-Identifier: GPL-2.0-only

import Clibgit2
import Glibc

extension Repository {
    /// A commit's note; nil if it has none.
    ///
    /// - Parameter reference: the notes reference, e.g. `refs/notes/kpatch-gen`.
    public func note(on commit: ObjectID, reference: String) throws(GitError) -> String? {
        var id = commit.raw
        var pointer: OpaquePointer?
        let code = git_note_read(&pointer, self.pointer, reference, &id)
        guard code == 0, let pointer else {
            let failure = LibraryFailure(code: code)
            if failure.isOf(GIT_ENOTFOUND) { return nil }
            throw failure.error(while: "read the note on \(commit) in '\(reference)'")
        }
        let note = NoteHandle(pointer: pointer)
        return git_note_message(note.pointer).map { String(cString: $0) }
    }

    /// Writes a commit's note, in place of one that is there.
    public func setNote(
        _ note: String,
        on commit: ObjectID,
        reference: String,
        by signature: Signature
    ) throws(GitError) {
        try setNotes([(commit, note)], reference: reference, by: signature)
    }

    /// Writes several notes in one move of the reference, which is locked from before it is read: two runs that note
    /// something at the same time both keep their notes. Waits for the other for a second.
    ///
    /// `git_note_create` reads, then writes, and the slower run's notes replace the quicker's.
    public func setNotes(
        _ notes: [(commit: ObjectID, text: String)],
        reference: String,
        by signature: Signature
    ) throws(GitError) {
        try checkMayWriteReferences()
        guard reference.hasPrefix("refs/notes/") else {
            throw GitError(
                .invalidBranchName,
                "'\(reference)' is not a notes reference",
                advice: "use one below refs/notes/"
            )
        }
        let transaction = TransactionHandle(
            pointer: try acquire("begin to move '\(reference)'") { git_transaction_new(&$0, self.pointer) }
        )
        try lock(reference, transaction)
        var tip = try target(of: reference)
        for note in notes { tip = try noteCommit(note.text, on: note.commit, after: tip, by: signature) }
        guard let tip else { return }
        var id = tip.raw
        try check(
            git_transaction_set_target(transaction.pointer, reference, &id, nil, "notes by kpatch-gen"),
            "move '\(reference)'"
        )
        try check(git_transaction_commit(transaction.pointer), "move '\(reference)'")
    }

    private func lock(_ reference: String, _ transaction: borrowing TransactionHandle) throws(GitError) {
        for _ in 0..<100 {
            let code = git_transaction_lock_ref(transaction.pointer, reference)
            if code == 0 { return }
            let failure = LibraryFailure(code: code)
            guard failure.isOf(GIT_ELOCKED) else { throw failure.error(while: "lock '\(reference)'") }
            usleep(10_000)
        }
        throw GitError(
            .io,
            "'\(reference)' has been locked by another program for a second",
            advice:
                "run the command again; if nothing runs, remove the file \(reference).lock in the repository"
        )
    }

    /// A commit of the notes reference with one note more.
    private func noteCommit(
        _ text: String,
        on commit: ObjectID,
        after parent: ObjectID?,
        by signature: Signature
    ) throws(GitError) -> ObjectID {
        let signature = try signature.handle()
        var target = commit.raw
        var id = git_oid()
        func create(_ parent: OpaquePointer?) -> Int32 {
            git_note_commit_create(
                &id,
                nil,
                pointer,
                parent,
                signature.pointer,
                signature.pointer,
                &target,
                text,
                1
            )
        }
        if let parent {
            let handle = try commitHandle(parent)
            try check(create(handle.pointer), "write a note on \(commit)")
        } else {
            try check(create(nil), "write a note on \(commit)")
        }
        return ObjectID(id)
    }
}
