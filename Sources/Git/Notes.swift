// SPDX-License-Identifier: GPL-2.0-only

import Clibgit2

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

    /// The commit of a notes reference with these notes more; `parent` itself if there are none.
    ///
    /// `git_note_create` reads, then writes, and the slower run's notes replace the quicker's: the reference has to be
    /// compared and swapped.
    func notesCommit(
        _ notes: [(commit: ObjectID, text: String)],
        after parent: ObjectID?,
        by signature: Signature
    ) throws(GitError) -> ObjectID? {
        var tip = parent
        for note in notes { tip = try noteCommit(note.text, on: note.commit, after: tip, by: signature) }
        return tip
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
