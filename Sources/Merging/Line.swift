// SPDX-License-Identifier: GPL-2.0-only

import Base

/// Gives equal lines, and equal words, the same number, so that versions of a file are compared by numbers.
///
/// One table serves all files of a patch. What is in it is kept once.
final class LineTable {
    /// A line, with its newline; and what is known of it.
    struct Line {
        let bytes: [UInt8]
        /// Says little about where it is: blank, a brace, `return 0;`.
        let isWeak: Bool
        let isBlank: Bool
    }

    private(set) var lines: [Line] = []
    /// Most lines are compared as a whole, and nobody asks for their words.
    private var wordsOfLines: [[Int]?] = []
    private var lineNumbers: [UInt64: [Int]] = [:]
    private(set) var tokens: [[UInt8]] = []
    private var tokenNumbers: [UInt64: [Int]] = [:]
    var aligner = Aligner()

    /// Numbers of the lines of a file.
    func numbers(_ bytes: [UInt8]) -> [Int] {
        var result: [Int] = []
        var start = 0
        bytes.withUnsafeBufferPointer { bytes in
            while start < bytes.count {
                let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.count
                result.append(number(UnsafeBufferPointer(rebasing: bytes[start..<end])))
                start = end
            }
        }
        return result
    }

    private func number(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        let hash = Self.hash(bytes)
        if let found = lineNumbers[hash]?.first(where: { lines[$0].bytes.elementsEqual(bytes) }) {
            return found
        }
        let line = Array(bytes)
        let stripped = line.stripped
        lines.append(
            Line(
                bytes: line,
                isWeak: line.count(where: isWordByte) < 4
                    || stripped.count <= longestWeakLine && weakLines.contains(Array(stripped)),
                isBlank: stripped.isEmpty
            )
        )
        wordsOfLines.append(nil)
        lineNumbers[hash, default: []].append(lines.count - 1)
        return lines.count - 1
    }

    /// The words and signs of a line, without white space, by their numbers.
    func words(_ number: Int) -> [Int] {
        if let known = wordsOfLines[number] { return known }
        let line = lines[number].bytes
        let words = Self.tokens(line).filter { !isSpace(line[$0.lowerBound]) }.map { tokenNumber(line[$0]) }
        wordsOfLines[number] = words
        return words
    }

    /// The number of a word, a run of blanks, or a sign.
    func tokenNumber(_ token: ArraySlice<UInt8>) -> Int {
        let hash = token.withUnsafeBufferPointer(Self.hash)
        if let found = tokenNumbers[hash]?.first(where: { tokens[$0].elementsEqual(token) }) { return found }
        tokens.append(Array(token))
        tokenNumbers[hash, default: []].append(tokens.count - 1)
        return tokens.count - 1
    }

    /// FNV-1a; equal bytes are made sure of by whoever asks.
    private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash
    }

    /// A word, a run of blanks and tabs, or a single byte each.
    static func tokens(_ bytes: [UInt8]) -> [Range<Int>] {
        var result: [Range<Int>] = []
        var start = 0
        while start < bytes.count {
            var end = start + 1
            if isWordByte(bytes[start]) {
                while end < bytes.count, isWordByte(bytes[end]) { end += 1 }
            } else if isBlankByte(bytes[start]) {
                while end < bytes.count, isBlankByte(bytes[end]) { end += 1 }
            }
            result.append(start..<end)
            start = end
        }
        return result
    }

    func bytes(_ lines: some Sequence<Int>) -> [UInt8] { lines.flatMap { self.lines[$0].bytes } }

    /// How much two sequences of words have in common, in order: 1 if they are the same.
    func similarity(_ a: [Int], _ b: [Int]) -> Double {
        guard !a.isEmpty, !b.isEmpty else { return 0 }
        return 2 * Double(aligner.align(a, b).count { $0 >= 0 }) / Double(a.count + b.count)
    }

    func similarity(_ a: some Sequence<Int>, of b: some Sequence<Int>) -> Double {
        similarity(a.flatMap(words), b.flatMap(words))
    }
}

/// Lines that are in every file.
private let weakLines: Set<[UInt8]> = Set(
    [
        "return ret;", "return 0;", "break;", "continue;", "endif", "#endif", "#else", "else", "} else {",
        "help",
        "return;", "return err;",
    ].map { Array($0.utf8) }
)

private let longestWeakLine = weakLines.map(\.count).max() ?? 0

func isNameStart(_ byte: UInt8) -> Bool {
    isWordByte(byte) && !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}

func isBlankByte(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

extension BidirectionalCollection<UInt8> {
    /// Without white space at both ends.
    var stripped: SubSequence {
        let head = drop(while: isSpace)
        var end = head.endIndex
        while end > head.startIndex {
            let before = head.index(end, offsetBy: -1)
            guard isSpace(head[before]) else { break }
            end = before
        }
        return head[head.startIndex..<end]
    }
}
