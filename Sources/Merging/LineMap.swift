// SPDX-License-Identifier: GPL-2.0-only

/// Where the lines of the old version are in the new one.
final class LineMap {
    private let table: LineTable
    private let old: [Int]
    private let new: [Int]
    /// Where `old` and `new` begin in their files.
    let oldStart: Int
    let newStart: Int
    /// Partners of lines that are the same, in numbers of the file; -1 for none.
    private var exact: [Int]
    private var similar: [Int]
    /// Whether a line without an equal one has been looked at.
    private var isRefined: [Bool]

    init(_ table: LineTable, old: ArraySlice<Int>, new: ArraySlice<Int>) {
        self.table = table
        self.old = Array(old)
        self.new = Array(new)
        oldStart = old.startIndex
        newStart = new.startIndex
        exact = table.aligner.align(self.old, self.new)
        isRefined = [Bool](repeating: false, count: self.old.count)
        similar = []
        dropChance()
        similar = exact
    }

    /// Braces and blank lines between other code than before are paired by nothing but chance.
    private func dropChance() {
        var i = 0
        while i < old.count {
            guard exact[i] >= 0 else {
                i += 1
                continue
            }
            var j = i
            while j + 1 < old.count, exact[j + 1] == exact[j] + 1 { j += 1 }
            if i > 0, j + 1 < old.count, (i...j).allSatisfy({ table.lines[old[$0]].isWeak }) {
                for k in i...j { exact[k] = -1 }
            }
            i = j + 1
        }
    }

    /// The line that is the same, or -1. Lines count from 0 in the file.
    func same(_ line: Int) -> Int {
        guard (oldStart..<oldStart + old.count).contains(line), exact[line - oldStart] >= 0 else { return -1 }
        return exact[line - oldStart] + newStart
    }

    /// The line that is the same or was made of it, or -1.
    func partner(_ line: Int) -> Int {
        let index = line - oldStart
        guard old.indices.contains(index) else { return -1 }
        if exact[index] < 0, !isRefined[index] { refine(around: index) }
        return similar[index] >= 0 ? similar[index] + newStart : -1
    }

    /// The largest stretch without equal lines in which similar ones are looked for.
    private static let longestGap = 200
    private static let mostPairs = 20_000

    private func refine(around index: Int) {
        var (i0, i1) = (index, index + 1)
        while i0 > 0, exact[i0 - 1] < 0 { i0 -= 1 }
        while i1 < old.count, exact[i1] < 0 { i1 += 1 }
        for i in i0..<i1 { isRefined[i] = true }
        let j0 = i0 > 0 ? exact[i0 - 1] + 1 : 0
        let j1 = i1 < old.count ? exact[i1] : new.count
        guard j1 - j0 > 0, j1 - j0 <= Self.longestGap, i1 - i0 <= Self.longestGap,
            (i1 - i0) * (j1 - j0) <= Self.mostPairs
        else { return }
        let (n, m) = (i1 - i0, j1 - j0)
        let olds = old[i0..<i1].map { Wording(table, $0) }
        let news = new[j0..<j1].map { Wording(table, $0) }
        var values = [Double](repeating: 0, count: n * m)
        var best = [Double](repeating: 0, count: (n + 1) * (m + 1))
        for x in stride(from: n - 1, through: 0, by: -1) {
            for y in stride(from: m - 1, through: 0, by: -1) {
                let value = likeness(olds[x], news[y])
                values[x * m + y] = value
                best[x * (m + 1) + y] = max(
                    best[(x + 1) * (m + 1) + y],
                    best[x * (m + 1) + y + 1],
                    value > 0 ? best[(x + 1) * (m + 1) + y + 1] + value : 0
                )
            }
        }
        var (x, y) = (0, 0)
        while x < n, y < m {
            let value = values[x * m + y]
            if value > 0, best[x * (m + 1) + y] == best[(x + 1) * (m + 1) + y + 1] + value {
                similar[i0 + x] = j0 + y
                x += 1
                y += 1
            } else if best[x * (m + 1) + y] == best[(x + 1) * (m + 1) + y] {
                x += 1
            } else {
                y += 1
            }
        }
    }

    private func likeness(_ a: Wording, _ b: Wording) -> Double {
        guard !a.words.isEmpty, !b.words.isEmpty else { return a.words.isEmpty && b.words.isEmpty ? 0.1 : 0 }
        let value = a.line == b.line ? 1 : likelihood(a, b)
        return table.lines[a.line].isWeak ? value * 0.25 : value
    }

    /// How much one line looks like another, if it may have been made of it; else 0.
    private func likelihood(_ a: Wording, _ b: Wording) -> Double {
        guard 2 * Double(min(a.words.count, b.words.count)) >= 0.6 * Double(a.words.count + b.words.count),
            a.mask & b.mask != 0,
            2 * Double(a.set.intersection(b.set).count) >= 0.3 * Double(a.set.count + b.set.count)
        else { return 0 }
        let value = table.similarity(a.words, b.words)
        return value < 0.6 ? 0 : value
    }
}

/// The words of a line, ready to be compared with many.
private struct Wording {
    let line: Int
    let words: [Int]
    let set: Set<Int>
    /// One bit for each word, by its number's last six bits: without a common one there is no common word.
    let mask: UInt64

    init(_ table: LineTable, _ line: Int) {
        self.line = line
        words = table.words(line)
        set = Set(words)
        mask = words.reduce(0) { $0 | 1 << UInt64($1 & 63) }
    }
}
