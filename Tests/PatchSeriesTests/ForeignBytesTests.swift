// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import PatchSeries
import TestSupport
import Testing

/// What editors of other systems leave in files: each is refused with its line.
@Suite struct ForeignBytesTests {
    static let cases: [(path: String, bytes: [UInt8], line: Int, words: String)] = [
        ("0001-small/message.txt", Array("small: Add\r\n\r\nWhy.\r\n".utf8), 1, "carriage return"),
        ("0001-small/message.txt", Array("small: Add\n\nWhy.\r\n".utf8), 3, "carriage return"),
        ("0001-small/message.txt", [0xef, 0xbb, 0xbf] + Array("small: Add\n".utf8), 1, "byte order mark"),
        ("0001-small/message.txt", Array("small: Add\n\nGr".utf8) + [0xfc, 0xdf, 0x0a], 3, "not UTF-8"),
        ("0001-small/message.txt", Array("small: Add\n\nbefore\0behind\n".utf8), 3, "byte 0"),
        ("0001-small/message.txt", Array("small: Add \u{1b}[2J\n".utf8), 1, "byte 27"),
        (
            "0001-small/kernel/new.c", Array("int x;\n#if KPATCH_WAY_FANCY\r\n#endif\r\n".utf8), 2,
            "carriage return"
        ),
        (
            "0001-small/kernel/new.c", Array("int x;\n/* Gr".utf8) + [0xfc] + Array(" */\n".utf8), 2,
            "not UTF-8"
        ),
        ("cover.txt", Array("A title\n\n".utf8) + [0x80, 0x0a], 3, "not UTF-8"),
        ("review.yml", Array("# Gr".utf8) + [0xfc, 0x0a], 1, "not UTF-8"),
    ]

    @Test(arguments: cases.indices)
    func isRefusedWithItsLine(_ index: Int) throws {
        let (path, bytes, line, words) = Self.cases[index]
        var files: Files = [:]
        for (name, text) in try Archive(Fixtures.folder.appendingPathComponent("small.txtar")).sections
        where name.hasPrefix("series/") {
            files[String(name.dropFirst("series/".count))] = Array(text.utf8)
        }
        files[path] = bytes
        let error = #expect(throws: SeriesError.self) {
            _ = try SeriesReader(files: files, root: "small").read()
        }
        let refused = try #require(error)
        #expect(refused.fault == .user)
        #expect(refused.diagnostics.count == 1, "\(refused)")
        #expect(refused.description.hasPrefix("small/\(path):\(line): "), "\(refused)")
        #expect(refused.description.contains(words), "\(refused)")
    }

    @Test func aFormFeedIsOfOldSourceFiles() throws {
        let template = Template(path: "x.c", bytes: Array("int a;\n\u{c}\nint ü;\n".utf8))
        #expect(try template.render(.init()).bytes == Array("int a;\n\u{c}\nint ü;\n".utf8))
    }
}
