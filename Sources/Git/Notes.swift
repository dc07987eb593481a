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

    /// Writes a commit's note, in place of one that is there.
    public func setNote(
        _ note: String,
        on commit: ObjectID,
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
        let signature = try signature.handle()
        var commit = commit.raw
        var id = git_oid()
        try check(
            git_note_create(&id, pointer, reference, signature.pointer, signature.pointer, &commit, note, 1),
            "write a note in '\(reference)'"
        )
    }
}
