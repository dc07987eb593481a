// SPDX-License-Identifier: GPL-2.0-only

import Base

/// Words that one side has others for.
private struct WordEdit {
    let old: Range<Int>
    let new: ArraySlice<Int>
    let isOurs: Bool
}

extension LineTable {
    /// Merges lines that both sides changed, word by word; nil if they changed the same words, or words next to each
    /// other: nobody knows then what both together mean.
    func mergeWords(old: some Sequence<Int>, patched: [Int], new: some Sequence<Int>) -> [Int]? {
        let sides = [Array(old), patched, Array(new)].map { lines in
            let bytes = self.bytes(lines)
            return Self.tokens(bytes).map { tokenNumber(bytes[$0]) }
        }
        func isSpaceOnly(_ words: ArraySlice<Int>) -> Bool {
            words.allSatisfy { tokens[$0].allSatisfy(isSpace) }
        }
        /// Changes with only white space between them are one.
        func edits(_ side: Int) -> [WordEdit] {
            var joined: [Change] = []
            for change in Change.all(aligner.align(sides[0], sides[side]), newCount: sides[side].count) {
                if let last = joined.last, isSpaceOnly(sides[0][last.old.upperBound..<change.old.lowerBound])
                {
                    joined[joined.count - 1] = Change(
                        old: last.old.lowerBound..<change.old.upperBound,
                        new: last.new.lowerBound..<change.new.upperBound
                    )
                } else {
                    joined.append(change)
                }
            }
            return joined.map { WordEdit(old: $0.old, new: sides[side][$0.new], isOurs: side == 2) }
        }
        let all = (edits(1) + edits(2)).sorted {
            ($0.old.lowerBound, $0.old.upperBound, $0.isOurs ? 1 : 0)
                < ($1.old.lowerBound, $1.old.upperBound, $1.isOurs ? 1 : 0)
        }
        var result: [Int] = []
        var last = 0
        for (index, edit) in all.enumerated() {
            if index + 1 < all.count {
                let next = all[index + 1]
                if next.old == edit.old, next.new == edit.new { continue }
                let isIndentation = [edit, next].contains {
                    isSpaceOnly(sides[0][$0.old]) && isSpaceOnly($0.new)
                }
                if next.old.lowerBound < edit.old.upperBound { return nil }
                if next.old.lowerBound == edit.old.upperBound, !isIndentation { return nil }
            }
            result += sides[0][last..<edit.old.lowerBound] + edit.new
            last = edit.old.upperBound
        }
        result += sides[0][last...]
        return numbers(result.flatMap { tokens[$0] })
    }
}
