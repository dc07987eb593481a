// SPDX-License-Identifier: GPL-2.0-only

import Base

/// A line of a mail, and how often it was quoted.
struct QuotedLine {
    /// 0 for what its author wrote.
    let depth: Int
    /// Without the quotation marks.
    let text: String

    init(_ line: String) {
        var rest = line[...]
        var depth = 0
        while true {
            let next = rest.first == " " ? rest.dropFirst() : rest
            guard next.first == ">" else { break }
            rest = next.dropFirst()
            depth += 1
        }
        // The blank that stands behind a mark.
        if depth > 0, rest.first == " " { rest = rest.dropFirst() }
        self.depth = depth
        text = String(rest)
    }

    var isBlank: Bool { text.allSatisfy(\.isWhitespace) }
    /// Whether it says anything, as `+` and `}` don't.
    var isTelling: Bool { text.contains { $0.isLetter || $0.isNumber } }
}

/// What somebody wrote in one piece.
struct Paragraph {
    /// Lines of the mail, from 0.
    let lines: Range<Int>
    /// On one line.
    let text: String

    var words: [Substring] { text.comparableWords }
}

/// What an answer says, and below what.
struct OwnText {
    /// Something that stands between two quotations.
    struct Block {
        /// The last quoted line above that says something; nil if there is none.
        let quoted: Int?
        var paragraphs: [Paragraph] = []
        /// Unified diffs among it, as lines of the mail.
        var diffs: [Range<Int>] = []
    }

    let lines: [QuotedLine]
    let blocks: [Block]

    /// - Parameter author: whose name under it says nothing.
    init(_ mail: ReviewThread.Mail) {
        lines = mail.lines.map(QuotedLine.init)
        blocks = Self.blocks(lines, mail)
    }

    private static func blocks(_ lines: [QuotedLine], _ mail: ReviewThread.Mail) -> [Block] {
        var result: [Block] = []
        var quoted: Int?
        var index = 0
        while index < lines.count {
            let line = lines[index]
            if line.depth > 0 {
                if line.isTelling { quoted = index }
                index += 1
                continue
            }
            guard !line.isBlank else {
                index += 1
                continue
            }
            // Below it stands a signature, or what a list adds.
            if ["-- ", "--"].contains(line.text) { break }
            var block = Block(quoted: quoted)
            while index < lines.count, lines[index].depth == 0, !["-- ", "--"].contains(lines[index].text) {
                if let diff = UnifiedDiff.extent(in: mail.lines, from: index) {
                    block.diffs.append(diff)
                    index = diff.upperBound
                    continue
                }
                guard !lines[index].isBlank else {
                    index += 1
                    continue
                }
                let start = index
                while index < lines.count, lines[index].depth == 0, !lines[index].isBlank,
                    !["-- ", "--"].contains(lines[index].text),
                    index == start || UnifiedDiff.extent(in: mail.lines, from: index) == nil
                {
                    index += 1
                }
                let text = lines[start..<index].map { String($0.text.trimmed) }.joined(separator: " ")
                block.paragraphs.append(Paragraph(lines: start..<index, text: text))
            }
            block.paragraphs.removeAll { isNothing($0, mail, isAbove: lines[$0.lines.upperBound...]) }
            // The same place counts for what follows a line that introduces a quotation.
            if !block.paragraphs.isEmpty || !block.diffs.isEmpty { result.append(block) }
        }
        return result
    }

    /// Greetings, names, what introduces a quotation, trailers.
    private static func isNothing(
        _ paragraph: Paragraph,
        _ mail: ReviewThread.Mail,
        isAbove next: ArraySlice<QuotedLine>
    )
        -> Bool
    {
        let text = paragraph.text
        guard text.contains(where: \.isLetter) else { return true }
        if text.hasPrefix("["), text.hasSuffix("]") { return true }
        if text.hasSuffix("wrote:") || text.hasSuffix("writes:"),
            next.first(where: { !$0.isBlank })?.depth ?? 0 > 0
        {
            return true
        }
        if paragraph.lines.allSatisfy({ ReviewTag(mail.lines[$0]) != nil }) { return true }
        let words = paragraph.words
        let first = words.first ?? ""
        if words.count <= 3, ["hello", "hi", "hey", "dear"].contains(first) { return true }
        let farewell: Set<Substring> = [
            "thanks", "thank", "you", "regards", "best", "kind", "cheers", "br", "thx", "many",
        ]
        let names = Set(mail.name.comparableWords)
        return words.count <= 5 && words.allSatisfy { farewell.contains($0) || names.contains($0) }
    }
}

extension StringProtocol {
    /// Lower-case words without punctuation: what a text has in common with a quotation of it, however it was wrapped.
    var comparableWords: [Substring] {
        lowercased().split { !($0.isLetter || $0.isNumber || $0 == "_") }.map { Substring(String($0)) }
    }
}

/// Finds where a unified diff that somebody wrote into a mail ends.
enum UnifiedDiff {
    /// The lines of the diff that begins at a line; nil if none does.
    static func extent(in lines: [String], from start: Int) -> Range<Int>? {
        var index = start
        func begins(_ prefix: String) -> Bool { index < lines.count && lines[index].hasPrefix(prefix) }
        var hasHunk = false
        while index < lines.count {
            if begins("diff --git ") {
                index += 1
                while begins("index ") || begins("new file mode ") || begins("deleted file mode ")
                    || begins("old mode ") || begins("new mode ") || begins("similarity index ")
                    || begins("rename ")
                {
                    index += 1
                }
            }
            guard begins("--- "), index + 2 < lines.count, lines[index + 1].hasPrefix("+++ "),
                lines[index + 2].hasPrefix("@@ -")
            else { break }
            index += 2
            while begins("@@ -"), let counts = counts(lines[index]) {
                hasHunk = true
                index += 1
                var (old, new) = counts
                while index < lines.count, old > 0 || new > 0 {
                    switch lines[index].first {
                    case "-": old -= 1
                    case "+": new -= 1
                    case " ", nil: (old, new) = (old - 1, new - 1)
                    case "\\": break
                    // Damaged; what reads it says so.
                    case _: return start..<index
                    }
                    index += 1
                }
            }
        }
        return hasHunk ? start..<index : nil
    }

    /// `@@ -1124,6 +1124,9 @@`
    static func counts(_ head: String) -> (old: Int, new: Int)? {
        let words = head.split(separator: " ")
        guard words.count >= 3, words[0] == "@@" else { return nil }
        func count(_ word: Substring) -> Int? {
            let parts = word.dropFirst().split(separator: ",")
            return parts.count == 2 ? Int(parts[1]) : parts.count == 1 ? 1 : nil
        }
        guard let old = count(words[1]), let new = count(words[2]), (0...1_000_000).contains(old),
            (0...1_000_000).contains(new)
        else { return nil }
        return (old, new)
    }
}

/// A line such as `Reviewed-by: Name <address>`.
struct ReviewTag: Equatable {
    let key: String
    let value: String
    /// Of a person.
    let name: String?
    let email: String?

    /// As b4 finds them: a key of letters that ends in `-by`, and a person behind it.
    init?(_ line: String) {
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let key = line[..<colon]
        guard key.lowercased().hasSuffix("-by"), key.first?.isLetter ?? false,
            key.allSatisfy({ $0.isASCII && ($0.isLetter || $0 == "-") })
        else { return nil }
        let value = line[line.index(after: colon)...].trimmed
        guard let opening = value.lastIndex(of: "<"), let closing = value[opening...].firstIndex(of: ">"),
            value[opening...].contains("@")
        else { return nil }
        self.key = String(key)
        self.value = String(value).onOneLine
        name = String(value[..<opening].trimmed.filter { $0 != "\"" })
        email = String(value[value.index(after: opening)..<closing]).lowercased()
    }
}
