// SPDX-License-Identifier: GPL-2.0-only

import CSource
import Testing

@testable import PatchSeries

/// A site, and the lines that it became in the patched file.
struct Placement {
    let anchor: Anchor
    /// 1-based; empty where a line was removed.
    let lines: Range<Int>
    /// What of the unpatched file's bytes it replaced.
    let range: Range<Int>
}

/// One file of the series with every patch on top of it.
struct PatchedFile {
    /// After each patch that changes the file.
    var steps: [(base: [UInt8], bytes: [UInt8], placements: [Placement])] = []

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
        var file = WorkingFile(path, try BaseFile(path: path, bytes: base))
        for patch in series.patches
        where patch.condition?.holds({ environment.conditions[$0] ?? false }) ?? true {
            let active = patch.fragments.filter { environment.conditions[$0.condition] ?? false }
            for target in Set(patch.files.map(\.path) + active.map(\.path)).sorted()
            where quirks.path(target) == path {
                // The patch's own template, then the fragments that are placed at once.
                let own = patch.files.first { $0.path == target }?.template
                let stages = series.precedence.stages(active.filter { $0.path == target })
                for stage in [[]] + stages {
                    let template = stage.isEmpty ? own : nil
                    var placer = FilePlacer(
                        path: target,
                        template: template,
                        fragments: stage,
                        precedence: series.precedence,
                        quirks: quirks,
                        environment: environment
                    )
                    guard let placement = try placer.place(on: &file) else { continue }
                    guard let bytes = placement.bytes else {
                        throw SeriesError(.placement, placement.problems)
                    }
                    let templates = [template].compactMap { $0 } + stage.map(\.template)
                    steps.append(
                        (
                            current,
                            bytes,
                            try Self.placements(templates, environment, quirks, path, current, bytes)
                        )
                    )
                    current = bytes
                }
            }
        }
    }

    /// The lines of each site, worked out again from the edits; the file must be what the edits make of its base.
    private static func placements(
        _ templates: [Template],
        _ environment: Template.Environment,
        _ quirks: ActiveQuirks,
        _ path: String,
        _ base: [UInt8],
        _ result: [UInt8]
    ) throws -> [Placement] {
        let language = SourceLanguage(path: path)
        let text = SourceText(base)
        let resolver = AnchorResolver(try ParsedSource(text.bytes, language: language))
        let isOther = base.contains(UInt8(ascii: "\r"))
        let edits = try templates.flatMap { template in
            try SiteReader(SourceText(try template.render(environment).bytes), language: language)
                .sites()
        }
        .map { site in
            let anchor = site.anchor.renamed(quirks.symbol)
            return (
                anchor: namingTheFunction(anchor),
                edit: TextEdit(
                    range: try resolver.resolve(anchor),
                    replacement: isOther
                        ? site.body.flatMap { $0 == UInt8(ascii: "\n") ? [UInt8(ascii: "\r"), $0] : [$0] }
                        : site.body
                )
            )
        }
        #expect(try text.applying(edits.map(\.edit)) == result, "\(path): not what its edits make of it")

        // ctags sees a function by the name that it got.
        var names: [String: String] = [:]
        for (anchor, edit) in edits where anchor.relation == .replaceHead {
            guard case .named(_, let old) = anchor.target else { continue }
            names[old] = functionName(inHead: String(decoding: edit.replacement, as: UTF8.self))
        }
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
            return Placement(
                anchor: entry.anchor.renamed { names[$0] ?? $0 },
                lines: first..<first + added,
                range: entry.edit.range
            )
        }
    }
}

/// The word in front of the parameters.
private func functionName(inHead head: String) -> String? {
    head.prefix { $0 != "(" }.split { !($0.isLetter || $0.isNumber || $0 == "_") }.last.map(String.init)
}

/// The anchor with a function's name in place of its whole head.
private func namingTheFunction(_ anchor: Anchor) -> Anchor {
    guard anchor.relation == .replaceHead, case .code(let head) = anchor.target,
        let name = functionName(inHead: head.description)
    else { return anchor }
    var result = anchor
    result.target = .named(.function, name)
    return result
}

/// Whether a placement is where its anchor says: ctags on the patched file knows the function, struct, enum or table
/// around it, a crude reading of the unpatched file what stands beside it.
struct PlacementJudge {
    private let tags: [Ctags.Tag]
    private let lines: [Substring]
    private let readings: [CrudeC]
    private let path: String

    init(_ path: String, base: [UInt8], patched: [UInt8], _ tags: [Ctags.Tag]) {
        self.path = path
        self.tags = tags
        lines = patched.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            Substring(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
        }
        let isC = SourceLanguage(path: path) == .c
        readings = isC ? CrudeC.Branches.allCases.map { CrudeC(base, $0) } : []
    }

    /// What is wrong, nil if nothing is.
    func complaint(_ placement: Placement) -> String? {
        let place = "'\(placement.anchor)' became lines \(placement.lines)"
        switch placement.anchor.target {
        case .section(let title) where placement.anchor.relation == .replace:
            return lines[placement.lines.lowerBound - 1] == title
                ? nil : "\(place); it begins with another title"
        case .section(let title):
            return CrudeRest(lines).isPlaced(placement, at: title) ? nil : "\(place); it isn't there"
        case .line(let text):
            let number =
                placement.anchor.relation == .before
                ? placement.lines.upperBound : placement.lines.lowerBound - 1
            let line = lines[number - 1]
            // Blanks make no difference in those files.
            return line.filter { !$0.isWhitespace } == text.filter { !$0.isWhitespace }
                ? nil : "\(place); there is '\(line)'"
        case .code(let pattern) where !isBeside(pattern.description, placement):
            return "\(place); it isn't beside them"
        default: break
        }
        for case .block(let head) in placement.anchor.containers {
            let head = CrudeC(Array(head.description.utf8))
            let isInside = readings.contains { $0.isInside(head, $0.index(of: placement.range.lowerBound)) }
            guard isInside else { return "\(place); they aren't in that block" }
        }
        let around = tags.filter {
            $0.lines.lowerBound < placement.lines.lowerBound
                && placement.lines.upperBound <= $0.lines.upperBound
        }
        guard let outermost = placement.anchor.containers.first else {
            return fileLevelComplaint(placement, around, place)
        }
        return around.contains { matches($0, outermost) }
            ? nil : "\(place); ctags has them in \(around.map(\.name).joined(separator: ", "))"
    }

    /// Whether ctags has no idea of what the place is in, though the file has its name: then it can't judge.
    func isLost(_ placement: Placement) -> Bool {
        guard let outermost = placement.anchor.containers.first,
            !tags.contains(where: { matches($0, outermost) })
        else { return false }
        let name =
            switch outermost {
            case .function(let name), .aggregate(let name), .enumeration(let name), .table(let name): name
            case .block, .section: ""
            }
        return !name.isEmpty && lines[..<(placement.lines.lowerBound - 1)].contains { $0.contains(name) }
    }

    /// The lines of the `#if` whose `#endif` has this index; none if there is another line.
    private func conditional(endingAt last: Int) -> ArraySlice<Substring> {
        var depth = 0
        for index in (0...last).reversed() {
            if lines[index].hasPrefix("#endif") { depth += 1 }
            if lines[index].hasPrefix("#if") { depth -= 1 }
            if depth == 0 { return lines[index...last] }
        }
        return []
    }

    /// Whether code that is named by its beginning stands at the place.
    private func isBeside(_ code: String, _ placement: Placement) -> Bool {
        guard !code.hasPrefix("#") else { return isBeside(directive: code, placement) }
        let pattern = CrudeC(Array(code.utf8))
        let inList =
            switch placement.anchor.containers.last {
            case .enumeration, .table: true
            default: false
            }
        return readings.contains { text in
            let (first, behind) = (
                text.index(of: placement.range.lowerBound), text.index(of: placement.range.upperBound)
            )
            return switch placement.anchor.relation {
            case .before, .removeBlankLineBefore: text.begins(pattern, at: behind)
            case .remove: text.begins(pattern, at: first)
            // A case is replaced with its statements.
            case .replaceWhole where code.hasPrefix("case "): text.begins(pattern, at: first)
            case .replace, .replaceWhole:
                text.begins(pattern, at: first) && text.isWhole(pattern, endingAt: behind, inList: inList)
            case .after: text.isWhole(pattern, endingAt: first, inList: inList)
            case .replaceHead, .atStart, .atEnd, .hunk: true
            }
        }
    }

    private func isBeside(directive: String, _ placement: Placement) -> Bool {
        let index =
            placement.anchor.relation == .after
            ? placement.lines.lowerBound - 2 : placement.lines.upperBound - 1
        return lines[index].filter { !$0.isWhitespace }.hasPrefix(directive.filter { !$0.isWhitespace })
    }

    private func matches(_ tag: Ctags.Tag, _ container: Anchor.Container) -> Bool {
        switch container {
        case .function(let name): tag.kind == .function && tag.name == name
        case .aggregate(let name): (tag.kind == .structure || tag.kind == .union) && tag.name == name
        case .enumeration(let name): tag.kind == .enumeration && tag.name == name
        case .table(let name): tag.kind == .variable && tag.name == name
        case .block, .section: false
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
            let isBehind =
                above.hasPrefix("#define \(prefix)")
                || conditional(endingAt: placement.lines.lowerBound - 2).contains {
                    $0.hasPrefix("#define \(prefix)")
                }
            return isBehind ? nil : "\(place); '\(above)' is above"
        case .named(_, let name) where placement.anchor.relation == .replaceHead:
            let begins = tags.contains { $0.name == name && placement.lines.contains($0.lines.lowerBound) }
            return begins ? nil : "\(place); no \(name) begins there"
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
