// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import SystemPackage
import Testing

@testable import Kernel

@Suite struct TreeImportTests {
    /// Names that a careless writer of fast-import streams gets wrong.
    private static let oddNames = [
        "a b", " leading", "trailing ", "\"quoted\"", "back\\slash", "tab\there", "new\nline", "é", "日本",
        "-dash",
        "a\"b\\c\nd", "x.y+z@w", "$HOME", "'", "#hash", "\u{1}control",
    ]

    private func git(_ repository: FilePath, _ arguments: String...) async throws -> String {
        try await GitTool(repository: repository)(arguments).required().outputText
    }

    @Test func gitSeesEveryFileAsItWas() async throws {
        let scratch = try Scratch()
        let tree = try scratch.kernelTree()
        for name in Self.oddNames { try scratch.write("content of \(name)", to: "linux/odd/\(name)") }
        _ = try scratch.script("#!/bin/sh\n", to: "linux/scripts/run it.sh")
        symlink("../Makefile", scratch["linux/odd/link é"].string)
        symlink("nowhere", scratch["linux/dangling"].string)
        try Files.write([0, 255, 10, 13, 0], to: scratch["linux/binary"])
        // Not UTF-8: a name as the file system may hold it.
        try Files.write(Array("latin".utf8), to: tree.appending(bytes: [0x6c, 0xe9]))
        try Files.makeFolder(scratch["linux/empty"])
        try scratch.write("not ours", to: "linux/.git/config")

        let state = StateFolder(root: scratch["state"])
        let imported = try await TreeImport(state: state).run(tree, origin: "test 1-1")
        #expect(imported.tag == "v5.10.7")
        #expect(!imported.wasPresent)

        // The judge: git itself adds the same folder.
        let judge = scratch["judge.git"]
        try Files.remove(scratch["linux/.git"])
        _ = try await git(judge, "init", "-q", "--bare", "--template=")
        let add = [
            "--work-tree=\(tree)", "-c", "core.autocrlf=false", "-c", "core.excludesFile=/dev/null", "add",
            "--force", ".",
        ]
        try await GitTool(repository: judge)(add).required()
        let expected = try await git(judge, "write-tree")
        #expect(try await git(state.trees, "rev-parse", "v5.10.7^{tree}") == expected)
        _ = try await git(state.trees, "fsck", "--strict", "--no-dangling")
    }

    @Test func theCommitIsTheSameEverywhere() async throws {
        let scratch = try Scratch()
        let tree = try scratch.kernelTree()
        let first = try await TreeImport(state: StateFolder(root: scratch["one"])).run(tree, origin: "o")
        let second = try await TreeImport(state: StateFolder(root: scratch["two"])).run(tree, origin: "o")
        #expect(first.commit == second.commit)
        let text = try await git(scratch["one/trees.git"], "cat-file", "commit", first.commit)
        #expect(
            text.hasSuffix(
                "author kpatch-gen <kpatch-gen@localhost> 0 +0000\ncommitter kpatch-gen <kpatch-gen@localhost> 0 +0000\n\nLinux 5.10.7 (o)\n"
            )
        )
        #expect(!text.contains("parent"))
        // Fixed for good: users compare ids across machines.
        #expect(first.commit == "6869e5860551160c411f0175880f677d9f37f9a0")
    }

    @Test func aSecondImportDoesNothing() async throws {
        let scratch = try Scratch()
        let tree = try scratch.kernelTree()
        let state = StateFolder(root: scratch["state"])
        let first = try await TreeImport(state: state).run(tree)
        let packs = try Files.names(in: state.trees.appending("objects/pack"))
        let second = try await TreeImport(state: state).run(tree)
        #expect(second.wasPresent)
        #expect(second.commit == first.commit)
        #expect(try Files.names(in: state.trees.appending("objects/pack")) == packs)
    }

    @Test(arguments: ["linux.tar", "linux.tar.gz", "linux.tar.xz", "linux.tar.zst"])
    func takesArchives(name: String) async throws {
        let scratch = try Scratch()
        let tree = try scratch.kernelTree("linux-5.10.7")
        try await Tool("tar").run(["-caf", name, "linux-5.10.7"], in: scratch.path).required()
        let state = StateFolder(root: scratch["state"])
        let imported = try await TreeImport(state: state).run(scratch[name])
        let direct = try await TreeImport(state: StateFolder(root: scratch["other"])).run(tree)
        #expect(imported.commit == direct.commit)
        #expect(try Files.names(in: state.temporary).isEmpty)
    }

    /// The tree's Makefile would have to say what a build has left, and nothing of a tree is run by an import.
    @Test func aBuildsLeftoversAreRefusedAndTheMakefileIsNotRun() async throws {
        let scratch = try Scratch()
        let tree = try scratch.kernelTree()
        let trap = scratch["ran"]
        let makefile = try scratch.text("linux/Makefile")
        try scratch.write("$(shell touch \(trap))\n" + makefile, to: "linux/Makefile")
        try scratch.write("object", to: "linux/init/main.o")
        try await Tool("tar").run(["-caf", "linux.tar.gz", "linux"], in: scratch.path).required()
        let state = StateFolder(root: scratch["state"])
        for path in [tree, scratch["linux.tar.gz"]] {
            await #expect(throws: TreeError.notClean(path, leftover: "init/main.o")) {
                try await TreeImport(state: state).run(path)
            }
        }
        #expect(!Files.exists(trap))
        try Files.remove(scratch["linux/init/main.o"])
        _ = try await TreeImport(state: state).run(tree)
        #expect(!Files.exists(trap))
    }

    @Test(arguments: ["Makefile", "Kbuild", "Kconfig", "arch/x86"])
    func refusesWhatIsNoKernel(missing: String) async throws {
        let scratch = try Scratch()
        let tree = try scratch.kernelTree()
        try Files.remove(tree.appending(missing))
        let state = StateFolder(root: scratch["state"])
        await #expect(throws: TreeError.notKernel(tree, missing: "it has no \(missing)")) {
            try await TreeImport(state: state).run(tree)
        }
        #expect(!Files.exists(state.trees))
    }

    private func refusal(_ path: FilePath, _ why: String) -> TreeError {
        .file(FileError(operation: "read", path: path, reason: .unusable(why)))
    }

    @Test func refusesOddInput() async throws {
        let scratch = try Scratch()
        let importer = TreeImport(state: StateFolder(root: scratch["state"]))
        await #expect(throws: TreeError.notFound(scratch["none"])) { try await importer.run(scratch["none"]) }
        let zip = try scratch.write("PK", to: "linux.zip")
        await #expect(throws: TreeError.unknownKind(zip)) { try await importer.run(zip) }
        let broken = try scratch.write("no tar", to: "linux.tar.xz")
        await #expect(throws: TreeError.self) { try await importer.run(broken) }
        let tree = try scratch.kernelTree()
        mkfifo(scratch["linux/pipe"].string, 0o600)
        await #expect(throws: refusal(scratch["linux/pipe"], "it is a FIFO, not a file")) {
            try await importer.run(tree)
        }
        try Files.remove(scratch["linux/pipe"])
        try scratch.write("x", to: "linux/sub/.git/config")
        await #expect(throws: refusal(scratch["linux/sub/.git"], "git can't hold this name")) {
            try await importer.run(tree)
        }
        #expect(try Files.names(in: scratch["state/tmp"]).isEmpty)
    }

    @Test func interruptionLeavesNothing() async throws {
        let scratch = try Scratch()
        let tree = try scratch.kernelTree()
        for index in 0..<2000 {
            try scratch.write(String(repeating: "line \(index)\n", count: 2000), to: "linux/many/\(index).c")
        }
        let state = StateFolder(root: scratch["state"])
        let (started, continuation) = AsyncStream<Void>.makeStream()
        let run = Task {
            try await TreeImport(state: state).run(tree) { progress in
                if case .importing(let done, _) = progress, done >= 256 { continuation.yield() }
            }
        }
        for await _ in started { break }
        run.cancel()
        await #expect(throws: TreeError.interrupted) { try await run.value }
        #expect(try Files.names(in: state.temporary).isEmpty)
        #expect(try await git(state.trees, "for-each-ref").isEmpty)
        #expect(try await git(state.trees, "count-objects", "-v").contains("in-pack: 0"))
        // And the lock is free again.
        #expect(try await TreeImport(state: state).run(tree).wasPresent == false)
    }
}
