// SPDX-License-Identifier: GPL-2.0-only

/// Something in a commit message of which `git am` would make another message, another author or another mail.
public struct MailFault: Sendable, Hashable {
    /// What it is, behind "the message has".
    public let what: String
    /// What to do about it.
    public let advice: String
    /// The line of the message that it is about; nil for what isn't one line's.
    public let line: String?

    private init(_ line: String, _ effect: String) {
        self.line = line
        what = "the line '\(line)', \(effect)"
        advice = "indent that line or word it differently"
    }

    private init(what: String, advice: String) {
        line = nil
        self.what = what
        self.advice = advice
    }

    /// The first one; nil if the message arrives as it is.
    public init?(of message: String) {
        // Unicode's category Cc.
        let control = message.unicodeScalars.first { scalar in
            (scalar.value < 0x20 || 0x7F...0x9F ~= scalar.value) && scalar != "\n" && scalar != "\t"
        }
        if let control {
            let code = String(control.value, radix: 16, uppercase: true)
            self.init(
                what:
                    "the control character U+\(String(repeating: "0", count: max(0, 4 - code.count)))\(code)",
                advice: control == "\r" ? "end its lines with a line feed alone" : "take it out"
            )
            return
        }
        let text = MailMessage(message)
        if text.title.isEmpty {
            self.init(what: "no subject", advice: "say what the patch does in the first line")
            return
        }
        // mailinfo.c, cleanup_subject().
        if text.title.hasPrefix("[") || text.title.hasPrefix(":") || text.title.lowercased().hasPrefix("re:")
        {
            self.init(text.title, "from whose beginning `git am` would take words away")
            return
        }
        let lines = text.body.split(separator: "\n").map(String.init)
        if let first = lines.first, Self.isHeader(first) {
            self.init(first, "which `git am` would take for author, date or subject")
        } else if let line = lines.first(where: Self.isSeparator) {
            self.init(line, "where `git am` would begin another mail")
        } else if let line = lines.first(where: Self.isCut) {
            self.init(line, "where `git am` would take it to end")
        } else if let line = lines.first(where: Self.isScissors) {
            self.init(line, "above which `git am --scissors` would throw all away")
        } else {
            return nil
        }
    }

    /// The same for a text that is no commit message, such as a cover letter: what would begin another mail there.
    static func split(_ text: String) -> MailFault? {
        text.split(separator: "\n").map(String.init).first(where: isSeparator).map {
            MailFault($0, "where `git am` would begin another mail")
        }
    }

    /// What begins the patch (mailinfo.c, `patchbreak`).
    private static func isCut(_ line: String) -> Bool {
        if line.hasPrefix("diff -") || line.hasPrefix("Index: ") { return true }
        guard line.hasPrefix("---") else { return false }
        let rest = line.dropFirst(3)
        return rest.isEmpty || rest.first == " " && rest.dropFirst().first?.isWhitespace == false
    }

    /// What may stand above a message in place of the mail's own headers (mailinfo.c, `check_inbody_header`).
    private static func isHeader(_ line: String) -> Bool {
        if line.hasPrefix("[PATCH] ") || line.hasPrefix("[PATCH]\t") { return true }
        if line.hasPrefix(">From ") { return line.hasSuffix(" Mon Sep 17 00:00:00 2001") }
        let line = line.lowercased()
        return ["from:", "subject:", "date:"].contains(where: line.hasPrefix)
    }

    /// What parts mails in a mailbox (builtin/mailsplit.c, `is_from_line`): `From `, and a time and a year at the end.
    private static func isSeparator(_ line: String) -> Bool {
        let bytes = Array(line.utf8)
        guard line.hasPrefix("From "), bytes.count >= 19,
            // Not in the last place.
            let colon = bytes[5..<(bytes.count - 1)].lastIndex(of: UInt8(ascii: ":")), colon + 2 < bytes.count
        else { return false }
        let digits = [-4, -2, -1, 1, 2].map { bytes[colon + $0] }
        guard digits.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) else { return false }
        let rest = String(decoding: bytes[(colon + 3)...], as: UTF8.self).drop(while: \.isWhitespace)
        return (Int(rest.prefix { $0.isASCII && $0.isNumber }) ?? 0) > 90
    }

    /// What people cut at (mailinfo.c, `is_scissors_line`), near enough.
    private static func isScissors(_ line: String) -> Bool {
        guard ["8<", ">8", "%<", ">%"].contains(where: line.contains) else { return false }
        return line.allSatisfy { "-8<>% ".contains($0) || $0.isLetter }
            && line.count(where: { $0 == "-" }) > 1
            && line.hasPrefix("-")
    }
}
