// SPDX-License-Identifier: GPL-2.0-only

import Base

/// One place that a template edits: the anchor and what goes there.
public struct Site: Sendable, Equatable {
    public let anchor: Anchor
    public let body: [UInt8]
    /// 1-based line of the marker in the text the site was read from.
    public let line: Int
    /// For each line of the body, the 1-based line of that text that it stands in.
    public let bodyLines: [Int]
}

/// What is wrong with the markers of a template.
public struct SiteError: Error, Sendable, Equatable, CustomStringConvertible {
    /// 1-based line in the text that was read.
    public let line: Int
    public let description: String
}

/// Reads the sites of a template whose conditions and names are already resolved.
///
/// A site is what stands between a line `/* kpatch: ANCHOR */` and a line
/// `/* kpatch: end */` (in reST `.. kpatch: ANCHOR`, in files with `#` comments
/// `# kpatch: ANCHOR`); everything outside of sites
/// only shows where they are, and makes the template a file that ctags and an
/// editor can read.
public struct SiteReader {
    private struct Marker {
        let text: String
        let isWellFormed: Bool
        let lineStart: Int
        let lineEnd: Int
        let line: Int
    }

    private let text: SourceText
    private let language: SourceLanguage

    public init(_ text: SourceText, language: SourceLanguage) {
        self.text = text
        self.language = language
    }

    /// What a line says if it is a marker, nil of that if it only resembles one; nil for any other line.
    public static func marker(_ line: ArraySlice<UInt8>) -> String?? {
        guard let found = readMarker(line) else { return nil }
        return .some(found.text)
    }

    public func sites() throws(SiteError) -> [Site] {
        var found: [(begin: Marker, by: Marker?, body: Range<Int>)] = []
        var open: Marker?
        var by: Marker?
        for marker in markers() {
            guard marker.isWellFormed else {
                let form =
                    switch language {
                    case .c: "/* kpatch: … */"
                    case .reST: ".. kpatch: …"
                    case .prose, .plain: "# kpatch: …"
                    }
                throw SiteError(
                    line: marker.line,
                    description: "'\(text.lineText(at: marker.lineStart))' is not a marker; write \(form)"
                )
            }
            if marker.text == "end" {
                guard let begin = open else {
                    throw SiteError(line: marker.line, description: "'kpatch: end' without a site before it")
                }
                found.append((begin, by, begin.lineEnd..<marker.lineStart))
                (open, by) = (nil, nil)
            } else if marker.text == "by" {
                guard open?.text == "replace", by == nil else {
                    throw SiteError(
                        line: marker.line,
                        description:
                            "'kpatch: by' stands between what 'kpatch: replace' takes away and 'kpatch: end'"
                    )
                }
                by = marker
            } else {
                if let begin = open {
                    throw SiteError(
                        line: begin.line,
                        description: "site is not closed by 'kpatch: end' before the next one begins"
                    )
                }
                open = marker
            }
        }
        if let begin = open {
            throw SiteError(line: begin.line, description: "site is not closed by 'kpatch: end'")
        }

        let scaffold = try scaffold(without: found.map(\.body))
        var sites: [Site] = []
        for (begin, by, body) in found {
            guard var anchor = Anchor(marker: begin.text, language: language) else {
                throw SiteError(
                    line: begin.line,
                    description: "'\(begin.text)' is not an anchor; see docs/templates.md"
                )
            }
            if let scaffold { anchor.containers = try scaffold.containers(at: begin.lineStart, anchor) }
            if anchor.target == .container, language == .c, anchor.containers.isEmpty {
                throw SiteError(
                    line: begin.line,
                    description: "'\(begin.text)' needs a function, struct, enum or table around it"
                )
            }
            sites.append(try site(anchor, begin, by, body))
        }
        return sites
    }

    /// A site with what its body says of the anchor.
    private func site(_ anchor: Anchor, _ begin: Marker, _ by: Marker?, _ body: Range<Int>) throws(SiteError)
        -> Site
    {
        var anchor = anchor
        var new = body
        switch anchor.target {
        case .lines:
            let hunk = try HunkReader(text, body, firstLine: begin.line + 1)
            anchor.target = .lines(hunk.old)
            return Site(anchor: anchor, body: hunk.new, line: begin.line, bodyLines: hunk.newLines)
        case .run:
            guard let by else {
                throw SiteError(
                    line: begin.line,
                    description:
                        "'kpatch: replace' needs the code that it takes away, and 'kpatch: by' behind it"
                )
            }
            let run = CRun(text.string(body.lowerBound..<by.lineStart))
            guard !run.tokens.isEmpty else {
                throw SiteError(line: begin.line, description: "nothing stands here that is to be replaced")
            }
            anchor.target = .run(run)
            new = by.lineEnd..<body.upperBound
        default: break
        }
        let first = text.line(at: new.lowerBound)
        let bytes = [UInt8](text.bytes[new])
        return Site(
            anchor: anchor,
            body: bytes,
            line: begin.line,
            bodyLines: (0..<bytes.newlines).map { first + $0 }
        )
    }

    private func markers() -> [Marker] {
        text.markerLines.map { start, marker, form in
            Marker(
                text: marker ?? "",
                isWellFormed: marker != nil && (form == language || (form == .plain && language == .prose)),
                lineStart: start,
                lineEnd: text.lineEnd(at: start),
                line: text.line(at: start)
            )
        }
    }

    /// The template's own structure with the bodies of the sites blanked out.
    private func scaffold(without bodies: [Range<Int>]) throws(SiteError) -> Scaffold? {
        guard language == .c || language == .reST else { return nil }
        var bytes = text.bytes
        for body in bodies {
            for offset in body where bytes[offset] != UInt8(ascii: "\n") { bytes[offset] = UInt8(ascii: " ") }
        }
        let blanked = SourceText(bytes)
        guard language == .c else { return .reST(RestStructure(blanked)) }
        do {
            let structure = try CStructure(blanked)
            return .c(structure, items: structure.items)
        } catch {
            throw SiteError(line: error.line, description: error.description)
        }
    }
}

/// What a template shows around its sites.
private enum Scaffold {
    case c(CStructure, items: [Item])
    case reST(RestStructure)

    func containers(at offset: Int, _ anchor: Anchor) throws(SiteError) -> [Anchor.Container] {
        switch self {
        case .c(let structure, let items): return try structure.containers(at: offset, among: items)
        case .reST(let structure):
            // A section is named by its whole title, wherever it stands.
            if case .section = anchor.target { return [] }
            let section = structure.sections.last { $0.contentStart <= offset && offset < $0.end }
            return section.map { [.section($0.title)] } ?? []
        }
    }
}

extension CStructure {
    /// The nested items around a byte offset, outermost first.
    fileprivate func containers(at offset: Int, among items: [Item]) throws(SiteError) -> [Anchor.Container] {
        var result: [Anchor.Container] = []
        var scope = items
        while let item = scope.first(where: { $0.body != nil && $0.start <= offset && offset < $0.end }) {
            guard let body = item.body, let container = container(item) else { break }
            guard tokens[body.lowerBound - 1].start < offset, offset < tokens[body.upperBound].end else {
                throw SiteError(
                    line: text.line(at: offset),
                    description:
                        "a site can't stand in '\(text.lineText(at: item.start))' outside of its first braces"
                )
            }
            result.append(container)
            scope = children(of: item)
        }
        return result
    }

    /// What an anchor calls an item with braces; nil if it has none.
    func container(_ item: Item) -> Anchor.Container? {
        switch (item.kind, item.name) {
        case (.function, let name?): return .function(name)
        case (.aggregate, let name?): return .aggregate(name)
        case (.enumeration, let name?): return .enumeration(name)
        case (.variable, let name?): return .table(name)
        default:
            guard let body = item.body else { return nil }
            let head = text.string(item.start..<tokens[body.lowerBound - 1].start)
            return .block(CPattern(String(head.trimmed)))
        }
    }
}

extension SourceText {
    /// Every marker line: its offset, its text (nil if it only resembles a marker) and whose form it has.
    fileprivate var markerLines: [(Int, String?, SourceLanguage)] {
        lineStarts.compactMap { start in
            guard start < bytes.count, let (text, form) = readMarker(bytes[start..<lineEnd(at: start)]) else {
                return nil
            }
            return (start, text, form)
        }
    }
}

private func readMarker(_ line: ArraySlice<UInt8>) -> (text: String?, form: SourceLanguage)? {
    // Cheap tests first: a template has thousands of lines and a few markers.
    guard let first = line.first(where: { !isSpace($0) }), let form = marks[first] else { return nil }
    if form == .plain, line.first(where: { !isSpace($0) && $0 != first }) != UInt8(ascii: "k") { return nil }
    let text = String(String(decoding: line, as: UTF8.self).trimmed)
    if text.hasPrefix("/* kpatch: "), text.hasSuffix("*/") {
        return (String(text.dropFirst("/* kpatch: ".count).dropLast(2).trimmed), form)
    }
    if text.hasPrefix(".. kpatch: ") || text.hasPrefix("# kpatch: ") {
        return (String(text.drop { $0 != ":" }.dropFirst().trimmed), form)
    }
    // A typing error must not turn a site into text of the kernel.
    let word = text.drop { "/*.# \t".contains($0) }
    let resembles = word.hasPrefix("kpatch:") || word.hasPrefix("kpatch :")
    return resembles ? (nil, form) : nil
}

private let marks: [UInt8: SourceLanguage] = [
    UInt8(ascii: "/"): .c, UInt8(ascii: "."): .reST, UInt8(ascii: "#"): .plain,
]
