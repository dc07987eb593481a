// SPDX-License-Identifier: GPL-2.0-only

import Base

/// `SiteFinder` for reST and for files with `#` comments.
struct TextSiteFinder {
    let finder: SiteFinder

    private var text: SourceText { finder.old }

    func site(_ index: Int) -> FoundSite? {
        for slide in finder.slides(index) {
            if let found = simple(slide, index) { return found }
        }
        if let (shown, lines) = section(finder.changes[index].old),
            let found = finder.hunk(index, within: ([shown], lines))
        {
            return found
        }
        return finder.hunk(index, within: nil)
    }

    /// At a section, or at a line that there is once.
    private func simple(_ change: ChangedLines, _ index: Int) -> FoundSite? {
        let bytes = finder.oldBytes(change.old)
        let new = Array(finder.newBytes(change.new))
        guard new.last ?? UInt8(ascii: "\n") == UInt8(ascii: "\n"),
            // An own line of a file with `#` comments is no directive; one of reST may be.
            finder.language != .reST || new.hasWholeConditions
        else { return nil }
        func found(_ marker: String, _ shown: [FoundSite.Shown]) -> FoundSite {
            FoundSite(
                shown: shown,
                marker: marker,
                body: new,
                edit: TextEdit(range: bytes, replacement: new),
                form: .structure,
                changes: index..<index + 1
            )
        }
        func holds(_ marker: String, _ containers: [Anchor.Container]) -> Bool {
            guard var anchor = Anchor(marker: marker, language: finder.language) else { return false }
            anchor.containers = containers
            return (try? AnchorResolver(finder.source, explains: false).resolve(anchor)) == bytes
        }
        if change.old.isEmpty, case .reST(let structure) = finder.source.form {
            for section in structure.sections where section.start == bytes.lowerBound {
                let marker = "before section \(section.title)"
                if holds(marker, []) { return found(marker, []) }
            }
        }
        var markers: [String] = []
        func line(_ number: Int) -> String? {
            guard number >= 0, number < finder.lineCount else { return nil }
            let words = squeezed(text.lineText(at: finder.start(number)))
            return words.isEmpty || words.utf8.count > 200 ? nil : words
        }
        if change.old.isEmpty {
            if let above = line(change.old.lowerBound - 1) { markers.append("after line \(above)") }
            if let below = line(change.old.lowerBound) { markers.append("before line \(below)") }
        } else if change.old.count == 1, let own = line(change.old.lowerBound) {
            markers = [change.new.isEmpty ? "remove line \(own)" : "replace line \(own)"]
        }
        for marker in markers where holds(marker, []) { return found(marker, []) }
        guard let (shown, _) = section(change.old), let title = sectionTitle(change.old) else { return nil }
        for marker in markers where holds(marker, [.section(title)]) { return found(marker, [shown]) }
        return nil
    }

    /// The section whose text some lines are in, if its title is the only such one.
    private func own(_ lines: Range<Int>) -> RestSection? {
        guard case .reST(let structure) = finder.source.form else { return nil }
        let bytes = finder.oldBytes(lines)
        guard
            let section = structure.sections.last(where: {
                $0.contentStart <= bytes.lowerBound && bytes.upperBound <= $0.end
            }), structure.sections.count(where: { $0.title == section.title }) == 1
        else { return nil }
        return section
    }

    private func sectionTitle(_ lines: Range<Int>) -> String? { own(lines)?.title }

    private func section(_ lines: Range<Int>) -> (FoundSite.Shown, Range<Int>)? {
        guard let section = own(lines) else { return nil }
        let title = text.bytes[text.lineStart(at: section.titleStart)..<section.contentStart]
        let first = text.line(at: section.contentStart) - 1
        let last = section.end == text.bytes.count ? finder.lineCount : text.line(at: section.end) - 1
        let blank = Array("\n".utf8)
        return (
            FoundSite.Shown(head: Array(title) + blank, end: [], place: section.titleStart),
            first..<max(first, last)
        )
    }
}
