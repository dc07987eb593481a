// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Git
import Testing

@Suite struct ObjectTests {
    @Test func aFileOverTheLimitIsNotRead() throws {
        let scratch = try Scratch()
        try scratch.write("big", String(repeating: "x", count: 1000))
        let repository = try Repository.open(at: scratch.repository)
        let tree = try repository.commit(try scratch.commit()).tree
        #expect(try repository.blob(at: "big", inTree: tree, limit: 1000)?.bytes.count == 1000)
        let refused = failure { _ = try repository.blob(at: "big", inTree: tree, limit: 999) }
        #expect(refused?.kind == .tooLarge)
        #expect(refused?.message.contains("1000 bytes, and 999") == true)
    }

    @Test func aNameOfALostCommitIsNotCalledUnknown() throws {
        let scratch = try Scratch()
        try scratch.write("file", "x")
        let commit = try scratch.commit()
        try scratch.git("tag", "v1")
        let name = "\(commit)"
        try FileManager.default.removeItem(
            atPath: scratch.repository + "/.git/objects/\(name.prefix(2))/\(name.dropFirst(2))"
        )
        let repository = try Repository.open(at: scratch.repository)
        for revision in ["v1", "refs/tags/v1", "main", "HEAD"] {
            let error = failure { _ = try repository.commitID(of: revision) }
            #expect(error?.kind == .objectMissing)
            #expect(error?.message.contains("read \(name), which '\(revision)' names") == true)
            #expect(error?.advice.contains("git fsck") == true)
        }
    }

    @Test func objectIDsReadAndCompareAsHex() throws {
        let text = "0123456789abcdef0123456789abcdef01234567"
        let id = try #require(ObjectID(hex: text.uppercased()))
        #expect(id.description == text)
        #expect(id.abbreviated == "0123456789ab")
        #expect(ObjectID(hex: String(text.dropLast())) == nil)
        #expect(ObjectID(hex: text.dropLast() + "g") == nil)
        let texts = ["00" + text.dropFirst(2), text, "f" + text.dropFirst(), text.dropLast() + "8"]
        let ids = texts.compactMap { ObjectID(hex: String($0)) }
        #expect(ids.sorted().map(\.description) == texts.map { String($0) }.sorted())
        let json = try JSONEncoder().encode([id])
        #expect(String(decoding: json, as: UTF8.self) == "[\"\(text)\"]")
        #expect(try JSONDecoder().decode([ObjectID].self, from: json) == [id])
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([ObjectID].self, from: Data("[\"x\"]".utf8))
        }
    }

    @Test(arguments: ["", "hello\n", "\0\u{1}ü"])
    func blobNamesAgreeWithGit(content: String) throws {
        let scratch = try Scratch()
        let bytes = Array(content.utf8)
        let expected = try scratch.git("hash-object", "--stdin", input: bytes).line
        #expect(try ObjectID.ofBlob(bytes).description == expected)
        let repository = try Repository.open(at: scratch.repository)
        let written = try repository.writeBlob(bytes)
        #expect(written.description == expected)
        #expect(try scratch.git("cat-file", "blob", expected).bytes == bytes)
    }

    @Test func treesAndCommitsAgreeWithGit() throws {
        let scratch = try Scratch()
        try scratch.write("Makefile", "all:\n")
        try scratch.write("arch/x86/kvm/svm/sev.c", "old\n")
        try scratch.write("scripts/only/here.sh", "#!/bin/sh\n")
        try scratch.write("virt/kvm/kvm_main.c", "main\n")
        let base = try scratch.commit()
        let repository = try Repository.open(at: scratch.repository)
        let before = try repository.commit(base)
        let blob = try repository.writeBlob(Array("new\n".utf8))
        let tree = try repository.updateTree(
            before.tree,
            edits: [
                .upsert(path: "arch/x86/kvm/svm/sev.c", blob: blob, mode: .regular),
                .upsert(path: "new/deep/tool", blob: blob, mode: .executable),
                .upsert(path: "Makefile", blob: blob, mode: .symbolicLink),
                .remove(path: "scripts/only/here.sh"),
            ]
        )
        try scratch.write("arch/x86/kvm/svm/sev.c", "new\n")
        try scratch.write("new/deep/tool", "new\n", executable: true)
        try FileManager.default.removeItem(atPath: scratch.repository + "/Makefile")
        try FileManager.default.createSymbolicLink(
            atPath: scratch.repository + "/Makefile",
            withDestinationPath: "new\n"
        )
        try scratch.git("rm", "-q", "scripts/only/here.sh")
        try scratch.git("add", "-A")
        #expect(tree.description == (try scratch.git("write-tree").line))

        for message in [
            "subject\n", "KVM: ü\n\nbody\n\nSigned-off-by: A <a@b>\n", "no newline", "\nleading\n",
            "# kept\n",
        ] {
            let made = try repository.createCommit(
                tree: tree,
                parents: [base],
                author: Scratch.author,
                committer: Scratch.committer,
                message: message
            )
            let expected = try scratch.git(
                "hash-object",
                "-t",
                "commit",
                "--stdin",
                input: Array(
                    """
                    tree \(tree)
                    parent \(base)
                    author Ann Author <ann@example.org> 1614157155 +0230
                    committer Carl Committer <carl@example.org> 1614200000 -0700

                    \(message)
                    """.utf8
                )
            )
            #expect(made.description == expected.line, "\(message.debugDescription)")
            let read = try repository.commit(made)
            #expect(read.message == message)
            #expect(read.author == Scratch.author && read.committer == Scratch.committer)
            #expect(read.tree == tree && read.parents == [base])
        }
        let root = try repository.createCommit(
            tree: tree,
            parents: [],
            author: Scratch.author,
            committer: Scratch.committer,
            message: "root\n"
        )
        let expected = try scratch.git("commit-tree", tree.description, input: Array("root\n".utf8)).line
        #expect(root.description == expected)
        try scratch.git("fsck", "--strict", "--no-dangling")
    }

    @Test func treesStartEmptyAndRefuseWhatCantBe() throws {
        let scratch = try Scratch(initialize: false)
        let repository = try Repository.createBare(at: scratch.repository + "/deep/bare.git")
        let isBare = repository.isBare
        #expect(isBare)
        let empty = try repository.updateTree(nil, edits: [])
        #expect(empty.description == "4b825dc642cb6eb9a060e54bf8d69288fbee4904")
        let blob = try repository.writeBlob([1])
        let tree = try repository.updateTree(nil, edits: [.upsert(path: "a/b", blob: blob, mode: .regular)])
        #expect(try repository.updateTree(tree, edits: [.remove(path: "a/b")]) == empty)
        let missing = failure { _ = try repository.updateTree(tree, edits: [.remove(path: "a/c")]) }
        #expect(missing?.kind == .pathNotFound)
        let fileInTheWay = failure {
            _ = try repository.updateTree(tree, edits: [.upsert(path: "a/b/c", blob: blob, mode: .regular)])
        }
        #expect(fileInTheWay?.kind == .pathNotFound)
        let unwritten = try ObjectID.ofBlob([2])
        let noBlob = failure {
            _ = try repository.updateTree(tree, edits: [.upsert(path: "x", blob: unwritten, mode: .regular)])
        }
        #expect(noBlob?.kind == .objectMissing)
        let twice = failure {
            _ = try repository.updateTree(tree, edits: [.remove(path: "a/b"), .remove(path: "a/b")])
        }
        #expect(twice?.kind == .other)
        let again = failure { _ = try Repository.createBare(at: scratch.repository + "/deep/bare.git") }
        #expect(again?.message.contains("already") == true)
    }

    @Test func readsFilesAndFolders() throws {
        let scratch = try Scratch()
        try scratch.write("b/run.sh", "#!\n", executable: true)
        try scratch.write("b/c/d", "x")
        try scratch.write("a", "")
        let commit = try scratch.commit()
        let repository = try Repository.open(at: scratch.repository)
        let tree = try repository.commit(commit).tree
        let run = try repository.blob(at: "b/run.sh", inTree: tree)
        #expect(run?.bytes == Array("#!\n".utf8))
        #expect(run?.mode == .executable)
        #expect(try repository.blob(at: "a", inTree: tree)?.bytes == [])
        #expect(try repository.blob(at: "b/none", inTree: tree) == nil)
        #expect(try repository.blob(at: "a/none", inTree: tree) == nil)
        #expect(failure { _ = try repository.blob(at: "b", inTree: tree) }?.kind == .pathNotFound)
        #expect(try repository.entries(ofFolder: "", inTree: tree)?.map(\.name) == ["a", "b"])
        #expect(try repository.entries(ofFolder: "b", inTree: tree)?.map(\.mode) == [.folder, .executable])
        #expect(try repository.entries(ofFolder: "z", inTree: tree) == nil)
        #expect(failure { _ = try repository.entries(ofFolder: "a", inTree: tree) }?.kind == .pathNotFound)
    }

    @Test func memoryObjectsLeaveNoTrace() throws {
        let scratch = try Scratch()
        try scratch.write("a/file", "one\n")
        let base = try scratch.commit()
        let before = try Scratch.snapshot(scratch.repository)
        do {
            var repository = try Repository.open(at: scratch.repository)
            try repository.useMemoryObjects()
            try repository.useMemoryObjects()
            let inMemory = repository.keepsObjectsInMemory
            #expect(inMemory)
            let old = try repository.commit(base)
            let blob = try repository.writeBlob(Array("two\n".utf8))
            // One that is there already.
            #expect(try repository.writeBlob(Array("one\n".utf8)) == ObjectID.ofBlob(Array("one\n".utf8)))
            let tree = try repository.updateTree(
                old.tree,
                edits: [.upsert(path: "a/file", blob: blob, mode: .regular)]
            )
            let commit = try repository.createCommit(
                tree: tree,
                parents: [base],
                author: Scratch.author,
                committer: Scratch.committer,
                message: "in memory\n"
            )
            #expect(try repository.commit(commit).tree == tree)
            #expect(try repository.blob(at: "a/file", inTree: tree)?.bytes == Array("two\n".utf8))
            #expect(try repository.mail(for: commit).count > 200)
            let refused = failure { _ = try repository.move("x", from: nil, to: commit) }
            #expect(refused?.message.contains("memory") == true)
        }
        #expect(try Scratch.snapshot(scratch.repository) == before)
    }

    @Test func damagedAndMissingObjectsAreNamed() throws {
        let scratch = try Scratch()
        try scratch.write("file", "content\n")
        let commit = try scratch.commit()
        let blob = try ObjectID.ofBlob(Array("content\n".utf8))
        let path =
            "\(scratch.repository)/.git/objects/\(blob.description.prefix(2))/\(blob.description.dropFirst(2))"
        chmod(path, 0o644)
        try Data("garbage".utf8).write(to: URL(fileURLWithPath: path))
        let repository = try Repository.open(at: scratch.repository)
        let tree = try repository.commit(commit).tree
        let damaged = failure { _ = try repository.blob(at: "file", inTree: tree) }
        #expect(damaged?.kind == .objectCorrupt)
        #expect(damaged?.message.contains(blob.description) == true)
        try FileManager.default.removeItem(atPath: path)
        let second = try Repository.open(at: scratch.repository)
        let missing = failure { _ = try second.blob(at: "file", inTree: tree) }
        #expect(missing?.kind == .objectMissing)
        #expect(missing?.advice.contains("fsck") == true)
    }
}
