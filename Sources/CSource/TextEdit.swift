// SPDX-License-Identifier: GPL-2.0-only

/// One change of a file: the bytes that go in place of a range (empty for an insertion).
public struct TextEdit: Sendable, Equatable {
    public let range: Range<Int>
    public let replacement: [UInt8]

    public init(range: Range<Int>, replacement: [UInt8]) {
        self.range = range
        self.replacement = replacement
    }
}

extension SourceText {
    /// The bytes after all edits. Insertions at one place keep their order.
    ///
    /// Returns nil if two edits overlap: then neither can be trusted to be where it was meant.
    public func applying(_ edits: [TextEdit]) -> [UInt8]? {
        let ordered = edits.enumerated().sorted {
            ($0.element.range.lowerBound, $0.offset) < ($1.element.range.lowerBound, $1.offset)
        }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + edits.reduce(0) { $0 + $1.replacement.count })
        var position = 0
        for (_, edit) in ordered {
            guard edit.range.lowerBound >= position else { return nil }
            result += bytes[position..<edit.range.lowerBound]
            result += edit.replacement
            position = edit.range.upperBound
        }
        result += bytes[position...]
        return result
    }
}
