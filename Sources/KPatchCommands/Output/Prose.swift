// SPDX-License-Identifier: GPL-2.0-only

/// Text for a terminal of any width: lines of at most 90 columns.
enum Prose {
    static let width = 90

    /// The words of `text` in lines, the first behind `lead`, the others below it.
    static func lines(_ lead: String, _ text: String) -> [String] {
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
        return isEmpty && lines.isEmpty ? [] : lines + [line]
    }
}
