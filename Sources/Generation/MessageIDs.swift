// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git

/// Names for the mails of a revision, as b4 makes them: `20210224-kvm-sev-mirror-v2-1-0123456789ab@example.org`.
///
/// b4 takes a random part; here it is a digest of what is mailed, so that the same series has the same names, and
/// another one, if only by a letter, has others.
package struct MessageIDs {
    private let prefix: String
    private let suffix: String

    /// - Parameters:
    ///   - changeID: its last word is b4's own random part, which is left out.
    ///   - contents: all that is to be mailed.
    package init(changeID: String, revision: Int, contents: [String], sender: Signature) throws {
        let words = changeID.split(separator: "-", omittingEmptySubsequences: false).dropLast()
        let stable = words.isEmpty ? changeID : words.joined(separator: "-")
        prefix = "\(stable)-v\(revision)-"
        let domain = sender.email.split(separator: "@").last.map(String.init) ?? "localhost"
        let digest = try ObjectID.ofBlob(Array(contents.joined(separator: "\0").utf8))
        suffix = "-\(digest.description.prefix(12))@\(domain)"
    }

    /// The name of a mail, without angle brackets; 0 is the cover letter.
    package func name(_ number: Int) -> String { "\(prefix)\(number)\(suffix)" }
}
