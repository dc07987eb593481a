// SPDX-License-Identifier: GPL-2.0-only

import Base

/// One place that a template edits: the anchor and what goes there.
public struct Site: Sendable, Equatable {
    public let anchor: Anchor
    public let body: [UInt8]
    /// 1-based line of the marker in the text the site was read from.
    public let line: Int
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

    /// Whether the text holds a marker: without one the template is a whole new file.
    public static func hasMarkers(_ bytes: [UInt8]) -> Bool {
        SourceText(bytes).markerLines.contains { _ in true }
    }

    public func sites() throws(SiteError) -> [Site] {
        var found: [(begin: Marker, body: Range<Int>)] = []
        var open: Marker?
        for marker in markers() {
            guard marker.isWellFormed else {
                let form =
                    switch language {
                    case .c: "/* kpatch: … */"
                    case .reST: ".. kpatch: …"
                    case .plain: "# kpatch: …"
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
                found.append((begin, begin.lineEnd..<marker.lineStart))
                open = nil
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
        let items = scaffold?.items ?? []
        var sites: [Site] = []
        for (begin, body) in found {
            guard var anchor = Anchor(marker: begin.text, language: language) else {
                throw SiteError(
                    line: begin.line,
                    description: "'\(begin.text)' is not an anchor; see docs/templates.md"
                )
            }
            if let scaffold { anchor.containers = try scaffold.containers(at: begin.lineStart, among: items) }
            if anchor.target == .container, language == .c, anchor.containers.isEmpty {
                throw SiteError(
                    line: begin.line,
                    description: "'\(begin.text)' needs a function, struct, enum or table around it"
                )
            }
            sites.append(Site(anchor: anchor, body: [UInt8](text.bytes[body]), line: begin.line))
        }
        return sites
    }

    private func markers() -> [Marker] {
        text.markerLines.map { start, marker, form in
            Marker(
                text: marker ?? "",
                isWellFormed: marker != nil && form == language,
                lineStart: start,
                lineEnd: text.lineEnd(at: start),
                line: text.line(at: start)
            )
        }
    }

    /// The template's own structure with the bodies of the sites blanked out.
    private func scaffold(without bodies: [Range<Int>]) throws(SiteError) -> CStructure? {
        guard language == .c else { return nil }
        var bytes = text.bytes
        for body in bodies {
            for offset in body where bytes[offset] != UInt8(ascii: "\n") { bytes[offset] = UInt8(ascii: " ") }
        }
        do {
            return try CStructure(SourceText(bytes))
        } catch {
            throw SiteError(line: error.line, description: error.description)
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

    private func container(_ item: Item) -> Anchor.Container? {
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
            guard start < bytes.count else { return nil }
            let line = bytes[start..<lineEnd(at: start)]
            // Cheap tests first: a template has thousands of lines and a few markers.
            guard let first = line.first(where: { !isBlank($0) }), let form = Self.marks[first] else {
                return nil
            }
            if form == .plain, line.first(where: { !isBlank($0) && $0 != first }) != UInt8(ascii: "k") {
                return nil
            }
            let text = lineText(at: start)
            if text.hasPrefix("/* kpatch: "), text.hasSuffix("*/") {
                return (start, String(text.dropFirst("/* kpatch: ".count).dropLast(2).trimmed), form)
            }
            if text.hasPrefix(".. kpatch: ") || text.hasPrefix("# kpatch: ") {
                return (start, String(text.drop { $0 != ":" }.dropFirst().trimmed), form)
            }
            // A typing error must not turn a site into text of the kernel.
            let word = text.drop { "/*.# \t".contains($0) }
            let resembles = word.hasPrefix("kpatch:") || word.hasPrefix("kpatch :")
            return resembles ? (start, nil, form) : nil
        }
    }

    private static let marks: [UInt8: SourceLanguage] = [
        UInt8(ascii: "/"): .c, UInt8(ascii: "."): .reST, UInt8(ascii: "#"): .plain,
    ]
}
