// SPDX-License-Identifier: GPL-2.0-only

import Base

/// One change of a file: the bytes that go in place of a range (empty for an insertion).
public struct TextEdit: Sendable, Hashable {
    public let range: Range<Int>
    public let replacement: [UInt8]

    public init(range: Range<Int>, replacement: [UInt8]) {
        self.range = range
        self.replacement = replacement
    }
}

/// Two edits of the same lines: neither can be trusted to be where it was meant.
public struct OverlappingEdits: Error, Sendable, Equatable {
    /// Index of the one that begins first.
    public let first: Int
    public let second: Int
}

extension SourceText {
    /// The bytes after all edits. Insertions at one place keep their order, and
    /// stand before a replacement that begins there.
    public func applying(_ edits: [TextEdit]) throws(OverlappingEdits) -> [UInt8] {
        let order = Self.order(of: edits)
        for (first, second) in zip(order, order.dropFirst())
        where edits[second].range.lowerBound < edits[first].range.upperBound {
            throw OverlappingEdits(first: first, second: second)
        }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + edits.reduce(0) { $0 + $1.replacement.count })
        var position = 0
        for edit in order.map({ edits[$0] }) {
            result += bytes[position..<edit.range.lowerBound]
            // A last line without newline ends before what comes behind it.
            if edit.range.lowerBound == bytes.count, !edit.replacement.isEmpty, let last = result.last,
                last != UInt8(ascii: "\n")
            {
                result.append(UInt8(ascii: "\n"))
            }
            result += edit.replacement
            position = edit.range.upperBound
        }
        result += bytes[position...]
        return result
    }

    /// Where each edit's replacement stands in the bytes after all edits: lines from 0. For edits of whole lines that
    /// don't overlap.
    public func lines(of edits: [TextEdit]) -> [Range<Int>] {
        var result = [Range<Int>](repeating: 0..<0, count: edits.count)
        var shift = 0
        for index in Self.order(of: edits) {
            let edit = edits[index]
            let isBehindOpenLine =
                edit.range.lowerBound == bytes.count && bytes.last.map { $0 != UInt8(ascii: "\n") } ?? false
            let start = line(at: edit.range.lowerBound) - 1 + shift + (isBehindOpenLine ? 1 : 0)
            let count = edit.replacement.newlines
            result[index] = start..<start + count
            shift += count - bytes[edit.range].newlines
        }
        return result
    }

    fileprivate static func order(of edits: [TextEdit]) -> [Int] {
        edits.indices.sorted {
            let (left, right) = (edits[$0].range, edits[$1].range)
            return (left.lowerBound, left.isEmpty ? 0 : 1, $0) < (right.lowerBound, right.isEmpty ? 0 : 1, $1)
        }
    }
}

/// Where lines of a text are after edits that don't overlap.
public struct LineShift: Sendable {
    /// Lines from 0 that an edit replaces, and how many it puts there; in the order of their places.
    private let edits: [(old: Range<Int>, count: Int)]

    public init(_ text: SourceText, _ edits: [TextEdit]) {
        var parts: [(old: Range<Int>, growth: Int)] = []
        for index in SourceText.order(of: edits) {
            let edit = edits[index]
            let first = text.line(at: edit.range.lowerBound) - 1
            let isEmpty =
                edit.range.isEmpty && edit.range.lowerBound == text.lineStart(at: edit.range.lowerBound)
            let last = isEmpty ? first : text.line(at: max(edit.range.lowerBound, edit.range.upperBound - 1))
            let growth =
                edit.replacement.newlines - text.bytes[edit.range].newlines
            // Two of one line, as where a message loses two sentences.
            if let before = parts.last, first < before.old.upperBound {
                parts[parts.count - 1] = (
                    before.old.lowerBound..<max(before.old.upperBound, last), before.growth + growth
                )
            } else {
                parts.append((first..<last, growth))
            }
        }
        self.edits = parts.map { ($0.old, $0.old.count + $0.growth) }
    }

    /// Where some lines are now, and for each line there which one of them it is; nil for what an edit put between them.
    public func moved(_ lines: Range<Int>) -> (lines: Range<Int>, origins: [Int?]) {
        var start = lines.lowerBound
        var origins: [Int?] = []
        var next = lines.lowerBound
        for edit in edits {
            if edit.old.lowerBound >= lines.upperBound { break }
            if edit.old.upperBound <= lines.lowerBound {
                start += edit.count - edit.old.count
            } else if edit.old.lowerBound >= lines.lowerBound, edit.old.upperBound <= lines.upperBound {
                origins += (next..<edit.old.lowerBound).map { $0 }
                origins += [Int?](repeating: nil, count: edit.count)
                next = edit.old.upperBound
            } else if edit.old.lowerBound < lines.lowerBound {
                // What it puts there stands in front of what is left.
                start += edit.old.lowerBound - lines.lowerBound + edit.count
                next = min(edit.old.upperBound, lines.upperBound)
            } else {
                origins += (next..<edit.old.lowerBound).map { $0 }
                next = lines.upperBound
            }
        }
        origins += (next..<max(next, lines.upperBound)).map { $0 }
        return (start..<start + origins.count, origins)
    }
}

/// The edits that a text has been through, each set on what the one before left.
public struct EditHistory: Sendable {
    /// Without overlaps, in the order of their places.
    private var steps: [[TextEdit]] = []

    public init() {}

    /// What `SourceText.applying` has just taken.
    public mutating func add(_ edits: [TextEdit]) {
        steps.append(
            edits.sorted {
                ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
            }
        )
    }

    /// The byte offset in the first text of one in the last; for what an edit brought, where that edit was made.
    public func original(of offset: Int) -> Int {
        steps.reversed().reduce(offset) { offset, edits in
            var shift = 0
            for edit in edits {
                let start = edit.range.lowerBound + shift
                guard start <= offset else { break }
                // An insertion at the very place has moved it behind itself.
                if offset < start + edit.replacement.count { return edit.range.lowerBound }
                shift += edit.replacement.count - edit.range.count
            }
            return offset - shift
        }
    }
}
