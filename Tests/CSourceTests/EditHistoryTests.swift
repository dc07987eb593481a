// SPDX-License-Identifier: GPL-2.0-only

import Testing

@testable import CSource

/// Where something was before the edits that a file has been through.
@Suite struct EditHistoryTests {
    private func edit(_ range: Range<Int>, _ text: String) -> TextEdit {
        TextEdit(range: range, replacement: Array(text.utf8))
    }

    /// The letters of the first text are found again, at the place they had.
    @Test(
        arguments: [
            [], [[(3, 3, "xx")]], [[(0, 2, "")]], [[(2, 5, "x")]], [[(5, 5, "x"), (2, 2, "yyy")]],
            [[(2, 2, "x"), (2, 4, "yyyyy")]], [[(1, 1, "xx")], [(0, 3, ""), (6, 6, "z")]],
            [[(0, 0, "x")], [(0, 0, "y")], [(0, 0, "z")]], [[(8, 8, "xx")]], [[(0, 8, "")]],
        ] as [[[(Int, Int, String)]]]
    )
    func lettersAreFoundAgain(steps: [[(Int, Int, String)]]) throws {
        let first = Array("ABCDEFGH".utf8)
        var text = first
        var history = EditHistory()
        for step in steps {
            let edits = step.map { edit($0.0..<$0.1, $0.2) }
            text = try SourceText(text).applying(edits)
            history.add(edits)
        }
        for (offset, letter) in text.enumerated() where first.contains(letter) {
            #expect(history.original(of: offset) == first.firstIndex(of: letter), "\(offset)")
        }
    }

    @Test func whatAnEditBroughtIsWhereItWasMade() {
        var history = EditHistory()
        history.add([edit(4..<4, "xxx"), edit(6..<8, "yyyy")])
        history.add([edit(5..<5, "z")])
        // A B C D x z x x E F y y y y
        #expect((4...7).map(history.original) == [4, 4, 4, 4])
        #expect((8...13).map(history.original) == [4, 5, 6, 6, 6, 6])
        #expect(history.original(of: 14) == 8)
    }
}
