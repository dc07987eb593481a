// SPDX-License-Identifier: GPL-2.0-only

import Base

/// Finds lines, paragraphs and sentences: the anchors of commit messages, of reST, and of files with `#` comments.
struct ProseAnchorResolver {
    let text: SourceText
    /// The bytes to look in: whole lines.
    let scope: Range<Int>

    func resolve(_ anchor: Anchor) throws(AnchorError) -> Range<Int> {
        switch anchor.target {
        case .line(let wanted):
            let lines = lines()
            let found = try single(
                lines.filter { text.lineReads($0.lowerBound, wanted) },
                "line '\(wanted)'",
                near: { nearest(to: wanted, among: lines) { squeezed(text.lineText(at: $0.lowerBound)) } }
            )
            return edit(anchor, found)
        case .paragraph(let wanted):
            let paragraphs = paragraphs()
            let found = try single(
                paragraphs.filter { begins($0, wanted) },
                "paragraph '\(wanted)'",
                near: { nearest(to: wanted, among: paragraphs) { text.lineText(at: $0.lowerBound) } }
            )
            return anchor.relation == .remove ? withBlankLine(found) : edit(anchor, found)
        case .sentence(let wanted):
            return try resolve(sentence: wanted, anchor)
        case .named, .code, .macroRun, .section, .container, .run, .lines:
            throw .notFound(what: "\(anchor)", candidates: [])
        }
    }

    private func edit(_ anchor: Anchor, _ range: Range<Int>) -> Range<Int> {
        switch anchor.relation {
        case .before: range.lowerBound..<range.lowerBound
        case .after: range.upperBound..<range.upperBound
        default: range
        }
    }

    private func single(_ matches: [Range<Int>], _ what: String, near: () -> [Range<Int>]) throws(AnchorError)
        -> Range<Int>
    {
        guard let first = matches.first else { throw .notFound(what: what, candidates: candidates(near())) }
        guard matches.count == 1 else { throw .ambiguous(what: what, candidates: candidates(matches)) }
        return first
    }

    private func candidates(_ ranges: [Range<Int>]) -> [Candidate] {
        ranges.prefix(candidateLimit).map {
            Candidate(line: text.line(at: $0.lowerBound), text: text.lineText(at: $0.lowerBound))
        }
    }

    private func lines() -> [Range<Int>] {
        text.lineStarts.filter { scope.contains($0) }.map { $0..<text.lineEnd(at: $0) }
    }

    // MARK: Paragraphs

    /// Lines between blank ones.
    private func paragraphs() -> [Range<Int>] {
        var result: [Range<Int>] = []
        var isOpen = false
        for line in lines() {
            guard !text.isBlankLine(at: line.lowerBound) else {
                isOpen = false
                continue
            }
            if isOpen, let last = result.last {
                result[result.count - 1] = last.lowerBound..<line.upperBound
            } else {
                result.append(line)
            }
            isOpen = true
        }
        return result
    }

    private func begins(_ paragraph: Range<Int>, _ wanted: String) -> Bool {
        matches(words(paragraph), at: 0, wanted.split(separator: " "))
    }

    /// A paragraph and the blank line that sets it off.
    private func withBlankLine(_ range: Range<Int>) -> Range<Int> {
        let end = range.upperBound
        if end < text.bytes.count, text.isBlankLine(at: end) {
            return range.lowerBound..<text.lineEnd(at: end)
        }
        let start = range.lowerBound
        guard start > 0, text.isBlankLine(at: start - 1) else { return range }
        return text.lineStart(at: start - 1)..<end
    }

    // MARK: Sentences

    private struct Word {
        let range: Range<Int>
        let text: String

        /// Whether a sentence ends with it.
        var isLast: Bool { text.hasSuffix(".") && text != "e.g." && text != "i.e." }
    }

    private func words(_ range: Range<Int>) -> [Word] {
        text.bytes[range].split(whereSeparator: isSpace).map {
            Word(range: $0.startIndex..<$0.endIndex, text: String(decoding: $0, as: UTF8.self))
        }
    }

    /// Whether the words from `index` on are these; the last may go on.
    private func matches(_ words: [Word], at index: Int, _ wanted: [Substring]) -> Bool {
        guard let last = wanted.last, index + wanted.count <= words.count else { return false }
        let found = words[index..<index + wanted.count]
        return zip(found.dropLast(), wanted).allSatisfy { $0.text == $1 }
            && found.last?.text.hasPrefix(last) ?? false
    }

    private func resolve(sentence wanted: String, _ anchor: Anchor) throws(AnchorError) -> Range<Int> {
        let pattern = wanted.split(separator: " ")
        let what = "sentence '\(wanted)'"
        var found: [(words: [Word], first: Int)] = []
        var starts: [Range<Int>] = []
        for paragraph in paragraphs() {
            let words = words(paragraph)
            for index in words.indices where index == 0 || words[index - 1].isLast {
                starts.append(words[index].range)
                if matches(words, at: index, pattern) { found.append((words, index)) }
            }
        }
        _ = try single(found.map { $0.words[$0.first].range }, what) {
            nearest(to: wanted, among: starts) { beginning($0, length: wanted.utf8.count) }
        }
        guard let (words, first) = found.first else {
            throw .notFound(what: what, candidates: [])
        }
        let last = words[first...].firstIndex(where: \.isLast) ?? words.count - 1
        let sentence = words[first].range.lowerBound..<words[last].range.upperBound
        // What is left of the paragraph is filled anew, so that the white space around doesn't matter.
        return edit(anchor, sentence)
    }

    private func beginning(_ word: Range<Int>, length: Int) -> String {
        let end = min(text.bytes.count, word.lowerBound + length)
        return squeezed(text.string(word.lowerBound..<end))
    }
}
