// SPDX-License-Identifier: GPL-2.0-only

import Base

/// One lexical element of a C file, by its byte range.
struct CToken: Sendable, Equatable {
    enum Kind: UInt8, Sendable {
        case word
        case string
        case comment
        /// A whole preprocessor line, continuation lines included.
        case directive
        /// One byte of punctuation; `->` is two tokens, which is all that matching needs.
        case punctuation
    }

    /// What a preprocessor line does to the structure.
    enum Directive: UInt8, Sendable {
        /// `#if`, `#ifdef`, `#ifndef`
        case open
        /// `#if 0`
        case openDead
        /// `#elif`, `#else`
        case next
        case endif
        case define
        case other
    }

    let kind: Kind
    /// The byte of punctuation; the raw value of what a directive does.
    let byte: UInt8
    // Half the size of two Ints: a kernel file has some 50,000 tokens.
    private let first: Int32
    private let last: Int32

    init(kind: Kind, byte: UInt8, start: Int, end: Int) {
        self.kind = kind
        self.byte = byte
        first = Int32(start)
        last = Int32(end)
    }

    var start: Int { Int(first) }
    var end: Int { Int(last) }
    var range: Range<Int> { start..<end }

    func moved(by distance: Int) -> CToken {
        CToken(kind: kind, byte: byte, start: start + distance, end: end + distance)
    }

    /// What it does, if it is a directive.
    var directive: Directive? { kind == .directive ? Directive(rawValue: byte) : nil }

    func isPunctuation(_ character: Unicode.Scalar) -> Bool {
        kind == .punctuation && byte == UInt8(ascii: character)
    }
}

/// Splits C into tokens; never fails, because a file that a compiler takes may
/// still hold bytes that only a preprocessor branch would explain.
///
/// - Returns: nil if there are more than `limit`.
func lexC(_ bytes: [UInt8], atMost limit: Int) -> [CToken]? {
    // Half of the time otherwise goes into the array's bounds.
    let tokens = bytes.withUnsafeBufferPointer { bytes in
        var lexer = CLexer(bytes: bytes)
        return lexer.run(atMost: limit)
    }
    return tokens.map(withoutDeadCode)
}

/// Makes what stands behind `#if 0` part of that line: no compiler sees it, so
/// its braces count for nothing and no anchor may be found in it.
private func withoutDeadCode(_ tokens: [CToken]) -> [CToken] {
    guard tokens.contains(where: { $0.directive == .openDead }) else { return tokens }
    var result: [CToken] = []
    result.reserveCapacity(tokens.count)
    var index = 0
    while index < tokens.count {
        let token = tokens[index]
        index += 1
        guard token.directive == .openDead else {
            result.append(token)
            continue
        }
        var depth = 0
        var end = token.end
        scan: while index < tokens.count {
            switch tokens[index].directive {
            case .open, .openDead: depth += 1
            case .next where depth == 0: break scan
            case .endif where depth == 0: break scan
            case .endif: depth -= 1
            case .next, .define, .other, nil: break
            }
            end = tokens[index].end
            index += 1
        }
        result.append(CToken(kind: .directive, byte: token.byte, start: token.start, end: end))
    }
    return result
}

/// What the preprocessor line at `range` does.
private func directive(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> CToken.Directive {
    let rest = bytes[range].dropFirst().drop(while: isSpace)
    let name = rest.prefix(while: isWordByte)
    if name.elementsEqual("define".utf8) { return .define }
    if name.elementsEqual("endif".utf8) { return .endif }
    if name.elementsEqual("else".utf8) || name.elementsEqual("elif".utf8) { return .next }
    if name.elementsEqual("ifdef".utf8) || name.elementsEqual("ifndef".utf8) { return .open }
    guard name.elementsEqual("if".utf8) else { return .other }
    let words = rest.dropFirst(name.count).split(whereSeparator: isSpace)
    let isDead =
        words.first.map { $0.elementsEqual("0".utf8) } ?? false
        && (words.count == 1 || words[1].first == UInt8(ascii: "/"))
    return isDead ? .openDead : .open
}

struct CLexer {
    let bytes: UnsafeBufferPointer<UInt8>
    var position = 0
    var atLineStart = true
    var tokens: [CToken] = []

    init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        // A token of C is five bytes and its white space.
        tokens.reserveCapacity(min(bytes.count / 6, SourceLimit.tokens))
    }

    mutating func run(atMost limit: Int) -> [CToken]? {
        while position < bytes.count {
            guard tokens.count <= limit else { return nil }
            advance()
        }
        return tokens.count <= limit ? tokens : nil
    }

    /// Takes the next token, or a byte of white space.
    @inline(__always)
    mutating func advance() {
        let byte = bytes[position]
        // What most bytes are comes first.
        switch byte {
        case _ where isWordByte(byte):
            var end = position + 1
            while end < bytes.count, isWordByte(bytes[end]) { end += 1 }
            add(.word, end)
        case UInt8(ascii: "\n"):
            atLineStart = true
            position += 1
        case _ where isSpace(byte):
            position += 1
        case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"):
            add(.comment, endOfBlockComment(from: position))
        case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/"):
            add(.comment, endOfLine(from: position))
        case UInt8(ascii: "#") where atLineStart:
            add(.directive, endOfDirective())
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            add(.string, endOfLiteral(byte, from: position))
        default:
            add(.punctuation, position + 1)
        }
    }

    func peek(_ distance: Int) -> UInt8 {
        position + distance < bytes.count ? bytes[position + distance] : 0
    }

    @inline(__always)
    mutating func add(_ kind: CToken.Kind, _ end: Int) {
        let byte = kind == .directive ? directive(bytes, position..<end).rawValue : bytes[position]
        tokens.append(CToken(kind: kind, byte: byte, start: position, end: end))
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
