// SPDX-License-Identifier: GPL-2.0-only

import Glibc

/// A line of the console, split into what printk puts before a message and the message.
///
/// Every line of a flood is held against the whole table of patterns, so the C library's searches are used: the same in
/// Swift is slower by a factor of several hundred in a debug build.
struct ConsoleMessage {
    let line: String
    /// The line as a C string; valid within `read` only.
    private let bytes: UnsafePointer<CChar>
    private let start: UnsafePointer<CChar>

    /// Calls `body` with the line; the message must not be kept.
    static func read(_ line: String, _ body: (ConsoleMessage) -> Void) {
        line.withCString { bytes in
            body(ConsoleMessage(line: line, bytes: bytes, start: bytes + stampLength(bytes)))
        }
    }

    /// The message, without its stamps.
    var text: String { String(cString: start) }

    func text(after prefix: StaticString) -> String {
        String(cString: start + prefix.utf8CodeUnitCount)
    }

    func starts(with prefix: StaticString) -> Bool {
        strncmp(start, prefix.utf8Start, prefix.utf8CodeUnitCount) == 0
    }

    func matches(_ pattern: ConsolePattern) -> Bool {
        // A StaticString is a C string, too; strstr finds an empty one everywhere.
        starts(with: pattern.prefix) && strstr(bytes, pattern.contains.utf8Start) != nil
    }

    /// Length of `<4>`, `[    1.234567]`, `[    T1]` or `[    C0]`, and the blanks between.
    private static func stampLength(_ bytes: UnsafePointer<CChar>) -> Int {
        var length = 0
        if bytes[0] == CChar(bitPattern: UInt8(ascii: "<")) {
            let digits = strspn(bytes + 1, "0123456789")
            if digits > 0, bytes[1 + digits] == CChar(bitPattern: UInt8(ascii: ">")) {
                length = digits + 2
            }
        }
        for _ in 0..<2 where bytes[length] == CChar(bitPattern: UInt8(ascii: "[")) {
            let blanks = strspn(bytes + length + 1, " ")
            let stamp = strspn(bytes + length + 1 + blanks, "0123456789.TC")
            guard stamp > 0, bytes[length + 1 + blanks + stamp] == CChar(bitPattern: UInt8(ascii: "]")) else {
                break
            }
            length += blanks + stamp + 2
            length += bytes[length] == CChar(bitPattern: UInt8(ascii: " ")) ? 1 : 0
        }
        return length
    }
}
