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
    return withoutDeadCode(lexer.run(), bytes)
}

/// Makes what stands behind `#if 0` part of that line: no compiler sees it, so
/// its braces count for nothing and no anchor may be found in it.
private func withoutDeadCode(_ tokens: [CToken], _ bytes: [UInt8]) -> [CToken] {
    var result: [CToken] = []
    result.reserveCapacity(tokens.count)
    var index = 0
    while index < tokens.count {
        let token = tokens[index]
        index += 1
        guard token.kind == .directive, isDead(token, bytes) else {
            result.append(token)
            continue
        }
        var depth = 0
        var end = token.end
        while index < tokens.count {
            let name = tokens[index].kind == .directive ? directiveName(bytes, tokens[index]) : ""
            if depth == 0, ["elif", "else", "endif"].contains(name) { break }
            if name.hasPrefix("if") { depth += 1 }
            if name == "endif" { depth -= 1 }
            end = tokens[index].end
            index += 1
        }
        result.append(CToken(kind: .directive, byte: token.byte, start: token.start, end: end))
    }
    return result
}

/// Whether a directive is `#if 0`.
private func isDead(_ token: CToken, _ bytes: [UInt8]) -> Bool {
    guard directiveName(bytes, token) == "if" else { return false }
    let words = bytes[token.range].dropFirst().split(whereSeparator: isBlank)
    return words.count > 1 && words[0].elementsEqual("if".utf8) && words[1].elementsEqual("0".utf8)
        && (words.count == 2 || words[2].first == UInt8(ascii: "/"))
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
                add(.comment, endOfBlockComment(from: position))
            case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/"):
                add(.comment, endOfLine(from: position))
            case UInt8(ascii: "#") where atLineStart:
                add(.directive, endOfDirective())
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                add(.string, endOfLiteral(byte, from: position))
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

    func endOfBlockComment(from start: Int) -> Int {
        var end = start + 2
        while end + 1 < bytes.count {
            if bytes[end] == UInt8(ascii: "*"), bytes[end + 1] == UInt8(ascii: "/") { return end + 2 }
            end += 1
        }
        return bytes.count
    }

    /// End of the logical line: a backslash before the newline continues it.
    func endOfLine(from start: Int) -> Int {
        var end = start
        while end < bytes.count {
            if bytes[end] == UInt8(ascii: "\n"), !isContinued(end) { return end }
            end += 1
        }
        return bytes.count
    }

    /// End of a preprocessor line; a block comment that was begun on it continues it as well.
    func endOfDirective() -> Int {
        var end = position
        while end < bytes.count {
            let next = end + 1 < bytes.count ? bytes[end + 1] : 0
            switch bytes[end] {
            case UInt8(ascii: "\n") where !isContinued(end):
                return end
            case UInt8(ascii: "/") where next == UInt8(ascii: "*"):
                end = endOfBlockComment(from: end)
            case UInt8(ascii: "/") where next == UInt8(ascii: "/"):
                return endOfLine(from: end)
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                end = endOfLiteral(bytes[end], from: end)
            default:
                end += 1
            }
        }
        return bytes.count
    }

    /// Whether the newline at `offset` has a backslash in front of it (and a carriage return, in DOS files).
    private func isContinued(_ offset: Int) -> Bool {
        let last = offset > 0 && bytes[offset - 1] == UInt8(ascii: "\r") ? offset - 2 : offset - 1
        return last >= 0 && bytes[last] == UInt8(ascii: "\\")
    }

    /// End of a string or character literal; a newline ends it too, so that
    /// one stray quote in a comment-like place can't swallow the file.
    func endOfLiteral(_ quote: UInt8, from start: Int) -> Int {
        var end = start + 1
        while end < bytes.count, bytes[end] != UInt8(ascii: "\n") {
            if bytes[end] == UInt8(ascii: "\\") {
                end += end + 1 < bytes.count && bytes[end + 1] == UInt8(ascii: "\r") ? 3 : 2
                continue
            }
            if bytes[end] == quote { return end + 1 }
            end += 1
        }
        return min(end, bytes.count)
    }
}
