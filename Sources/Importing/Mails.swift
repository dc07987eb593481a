// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git
import Glibc

/// A mail of an mbox, as bytes with its own headers.
package struct RawMail {
    package let bytes: ArraySlice<UInt8>
    /// 1-based line of the mbox where it begins.
    let line: Int
    /// Those of its headers that are used, by lower-case name, unfolded; the first of each.
    let headers: [String: String]

    /// The mails of an mbox; one alone needs no `From ` line.
    ///
    /// - Parameter name: of the file, for messages.
    package static func split(_ bytes: [UInt8], name: String) throws(ImportError) -> [RawMail] {
        // As `git am` does: mail has them, patches of a kernel don't.
        let bytes = bytes.withoutCarriageReturns
        var mails: [RawMail] = []
        var start = 0
        var first = 1
        while start < bytes.count, bytes[start] == 0x0a { (start, first) = (start + 1, first + 1) }
        let end = bytes.endOfLine(from: start)
        if isSeparator(bytes[start..<end]) { (start, first) = (end, first + 1) }
        // Not line by line: a hostile file has millions of empty ones.
        while start < bytes.count {
            let next = separator(in: bytes, from: start)
            let end = next ?? bytes.count
            guard end - start <= ImportLimit.mailSize else {
                throw ImportError(
                    .source,
                    "\(name):\(first): a mail of more than \(ImportLimit.mailSize) bytes, which are the most that one may have here\ntake it out, or import the commits: BASE..TIP"
                )
            }
            if bytes[start..<end].contains(where: { $0 != 0x0a && $0 != 0x0d }) {
                mails.append(RawMail(bytes[start..<end], line: first))
            }
            guard mails.count <= ImportLimit.mails else {
                throw ImportError(
                    .source,
                    "\(name) has more than \(ImportLimit.mails) mails, which is the limit\ntake one thread, as `b4 mbox MESSAGE-ID` does"
                )
            }
            guard let next else { break }
            first += bytes.newlines(from: start, to: next) + 1
            start = bytes.endOfLine(from: next)
        }
        return mails
    }

    /// Where the next line `From SOMEBODY …` begins that has an empty one in front of it.
    private static func separator(in bytes: [UInt8], from start: Int) -> Int? {
        // What is in front of `start` is a line, too.
        var place = start - 2
        while let line = bytes.fromLine(behind: max(0, place)) {
            if line > start, isSeparator(bytes[line..<bytes.endOfLine(from: line)]) { return line }
            place = line - 1
        }
        return nil
    }

    /// Bytes of a header: those of a thread's references have a tenth.
    private static let headerLimit = 1 << 16
    /// The headers that somebody asks for: a hostile mail has a million others.
    private static let known: Set = ["from", "subject", "date", "message-id", "in-reply-to", "references"]

    /// `From SOMEBODY … hh:mm…`
    private static func isSeparator(_ line: ArraySlice<UInt8>) -> Bool {
        guard line.starts(with: "From ".utf8) else { return false }
        let words = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        return words.count >= 5
            && words.contains { $0.utf8.count >= 5 && $0.contains(":") && $0.first?.isNumber ?? false }
    }

    private init(_ bytes: ArraySlice<UInt8>, line: Int) {
        self.bytes = bytes
        self.line = line
        var headers: [String: String] = [:]
        var last: String?
        var rest = bytes
        while !rest.isEmpty {
            let end = rest.firstIndex(of: 0x0a) ?? rest.endIndex
            let shown = rest[rest.startIndex..<end].prefix(Self.headerLimit)
            let text = String(String(decoding: shown, as: UTF8.self).trimmed)
            let isFolded = rest.first == 0x20 || rest.first == 0x09
            rest = rest[min(end + 1, rest.endIndex)...]
            if text.isEmpty { break }
            if isFolded, let last {
                if headers[last]?.utf8.count ?? 0 < Self.headerLimit {
                    headers[last, default: ""] += " \(text)"
                }
            } else if let colon = text.firstIndex(of: ":"), !text[..<colon].contains(" ") {
                let name = text[..<colon].lowercased()
                last = headers[name] == nil && Self.known.contains(name) ? name : nil
                if last != nil { headers[name] = String(text[text.index(after: colon)...].trimmed) }
            }
        }
        self.headers = headers
    }

    /// Whether a mail begins here, as its headers say.
    var isMail: Bool { headers["from"] != nil && (headers["subject"] != nil || headers["date"] != nil) }

    /// Without angle brackets.
    var messageID: String? { headers["message-id"].map(Self.bare) }
    var inReplyTo: String? { headers["in-reply-to"].map(Self.bare) }

    private static func bare(_ id: String) -> String {
        guard let opening = id.firstIndex(of: "<"), let closing = id[opening...].firstIndex(of: ">") else {
            return id
        }
        return String(id[id.index(after: opening)..<closing])
    }
}

/// What stands in the brackets of a subject: `[PATCH RFC v3 2/7]`.
struct SubjectBrackets {
    private(set) var revision = 1
    /// nil for a patch that is alone.
    private(set) var number: Int?
    private(set) var total: Int?
    /// Whether it is an answer.
    let isReply: Bool
    let isPatch: Bool

    init(_ subject: String) {
        var rest = Substring(subject)
        var isReply = false
        while let colon = rest.firstIndex(of: ":"),
            ["re", "aw", "sv", "fwd"].contains(rest[..<colon].trimmed.lowercased())
        {
            isReply = true
            rest = rest[rest.index(after: colon)...].trimmed
        }
        self.isReply = isReply
        var isPatch = false
        while rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            for word in rest[rest.index(after: rest.startIndex)..<end].split(whereSeparator: {
                $0 == " " || $0 == ","
            }) {
                if word.uppercased().contains("PATCH") { isPatch = true }
                if word.lowercased().hasPrefix("v"), let number = Int(word.dropFirst()), number > 0 {
                    revision = number
                }
                let parts = word.split(separator: "/").map { Int($0) }
                if parts.count == 2, let first = parts[0], let last = parts[1], first >= 0, last > 0 {
                    (number, total) = (first, last)
                }
            }
            rest = rest[rest.index(after: end)...].trimmed
        }
        self.isPatch = isPatch
    }
}

/// A mail as git reads it: `git mailinfo`, with what `git am` does to the message.
package struct ReadMail: Sendable {
    package let name: String
    package let email: String
    /// Nil if there is none, or none that git can read.
    package let date: Timestamp?
    /// The header as it is; nil if there is none.
    let dateText: String?
    package let subject: String
    /// Subject and text up to the patch, as a commit has them.
    package let message: String
    /// Empty for a mail without a patch.
    package let patch: [UInt8]

    /// - Parameters:
    ///   - info: what `git mailinfo` prints.
    ///   - text: what it takes for the message.
    ///   - date: what git reads in the date of `info`.
    init(info: String, text: [UInt8], patch: [UInt8], date: Timestamp?) {
        let fields = Self.fields(info)
        name = fields["Author"] ?? ""
        email = fields["Email"] ?? ""
        dateText = fields["Date"]
        self.date = date
        subject = fields["Subject"] ?? ""
        message = Self.stripped("\(subject)\n\n\(String(mailBytes: text))")
        self.patch = patch
    }

    /// A patch that no mail is around.
    init(message: String, patch: [UInt8]) {
        (name, email, date, dateText) = ("", "", nil, nil)
        subject = message.lines.first.map(String.init) ?? ""
        self.message = message
        self.patch = patch
    }

    static func fields(_ info: String) -> [String: String] {
        var fields: [String: String] = [:]
        for line in info.lines {
            guard let colon = line.firstRange(of: ": ") else { continue }
            fields[String(line[..<colon.lowerBound])] = String(line[colon.upperBound...])
        }
        return fields
    }

    /// As `git stripspace` leaves a text.
    static func stripped(_ text: String) -> String {
        var lines: [Substring] = []
        for line in text.lines {
            var line = line
            while let last = line.last, last.isASCII, last.isWhitespace { line.removeLast() }
            if line.isEmpty, lines.last?.isEmpty ?? true { continue }
            lines.append(line)
        }
        while lines.last?.isEmpty ?? false { lines.removeLast() }
        return lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n"
    }
}

extension String {
    /// What bytes of a mail say: UTF-8, and where they aren't, Latin-1, as git takes them (mailinfo.c, guess_charset()).
    init(mailBytes bytes: some Collection<UInt8>) {
        if let text = String(validating: bytes, as: UTF8.self) {
            self = text
        } else {
            self.init()
            unicodeScalars.append(contentsOf: bytes.lazy.map { Unicode.Scalar($0) })
        }
    }
}

extension [UInt8] {
    /// With plain newlines.
    fileprivate var withoutCarriageReturns: [UInt8] {
        let hasOne = withUnsafeBytes { bytes in
            bytes.baseAddress.map { memchr($0, 0x0d, bytes.count) != nil } ?? false
        }
        guard hasOne else { return self }
        var result: [UInt8] = []
        result.reserveCapacity(count)
        for (index, byte) in enumerated() where byte != 0x0d || index + 1 == count || self[index + 1] != 0x0a
        {
            result.append(byte)
        }
        return result
    }

    /// Behind the newline of the line that begins at `start`.
    fileprivate func endOfLine(from start: Int) -> Int {
        withUnsafeBytes { bytes in
            guard let first = bytes.baseAddress,
                let newline = memchr(first + start, 0x0a, bytes.count - start)
            else { return bytes.count }
            return UnsafeRawPointer(newline) - first + 1
        }
    }

    fileprivate func newlines(from start: Int, to end: Int) -> Int {
        withUnsafeBytes { bytes in
            guard let first = bytes.baseAddress else { return 0 }
            var count = 0
            var place = start
            while let newline = memchr(first + place, 0x0a, end - place) {
                count += 1
                place = UnsafeRawPointer(newline) - first + 1
            }
            return count
        }
    }

    /// Where the next line behind an empty one begins with `From `.
    fileprivate func fromLine(behind start: Int) -> Int? {
        withUnsafeBytes { bytes in
            guard let first = bytes.baseAddress else { return nil }
            var place = start + 2
            while place < bytes.count, let found = memchr(first + place, 0x46, bytes.count - place) {
                place = UnsafeRawPointer(found) - first
                if place + 5 <= bytes.count, bytes[place - 1] == 0x0a, bytes[place - 2] == 0x0a,
                    memcmp(found, "From ", 5) == 0
                {
                    return place
                }
                place += 1
            }
            return nil
        }
    }
}
