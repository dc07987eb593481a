// SPDX-License-Identifier: GPL-2.0-only

import Clibgit2

/// Where a branch goes, and what tells of it: a record, which is a reference of the same name elsewhere, and notes on
/// commits. They move as one: whenever `recover()` was called, the record is that of the branch.
public struct Publication {
    /// The branch, without `refs/heads/`.
    public let branch: String
    /// Where it must be; nil if there must be no such branch.
    public let from: ObjectID?
    /// Where it goes; the same if only what tells of it is to change.
    public let to: ObjectID
    /// The record's name without the branch's: `refs/kpatch-gen/`.
    public let recordPrefix: String
    /// Where the record must be; nil if there must be none.
    public let recordFrom: ObjectID?
    /// Where it goes; nil if the branch is to have none.
    public let recordTo: ObjectID?
    /// Notes to be written, in place of those that are there.
    public let notes: [(commit: ObjectID, text: String)]
    /// Their reference, e.g. `refs/notes/kpatch-gen`.
    public let notesReference: String
    /// What `git reflog` is to show.
    public let reflog: String

    /// A publication to be handed to `Repository.publish(_:by:)`.
    public init(
        branch: String,
        from: ObjectID?,
        to: ObjectID,
        recordPrefix: String,
        recordFrom: ObjectID?,
        recordTo: ObjectID?,
        notes: [(commit: ObjectID, text: String)],
        notesReference: String,
        reflog: String
    ) {
        self.branch = branch
        self.from = from
        self.to = to
        self.recordPrefix = recordPrefix
        self.recordFrom = recordFrom
        self.recordTo = recordTo
        self.notes = notes
        self.notesReference = notesReference
        self.reflog = reflog
    }

    /// What became of it.
    public enum Result: Sendable, Hashable {
        /// All is as it was asked for.
        case done
        /// Branch or record is not where it must be: somebody else moved it. Nothing was changed.
        case moved
    }
}

extension Repository {
    /// Moves branch, record and notes as one: compare and swap under git's own locks, so that a branch that somebody
    /// else moved meanwhile is not lost.
    ///
    /// Files can't be renamed as one, so the moves are written down first, and the branch's is the last and decides:
    /// if this process is killed, the next one takes back what was moved before a branch that was not, and removes the
    /// locks that were left.
    ///
    /// - Parameter signature: who writes the notes.
    /// - Throws: `branchCheckedOut`, `invalidBranchName`, `objectMissing`, `io`; all is as it was.
    public func publish(_ publication: Publication, by signature: Signature) throws(GitError)
        -> Publication.Result
    {
        try checkMayWriteReferences()
        let branch = try fullName("refs/heads/", publication.branch)
        let record = publication.recordPrefix + publication.branch
        _ = try commitHandle(publication.to)
        if let id = publication.recordTo { _ = try commitHandle(id) }
        let turn = try PublishingTurn(in: commonDirectory)
        try settle(turn, removingLocks: true)
        guard try target(of: branch) == publication.from, try target(of: record) == publication.recordFrom
        else { return .moved }
        if publication.from != publication.to {
            if let use = try use(of: publication.branch) {
                throw GitError(
                    .branchCheckedOut,
                    "branch '\(publication.branch)' \(use.reason)",
                    advice: "choose another branch, or first: \(use.remedy)"
                )
            }
            try checkNoOverlap(of: branch)
        }
        if publication.recordTo != nil {
            try removeOverlaps(of: record, below: publication.recordPrefix, turn)
        }
        // Whoever writes notes with git doesn't wait for the turn.
        for _ in 0..<100 {
            let tip = try target(of: publication.notesReference)
            let noted = try notesCommit(publication.notes, after: tip, by: signature)
            let moves = [
                ReferenceMove(publication.notesReference, from: tip, to: noted),
                ReferenceMove(record, from: publication.recordFrom, to: publication.recordTo),
                ReferenceMove(branch, from: publication.from, to: publication.to),
            ].filter { $0.from != $0.to }
            guard !moves.isEmpty else { return .done }
            let strayed = try move(moves, reflog: publication.reflog, turn)
            if strayed == nil { return .done }
            if strayed != publication.notesReference { return .moved }
        }
        throw GitError(
            .io,
            "'\(publication.notesReference)' is moved by other programs all the time",
            advice: "run the command again when they are done"
        )
    }

    /// Settles what a run left that was killed while it published. To be called before a branch and what tells of it
    /// are read. Where the repository can't be written, nothing happens.
    public func recover() throws(GitError) {
        guard try PublishingJournal(in: commonDirectory) != nil else { return }
        do {
            try settle(try PublishingTurn(in: commonDirectory), removingLocks: true)
        } catch  where error.kind == .readOnly {}
    }

    /// Makes all moves; the last of them is the one that decides.
    ///
    /// - Returns: the reference that is not where it is to move from; then nothing was changed.
    private func move(_ moves: [ReferenceMove], reflog: String, _ turn: borrowing PublishingTurn)
        throws(GitError) -> String?
    {
        try PublishingJournal(moves).write(to: turn)
        do {
            let strayed = try moveLocked(moves, reflog: reflog)
            try PublishingJournal.remove(turn)
            return strayed
        } catch {
            // A full disk, say, at the second of three. Its own locks are gone.
            try settle(turn, removingLocks: false)
            throw error
        }
    }

    private func moveLocked(_ moves: [ReferenceMove], reflog: String) throws(GitError) -> String? {
        guard let last = moves.last else { return nil }
        // A transaction commits in an order of its own: what decides has one for itself.
        let first = try beginTransaction()
        let second = try beginTransaction()
        for move in moves.dropLast() { try lock(move.name, first) }
        try lock(last.name, second)
        for move in moves where try target(of: move.name) != move.from { return move.name }
        for move in moves.dropLast() { try set(move, first, reflog) }
        try set(last, second, reflog)
        try check(git_transaction_commit(first.pointer), "move '\(moves[0].name)'")
        try check(git_transaction_commit(second.pointer), "move '\(last.name)'")
        return nil
    }

    private func set(_ move: ReferenceMove, _ transaction: borrowing TransactionHandle, _ reflog: String)
        throws(GitError)
    {
        guard let target = move.to else {
            try check(git_transaction_remove(transaction.pointer, move.name), "delete '\(move.name)'")
            return
        }
        var id = target.raw
        try check(
            git_transaction_set_target(transaction.pointer, move.name, &id, nil, reflog),
            "move '\(move.name)'"
        )
    }

    /// Makes way for a record: a reference is a file in a folder, so `a` and `a/b` can't both exist. Those in the way
    /// are of branches that are gone, as branches are such files, too.
    private func removeOverlaps(of record: String, below prefix: String, _ turn: borrowing PublishingTurn)
        throws(GitError)
    {
        for other in try names(below: prefix) {
            let other = prefix + other
            guard other.hasPrefix(record + "/") || record.hasPrefix(other + "/") else { continue }
            _ = try move([ReferenceMove(other, from: try target(of: other), to: nil)], reflog: "", turn)
        }
    }

    /// Finishes or takes back what the journal says. Nobody is at it: whoever has the turn wrote it, or a process that
    /// is gone.
    private func settle(_ turn: borrowing PublishingTurn, removingLocks: Bool) throws(GitError) {
        guard let journal = try PublishingJournal(in: commonDirectory) else { return }
        if removingLocks {
            for move in journal.moves { try journal.removeDeadLock(of: move, in: commonDirectory) }
        }
        guard let last = journal.moves.last else { return try PublishingJournal.remove(turn) }
        if try target(of: last.name) == last.from {
            for move in journal.moves.dropLast() where try target(of: move.name) == move.to {
                let back = ReferenceMove(move.name, from: move.to, to: move.from)
                _ = try moveLocked([back], reflog: "kpatch-gen: taken back, the branch did not move")
            }
        }
        try PublishingJournal.remove(turn)
    }

    private func beginTransaction() throws(GitError) -> TransactionHandle {
        TransactionHandle(
            pointer: try acquire("begin to move references") { git_transaction_new(&$0, self.pointer) }
        )
    }

    /// Waits for another program for a second.
    private func lock(_ reference: String, _ transaction: borrowing TransactionHandle) throws(GitError) {
        for _ in 0..<100 {
            let code = git_transaction_lock_ref(transaction.pointer, reference)
            if code == 0 { return }
            let failure = LibraryFailure(code: code)
            guard failure.isOf(GIT_ELOCKED) else { throw failure.error(while: "lock '\(reference)'") }
            pause(milliseconds: 10)
        }
        throw GitError(
            .io,
            "'\(reference)' has been locked by another program for a second",
            advice:
                "wait for it and run the command again; if nothing runs, remove the file \(commonDirectory)\(reference).lock"
        )
    }
}
