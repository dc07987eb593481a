// SPDX-License-Identifier: GPL-2.0-only

/// Filled text.
public enum Prose {
    /// What a mail's reader sees of a line that was quoted a few times.
    public static let mailWidth = 72

    /// The words of `text` in lines of at most `width` columns, the first behind `lead`, the others below it; none for
    /// no words. A word that is longer stands alone.
    public static func lines(_ lead: String, _ text: String, width: Int) -> [String] {
        let indentation = String(repeating: " ", count: lead.count)
        var lines: [String] = []
        var line = lead
        var isEmpty = true
        for word in text.split(whereSeparator: \.isWhitespace) {
            if !isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = indentation
                isEmpty = true
            }
            line += isEmpty ? String(word) : " \(word)"
            isEmpty = false
        }
        return isEmpty ? [] : lines + [line]
    }
}
