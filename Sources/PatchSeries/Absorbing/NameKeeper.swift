// SPDX-License-Identifier: GPL-2.0-only

import Base

/// Puts names back into edited lines: what a template calls `KPATCH_…` stays called that.
struct NameKeeper {
    private let values: [String: String]
    /// Names by the word that they stand for, where a template uses only the name.
    private let names: [[UInt8]: String]

    /// - Parameters:
    ///   - values: what names stand for in the selection.
    ///   - template: the one that the lines are of.
    init(_ values: [String: String], of template: Template) {
        self.values = values
        var names: [[UInt8]: String] = [:]
        var ambiguous: Set<[UInt8]> = []
        for name in template.mentionedNames {
            guard let value = values[name].map({ Array($0.utf8) }), value.count >= 3,
                value.allSatisfy(isWordByte),
                value.contains(where: { !(0x30...0x39).contains($0) })
            else { continue }
            if names[value] != nil { ambiguous.insert(value) }
            names[value] = name
        }
        for line in template.lines {
            for word in Self.tokens(line.text) where names[Array(word)] != nil {
                ambiguous.insert(Array(word))
            }
        }
        self.names = names.filter { !ambiguous.contains($0.key) }
    }

    /// What a line of the template is rendered as.
    func rendered(_ line: Template.Line) -> [UInt8] {
        var result: [UInt8] = []
        var position = line.text.startIndex
        for range in line.names {
            result += line.text[position..<range.lowerBound]
            result += (values[String(decoding: line.text[range], as: UTF8.self)] ?? "").utf8
            position = range.upperBound
        }
        return result + line.text[position...]
    }

    /// A new line with names for the words that they stand for.
    func restored(_ line: ArraySlice<UInt8>) -> [UInt8] {
        names.isEmpty
            ? Array(line)
            : Self.tokens(line).reduce(into: []) { result, word in
                if let name = names[Array(word)] { result += name.utf8 } else { result += word }
            }
    }

    /// A line as it was edited, with the names of the template's line where their words are still there.
    ///
    /// - Throws: a name whose word has become another one.
    func restored(_ new: ArraySlice<UInt8>, from line: Template.Line) throws(Renamed) -> [UInt8] {
        guard !line.names.isEmpty else { return restored(new) }
        // The words of the line as rendered, and the name that each comes from.
        var old: [(word: ArraySlice<UInt8>, name: Int?)] = []
        var position = line.text.startIndex
        for (index, range) in line.names.enumerated() {
            old += Self.tokens(line.text[position..<range.lowerBound]).map { ($0, nil) }
            let value = values[String(decoding: line.text[range], as: UTF8.self)] ?? ""
            old += Self.tokens(ArraySlice(Array(value.utf8))).map { ($0, index) }
            position = range.upperBound
        }
        old += Self.tokens(line.text[position...]).map { ($0, nil) }
        let words = Self.tokens(new)
        let pairs = Self.pairs(old.map { Array($0.word) }, words.map { Array($0) })
        // What a name stands for stays as a whole, or goes as a whole.
        for (index, range) in line.names.enumerated() {
            let whole = old.indices.filter { old[$0].name == index }
            let kept = pairs.filter { whole.contains($0.0) }
            let isWhole =
                kept.count == whole.count && zip(kept, kept.dropFirst()).allSatisfy { $1.1 - $0.1 == 1 }
            guard kept.isEmpty || isWhole else {
                throw Renamed(
                    name: String(decoding: line.text[range], as: UTF8.self),
                    word: String(String(decoding: new, as: UTF8.self).trimmed).onOneLine
                )
            }
        }
        var result: [UInt8] = []
        var next = 0
        var origin = [Int?](repeating: nil, count: words.count)
        for (left, right) in pairs { origin[right] = left }
        while next < words.count {
            guard let place = origin[next] else {
                let word = Array(words[next])
                if let renamed = Self.renamed(next, origin, old), word.allSatisfy(isWordByte) {
                    let range = line.names[renamed]
                    throw Renamed(
                        name: String(decoding: line.text[range], as: UTF8.self),
                        word: String(decoding: word, as: UTF8.self)
                    )
                }
                result += names[word].map { Array($0.utf8) } ?? word
                next += 1
                continue
            }
            guard let name = old[place].name else {
                result += words[next]
                next += 1
                continue
            }
            // All words of a name, or it isn't it.
            let whole = old.indices.filter { old[$0].name == name }
            let isWhole =
                whole.first == place && next + whole.count <= words.count
                && whole.enumerated().allSatisfy { origin[next + $0.offset] == $0.element }
            if isWhole {
                result += line.text[line.names[name]]
                next += whole.count
            } else {
                result += words[next]
                next += 1
            }
        }
        return result
    }

    /// A name's word was replaced by hand.
    struct Renamed: Error {
        let name: String
        /// What stands there now.
        let word: String
    }

    /// The name in whose place a new word stands: its neighbours are those of the name, which is gone.
    private static func renamed(
        _ index: Int,
        _ origin: [Int?],
        _ old: [(word: ArraySlice<UInt8>, name: Int?)]
    ) -> Int? {
        let before = index > 0 ? origin[index - 1] : -1
        let after = index + 1 < origin.count ? origin[index + 1] : old.count
        guard let before, let after, after - before == 2, let name = old[before + 1].name else { return nil }
        return name
    }

    /// Words, and each other byte alone.
    static func tokens(_ line: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var result: [ArraySlice<UInt8>] = []
        var start = line.startIndex
        while start < line.endIndex {
            var end = start + 1
            if isWordByte(line[start]) { while end < line.endIndex, isWordByte(line[end]) { end += 1 } }
            result.append(line[start..<end])
            start = end
        }
        return result
    }

    /// The longest common subsequence, as index pairs.
    static func pairs<Element: Equatable>(_ left: [Element], _ right: [Element]) -> [(Int, Int)] {
        let prefix = zip(left, right).prefix { $0 == $1 }.count
        var suffix = 0
        while suffix < min(left.count, right.count) - prefix,
            left[left.count - 1 - suffix] == right[right.count - 1 - suffix]
        {
            suffix += 1
        }
        var result = (0..<prefix).map { ($0, $0) }
        let (rows, columns) = (left.count - prefix - suffix, right.count - prefix - suffix)
        if rows > 0, columns > 0, rows * columns <= 1_000_000 {
            var table = [[Int32]](repeating: [Int32](repeating: 0, count: columns + 1), count: rows + 1)
            for row in stride(from: rows - 1, through: 0, by: -1) {
                for column in stride(from: columns - 1, through: 0, by: -1) {
                    table[row][column] =
                        left[prefix + row] == right[prefix + column]
                        ? table[row + 1][column + 1] + 1 : max(table[row + 1][column], table[row][column + 1])
                }
            }
            var (row, column) = (0, 0)
            while row < rows, column < columns {
                if left[prefix + row] == right[prefix + column] {
                    result.append((prefix + row, prefix + column))
                    row += 1
                    column += 1
                } else if table[row + 1][column] >= table[row][column + 1] {
                    row += 1
                } else {
                    column += 1
                }
            }
        }
        return result + (0..<suffix).reversed().map { (left.count - 1 - $0, right.count - 1 - $0) }
    }
}
