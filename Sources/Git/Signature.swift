// SPDX-License-Identifier: GPL-2.0-only

import Clibgit2

/// A person and a moment, as a commit records its author and committer.
public struct Signature: Sendable, Hashable {
    /// The person's name.
    public var name: String
    /// The person's mail address, without angle brackets.
    public var email: String
    /// When.
    public var time: Timestamp

    /// A person and a moment.
    public init(name: String, email: String, time: Timestamp) {
        self.name = name
        self.email = email
        self.time = time
    }

    init(_ raw: git_signature) {
        name = raw.name.map { String(cString: $0) } ?? ""
        email = raw.email.map { String(cString: $0) } ?? ""
        time = Timestamp(seconds: raw.when.time, offsetMinutes: Int(raw.when.offset))
    }

    /// `Name <address>`.
    public var person: String {
        "\(name) <\(email)>"
    }

    func handle() throws(GitError) -> SignatureHandle {
        var pointer: UnsafeMutablePointer<git_signature>?
        let code = git_signature_new(
            &pointer,
            withoutCrud(name),
            withoutCrud(email),
            time.seconds,
            Int32(time.offsetMinutes)
        )
        guard code == 0, let pointer else {
            let failure = LibraryFailure(code: code)
            throw GitError(
                .missingIdentity,
                "'\(person)' can't sign a commit: \(failure.message)",
                advice:
                    "set a name and an address without angle brackets: git config user.name … and user.email …"
            )
        }
        return SignatureHandle(pointer: pointer)
    }
}
