// SPDX-License-Identifier: GPL-2.0-only

import Base

/// A piece of C that is to be found token by token; comments count, white space doesn't.
public struct CRun: Sendable, Equatable, CustomStringConvertible {
    let tokens: [[UInt8]]
    /// Its first line.
    public let description: String

    /// A piece of C, of any number of lines.
    public init(_ code: String) {
        let bytes = [UInt8](code.utf8)
        tokens = (lexC(bytes, atMost: SourceLimit.tokens) ?? []).map { Self.text($0, bytes) }
        description = squeezed(code.lines.first { !$0.trimmed.isEmpty } ?? "")
    }

    /// A token as it is compared: comments and preprocessor lines may be indented otherwise.
    static func text(_ token: CToken, _ bytes: [UInt8]) -> [UInt8] {
        guard token.kind == .comment || token.kind == .directive else { return [UInt8](bytes[token.range]) }
        return bytes[token.range].split(whereSeparator: isSpace).joined(separator: [UInt8(ascii: " ")]).map {
            $0
        }
    }
}

/// Lines that are to be found to the byte, of which some only show the place.
public struct LineRun: Sendable, Equatable, CustomStringConvertible {
    /// All of them, with their newlines.
    let bytes: [UInt8]
    /// The bytes of those that are changed; empty where lines are only added.
    let changed: Range<Int>

    init(bytes: [UInt8] = [], changed: Range<Int> = 0..<0) {
        self.bytes = bytes
        self.changed = changed
    }

    /// The first line that isn't empty.
    public var description: String {
        squeezed(String(decoding: bytes, as: UTF8.self).lines.first { !$0.trimmed.isEmpty } ?? "")
    }

    /// Where the changed ones are.
    func places(in text: SourceText, _ scope: Range<Int>) -> [Range<Int>] {
        guard let first = bytes.first else { return [] }
        let isOpen = bytes.last != UInt8(ascii: "\n")
        return text.lineStarts.compactMap { start in
            let end = start + bytes.count
            guard start >= scope.lowerBound, end <= scope.upperBound, text.bytes[start] == first,
                // A last line without newline is the file's last.
                !isOpen || end == text.bytes.count, text.bytes[start..<end].elementsEqual(bytes)
            else { return nil }
            return start + changed.lowerBound..<start + changed.upperBound
        }
    }
}

/// The body of a `hunk`: lines as in a diff.
struct HunkReader {
    private(set) var old = LineRun()
    private(set) var new: [UInt8] = []
    /// The lines of the text that `new` stands in.
    private(set) var newLines: [Int] = []

    private struct Line {
        let sign: UInt8
        var bytes: ArraySlice<UInt8>
        let number: Int
    }

    init(_ text: SourceText, _ body: Range<Int>, firstLine: Int) throws(SiteError) {
        var lines: [Line] = []
        var start = body.lowerBound
        var number = firstLine
        while start < body.upperBound {
            let end = text.lineEnd(at: start)
            let line = text.bytes[start..<end]
            switch line.first {
            case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "+"):
                lines.append(Line(sign: line[start], bytes: line.dropFirst(), number: number))
            case UInt8(ascii: "\n"):
                // Editors take a blank at the end of a line away.
                lines.append(Line(sign: UInt8(ascii: " "), bytes: line, number: number))
            case UInt8(ascii: "\\") where !lines.isEmpty:
                lines[lines.count - 1].bytes = lines[lines.count - 1].bytes.dropLast()
            default:
                throw SiteError(
                    line: number,
                    description: "a line of a hunk begins with ' ', '-' or '+'"
                )
            }
            start = end
            number += 1
        }
        let context = UInt8(ascii: " ")
        guard let first = lines.firstIndex(where: { $0.sign != context }),
            let last = lines.lastIndex(where: { $0.sign != context })
        else { throw SiteError(line: firstLine - 1, description: "the hunk changes nothing") }
        var bytes: [UInt8] = []
        var changed = 0..<0
        for (index, line) in lines.enumerated() {
            if index == first { changed = bytes.count..<bytes.count }
            if line.sign != UInt8(ascii: "+") { bytes += line.bytes }
            if index == last { changed = changed.lowerBound..<bytes.count }
            if first...last ~= index, line.sign != UInt8(ascii: "-") {
                new += line.bytes
                newLines.append(line.number)
            }
        }
        guard !bytes.isEmpty else {
            throw SiteError(line: firstLine - 1, description: "the hunk shows no line of the file")
        }
        old = LineRun(bytes: bytes, changed: changed)
    }
}

extension Anchor {
    /// Whether it is code that the site itself shows.
    var isOfRun: Bool { if case .run = target { true } else { false } }
}

extension CAnchorResolver {
    /// The lines of the one run of whole items, and of comments between them, that reads like the anchor's.
    func resolve(run anchor: Anchor, in scope: [Item], _ owner: Item?) throws(AnchorError) -> Range<Int> {
        guard case .run(let run) = anchor.target, let first = run.tokens.first else {
            throw .notFound(what: "\(anchor)", candidates: [])
        }
        let tokens = owner?.body ?? 0..<structure.tokens.count
        var found: [Range<Int>] = []
        for start in tokens where start + run.tokens.count <= tokens.upperBound && reads(start, first) {
            let range = start..<start + run.tokens.count
            guard zip(range, run.tokens).allSatisfy({ reads($0, $1) }), !cuts(range, scope) else { continue }
            found.append(range)
        }
        guard let range = found.first else {
            guard explains else { throw .notFound(what: "\(anchor)", candidates: []) }
            let near = nearest(to: run.description, among: scope, by: { text.lineText(at: $0.start) })
            throw .notFound(what: "\(anchor)", candidates: near.prefix(candidateLimit).map(candidate))
        }
        guard found.count == 1 else {
            throw .ambiguous(
                what: "\(anchor)",
                candidates: found.map { candidate(structure.tokens[$0.lowerBound].start) }
            )
        }
        let (start, end) = (
            structure.tokens[range.lowerBound].start, structure.tokens[range.upperBound - 1].end
        )
        try requireFirstOnLine(start, "\(anchor)")
        try requireLastOnLine(end, nextToken: range.upperBound, "\(anchor)")
        return text.lineStart(at: start)..<text.lineEnd(at: end - 1)
    }

    private func reads(_ index: Int, _ wanted: [UInt8]) -> Bool {
        let token = structure.tokens[index]
        if token.kind == .comment || token.kind == .directive {
            return CRun.text(token, text.bytes) == wanted
        }
        return text.bytes[token.range].elementsEqual(wanted)
    }

    /// Whether an item of the scope is only partly in a range of tokens.
    private func cuts(_ range: Range<Int>, _ scope: [Item]) -> Bool {
        let (start, end) = (
            structure.tokens[range.lowerBound].start, structure.tokens[range.upperBound - 1].end
        )
        return scope.contains { item in
            item.start < start && start < item.end || item.start < end && end < item.end
        }
    }
}
