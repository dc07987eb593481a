// SPDX-License-Identifier: GPL-2.0-only

import Glibc

/// One message of the kernel, without what printk, syslog or a terminal put before it.
///
/// Every line of a flood is held against the whole table of rules, so the C library's searches are used: the same in
/// Swift is slower by a factor of several hundred in a debug build.
struct ConsoleMessage {
    /// The line as it came.
    let line: String
    /// Whether a time stamp of printk stood before it: only the kernel writes those.
    let isStamped: Bool
    /// What CONFIG_PRINTK_CALLER says of who printed it, e.g. `T123`, `C0`; nil: nothing.
    let caller: String?
    /// The message as a C string; valid within `read` only.
    private let start: UnsafePointer<CChar>

    /// Calls `body` for each message of the line, which must not be kept. A line has several if what was on it already
    /// (a prompt, a program's text, a message that was cut off) had no line ending.
    static func read(_ line: String, _ body: (ConsoleMessage) -> Void) {
        line.withCString { bytes in
            let begin = levelLength(bytes)
            guard let stamp = Stamp(at: bytes + begin, minimumDecimals: 1) else {
                readUnstamped(line, bytes, begin, body)
                return
            }
            let rest = bytes + begin + stamp.length
            // Rarely is there a second one.
            if let next = Stamp.next(in: rest) {
                read(
                    String(
                        decoding: UnsafeRawBufferPointer(start: bytes, count: next - bytes),
                        as: UTF8.self
                    ),
                    body
                )
                read(String(cString: next), body)
                return
            }
            body(
                ConsoleMessage(
                    line: line,
                    isStamped: true,
                    caller: stamp.caller,
                    start: rest + strspn(rest, " ")
                )
            )
        }
    }

    private static func readUnstamped(
        _ line: String,
        _ bytes: UnsafePointer<CChar>,
        _ begin: Int,
        _ body: (ConsoleMessage) -> Void
    ) {
        if let next = Stamp.next(in: bytes) {
            if next > bytes {
                let text = String(
                    decoding: UnsafeRawBufferPointer(start: bytes, count: next - bytes),
                    as: UTF8.self
                )
                text.withCString { start in
                    let message = start + syslogLength(start)
                    // Of syslog's prefix nothing is left.
                    if message[0] != 0 {
                        body(ConsoleMessage(line: text, isStamped: false, caller: nil, start: message))
                    }
                }
            }
            read(String(cString: next), body)
            return
        }
        let length = begin + syslogLength(bytes + begin)
        body(ConsoleMessage(line: line, isStamped: false, caller: nil, start: bytes + length))
    }

    /// The message, without its stamps.
    var text: String { String(cString: start) }

    var isEmpty: Bool { start[0] == 0 }

    func text(after prefix: StaticString) -> String {
        String(cString: start + prefix.utf8CodeUnitCount)
    }

    func starts(with prefix: StaticString) -> Bool {
        strncmp(start, prefix.utf8Start, prefix.utf8CodeUnitCount) == 0
    }

    /// Whether the text is anywhere in the message. A StaticString is a C string, too; an empty one is everywhere.
    func contains(_ text: StaticString) -> Bool {
        strstr(start, text.utf8Start) != nil
    }

    /// The message from the first place on where it has the text.
    func text(from text: StaticString) -> String? {
        strstr(start, text.utf8Start).map { String(cString: $0) }
    }

    /// Length of `<4>`, printk's level on a raw console.
    private static func levelLength(_ bytes: UnsafePointer<CChar>) -> Int {
        guard bytes[0] == CChar(bitPattern: UInt8(ascii: "<")) else { return 0 }
        let digits = strspn(bytes + 1, "0123456789")
        return digits > 0 && bytes[1 + digits] == CChar(bitPattern: UInt8(ascii: ">")) ? digits + 2 : 0
    }

    /// Length of `Jan  1 00:00:00 host kernel: `, or of a logger's `2018/01/09 14:28:48 `.
    private static func syslogLength(_ bytes: UnsafePointer<CChar>) -> Int {
        let date = strspn(bytes, "0123456789/-")
        if date == 10, bytes[date] == CChar(bitPattern: UInt8(ascii: " ")) {
            let time = strspn(bytes + date + 1, "0123456789:.")
            if time >= 8, bytes[date + 1 + time] == CChar(bitPattern: UInt8(ascii: " ")) {
                return date + time + 2
            }
        }
        // `Jan  1 00:00:00` or `2025-01-01T00:00:00.123456+00:00`, and the host's name.
        let isOld = strspn(bytes, "JanFebMrApyulgSOctNvDi") == 3 && strspn(bytes + 3, " 0123456789:") >= 12
        let isNew = strspn(bytes, "0123456789-T:.+Z") >= 19
        guard isOld || isNew, let kernel = strstr(bytes, " kernel: ").map({ UnsafePointer($0) - bytes }),
            kernel < 100
        else { return 0 }
        return kernel + 9
    }
}

/// printk's `[    1.234567] `, with the caller that may follow it.
private struct Stamp {
    let length: Int
    let caller: String?

    /// - Parameter minimumDecimals: in the middle of a line, fewer than printk writes are somebody's number.
    init?(at bytes: UnsafePointer<CChar>, minimumDecimals: Int) {
        let (open, close) = (CChar(bitPattern: UInt8(ascii: "[")), CChar(bitPattern: UInt8(ascii: "]")))
        guard bytes[0] == open else { return nil }
        var length = 1 + strspn(bytes + 1, " ")
        let seconds = strspn(bytes + length, "0123456789")
        guard seconds > 0, bytes[length + seconds] == CChar(bitPattern: UInt8(ascii: ".")) else { return nil }
        length += seconds + 1
        let decimals = strspn(bytes + length, "0123456789")
        guard decimals >= minimumDecimals else { return nil }
        length += decimals
        // Some vendors' kernels add the processor.
        length += strspn(bytes + length, ",0123456789")
        guard bytes[length] == close else { return nil }
        length += 1
        var caller: String?
        var next = length + strspn(bytes + length, " ")
        if bytes[next] == open {
            let name = next + 1 + strspn(bytes + next + 1, " ")
            let size = strspn(bytes + name, "0123456789TC@")
            if size > 0, bytes[name + size] == close, strspn(bytes + name, "TC") == 1 {
                caller = String(
                    decoding: UnsafeRawBufferPointer(start: bytes + name, count: size),
                    as: UTF8.self
                )
                next = name + size + 1
                length = next
            }
        }
        length += bytes[length] == CChar(bitPattern: UInt8(ascii: " ")) ? 1 : 0
        self.length = length
        self.caller = caller
    }

    /// Where the next stamp begins.
    static func next(in bytes: UnsafePointer<CChar>) -> UnsafePointer<CChar>? {
        var rest = UnsafeMutablePointer(mutating: bytes)
        while let found = strchr(rest, Int32(UInt8(ascii: "["))) {
            if Stamp(at: found, minimumDecimals: 3) != nil { return UnsafePointer(found) }
            rest = found + 1
        }
        return nil
    }
}
