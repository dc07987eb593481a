// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// Why Debian's archives don't give a kernel source.
public enum FetchError: Blamed, Hashable {
    /// suites.yml has no row for it.
    case unknownVersion(String, known: [String])
    /// This machine's apt has no mirror of that archive.
    case noMirror(archive: String, suite: String)
    /// The keys that the archive's signature is checked with are not there.
    case noKeyring(FilePath)
    /// A signature or checksum is missing or wrong. Never worked around.
    case badSignature(suite: String, text: String)
    /// The mirror does not answer.
    case unreachable(suite: String, text: String)
    /// The mirror does not have the suite.
    case noSuite(String, text: String)
    /// The suite has no such package or version.
    case notInSuite(wanted: String, suite: String, versions: [String])
    /// apt failed otherwise.
    case apt(String)
    /// The package does not hold what it should.
    case badPackage(String)

    public var fault: Fault {
        switch self {
        case .unknownVersion, .notInSuite: .user
        case .noMirror, .noKeyring, .badSignature, .unreachable, .noSuite, .apt, .badPackage: .infrastructure
        }
    }

    public var description: String {
        switch self {
        case .unknownVersion(let asked, let known):
            return "no source of Linux \(asked) is known; known are \(known.joined(separator: ", ")) "
                + "(kernel-config/suites.yml); a tarball or folder can be taken with 'trees import'"
        case .noMirror(let archive, let suite):
            return
                "\(suite) is in Debian's \(archive) archive, but no source of this machine's apt is a mirror of it; "
                + "add one to /etc/apt/sources.list.d (any release will do), or take a tarball with 'trees import'"
        case .noKeyring(let path):
            return "can't check Debian's signatures: \(path) is missing; run "
                + DebianPackages.installCommand(["debian-archive-keyring"])
        case .badSignature(let suite, let text):
            return "a signature or checksum of \(suite) is not valid, nothing was taken from it:\n\(text)"
        case .unreachable(let suite, let text):
            return "can't reach the mirror of \(suite); is this machine offline?\n\(text)"
        case .noSuite(let suite, let text):
            return
                "the configured mirror does not have \(suite); Debian may have moved it to its archive of old "
                + "releases\n\(text)"
        case .notInSuite(let wanted, let suite, let versions):
            let seen = versions.isEmpty ? "no version of it" : versions.joined(separator: ", ")
            return "\(wanted) is not in \(suite), which has \(seen)"
        case .apt(let text):
            return "apt failed:\n\(text)"
        case .badPackage(let reason):
            return reason
        }
    }
}
