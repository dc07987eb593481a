// SPDX-License-Identifier: GPL-2.0-only

import Base
import CSource

/// Breaks anew the lines of paragraphs that names and conditions have made ragged, in commit messages and reST.
///
/// A paragraph that nothing changed stays as the template has it, byte for byte, and so does what isn't plain prose:
/// titles, lists, fields, tables, trailers, indented text.
struct ParagraphFiller {
    /// What a line may hold, in characters.
    let width: Int
    /// Whether the first paragraph is a title.
    let hasTitle: Bool

    /// A line as rendered, without its newline.
    struct Line {
        var text: String
        /// The line of the template that it comes from, by its index.
        var origin: Int
        /// Whether a name was put in, or a condition ends right before or behind it.
        var isChanged: Bool
    }

    /// A commit message or reST; nil for any other file.
    ///
    /// - Parameter hasMarkers: whether it is a template with sites, which has no title of its own.
    init?(path: String, hasMarkers: Bool = false) {
        switch SourceLanguage(path: path) {
        // What `git log` shows, indented by four, on a terminal of 80 columns.
        case .prose: self.init(width: 72, hasTitle: !hasMarkers)
        // What the posted documentation keeps to.
        case .reST: self.init(width: 77, hasTitle: false)
        case .c, .plain: return nil
        }
    }

    init(width: Int, hasTitle: Bool) {
        self.width = width
        self.hasTitle = hasTitle
    }

    func fill(_ lines: [Line]) -> [Line] {
        var result: [Line] = []
        var paragraph: [Line] = []
        var mayBeTitle = hasTitle
        // Authors who put two spaces between sentences do so where a line break hides it, too.
        let gap = lines.contains { $0.text.utf8.holds(".  ") } ? "  " : " "
        func flush() {
            guard !paragraph.isEmpty else { return }
            result += mayBeTitle ? paragraph : filled(paragraph, betweenSentences: gap)
            paragraph = []
            mayBeTitle = false
        }
        for line in lines {
            if line.text.isEmpty || line.text.utf8.holds("kpatch:") {
                flush()
                result.append(line)
            } else {
                paragraph.append(line)
            }
        }
        flush()
        return result
    }

    /// The edits that break some paragraphs of a text anew; one that nothing is left of goes.
    func refill(_ text: SourceText, _ paragraphs: [Range<Int>]) -> [TextEdit] {
        let gap = text.bytes.holds(".  ") ? "  " : " "
        return paragraphs.map { range in
            let lines = text.string(range).lines.map(\.trimmed).filter { !$0.isEmpty }
            guard !lines.isEmpty else { return TextEdit(range: range, replacement: []) }
            let changed = lines.map { Line(text: String($0), origin: 0, isChanged: true) }
            let filled = filled(changed, betweenSentences: gap).map { "\($0.text)\n" }.joined()
            return TextEdit(range: range, replacement: Array(filled.utf8))
        }
    }

    private func filled(_ paragraph: [Line], betweenSentences: String) -> [Line] {
        guard paragraph.contains(where: \.isChanged), isProse(paragraph) else { return paragraph }
        var lines: [Line] = []
        for line in paragraph {
            for (word, space) in words(line.text) {
                let gap = lines.last?.text.last == "." ? betweenSentences : space
                if let last = lines.last, last.text.count + gap.count + word.count <= width {
                    lines[lines.count - 1].text += gap + word
                } else {
                    lines.append(Line(text: word, origin: line.origin, isChanged: false))
                }
            }
        }
        return lines
    }

    /// The words of a line, each with the space in front of it.
    private func words(_ text: String) -> [(word: String, gap: String)] {
        var result: [(String, String)] = []
        var gap = " "
        for part in text.split(separator: " ", omittingEmptySubsequences: false) {
            if part.isEmpty {
                gap += " "
            } else {
                result.append((String(part), gap))
                gap = " "
            }
        }
        return result
    }

    private func isProse(_ paragraph: [Line]) -> Bool {
        let isIndentedOrMarked = paragraph.contains { line in
            guard let first = line.text.first else { return true }
            return !(first.isLetter || "\"'(`".contains(first))
        }
        return !isIndentedOrMarked && !paragraph.allSatisfy { isField($0.text) }
    }

    /// `Suggested-by: …`, `Type: …`
    private func isField(_ text: String) -> Bool {
        guard let colon = text.firstIndex(of: ":") else { return false }
        return text[..<colon].allSatisfy { $0.isLetter || $0 == "-" } && text[colon...].hasPrefix(": ")
    }
}
