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
}
