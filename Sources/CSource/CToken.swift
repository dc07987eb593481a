// SPDX-License-Identifier: GPL-2.0-only

/// One lexical element of a C file, by its byte range.
struct CToken: Sendable {
    enum Kind: UInt8, Sendable {
        case word
        case string
        case comment
        /// A whole preprocessor line, continuation lines included.
        case directive
        /// One byte of punctuation; `->` is two tokens, which is all that matching needs.
        case punctuation
    }

    let kind: Kind
    /// The byte, for punctuation.
    let byte: UInt8
    let start: Int
    let end: Int

    var range: Range<Int> { start..<end }

    func isPunctuation(_ character: Unicode.Scalar) -> Bool {
        kind == .punctuation && byte == UInt8(ascii: character)
    }
}

/// Splits C into tokens; never fails, because a file that a compiler takes may
/// still hold bytes that only a preprocessor branch would explain.
func lexC(_ bytes: [UInt8]) -> [CToken] {
    var lexer = CLexer(bytes: bytes)
    return lexer.run()
}

private struct CLexer {
    let bytes: [UInt8]
    var position = 0
    var atLineStart = true
    var tokens: [CToken] = []

    init(bytes: [UInt8]) {
        self.bytes = bytes
        tokens.reserveCapacity(bytes.count / 4)
    }

    mutating func run() -> [CToken] {
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\n"):
                atLineStart = true
                position += 1
            case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"):
                add(.comment, endOfBlockComment())
            case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/"):
                add(.comment, endOfLine(from: position))
            case UInt8(ascii: "#") where atLineStart:
                add(.directive, endOfLine(from: position))
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                add(.string, endOfLiteral(byte))
            case _ where isBlank(byte):
                position += 1
            case _ where isWordByte(byte):
                var end = position + 1
                while end < bytes.count, isWordByte(bytes[end]) { end += 1 }
                add(.word, end)
            default:
                add(.punctuation, position + 1)
            }
        }
        return tokens
    }

    func peek(_ distance: Int) -> UInt8 {
        position + distance < bytes.count ? bytes[position + distance] : 0
    }

    mutating func add(_ kind: CToken.Kind, _ end: Int) {
        tokens.append(CToken(kind: kind, byte: bytes[position], start: position, end: end))
        // A comment before '#' leaves the line's start where it was.
        if kind != .comment { atLineStart = false }
        position = end
    }

    func endOfBlockComment() -> Int {
        var end = position + 2
        while end + 1 < bytes.count {
            if bytes[end] == UInt8(ascii: "*"), bytes[end + 1] == UInt8(ascii: "/") { return end + 2 }
            end += 1
        }
        return bytes.count
    }

    /// End of the logical line: a backslash before the newline continues it,
    /// and so does a block comment that was begun on it.
    func endOfLine(from start: Int) -> Int {
        var end = start
        while end < bytes.count {
            if bytes[end] == UInt8(ascii: "\n") {
                if end > start, bytes[end - 1] == UInt8(ascii: "\\") {
                    end += 1
                    continue
                }
                return end
            }
            if bytes[end] == UInt8(ascii: "/"), end + 1 < bytes.count, bytes[end + 1] == UInt8(ascii: "*"),
                bytes[start] == UInt8(ascii: "#")
            {
                end += 2
                while end + 1 < bytes.count,
                    !(bytes[end] == UInt8(ascii: "*") && bytes[end + 1] == UInt8(ascii: "/"))
                {
                    end += 1
                }
            }
            end += 1
        }
        return bytes.count
    }

    /// End of a string or character literal; a newline ends it too, so that
    /// one stray quote in a comment-like place can't swallow the file.
    func endOfLiteral(_ quote: UInt8) -> Int {
        var end = position + 1
        while end < bytes.count, bytes[end] != UInt8(ascii: "\n") {
            if bytes[end] == UInt8(ascii: "\\") {
                end += 2
                continue
            }
            if bytes[end] == quote { return end + 1 }
            end += 1
        }
        return min(end, bytes.count)
    }
}
