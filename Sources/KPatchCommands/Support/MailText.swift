// SPDX-License-Identifier: GPL-2.0-only

/// Text for mails.
enum MailText {
    /// An item of a list, in lines of at most 72 columns; a word that is longer stands alone.
    static func item(_ text: String) -> String {
        var lines = ["-"]
        for word in text.split(whereSeparator: \.isWhitespace) {
            let last = lines[lines.count - 1]
            if last.count + 1 + word.count > 72, last.count > 1 {
                lines.append("  \(word)")
            } else {
                lines[lines.count - 1] = "\(last) \(word)"
            }
        }
        return lines.joined(separator: "\n")
    }
}
