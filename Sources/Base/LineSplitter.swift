// SPDX-License-Identifier: GPL-2.0-only

import Glibc

/// Cuts the byte stream of a guest or a child process into lines that are safe to print and to keep.
///
/// A line is bounded, invalid UTF-8 is replaced, and control characters go: the
/// other side must neither fill the memory of this one nor drive the terminal of who reads its log. Lines end at LF
/// alone: VT, FF and NEL stand inside kernel sources that gcc quotes.
public struct LineSplitter: Sendable {
    /// A longer line is cut, never split: the rest of a long line must not pass for a line of its own, or a test
    /// could forge a verdict on the result channel.
    public let maximumLineBytes: Int

    private var pending: [UInt8] = []
    private var cut = 0

    public init(maximumLineBytes: Int = 4096) {
        self.maximumLineBytes = max(maximumLineBytes, 1)
    }

    /// Takes the next bytes and hands every line that ended to `body`, without its line ending.
    public mutating func consume(_ bytes: [UInt8], _ body: (String) -> Void) {
        bytes.withUnsafeBytes { consume($0, body) }
    }

    /// The same for bytes that aren't in an array.
    public mutating func consume(_ bytes: UnsafeRawBufferPointer, _ body: (String) -> Void) {
        var rest = bytes[...]
        while let newline = Self.newline(in: rest) {
            append(rest[..<newline])
            body(takeLine())
            rest = rest[(newline + 1)...]
        }
        append(rest)
    }

    /// Where the first line ends. memchr, because a flood comes through here byte by byte.
    private static func newline(in bytes: Slice<UnsafeRawBufferPointer>) -> Int? {
        let buffer = UnsafeRawBufferPointer(rebasing: bytes)
        guard let base = buffer.baseAddress, let found = memchr(base, 0x0a, buffer.count) else {
            return nil
        }
        return bytes.startIndex + (UnsafeRawPointer(found) - base)
    }

    /// The stream ended: hands over a last line that had no newline.
    public mutating func finish(_ body: (String) -> Void) {
        if !pending.isEmpty {
            body(takeLine())
        }
    }

    private mutating func append(_ bytes: Slice<UnsafeRawBufferPointer>) {
        let room = maximumLineBytes - pending.count
        pending.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes.prefix(room)))
        cut += max(bytes.count - room, 0)
    }

    private mutating func takeLine() -> String {
        if pending.last == 0x0d {
            pending.removeLast()
        }
        var line = String(decoding: pending, as: UTF8.self)
        if line.utf8.contains(where: Self.isControl) {
            line = String(decoding: Self.printable(pending), as: UTF8.self)
        }
        if cut > 0 {
            line += " [+\(cut) bytes]"
        }
        pending.removeAll(keepingCapacity: true)
        cut = 0
        return line
    }

    private static func isControl(_ byte: UInt8) -> Bool {
        (byte < 0x20 && byte != 0x09) || byte == 0x7f
    }

    /// Drops control characters, tab excepted, and whole ANSI control sequences (ESC [ … letter): what would be
    /// left of one, "[0;32m", is noise.
    private static func printable(_ line: [UInt8]) -> [UInt8] {
        var kept: [UInt8] = []
        kept.reserveCapacity(line.count)
        var index = 0
        while index < line.count {
            let byte = line[index]
            index += 1
            if byte == 0x1b, index < line.count, line[index] == UInt8(ascii: "[") {
                index += 1
                while index < line.count, (0x20...0x3f).contains(line[index]) {
                    index += 1
                }
                if index < line.count, (0x40...0x7e).contains(line[index]) {
                    index += 1
                }
            } else if !isControl(byte) {
                kept.append(byte)
            }
        }
        return kept
    }
}
