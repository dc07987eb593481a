// SPDX-License-Identifier: GPL-2.0-only

import Glibc
import SystemPackage
import Testing

@testable import Base

@Suite struct FolderWalkTests {
    private func refusal(_ scratch: Scratch, _ rules: FolderRules = .series) -> String? {
        let error = #expect(throws: FileError.self) { try FolderWalk(scratch.path, rules).contents() }
        #expect(error?.fault == .user)
        return error?.description.replacing(scratch.path.string, with: "DIR")
    }

    @Test func readsAllLevels() throws {
        let scratch = try Scratch()
        for name in ["b", "a/c", "a/.gitignore", "a-", "0001-x/arch/x86/x.c"] {
            try scratch.write(name, to: name)
        }
        let walk = try FolderWalk(scratch.path, .series)
        #expect(
            walk.entries.map { String(decoding: $0.path, as: UTF8.self) }
                == ["0001-x/arch/x86/x.c", "a-", "a/.gitignore", "a/c", "b"]
        )
        #expect(try walk.contents()["a/c"] == Array("a/c".utf8))
    }

    @Test func passesOverWhatProgramsLeave() throws {
        let scratch = try Scratch()
        let left = [
            ".git/objects/x", "sub/.git", "x.c.orig", "x.c.rej", "x.c~", ".x.c.swp", ".#x.c", "#x.c#",
            ".DS_Store",
            "sub/Thumbs.db", ".directory", "._x.c", ".nfs0001",
        ]
        for name in left + ["x.c", "sub/x.c"] { try scratch.write("1", to: name) }
        // Emacs' lock is a link to nothing.
        scratch.link("sub/.#x.c", to: "me@host.1:2")
        #expect(try FolderWalk(scratch.path, .series).contents().keys.sorted() == ["sub/x.c", "x.c"])
    }

    @Test func readsLinksWithinAndRefusesThoseOut() throws {
        let scratch = try Scratch()
        try scratch.write("one", to: "one/file")
        scratch.link("within", to: "one/file")
        #expect(try FolderWalk(scratch.path, .series).contents()["within"] == Array("one".utf8))
        scratch.link("z", to: "one")
        #expect(refusal(scratch) == "can't read DIR/z: it is a link, and what it names: it is a folder")
        try Files.remove(scratch.path.appending("z"))
        for target in ["/etc/passwd", "../../etc/passwd", "/", ".."] {
            scratch.link("z", to: target)
            #expect(refusal(scratch) == "can't read DIR/z: it is a link out of the folder")
            try Files.remove(scratch.path.appending("z"))
        }
        for target in ["none", "z"] {
            scratch.link("z", to: target)
            #expect(refusal(scratch) == "can't read DIR/z: it is a link to nothing")
            try Files.remove(scratch.path.appending("z"))
        }
    }

    @Test func keepsATreesLinksAsTheyAre() throws {
        let scratch = try Scratch()
        try scratch.write("1", to: "a/file")
        scratch.link("a/up", to: "../made/by/a/build")
        scratch.link("made", to: "a/../made")
        #expect(try FolderWalk(scratch.path, .kernelTree).entries.map(\.kind) == [.file, .link, .link])
        scratch.link("a/out", to: "../../a")
        #expect(refusal(scratch, .kernelTree) == "can't read DIR/a/out: it is a link out of the folder")
        try Files.remove(scratch.path.appending("a/out"))
        scratch.link("a/out", to: "/usr/include")
        #expect(refusal(scratch, .kernelTree) == "can't read DIR/a/out: it is a link out of the folder")
    }

    @Test func refusesWhatIsNoFile() throws {
        let scratch = try Scratch()
        #expect(mkfifo(scratch.path.appending("pipe").string, 0o600) == 0)
        #expect(refusal(scratch) == "can't read DIR/pipe: it is a FIFO, not a file")
        #expect(refusal(scratch, .kernelTree) == "can't read DIR/pipe: it is a FIFO, not a file")
    }

    @Test func refusesARepositoryWithinATree() throws {
        let scratch = try Scratch()
        try scratch.write("1", to: ".git/config")
        #expect(try FolderWalk(scratch.path, .kernelTree).entries.isEmpty)
        try scratch.write("1", to: "sub/.GIT/config")
        #expect(refusal(scratch, .kernelTree) == "can't read DIR/sub/.GIT: git can't hold this name")
    }

    @Test func namesThatAreNotUTF8AreRefused() throws {
        let scratch = try Scratch()
        let name = scratch.path.appending(bytes: [0x61, 0xff])
        try Files.write([1], to: name)
        #expect(refusal(scratch)?.hasSuffix("its name is not UTF-8") == true)
    }

    @Test func everythingHasALimit() throws {
        let scratch = try Scratch()
        try scratch.write("12345", to: "a")
        try scratch.write("12345", to: "b/c/d")
        var rules = FolderRules.series
        (rules.fileBytes, rules.totalBytes, rules.files, rules.depth) = (5, 10, 4, 2)
        #expect(try FolderWalk(scratch.path, rules).entries.count == 2)
        var narrow = rules
        narrow.fileBytes = 4
        #expect(
            refusal(scratch, narrow)
                == "can't read DIR/a: it has 5 bytes, and 4 are the most a file may have here (KPATCH_LIMITS raises it)"
        )
        narrow = rules
        narrow.totalBytes = 9
        #expect(
            refusal(scratch, narrow)
                == "can't read the folder DIR: its files have more than 9 bytes, the most they may have here (KPATCH_LIMITS raises it)"
        )
        narrow = rules
        narrow.files = 3
        #expect(
            refusal(scratch, narrow)
                == "can't read the folder DIR: it has more than 3 files, the most it may have here (KPATCH_LIMITS raises it)"
        )
        narrow = rules
        narrow.depth = 1
        #expect(refusal(scratch, narrow) == "can't read DIR/b/c: it lies more than 1 folders deep")
    }

    @Test func endsWithItsTask() async throws {
        let scratch = try Scratch()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try FolderWalk(scratch.path, .series)
        }
        let error = await #expect(throws: FileError.self) { try await task.value }
        #expect(error?.fault == .interruption)
    }
}
