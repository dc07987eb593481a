// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Git
import Testing

/// How new objects are stored; git is the judge.
@Suite struct LooseObjectTests {
    // Around the size of a stored block, and beyond two of them.
    static let sizes = [0, 1, 5551, 5552, 5553, 65534, 65535, 65536, 131_070, 131_071, 200_000]

    private func content(_ size: Int) -> [UInt8] {
        (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    }

    private func file(_ id: ObjectID, _ scratch: Scratch) -> String {
        "\(scratch.repository)/.git/objects/\(id.description.prefix(2))/\(id.description.dropFirst(2))"
    }

    @Test func gitReadsThem() throws {
        let scratch = try Scratch()
        let repository = try Repository.open(at: scratch.repository)
        for size in Self.sizes {
            let id = try repository.writeBlob(content(size))
            let git = try scratch.git("hash-object", "--stdin", input: content(size)).line
            #expect(id.description == git)
            #expect(try scratch.git("cat-file", "blob", git).bytes == content(size))
            #expect(try Repository.open(at: scratch.repository).bytes(of: id, path: "file") == content(size))
            // Not deflated.
            let stored = try Data(contentsOf: URL(fileURLWithPath: file(id, scratch))).count
            #expect((size..<size + 64).contains(stored))
        }
        let tree = try repository.updateTree(
            nil,
            edits: [.upsert(path: "a/b", blob: try repository.writeBlob([1]), mode: .regular)]
        )
        let commit = try repository.createCommit(
            tree: tree,
            parents: [],
            author: Scratch.author,
            committer: Scratch.committer,
            message: "all kinds\n"
        )
        try scratch.git("update-ref", "refs/heads/main", commit.description)
        #expect(try scratch.git("fsck", "--full", "--strict").errors == "")
        try scratch.git("gc", "--quiet", "--prune=now")
        #expect(try scratch.git("cat-file", "blob", "main:a/b").bytes == [1])
    }

    /// As git's own objects are: no more to be written, and nothing left of the writing.
    @Test func theirFilesAreLikeGits() throws {
        let scratch = try Scratch()
        let id = try Repository.open(at: scratch.repository).writeBlob(content(100))
        let attributes = try FileManager.default.attributesOfItem(atPath: file(id, scratch))
        #expect(attributes[.posixPermissions] as? Int == 0o444)
        let names = try FileManager.default.contentsOfDirectory(atPath: scratch.repository + "/.git/objects")
        #expect(!names.contains { $0.hasPrefix("tmp_") })
    }

    @Test(arguments: ["core.looseCompression", "core.compression"])
    func aConfiguredCompressionIsHeeded(key: String) throws {
        let scratch = try Scratch()
        try scratch.git("config", key, "9")
        let zeros = [UInt8](repeating: 0, count: 10000)
        let id = try Repository.open(at: scratch.repository).writeBlob(zeros)
        #expect(try Data(contentsOf: URL(fileURLWithPath: file(id, scratch))).count < 200)
    }
}
