// SPDX-License-Identifier: GPL-2.0-only

import Base

/// The bytes of one source file and where its lines begin.
///
/// Bytes, not characters: kernel files hold Latin-1 leftovers and form feeds,
/// and a file that is only edited in three places must keep every other byte.
public struct SourceText: Sendable {
    public let bytes: [UInt8]
    /// Offset of the first byte of each line; never empty.
    public let lineStarts: [Int]

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
        lineStarts = bytes.lineStarts
    }

    /// The 1-based number of the line that holds `offset`.
    public func line(at offset: Int) -> Int {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        return low + 1
    }

    /// Offset of the first byte of the line that holds `offset`.
    public func lineStart(at offset: Int) -> Int {
        lineStarts[line(at: offset) - 1]
    }

    /// Offset just behind the line that holds `offset`, its newline included.
    public func lineEnd(at offset: Int) -> Int {
        let line = line(at: offset)
        return line < lineStarts.count ? lineStarts[line] : bytes.count
    }

    /// The text of a byte range, invalid UTF-8 replaced; for messages.
    public func string(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }

    /// The text of the line that holds `offset`, without indentation and newline; for messages.
    public func lineText(at offset: Int) -> String {
        var start = lineStart(at: offset)
        var end = lineEnd(at: offset)
        while start < end, isSpace(bytes[start]) { start += 1 }
        while end > start, isSpace(bytes[end - 1]) { end -= 1 }
        return string(start..<end)
    }

    /// Whether the line that begins at `start` reads so; `wanted` has each run of white space as one blank.
    func lineReads(_ start: Int, _ wanted: String) -> Bool {
        // Cheap tests first: one of thousands of lines is it. White space may differ up to an assignment's sign.
        guard let first = wanted.utf8.first,
            case let line = bytes[start..<lineEnd(at: start)].drop(while: isSpace), line.first == first,
            line.starts(with: wanted.utf8.prefix { !" +:?=".utf8.contains($0) })
        else { return false }
        return squeezed(lineText(at: start)) == wanted
    }

    /// The lines around `offset` up to the next blank ones.
    public func paragraph(at offset: Int) -> Range<Int> {
        var start = lineStart(at: offset)
        var end = lineEnd(at: offset)
        while start > 0, !isBlankLine(at: start - 1) { start = lineStart(at: start - 1) }
        while end < bytes.count, !isBlankLine(at: end) { end = lineEnd(at: end) }
        return start..<end
    }

    /// Lines with the ending that this text has: that of its first line.
    public func withOwnEndings(_ lines: [UInt8]) -> [UInt8] {
        let newline = UInt8(ascii: "\n")
        let carriageReturn = UInt8(ascii: "\r")
        guard let end = bytes.firstIndex(of: newline), end > 0, bytes[end - 1] == carriageReturn else {
            return lines
        }
        var result: [UInt8] = []
        for byte in lines {
            if byte == newline, result.last != carriageReturn { result.append(carriageReturn) }
            result.append(byte)
        }
        return result
    }

    /// Whether the line that holds `offset` is empty or white space only.
    func isBlankLine(at offset: Int) -> Bool {
        bytes[lineStart(at: offset)..<lineEnd(at: offset)].allSatisfy(isSpace)
    }
}
