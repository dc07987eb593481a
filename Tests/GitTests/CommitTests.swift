// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Git
import Testing

/// Commits of others, made anew; git itself is the judge.
@Suite struct CommitTests {
    /// Commits that git can hold and libgit2 would not write.
    static let commits: [[UInt8]] = [
        Array("author J\u{fc}rgen <j@example.org> 1 +0000".utf8).latin(
            "encoding ISO-8859-1\n\nGr\u{fc}\u{df}e\n"
        ),
        Array("author  <> 1112911993 +9959\n\nno name\n".utf8),
        Array("author A <a@b> 1112911993 -0330\n\nbehind\0a NUL\n".utf8),
        Array("author A <a@b> 1112911993 +0000\nencoding KOI8-R\n\nno line end".utf8),
        Array("author A <a@b> 1112911993 +0000\n\n".utf8),
    ]

    @Test(arguments: commits.indices)
    func authorAndMessageAreCarriedByteForByte(_ index: Int) throws {
        let scratch = try Scratch()
        let base = try scratch.commit("base")
        try scratch.write("file", "new\n")
        let next = try scratch.commit("next")
        let repository = try Repository.open(at: scratch.repository)
        let tree = try repository.commit(next).tree
        var lines = Self.commits[index]
        // The committer's line comes behind the author's.
        let end = try #require(lines.firstIndex(of: 10))
        lines.insert(contentsOf: Array("committer C <c@d> 5 +0000\n".utf8), at: end + 1)
        let original = try scratch.hash(Array("tree \(tree)\nparent \(base)\n".utf8) + lines)
        let made = try repository.recreateCommit(
            original,
            tree: try repository.commit(base).tree,
            parents: [next],
            committer: Scratch.committer
        )
        func parts(_ id: ObjectID) throws -> [[UInt8]] {
            let bytes = try scratch.git("cat-file", "commit", id.description).bytes
            let lines = bytes.split(separator: 10, omittingEmptySubsequences: false).map(Array.init)
            return lines.filter { line in
                !["tree ", "parent ", "committer "].contains { line.starts(with: $0.utf8) }
            }
        }
        #expect(try parts(made) == parts(original))
        #expect(try scratch.id("\(made)^") == next)
        #expect(
            try scratch.git("log", "-1", "--format=%cn <%ce> %ct", made.description).line
                == "\(Scratch.committer.person) \(Scratch.committer.time.seconds)"
        )
    }

    @Test func signaturesOfTheOldCommitAreLeftOut() throws {
        let scratch = try Scratch()
        let base = try scratch.commit("base")
        let repository = try Repository.open(at: scratch.repository)
        let tree = try repository.commit(base).tree
        let signed = try scratch.hash(
            Array(
                """
                tree \(tree)
                author A <a@b> 1 +0000
                committer A <a@b> 1 +0000
                gpgsig -----BEGIN PGP SIGNATURE-----
                 author of nothing
                 -----END PGP SIGNATURE-----

                signed

                """.utf8
            )
        )
        let made = try repository.recreateCommit(
            signed,
            tree: tree,
            parents: [base],
            committer: Scratch.committer
        )
        let text = try scratch.git("cat-file", "commit", made.description).text
        #expect(!text.contains("gpgsig"))
        #expect(!text.contains("of nothing"))
        #expect(text.hasSuffix("\n\nsigned\n"))
        #expect(try scratch.git("fsck", "--strict", "--no-dangling").text == "")
    }
}

extension [UInt8] {
    /// These bytes and a line's end, then a text, in ISO 8859-1.
    fileprivate func latin(_ text: String) -> [UInt8] {
        let own = String(decoding: self, as: UTF8.self)
        return (own + "\n" + text).unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    }
}

extension Scratch {
    /// Writes a commit as it is, whatever it holds.
    fileprivate func hash(_ bytes: [UInt8]) throws -> ObjectID {
        let line = try git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", input: bytes).line
        return try #require(ObjectID(hex: line))
    }
}
