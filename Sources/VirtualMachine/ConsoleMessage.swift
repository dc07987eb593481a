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
            if let record = Record(at: bytes) {
                body(
                    ConsoleMessage(
                        line: line,
                        isStamped: record.isKernel,
                        caller: record.caller,
                        start: bytes + record.length
                    )
                )
                return
            }
            let (begin, isKernel) = level(bytes)
            guard let stamp = Stamp(at: bytes + begin) else {
                readUnstamped(line, bytes, begin, body)
                return
            }
            let rest = bytes + begin + stamp.length
            if Stamp(at: rest) != nil {
                // A CI system's own, in front of printk's.
                read(String(cString: rest), body)
                return
            }
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
                    isStamped: isKernel && stamp.isKernel,
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
                    if message[0] != 0, !isLevel(message) {
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

    /// `<4>`, printk's level on a raw console: its length, and whether it is of the kernel's facility. What programs
    /// write to /dev/kmsg has another one (8 and more).
    private static func level(_ bytes: UnsafePointer<CChar>) -> (length: Int, isKernel: Bool) {
        guard bytes[0] == CChar(bitPattern: UInt8(ascii: "<")) else { return (0, true) }
        let digits = strspn(bytes + 1, "0123456789")
        guard digits > 0, bytes[1 + digits] == CChar(bitPattern: UInt8(ascii: ">")) else { return (0, true) }
        return (digits + 2, digits == 1 && bytes[1] < CChar(bitPattern: UInt8(ascii: "8")))
    }

    /// Whether there is nothing but a level before the stamp: `<4>`, or `kern  :warn  : ` of `dmesg -x`.
    private static func isLevel(_ bytes: UnsafePointer<CChar>) -> Bool {
        let size = strlen(bytes)
        return strspn(bytes, "<0123456789>") == size
            || (size < 24 && strspn(bytes, "abcdefghijklmnopqrstuvwxyz :") == size
                && strchr(bytes, Int32(UInt8(ascii: ":"))) != strrchr(bytes, Int32(UInt8(ascii: ":"))))
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
        let isOld = strspn(bytes, "JanFebMrApyulgSOctNovDi") == 3 && strspn(bytes + 3, " 0123456789:") >= 12
        if strspn(bytes, "0123456789-T:.+Z") >= 19 {
            let time = timeLength(bytes)
            // One word between is the host's name; more are a message that has the word, too.
            let host = strcspn(bytes + time, " ")
            return strncmp(bytes + time + host, " kernel: ", 9) == 0 ? time + host + 9 : time
        }
        guard isOld, let kernel = strstr(bytes, " kernel: ").map({ UnsafePointer($0) - bytes }), kernel < 100
        else { return 0 }
        return kernel + 9
    }

    /// Length of `2025-01-01T00:00:00,123456+00:00 `, as `dmesg --time-format iso` and CI systems have it.
    private static func timeLength(_ bytes: UnsafePointer<CChar>) -> Int {
        let time = isoTimeLength(bytes)
        let blanks = strspn(bytes + time, " ")
        return time > 0 && blanks > 0 ? time + blanks : 0
    }
}

/// Length of `2026-11-29T03:55:16.123Z`; 0 for anything else.
private func isoTimeLength(_ bytes: UnsafePointer<CChar>) -> Int {
    let length = strspn(bytes, "0123456789-T:.,+Z")
    guard length >= 19, length <= 40, bytes[4] == CChar(bitPattern: UInt8(ascii: "-")),
        bytes[10] == CChar(bitPattern: UInt8(ascii: "T"))
    else { return 0 }
    return length
}

/// What /dev/kmsg and extended netconsole put before a message: `4,1234,5678901,-,caller=T88;`, and netconsole perhaps
/// the kernel's version in front (Documentation/ABI/testing/dev-kmsg).
private struct Record {
    let length: Int
    let caller: String?
    /// Whether the kernel itself wrote it: programs have another facility.
    let isKernel: Bool

    init?(at bytes: UnsafePointer<CChar>) {
        let (comma, semicolon) = (CChar(bitPattern: UInt8(ascii: ",")), CChar(bitPattern: UInt8(ascii: ";")))
        var start = 0
        // `6.12.0,`
        let version = strspn(bytes, "0123456789.-+_abcdefghijklmnopqrstuvwxyz")
        if memchr(bytes, Int32(UInt8(ascii: ".")), version) != nil, bytes[version] == comma {
            start = version + 1
        }
        var position = start
        for _ in 0..<3 {
            let digits = strspn(bytes + position, "0123456789")
            guard digits > 0, bytes[position + digits] == comma else { return nil }
            position += digits + 1
        }
        let fields = strcspn(bytes + position, ";")
        guard bytes[position + fields] == semicolon, fields > 0, fields < 200 else { return nil }
        length = position + fields + 1
        let level = strspn(bytes + start, "0123456789")
        isKernel = level == 1 && bytes[start] < CChar(bitPattern: UInt8(ascii: "8"))
        let text = String(
            decoding: UnsafeRawBufferPointer(start: bytes + position, count: fields),
            as: UTF8.self
        )
        caller = text.split(separator: ",").first { $0.hasPrefix("caller=") }.map { String($0.dropFirst(7)) }
    }
}

/// printk's `[    1.234567] `, or what dmesg makes of it, with the caller that may follow it.
///
/// `-T`: `[Sun Nov 29 03:55:16 2026] `; `-d`: `[    1.234567 <    0.000012>] `; `-e` and `-H`: `[Nov29 03:55] `, then
/// `[  +0.000012] `. CI systems have `[2026-11-29T03:55:16.123Z] `, before whatever the line is.
private struct Stamp {
    let length: Int
    let caller: String?
    /// Whether only the kernel's messages have such a one.
    let isKernel: Bool

    /// Where a line begins.
    init?(at bytes: UnsafePointer<CChar>) {
        self.init(at: bytes, minimumDecimals: 1, startsLine: true)
    }

    /// - Parameters:
    ///   - minimumDecimals: in the middle of a line, fewer than printk writes are somebody's number.
    ///   - startsLine: in the middle of one, the rarer forms are somebody's text.
    private init?(at bytes: UnsafePointer<CChar>, minimumDecimals: Int, startsLine: Bool) {
        let open = CChar(bitPattern: UInt8(ascii: "["))
        guard bytes[0] == open else { return nil }
        let begin = 1 + strspn(bytes + 1, " ")
        var time = Self.secondsLength(bytes + begin, minimumDecimals: minimumDecimals)
        if time == 0 { time = Self.dateLength(bytes + begin) }
        let isoLength = time == 0 && startsLine ? isoTimeLength(bytes + begin) : 0
        if time == 0, startsLine { time = max(Self.shortLength(bytes + begin), isoLength) }
        guard time > 0 else { return nil }
        var length = begin + time
        length += Self.differenceLength(bytes + length)
        guard bytes[length] == CChar(bitPattern: UInt8(ascii: "]")) else { return nil }
        length += 1
        let (caller, callerLength) = Self.caller(bytes + length)
        length += callerLength
        length += bytes[length] == CChar(bitPattern: UInt8(ascii: " ")) ? 1 : 0
        self.length = length
        self.caller = caller
        isKernel = isoLength == 0
    }

    /// Length of `1.234567`. Some vendors' kernels add the processor: `1.234567,0`.
    private static func secondsLength(_ bytes: UnsafePointer<CChar>, minimumDecimals: Int) -> Int {
        let seconds = strspn(bytes, "0123456789")
        guard seconds > 0, bytes[seconds] == CChar(bitPattern: UInt8(ascii: ".")) else { return 0 }
        let decimals = strspn(bytes + seconds + 1, "0123456789")
        guard decimals >= minimumDecimals else { return 0 }
        let length = seconds + 1 + decimals
        return length + strspn(bytes + length, ",0123456789")
    }

    /// Length of `Sun Nov 29 03:55:16 2026`.
    private static func dateLength(_ bytes: UnsafePointer<CChar>) -> Int {
        let blank = CChar(bitPattern: UInt8(ascii: " "))
        guard strspn(bytes, "MonTueWdhFriSatn") == 3, bytes[3] == blank,
            strspn(bytes + 4, "JanFebMrApyulgSOctNovDi") == 3, bytes[7] == blank,
            strspn(bytes + 8, "0123456789 :") >= 16
        else { return 0 }
        // A blank may be left for what follows.
        var length = 8 + strspn(bytes + 8, "0123456789 :")
        while bytes[length - 1] == blank { length -= 1 }
        return length
    }

    /// Length of `Nov29 03:55`, or `+1.345678`.
    private static func shortLength(_ bytes: UnsafePointer<CChar>) -> Int {
        if bytes[0] == CChar(bitPattern: UInt8(ascii: "+")) {
            let seconds = secondsLength(bytes + 1, minimumDecimals: 6)
            return seconds > 0 ? 1 + seconds : 0
        }
        guard strspn(bytes, "JanFebMrApyulgSOctNovDi") == 3 else { return 0 }
        let day = strspn(bytes + 3, " 0123456789")
        let time = strspn(bytes + 3 + day, "0123456789:")
        let isTime = bytes[3 + day] == CChar(bitPattern: UInt8(ascii: ":")) && time == 3
        return day >= 3 && isTime ? 3 + day + time : 0
    }

    /// Length of ` <    0.000012>`: the time since the message before.
    private static func differenceLength(_ bytes: UnsafePointer<CChar>) -> Int {
        let begin = strspn(bytes, " ")
        guard begin > 0, bytes[begin] == CChar(bitPattern: UInt8(ascii: "<")) else { return 0 }
        let blanks = begin + 1 + strspn(bytes + begin + 1, " ")
        let seconds = secondsLength(bytes + blanks, minimumDecimals: 6)
        let end = blanks + seconds
        return seconds > 0 && bytes[end] == CChar(bitPattern: UInt8(ascii: ">")) ? end + 1 : 0
    }

    /// `[  T123]`, and its length with the blanks before it.
    private static func caller(_ bytes: UnsafePointer<CChar>) -> (String?, length: Int) {
        let next = strspn(bytes, " ")
        guard bytes[next] == CChar(bitPattern: UInt8(ascii: "[")) else { return (nil, 0) }
        let name = next + 1 + strspn(bytes + next + 1, " ")
        let size = strspn(bytes + name, "0123456789TC@")
        guard size > 0, bytes[name + size] == CChar(bitPattern: UInt8(ascii: "]")),
            strspn(bytes + name, "TC") == 1
        else { return (nil, 0) }
        let text = String(decoding: UnsafeRawBufferPointer(start: bytes + name, count: size), as: UTF8.self)
        return (text, name + size + 1)
    }

    /// Where the next stamp begins.
    static func next(in bytes: UnsafePointer<CChar>) -> UnsafePointer<CChar>? {
        var rest = UnsafeMutablePointer(mutating: bytes)
        while let found = strchr(rest, Int32(UInt8(ascii: "["))) {
            if Stamp(at: found, minimumDecimals: 3, startsLine: false) != nil { return UnsafePointer(found) }
            rest = found + 1
        }
        return nil
    }
}
