// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import SystemPackage
import Testing

@testable import Kernel

/// Archives that somebody made to do harm; python's tarfile writes what tar itself would not.
@Suite struct TreeArchiveTests {
    /// Makes `hostile.tar` from lines of python that add to the archive `t`.
    private func archive(_ lines: String, in scratch: Scratch) async throws -> FilePath {
        let path = scratch["hostile.tar"]
        let script = """
            import io, sys, tarfile
            def add(name, type=tarfile.REGTYPE, link="", size=None, data=b"x"):
                i = tarfile.TarInfo(name)
                i.type, i.linkname, i.size = type, link, len(data) if type == tarfile.REGTYPE else 0
                t.addfile(i, io.BytesIO(data))
            t = tarfile.open(sys.argv[1], "w", format=tarfile.GNU_FORMAT)
            \(lines)
            t.close()
            """
        try await Tool("python3").run(["-c", script, path.string]).required()
        return path
    }

    private func refusal(_ lines: String, rules: FolderRules = .kernelTree, in scratch: Scratch) async throws
        -> String?
    {
        let path = try await archive(lines, in: scratch)
        try Files.makeFolder(scratch["to"])
        do {
            let top = try await TreeArchive(path).unpack(into: scratch["to"], within: rules)
            _ = try FolderWalk(top, rules)
            return nil
        } catch let error as TreeError {
            // What tar itself stumbles over may as well be the disk's fault.
            if case .badArchive = error { #expect(error.fault == .tree) }
            return error.description.replacing(scratch.path.string, with: "DIR")
        } catch let error as FileError {
            return error.description.replacing(scratch.path.string, with: "DIR")
        }
    }

    @Test(
        .enabled(if: Tool("python3").locate() != nil, "needs python3"),
        arguments: [
            (#"add("a/dev", tarfile.CHRTYPE)"#, "a/dev is neither a file, a folder nor a link"),
            (#"add("a/pipe", tarfile.FIFOTYPE)"#, "a/pipe is neither a file, a folder nor a link"),
            (#"add("../out")"#, "../out: Member name contains '..'"),
            (#"add("a/../../out")"#, "a/../../out: Member name contains '..'"),
            (#"add("/tmp/out")"#, "/tmp/out lies out of the archive"),
            (#"add("a/\x1b[31mred", tarfile.CHRTYPE)"#, #"a/\033[31mred is neither"#),
        ]
    )
    func membersThatNoTreeHasAreRefused(lines: String, reason: String) async throws {
        let scratch = try Scratch()
        let text = try await refusal(lines, in: scratch)
        #expect(text?.contains(reason) == true, "\(text ?? "taken")")
        #expect(text?.hasPrefix("DIR/hostile.tar is not unpacked: ") == true)
        #expect(!Files.exists("/tmp/out") && !Files.exists(scratch["out"]))
    }

    /// tar looks for what a hard link names below the folder, and there is none.
    @Test(.enabled(if: Tool("python3").locate() != nil, "needs python3"))
    func hardLinksStayBelow() async throws {
        let scratch = try Scratch()
        let path = try await archive(
            #"add("a/hard", tarfile.LNKTYPE, "../../../../../../etc/passwd")"#,
            in: scratch
        )
        try Files.makeFolder(scratch["to"])
        await #expect(throws: TreeError.self) {
            try await TreeArchive(path).unpack(into: scratch["to"], within: .kernelTree)
        }
        #expect(!Files.exists(scratch["to/a/hard"]))
    }

    @Test(.enabled(if: Tool("python3").locate() != nil, "needs python3"))
    func linksLeadNowhere() async throws {
        let scratch = try Scratch()
        try scratch.write("mine", to: "victim/file")
        let text = try await refusal(
            """
            add("a/link", tarfile.SYMTYPE, "../../victim"); add("a/link/file", data=b"theirs")
            """,
            in: scratch
        )
        #expect(text != nil)
        #expect(try scratch.text("victim/file") == "mine")
        try Files.remove(scratch["to"])
        let single = try await refusal(#"add("a", tarfile.SYMTYPE, "/etc")"#, in: scratch)
        #expect(single == "can't read DIR/to/a: it is a link out of the folder")
    }

    @Test(.enabled(if: Tool("python3").locate() != nil, "needs python3"))
    func sizesAndCountsHaveLimits() async throws {
        let scratch = try Scratch()
        var rules = FolderRules.kernelTree
        (rules.fileBytes, rules.totalBytes, rules.files, rules.depth) = (4096, 8192, 5, 2)
        let cases = [
            (#"add("a/big", data=b"x" * 5000)"#, "a/big has 5000 bytes, and 4096 are the most"),
            (#"[add(f"a/{i}", data=b"x" * 3000) for i in range(3)]"#, "its files have more than 8192 bytes"),
            (#"[add(f"a/{i}") for i in range(6)]"#, "it has more than 5 members"),
            (#"add("a/b/c/d/e")"#, "a/b/c/d/e lies more than 2 folders deep"),
        ]
        for (lines, reason) in cases {
            let text = try await refusal(lines, rules: rules, in: scratch)
            #expect(text?.contains(reason) == true, "\(text ?? "taken")")
            try Files.remove(scratch["to"])
        }
    }

    /// A gigabyte of zeros in a megabyte: unpacking ends at the first line about it.
    @Test(.timeLimit(.minutes(1)), .enabled(if: Tool("python3").locate() != nil, "needs python3"))
    func aBombIsNotUnpacked() async throws {
        let scratch = try Scratch()
        let path = scratch["bomb.tar.gz"]
        let script = """
            import sys, tarfile
            class Zeros:
                def read(self, n): return b"\\0" * n
            t = tarfile.open(sys.argv[1], "w:gz", compresslevel=1)
            i = tarfile.TarInfo("a/zeros"); i.size = 1 << 30
            t.addfile(i, Zeros())
            t.close()
            """
        try await Tool("python3").run(["-c", script, path.string]).required()
        try Files.makeFolder(scratch["to"])
        let clock = ContinuousClock()
        let start = clock.now
        let error = await #expect(throws: TreeError.self) {
            try await TreeArchive(path).unpack(into: scratch["to"], within: .kernelTree)
        }
        #expect(error?.description.contains("a/zeros has 1073741824 bytes") == true, "\(error as Any)")
        #expect(clock.now - start < .seconds(20))
        #expect((Files.size(scratch["to/a/zeros"]) ?? 0) < 1 << 30)
    }
}
