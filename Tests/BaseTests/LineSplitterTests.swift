// SPDX-License-Identifier: GPL-2.0-only

import Base
import Testing

@Suite struct LineSplitterTests {
    private func split(_ chunks: [[UInt8]], maximum: Int = 64) -> [String] {
        var splitter = LineSplitter(maximumLineBytes: maximum)
        var lines: [String] = []
        for chunk in chunks {
            splitter.consume(chunk) { lines.append($0) }
        }
        splitter.finish { lines.append($0) }
        return lines
    }

    @Test func linesDoNotDependOnChunks() {
        let text = Array("one\r\ntwo\n\nthr\u{1b}[1;31mee\u{1b}[0m é\nlast".utf8)
        let whole = split([text])
        #expect(whole == ["one", "two", "", "three é", "last"])
        for cut in 0...text.count {
            #expect(split([Array(text[..<cut]), Array(text[cut...])]) == whole)
        }
        #expect(split(text.map { [$0] }) == whole)
    }

    @Test func controlCharactersGo() {
        #expect(split([[0x61, 0, 0x1b, 0x62, 0x07, 0x7f, 0x09, 0x63, 0x0a]]) == ["ab\tc"])
        #expect(split([[0x1b]]) == [""])
        #expect(split([Array("\u{1b}[".utf8)]) == [""])
        #expect(split([Array("\u{1b}[31".utf8)]) == [""])
        #expect(split([Array("a\u{1b}[2Jb".utf8)]) == ["ab"])
    }

    @Test func invalidUTF8IsReplaced() {
        #expect(split([[0x61, 0xff, 0xc3, 0x0a]]) == ["a\u{fffd}\u{fffd}"])
    }

    @Test func longLinesAreCutAndNeverSplit() {
        let long = [UInt8](repeating: 0x78, count: 1000)
        let lines = split([long, long, Array("ok 1 forged\n".utf8), Array("ok 2 real\n".utf8)])
        #expect(lines == [String(repeating: "x", count: 64) + " [+1947 bytes]", "ok 2 real"])
    }
}
