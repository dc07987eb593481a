// SPDX-License-Identifier: GPL-2.0-only

import Base

/// A section of a reST document.
public struct RestSection: Sendable {
    public let title: String
    /// Nesting level, 0 for the first adornment style the document uses.
    public let level: Int
    /// Where the section begins: at the hyperlink targets that name it, else its overline, else its title.
    public let start: Int
    let titleStart: Int
    /// Where the text behind the underline begins.
    public let contentStart: Int
    /// Where the next section of the same or a higher level begins.
    public let end: Int
}

/// The sections of a reST document, by their adornments
/// (docutils, reStructuredText Markup Specification, "Sections").
public struct RestStructure: Sendable {
    public let text: SourceText
    public let sections: [RestSection]

    public init(_ text: SourceText) {
        self.text = text
        var heads: [(title: String, style: String, start: Int, titleStart: Int, contentStart: Int)] = []
        let starts = text.lineStarts
        for line in starts.indices.dropFirst() {
            guard let adornment = adornmentLine(text, starts[line]) else { continue }
            let title = trimmedLine(text, starts[line - 1])
            guard !title.isEmpty, !isSpace(text.bytes[starts[line - 1]]) else { continue }
            guard adornmentLine(text, starts[line - 1]) == nil, adornment.count >= title.count else {
                continue
            }
            let over = line >= 2 ? adornmentLine(text, starts[line - 2]) : nil
            let hasOverline = over?.character == adornment.character
            heads.append(
                (
                    title, "\(hasOverline ? "=" : "")\(adornment.character)",
                    startOfTargets(text, above: hasOverline ? line - 2 : line - 1), starts[line - 1],
                    text.lineEnd(at: starts[line])
                )
            )
        }
        var styles: [String] = []
        let levels = heads.map { head in
            if let known = styles.firstIndex(of: head.style) { return known }
            styles.append(head.style)
            return styles.count - 1
        }
        var following = [Int?](repeating: nil, count: heads.count)
        // Sections that go on; each ends the ones behind it that are of its level or lower.
        var open: [Int] = []
        for index in heads.indices {
            while let last = open.last, levels[last] >= levels[index] {
                following[last] = index
                open.removeLast()
            }
            open.append(index)
        }
        sections = heads.indices.map { index in
            RestSection(
                title: heads[index].title,
                level: levels[index],
                start: heads[index].start,
                titleStart: heads[index].titleStart,
                contentStart: heads[index].contentStart,
                end: following[index].map { heads[$0].start } ?? text.bytes.count
            )
        }
    }
}

/// A line that is one punctuation character repeated three times or more.
private func adornmentLine(_ text: SourceText, _ start: Int) -> (character: Unicode.Scalar, count: Int)? {
    // Most lines aren't one by their first bytes.
    guard start + 2 < text.bytes.count, !isWordByte(text.bytes[start]), !isSpace(text.bytes[start]),
        text.bytes[start] == text.bytes[start + 1], text.bytes[start] == text.bytes[start + 2]
    else { return nil }
    let line = text.bytes[start..<text.lineEnd(at: start)]
    let trimmed = line.prefix { !isSpace($0) }
    guard trimmed.count >= 3, line.dropFirst(trimmed.count).allSatisfy(isSpace), let first = trimmed.first
    else { return nil }
    guard (0x21...0x7e).contains(first), !isWordByte(first), trimmed.allSatisfy({ $0 == first }) else {
        return nil
    }
    return (Unicode.Scalar(first), trimmed.count)
}

/// Where the `.. _name:` lines begin that stand above line `line` (an index), or that line.
/// They name what follows them, so nothing may come in between.
private func startOfTargets(_ text: SourceText, above line: Int) -> Int {
    var first = line
    var candidate = line - 1
    while candidate >= 0 {
        let content = trimmedLine(text, text.lineStarts[candidate])
        if content.hasPrefix(".. _"), content.hasSuffix(":") {
            first = candidate
        } else if !content.isEmpty {
            break
        }
        candidate -= 1
    }
    return text.lineStarts[first]
}

private func trimmedLine(_ text: SourceText, _ start: Int) -> String {
    var line = text.bytes[start..<text.lineEnd(at: start)]
    while let last = line.last, isSpace(last) { line = line.dropLast() }
    return String(decoding: line, as: UTF8.self)
}
