// SPDX-License-Identifier: GPL-2.0-only

import Testing

@testable import Base

@Suite struct TextTests {
    @Test func fillsLines() {
        #expect(Prose.lines("- ", "one two  three\nfour", width: 9) == ["- one two", "  three", "  four"])
        #expect(Prose.lines("- ", "muchlongerthanthat b", width: 9) == ["- muchlongerthanthat", "  b"])
        #expect(Prose.lines("- ", " ", width: 9).isEmpty)
        let lines = Prose.lines("x: ", String(repeating: "word ", count: 100), width: 90)
        #expect(lines.allSatisfy { $0.count <= 90 } && lines.dropFirst().allSatisfy { $0.hasPrefix("   w") })
    }

    @Test func padsColumns() {
        #expect(Columns([["a", "bcd", "e"], ["fgh", "i"], ["j"]]).lines == ["a    bcd  e", "fgh  i", "j"])
        #expect(Columns([]).lines.isEmpty)
        #expect(
            Columns([["a", "one two three four five six"], ["bcd", "e"]], width: 28).lines
                == ["a    one two three four five", "     six", "bcd  e"]
        )
        // A column less between them is enough.
        #expect(Columns([["ab", "cd", "ef"], ["g"]], width: 8).lines == ["ab cd ef", "g"])
        // Nothing would be won by a word in each line.
        let row = ["a", "one two three four five six"]
        #expect(Columns([row], width: 22).lines == [row.joined(separator: "  ")])
    }

    @Test func countsLines() {
        #expect([UInt8]().lineStarts == [0])
        #expect(Array("a".utf8).lineStarts == [0])
        #expect(Array("a\n\nb\n".utf8).lineStarts == [0, 2, 3, 5])
        #expect("a\n\nb\n".utf8.newlines == 3)
        #expect("a\n\nb\n".lines == ["a", "", "b", ""])
    }

    @Test func trims() {
        #expect(" \ta b\r\n".trimmed == "a b")
        #expect(" \t".trimmed.isEmpty)
    }

    @Test func showsDurations() {
        #expect(Duration.milliseconds(1999).inSeconds == "1.9 s")
        #expect(Duration.seconds(2).inSeconds == "2.0 s")
        #expect(Duration.seconds(20).inShortSeconds == "20 s")
        #expect(Duration.milliseconds(2500).inShortSeconds == "2.5 s")
        #expect(Duration.microseconds(1_234_567).milliseconds == 1234)
    }

    @Test func suggestsWhatIsNear() {
        #expect(didYouMean("aply", ["render", "apply", "list"]) == ["did you mean apply?"])
        #expect(didYouMean("zzzzzzzz", ["render", "apply"]) == ["known are render, apply"])
        #expect(didYouMean("x", []).isEmpty)
        #expect(nearest(to: "ab", among: ["abcdef", "ab", "abc"], by: { $0 }) == ["ab", "abc"])
        #expect(editDistance(Array("kitten".utf8), Array("sitting".utf8)) == 3)
    }

    @Test func controlCharactersNeverReachATerminal() {
        #expect("a\u{1b}[2J\n\u{9b}1mb é\u{2028}".onOneLine == "a [2J  1mb é ")
    }

    @Test func namesWhatWouldDriveATerminal() {
        func safe(_ text: String, keepsStyles: Bool = false) -> String {
            String(decoding: TerminalText.safe(Array(text.utf8), keepsStyles: keepsStyles), as: UTF8.self)
        }
        for text in ["plain\ttext\n", "ünï 日本 👩‍👩‍👧", ""] { #expect(safe(text) == text) }
        #expect(safe("a\u{1b}[2Jb") == "a^[[2Jb")
        #expect(safe("\u{1b}]0;title\u{7}") == "^[]0;title^G")
        #expect(safe("line\rover\u{8}\u{7f}\0") == "line^Mover^H^?^@")
        #expect(safe("ü\u{9b}2J") == "ü<U+009B>2J")
        #expect(safe("if (a) /* \u{202e} } \u{2066} */") == "if (a) /* <U+202E> } <U+2066> */")
        #expect(safe("a\u{2028}b") == "a<U+2028>b")
        #expect(TerminalText.safe([0x61, 0x9b, 0x32, 0xff, 0x62]) == Array("a<9B>2<FF>b".utf8))
        // Colours alone stay where this program made them.
        #expect(safe("\u{1b}[1;31mred\u{1b}[0m") == "^[[1;31mred^[[0m")
        #expect(safe("ü\u{1b}[1;31mred\u{1b}[m", keepsStyles: true) == "ü\u{1b}[1;31mred\u{1b}[m")
        #expect(safe("\u{1b}[2J\u{1b}[1;31", keepsStyles: true) == "^[[2J^[[1;31")
        #expect(TerminalText.isSafe(Array("ü\n".utf8)) && !TerminalText.isSafe([0x1b]))
    }
}
