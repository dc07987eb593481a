// SPDX-License-Identifier: GPL-2.0-only

import Glibc
import SystemPackage
import Testing

@testable import Base

/// A temporary folder.
final class Scratch {
    let path: FilePath

    init() throws {
        path = try Files.makeTemporaryFolder(in: "/tmp", prefix: "base-tests")
    }

    deinit {
        // A temporary folder that stays does no harm.
        try? Files.remove(path)
    }

    @discardableResult
    func write(_ text: String, to name: String) throws -> FilePath {
        let file = path.appending(name)
        try Files.makeFolder(file.removingLastComponent())
        try Files.write(Array(text.utf8), to: file)
        return file
    }

    func link(_ name: String, to target: String) {
        #expect(symlink(target, path.appending(name).string) == 0)
    }
}

@Suite struct FilesTests {
    @Test func writesWhatItReads() throws {
        let scratch = try Scratch()
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
        let file = scratch.path.appending("a/b/program")
        try Files.makeFolder(file.removingLastComponent())
        try Files.write(bytes, to: file, executable: true)
        #expect(try Files.read(file) == bytes)
        #expect(Files.isExecutable(file))
        try Files.write([1], to: file)
        #expect(try Files.read(file) == [1])
        #expect(!Files.isExecutable(file))
        #expect(try Files.names(in: file.removingLastComponent()) == ["program"])
    }

    @Test func readsFilesWithoutASize() throws {
        #expect(try Files.read("/proc/self/status").starts(with: "Name:".utf8))
    }

    @Test func namesThePathAndTheReason() throws {
        let error = #expect(throws: FileError.self) { try Files.read("/none/of\u{1b}[31m/this") }
        #expect(error?.description == "can't read /none/of [31m/this: No such file or directory")
        #expect(error?.fault == .infrastructure)
        let full = #expect(throws: FileError.self) { try Files.write([1], to: "/dev/full/x") }
        #expect(full?.description == "can't write /dev/full/x: Not a directory")
    }

    @Test(.timeLimit(.minutes(1))) func aFIFOHoldsUpNobody() throws {
        let scratch = try Scratch()
        let pipe = scratch.path.appending("pipe")
        #expect(mkfifo(pipe.string, 0o600) == 0)
        let error = #expect(throws: FileError.self) { try Files.read(pipe) }
        #expect(error?.description == "can't read \(pipe): it is a FIFO, not a file")
        #expect(error?.fault == .user)
    }

    @Test func onlyFilesUpToTheLimitAreRead() throws {
        let scratch = try Scratch()
        let file = try scratch.write("12345", to: "file")
        #expect(try Files.read(file, limit: 5).count == 5)
        let error = #expect(throws: FileError.self) { try Files.read(file, limit: 4) }
        #expect(
            error?.description.hasSuffix(
                "it has 5 bytes, and 4 are the most a file may have here (KPATCH_LIMITS raises it)"
            ) == true
        )
        // Its size says 0.
        #expect(throws: FileError.self) { try Files.read("/proc/self/status", limit: 10) }
        #expect(throws: FileError.self) { try Files.read("/dev/zero") }
        #expect(throws: FileError.self) { try Files.read(scratch.path) }
    }

    @Test func removesFoldersThatCannotBeWritten() throws {
        let scratch = try Scratch()
        try scratch.write("x", to: "a/b/c")
        #expect(chmod(scratch.path.appending("a/b").string, 0o500) == 0)
        scratch.link("a/out", to: "/proc/self")
        try Files.remove(scratch.path.appending("a"))
        #expect(!Files.exists(scratch.path.appending("a")))
        try Files.remove(scratch.path.appending("a"))
    }

    @Test func parallelWritersLeaveOneWholeFile() async throws {
        let scratch = try Scratch()
        let file = scratch.path.appending("file")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for byte in UInt8(1)...8 {
                group.addTask { try Files.write([UInt8](repeating: byte, count: 1 << 16), to: file) }
            }
            try await group.waitForAll()
        }
        let bytes = try Files.read(file)
        #expect(bytes.count == 1 << 16 && Set(bytes).count == 1)
        #expect(try Files.names(in: scratch.path) == ["file"])
    }
}
