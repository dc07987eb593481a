// SPDX-License-Identifier: GPL-2.0-only

import CSource
import Testing

@testable import PatchSeries

/// A site, and the lines that it became in the patched file.
struct Placement {
    let anchor: Anchor
    /// 1-based; empty where a line was removed.
    let lines: Range<Int>
}

/// One file of the series with every patch on top of it.
struct PatchedFile {
    /// After each patch that changes the file.
    var steps: [(bytes: [UInt8], placements: [Placement])] = []

    /// A file that was refused.
    init() {}

    /// Throws what placing throws.
    init(
        _ path: String,
        base: [UInt8],
        _ series: Series,
        _ environment: Template.Environment,
        _ facts: FactSet
    ) throws {
        let quirks = ActiveQuirks(series, facts)
        var current = base
        var file = WorkingFile(path, BaseFile(path: path, bytes: base))
        for patch in series.patches
        where patch.condition?.holds({ environment.conditions[$0] ?? false }) ?? true {
            for (target, template) in patch.files where quirks.path(target) == path {
                let placer = FilePlacer(
                    template: template,
                    path: target,
                    quirks: quirks,
                    environment: environment
                )
                guard let placement = try placer.place(on: &file) else { continue }
                guard let bytes = placement.bytes else {
                    throw SeriesError(.placement, placement.problems)
                }
                steps.append(
                    (bytes, try Self.placements(template, environment, quirks, path, current, bytes))
                )
                current = bytes
            }
        }
    }

    /// The lines of each site, worked out again from the edits; the file must be what the edits make of its base.
    private static func placements(
        _ template: Template,
        _ environment: Template.Environment,
        _ quirks: ActiveQuirks,
        _ path: String,
        _ base: [UInt8],
        _ result: [UInt8]
    ) throws -> [Placement] {
        let language = SourceLanguage(path: path)
        let text = SourceText(base)
        let resolver = AnchorResolver(ParsedSource(text, language: language))
        let edits = try SiteReader(SourceText(try template.render(environment).bytes), language: language)
            .sites().map { site in
                let anchor = site.anchor.renamed(quirks.symbol)
                return (
                    anchor: anchor,
                    edit: TextEdit(range: try resolver.resolve(anchor), replacement: site.body)
                )
            }
        #expect(try text.applying(edits.map(\.edit)) == result, "\(path): not what its edits make of it")

        var shift = 0
        let ordered = edits.enumerated().sorted {
            let (left, right) = ($0.element.edit.range, $1.element.edit.range)
            return (left.lowerBound, left.upperBound, $0.offset) < (
                right.lowerBound, right.upperBound, $1.offset
            )
        }
        return ordered.map { _, entry in
            let first = text.line(at: entry.edit.range.lowerBound) + shift
            let added = entry.edit.replacement.count { $0 == UInt8(ascii: "\n") }
            shift += added - base[entry.edit.range].count { $0 == UInt8(ascii: "\n") }
            return Placement(anchor: entry.anchor, lines: first..<first + added)
        }
    }
}

/// Whether a placement is where its anchor says, by the tags of the patched file.
struct PlacementJudge {
    let tags: [Ctags.Tag]
    let lines: [Substring]

    init(_ bytes: [UInt8], _ tags: [Ctags.Tag]) {
        self.tags = tags
        lines = String(decoding: bytes, as: UTF8.self).split(
            separator: "\n",
            omittingEmptySubsequences: false
        )
    }

    /// What is wrong, nil if nothing is.
    func complaint(_ placement: Placement) -> String? {
        let place = "'\(placement.anchor)' became lines \(placement.lines)"
        if case .section(let title) = placement.anchor.target {
            let next = lines.dropFirst(placement.lines.upperBound - 1).first {
                !$0.isEmpty && !$0.hasPrefix(".. _")
            }
            return next.map(String.init) == title ? nil : "\(place); '\(next ?? "nothing")' follows"
        }
        let around = tags.filter {
            $0.lines.lowerBound < placement.lines.lowerBound
                && placement.lines.upperBound <= $0.lines.upperBound
        }
        if case .code(let pattern) = placement.anchor.target, !isBeside(pattern.description, placement) {
            return "\(place); it isn't beside them"
        }
        guard let outermost = placement.anchor.containers.first else {
            return fileLevelComplaint(placement, around, place)
        }
        return around.contains { matches($0, outermost) }
            ? nil : "\(place); ctags has them in \(around.map(\.name).joined(separator: ", "))"
    }

    /// Whether code that is named by its beginning stands within some lines of the place.
    private func isBeside(_ code: String, _ placement: Placement) -> Bool {
        let (first, behind) = (placement.lines.lowerBound - 1, placement.lines.upperBound - 1)
        let reach = 12
        switch placement.anchor.relation {
        case .before:
            return Self.squeezed(lines[behind..<min(behind + reach, lines.count)]).contains(
                Self.squeezed([code[...]])
            )
        case .after:
            return Self.squeezed(lines[max(0, first - reach)..<first]).contains(Self.squeezed([code[...]]))
        // Another site may have replaced the code.
        case .replace, .removeBlankLineBefore, .atStart, .atEnd:
            return true
        }
    }

    private static func squeezed(_ lines: some Sequence<Substring>) -> String {
        String(lines.joined(separator: " ").filter { !$0.isWhitespace })
    }

    private func matches(_ tag: Ctags.Tag, _ container: Anchor.Container) -> Bool {
        switch container {
        case .function(let name): tag.kind == .function && tag.name == name
        case .aggregate(let name): (tag.kind == .structure || tag.kind == .union) && tag.name == name
        case .enumeration(let name): tag.kind == .enumeration && tag.name == name
        case .table(let name): tag.kind == .variable && tag.name == name
        case .block: false
        }
    }

    private func fileLevelComplaint(_ placement: Placement, _ around: [Ctags.Tag], _ place: String) -> String?
    {
        guard around.isEmpty else {
            return "\(place); ctags has them in \(around.map(\.name).joined(separator: ", "))"
        }
        switch placement.anchor.target {
        case .macroRun(let prefix):
            let above = lines[placement.lines.lowerBound - 2]
            return above.hasPrefix("#define \(prefix)") ? nil : "\(place); '\(above)' is above"
        case .named(_, let name) where placement.anchor.relation == .before:
            let next = tags.filter { $0.lines.lowerBound >= placement.lines.upperBound }.min {
                $0.lines.lowerBound < $1.lines.lowerBound
            }
            return next?.name == name ? nil : "\(place); \(next?.name ?? "nothing") follows"
        case .named(_, let name) where placement.anchor.relation == .after:
            let last = tags.filter { $0.lines.upperBound < placement.lines.lowerBound }.max {
                $0.lines.upperBound < $1.lines.upperBound
            }
            return last?.name == name ? nil : "\(place); \(last?.name ?? "nothing") is above"
        default:
            return nil
        }
    }
}
