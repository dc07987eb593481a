// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Testing

@testable import VirtualMachine

@Suite struct CpioArchiveTests {
    private func sample() throws -> CpioArchive {
        var archive = CpioArchive()
        try archive.add("init", mode: 0o755, .file(Array("#!/bin/sh\n".utf8)))
        try archive.add("dev/console", mode: 0o600, .characterDevice(major: 5, minor: 1))
        try archive.add("/tests/plan", mode: 0o644, .file([1, 2, 3]))
        try archive.add("tests/empty", mode: 0o400, .file([]))
        try archive.add("tests/Ünicode name", mode: 0o644, .file([4]))
        try archive.add("bin/sh", mode: 0o777, .symlink(target: "../init"))
        try archive.add("tmp", mode: 0o1777, .directory)
        return archive
    }

    @Test func equalContentsGiveEqualBytes() throws {
        #expect(try sample().serialized() == sample().serialized())
        #expect(try sample().serialized().count % 512 == 0)
    }

    /// Read with a parser of its own, written after buffer-format.rst.
    @Test func everythingIsReadBack() throws {
        let entries = try read(try sample().serialized())
        let lines = entries.map {
            "\(String($0.mode, radix: 8)) \($0.links) \($0.inode) \($0.device) \($0.name) \($0.data)"
        }
        #expect(
            lines == [
                "100755 1 1 0:0 init \(Array("#!/bin/sh\n".utf8))",
                "40755 2 2 0:0 dev []",
                "20600 1 3 5:1 dev/console []",
                "40755 2 4 0:0 tests []",
                "100644 1 5 0:0 tests/plan [1, 2, 3]",
                "100400 1 6 0:0 tests/empty []",
                "100644 1 7 0:0 tests/Ünicode name [4]",
                "40755 2 8 0:0 bin []",
                "120777 1 9 0:0 bin/sh \(Array("../init".utf8))",
                "41777 2 10 0:0 tmp []",
            ]
        )
    }

    @Test func whatCanNotBeIsRefused() throws {
        func refused(_ path: String, mode: UInt32 = 0o644, _ content: CpioArchive.Content = .file([]))
            -> CpioError?
        {
            var archive = CpioArchive()
            do throws(CpioError) {
                try archive.add("file", mode: 0o644, .file([]))
                try archive.add(path, mode: mode, content)
                return nil
            } catch {
                return error
            }
        }
        #expect(refused("a/b") == nil)
        #expect(refused("") == .badPath(""))
        #expect(refused("/") == .badPath("/"))
        #expect(refused("a/../b") == .badPath("a/../b"))
        #expect(refused("TRAILER!!!") == .badPath("TRAILER!!!"))
        #expect(refused("a\0b") == .badPath("a\0b"))
        #expect(refused("file") == .duplicate(path: "file"))
        #expect(refused("file/below") == .parentIsNotADirectory(path: "file/below", parent: "file"))
        #expect(refused("x", mode: 0o100644) == .badMode(path: "x", mode: 0o100644))
    }

    @Test func directoryMayComeAfterItsContents() throws {
        var archive = CpioArchive()
        try archive.add("a/b", mode: 0o644, .file([]))
        try archive.add("a", mode: 0o700, .directory)
        #expect(try read(archive.serialized()).map { String($0.mode, radix: 8) } == ["40700", "100644"])
    }

    // MARK: - A reader

    private struct Entry {
        var name: String
        var mode: Int
        var links: Int
        var inode: Int
        var device: String
        var data: [UInt8]
    }

    private struct Malformed: Error {}

    private func read(_ bytes: [UInt8]) throws -> [Entry] {
        var entries: [Entry] = []
        var offset = 0
        while offset + 110 <= bytes.count {
            let header = bytes[offset..<(offset + 110)]
            #expect(header.starts(with: "070701".utf8))
            #expect(offset % 4 == 0)
            let fields = try (0..<13).map { index in
                let start = offset + 6 + index * 8
                let text = String(decoding: bytes[start..<(start + 8)], as: UTF8.self)
                guard let value = Int(text, radix: 16) else { throw Malformed() }
                return value
            }
            // uid, gid, mtime, device of the file system, checksum
            #expect([2, 3, 5, 7, 8, 12].allSatisfy { fields[$0] == 0 })
            let nameStart = offset + 110
            let nameEnd = nameStart + fields[11]
            #expect(bytes[nameEnd - 1] == 0)
            let name = String(decoding: bytes[nameStart..<(nameEnd - 1)], as: UTF8.self)
            let dataStart = (nameEnd + 3) / 4 * 4
            let dataEnd = dataStart + fields[6]
            if name == "TRAILER!!!" {
                #expect(bytes[dataEnd...].allSatisfy { $0 == 0 })
                return entries
            }
            entries.append(
                Entry(
                    name: name,
                    mode: fields[1],
                    links: fields[4],
                    inode: fields[0],
                    device: "\(fields[9]):\(fields[10])",
                    data: Array(bytes[dataStart..<dataEnd])
                )
            )
            offset = (dataEnd + 3) / 4 * 4
        }
        throw Malformed()
    }
}
