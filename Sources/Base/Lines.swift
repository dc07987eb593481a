// SPDX-License-Identifier: GPL-2.0-only

import Glibc

extension [UInt8] {
    /// Offset of the first byte of each line, from 0 on; never empty. Behind a last newline a line begins, too, if an
    /// empty one.
    public var lineStarts: [Int] {
        var starts = [0]
        // A line of C is 30 bytes, a short one of prose 40.
        starts.reserveCapacity(count / 24)
        withUnsafeBytes { bytes in
            guard let first = bytes.baseAddress else { return }
            var start = 0
            while let newline = memchr(first + start, 0x0a, bytes.count - start) {
                start = UnsafeRawPointer(newline) - first + 1
                starts.append(start)
            }
        }
        return starts
    }
}

extension Collection<UInt8> {
    /// The lines, without their newlines; empty ones stay, what follows a last newline is one.
    public var lines: [SubSequence] { split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) }

    /// How many newlines there are.
    public var newlines: Int {
        func count(_ bytes: some Sequence<UInt8>) -> Int {
            bytes.reduce(0) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
        }
        return withContiguousStorageIfAvailable { count($0) } ?? count(self)
    }
}

extension StringProtocol where SubSequence == Substring {
    /// As those of bytes: for Swift a carriage return and a newline are one character, which isn't a newline.
    public var lines: [Substring] {
        let bytes = utf8
        var lines: [Substring] = []
        var start = startIndex
        while let newline = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(self[start..<newline])
            start = bytes.index(after: newline)
        }
        lines.append(self[start...])
        return lines
    }
}

extension StringProtocol {

    /// Without white space at both ends.
    public var trimmed: SubSequence {
        guard let first = firstIndex(where: { !$0.isWhitespace }),
            let last = lastIndex(where: { !$0.isWhitespace })
        else { return self[endIndex...] }
        return self[first...last]
    }
}
