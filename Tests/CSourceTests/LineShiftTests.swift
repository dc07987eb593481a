// SPDX-License-Identifier: GPL-2.0-only

import CSource
import Testing

/// Where lines are after edits.
@Suite struct LineShiftTests {
    /// Six lines of two bytes each; an edit of lines, and what becomes of lines 2 and 3.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let replaced: Range<Int>
        let count: Int
        let lines: Range<Int>
        let origins: [Int?]

        var testDescription: String { name }
    }

    @Test(arguments: [
        Case(name: "before", replaced: 0..<1, count: 3, lines: 4..<6, origins: [2, 3]),
        Case(name: "inserted right before", replaced: 2..<2, count: 1, lines: 3..<5, origins: [2, 3]),
        Case(name: "behind", replaced: 4..<5, count: 0, lines: 2..<4, origins: [2, 3]),
        Case(name: "inserted right behind", replaced: 4..<4, count: 2, lines: 2..<4, origins: [2, 3]),
        Case(name: "inserted between", replaced: 3..<3, count: 1, lines: 2..<5, origins: [2, nil, 3]),
        Case(name: "one replaced", replaced: 3..<4, count: 2, lines: 2..<5, origins: [2, nil, nil]),
        Case(name: "one removed", replaced: 2..<3, count: 0, lines: 2..<3, origins: [3]),
        Case(name: "both replaced", replaced: 2..<4, count: 1, lines: 2..<3, origins: [nil]),
        Case(name: "the first and the one above", replaced: 1..<3, count: 1, lines: 2..<3, origins: [3]),
        Case(name: "the last and the one below", replaced: 3..<5, count: 1, lines: 2..<3, origins: [2]),
        Case(name: "all around", replaced: 1..<5, count: 1, lines: 2..<2, origins: []),
    ])
    func moves(_ wanted: Case) {
        let text = SourceText(Array("0\n1\n2\n3\n4\n5\n".utf8))
        let edit = TextEdit(
            range: wanted.replaced.lowerBound * 2..<wanted.replaced.upperBound * 2,
            replacement: Array(String(repeating: "x\n", count: wanted.count).utf8)
        )
        let moved = LineShift(text, [edit]).moved(2..<4)
        #expect(moved.lines == wanted.lines)
        #expect(moved.origins == wanted.origins)
    }

    /// As where a message loses two sentences that share a line.
    @Test func twoEditsOfOneLine() {
        let text = SourceText(Array("0\naa bb cc\ndd\n3\n".utf8))
        let edits = [TextEdit(range: 2..<5, replacement: []), TextEdit(range: 8..<13, replacement: [])]
        let moved = LineShift(text, edits).moved(0..<4)
        // "0\nbb \n3\n"
        #expect(moved.lines == 0..<3)
        #expect(moved.origins == [0, nil, 3])
    }
}
