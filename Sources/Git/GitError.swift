// SPDX-License-Identifier: GPL-2.0-only

/// Why git work could not be done, and what the user can do about it.
public struct GitError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it is, for callers that choose an exit status or a way round.
    public enum Kind: Sendable, Hashable {
        /// No repository at the path or in any folder above it.
        case notARepository
        /// Somebody else's, which this user may not read.
        case denied
        /// A repository in a format that libgit2 can't read; the key names it, e.g. `extensions.objectFormat`.
        case unsupportedRepository(key: String)
        /// The repository belongs to another user and `safe.directory` does not name it.
        case ownerMismatch
        /// No branch, tag or commit of that name.
        case revisionNotFound
        /// An abbreviated object name that several objects share.
        case ambiguousRevision
        /// An object that ought to be there is not: a shallow or partial clone, or a damaged repository.
        case objectMissing
        /// An object is there but can't be read or does not match its name.
        case objectCorrupt
        /// No such path in a tree, or a file where a folder is needed (or the other way round).
        case pathNotFound
        /// A file that is larger than the caller wants to read.
        case tooLarge
        /// A work tree has the branch checked out, or a rebase or bisection there has it in hand.
        case branchCheckedOut
        /// Not a valid name for a branch, tag or notes reference.
        case invalidBranchName
        /// Neither the configuration nor the environment says who commits.
        case missingIdentity
        /// A date in the environment that git can't read either.
        case badDate
        /// A commit of whose message `git am` would make another one.
        case unmailable
        /// No space left.
        case diskFull
        /// Reading or writing a file failed.
        case io
        /// A file can't be written: a read-only disk, or somebody else's.
        case readOnly
        /// Anything else.
        case other
    }

    /// What kind of failure it is.
    public let kind: Kind
    /// What happened, and where.
    public let message: String
    /// What the user should do.
    public let advice: String

    /// What happened on the first line, what to do on the next.
    public var description: String {
        "\(message)\n\(advice)"
    }

    init(_ kind: Kind, _ message: String, advice: String) {
        self.kind = kind
        self.message = message
        self.advice = advice
    }
}
