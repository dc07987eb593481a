// SPDX-License-Identifier: GPL-2.0-only

/// Header lines of a mail, encoded (RFC 2047) and folded exactly as git's pretty.c does.
enum MailHeaderText {
    private enum Place { case text, address }

    /// `Subject: [prefix] title`.
    static func subject(prefix: String, title: String) -> String {
        let start = "Subject: " + (prefix.isEmpty ? "" : "[\(prefix)] ")
        guard needsEncoding(title) else {
            return start + wrapped(title, column: start.utf8.count) + "\n"
        }
        return start + encoded(title, column: start.utf8.count, .text) + "\n"
    }

    /// `From: Name <address>`.
    static func from(_ person: Signature) -> String {
        let start = "From: "
        let isEncoded = needsEncoding(person.name)
        let name = start + phrase(person.name, column: start.utf8.count)
        let end = " <\(person.email)>\n"
        let column = lastLine(name)
        // The line's limit of 78 is 76 where there is an encoded word.
        return name + (column + end.utf8.count - 1 > (isEncoded ? 76 : 78) ? "\n" : "") + end
    }

    /// A header that the caller made up; text that is not ASCII is encoded.
    static func other(_ header: MailHeader) -> String {
        let start = header.name + ": "
        guard header.value.utf8.contains(where: { $0 > 127 }) else { return start + header.value + "\n" }
        return start + encoded(header.value, column: start.utf8.count, .text) + "\n"
    }

    /// A name as it stands before an address.
    static func phrase(_ name: String, column: Int) -> String {
        if needsEncoding(name) { return encoded(name, column: column, .address) }
        let specials = Set("()<>[]:;@\\,.\"".utf8)
        guard name.utf8.contains(where: specials.contains) else { return wrapped(name, column: column) }
        let escaped = name.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined()
        return wrapped("\"\(escaped)\"", column: column)
    }

    private static func needsEncoding(_ text: String) -> Bool {
        text.utf8.contains { $0 > 127 || $0 == 10 }
            || zip(text.utf8, text.utf8.dropFirst()).contains { $0 == (61, 63) }
    }

    /// Breaks lines of more than 78 columns at spaces; the lines that follow begin with one.
    private static func wrapped(_ text: String, column: Int) -> String {
        var result = ""
        var column = column
        for (index, word) in text.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
            let needed = word.unicodeScalars.count + (index == 0 ? 0 : 1)
            if index > 0, column + needed > 78 {
                result += "\n " + word
                column = needed
            } else {
                result += (index == 0 ? "" : " ") + word
                column += needed
            }
        }
        return result
    }

    private static func encoded(_ text: String, column: Int, _ place: Place) -> String {
        let opening = "=?UTF-8?q?"
        var result = opening
        var column = column + opening.utf8.count
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            let isSpecial = bytes.count > 1 || isSpecial(bytes[0], place)
            let piece = isSpecial ? bytes.map(escaped).joined() : String(scalar)
            if column + piece.utf8.count + 2 > 76 {
                result += "?=\n " + opening
                column = opening.utf8.count + 1
            }
            result += piece
            column += piece.utf8.count
        }
        return result + "?="
    }

    private static func escaped(_ byte: UInt8) -> String {
        let hex = String(byte, radix: 16, uppercase: true)
        return "=" + (hex.count < 2 ? "0" : "") + hex
    }

    private static func isSpecial(_ byte: UInt8, _ place: Place) -> Bool {
        if byte <= 32 || byte > 126 || "=?_".utf8.contains(byte) { return true }
        guard place == .address else { return false }
        let isAlphanumeric = (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        return !isAlphanumeric && !"!*+-/".utf8.contains(byte)
    }

    private static func lastLine(_ text: String) -> Int {
        text.unicodeScalars.reversed().prefix { $0 != "\n" }.count
    }
}
