// SPDX-License-Identifier: GPL-2.0-only

import Base

/// The C half of `SiteFinder`.
struct CodeSiteFinder {
    let finder: SiteFinder
    let structure: CStructure
    let items: [Item]

    private var text: SourceText { structure.text }
    private var resolver: CAnchorResolver {
        CAnchorResolver(structure: structure, fileItems: items, explains: false)
    }

    /// One level of nesting around a place.
    private struct Level {
        let items: [Item]
        /// nil at the top of the file.
        let owner: Item?
        /// Bytes of whole lines.
        let inside: Range<Int>
        let containers: [Anchor.Container]
        let shown: [FoundSite.Shown]
    }

    /// An item with the comment above it, or a comment that belongs to none; lines from 0.
    private struct Unit {
        let lines: Range<Int>
        let item: Item?
    }

    /// - Parameter before: the sites of the changes above.
    func site(_ index: Int, behind before: [FoundSite]) -> FoundSite? {
        let floor = before.last?.edit.range.upperBound ?? 0
        let change = finder.changes[index]
        let levels = levels(finder.oldBytes(change.old))
        for slide in finder.slides(index) {
            if let found = simple(slide, index, floor) { return found }
        }
        for level in levels.reversed() {
            if let found = head(index, level, floor) ?? run(index, level, before) { return found }
        }
        return lines(index) ?? finder.hunk(index, within: nil)
    }

    /// By lines within what has a name, which the blocks in it don't have; nil if there is no such place.
    func lines(_ index: Int) -> FoundSite? {
        let levels = levels(finder.oldBytes(finder.changes[index].old))
        guard levels.count > 1, levels[1].containers.first?.isNamed ?? false, isPlace(levels[1]) else {
            return nil
        }
        let inside = levels[1].inside
        let lines = line(inside.lowerBound)..<line(inside.upperBound)
        return finder.hunk(index, within: (levels[1].shown, lines))
    }

    // MARK: Levels

    /// What stands around some bytes, outermost first: the file, and the braces that they are wholly inside of.
    private func levels(_ bytes: Range<Int>) -> [Level] {
        var result = [
            Level(items: items, owner: nil, inside: 0..<text.bytes.count, containers: [], shown: [])
        ]
        while let level = result.last,
            let item = level.items.first(where: { inside($0).map { holds($0, bytes) } ?? false }),
            let inside = inside(item), let body = item.body, let container = structure.container(item)
        {
            let head =
                text.lineStart(at: item.start)..<text.lineEnd(at: structure.tokens[body.lowerBound - 1].start)
            let brace = structure.tokens[body.upperBound]
            let indent = text.bytes[text.lineStart(at: brace.start)..<brace.start]
            let isDeclared = item.kind == .aggregate || item.kind == .enumeration || item.kind == .variable
            result.append(
                Level(
                    items: structure.children(of: item),
                    owner: item,
                    inside: inside,
                    containers: level.containers + [container],
                    shown: level.shown + [
                        FoundSite.Shown(
                            head: Array(text.bytes[head]),
                            end: Array(indent) + Array((isDeclared ? "};\n" : "}\n").utf8),
                            place: item.start
                        )
                    ]
                )
            )
        }
        return result
    }

    /// The whole lines between an item's braces; nil if they don't stand on lines of their own.
    private func inside(_ item: Item) -> Range<Int>? {
        guard let body = item.body else { return nil }
        let (opening, closing) = (structure.tokens[body.lowerBound - 1], structure.tokens[body.upperBound])
        let start = text.lineEnd(at: opening.start)
        let end = text.lineStart(at: closing.start)
        guard start <= end, (try? resolver.requireFirstOnLine(closing.start, "")) != nil,
            (try? resolver.requireFirstOnLine(item.start, "")) != nil,
            Array(text.bytes[text.lineStart(at: item.start)..<start]).hasWholeConditions
        else { return nil }
        return start..<end
    }

    private func holds(_ outer: Range<Int>, _ bytes: Range<Int>) -> Bool {
        outer.lowerBound <= bytes.lowerBound && bytes.upperBound <= outer.upperBound
    }

    private func line(_ offset: Int) -> Int {
        offset == text.bytes.count && offset > 0 && text.bytes[offset - 1] == UInt8(ascii: "\n")
            ? finder.lineCount : text.line(at: offset) - 1
    }

    /// Whether the level's containers name one place.
    private func isPlace(_ level: Level) -> Bool {
        (try? resolver.scope(of: Anchor(containers: level.containers, relation: .hunk, target: .container)))
            != nil
    }

    // MARK: At an item

    /// An insertion at one, or what takes one away.
    private func simple(_ change: ChangedLines, _ index: Int, _ floor: Int) -> FoundSite? {
        let bytes = finder.oldBytes(change.old)
        guard change.old.isEmpty || change.new.isEmpty, bytes.lowerBound >= floor,
            let level = levels(bytes).last
        else { return nil }
        let new = Array(finder.newBytes(change.new))
        guard new.last ?? UInt8(ascii: "\n") == UInt8(ascii: "\n") else { return nil }
        var markers: [String] = []
        if change.old.isEmpty {
            let offset = bytes.lowerBound
            let last = level.items.last { text.lineEnd(at: $0.end - 1) == offset }
            let next = level.items.first { text.lineStart(at: $0.leadingStart) == offset }
            // What is put at the end of a list belongs there, whatever its last member is elsewhere.
            let isList = level.owner.map { $0.kind == .aggregate || $0.kind == .enumeration } ?? false
            if isList, level.inside.upperBound == offset { markers.append("at end") }
            // What has a name of its own comes first.
            let places = [(last, "after"), (next, "before")]
            if let last, level.owner == nil, let prefix = runPrefix(last, new) {
                markers.append("after macro run \(prefix)")
            }
            for (item, relation) in places {
                if let item, level.owner == nil { markers += names(item).map { "\(relation) \($0)" } }
            }
            for (item, relation) in places {
                if let item { markers += patterns(item).map { "\(relation) \($0)" } }
            }
            if level.owner != nil {
                if level.inside.lowerBound == offset { markers.append("at start") }
                if level.inside.upperBound == offset { markers.append("at end") }
            }
        } else {
            for item in level.items
            where text.lineStart(at: item.leadingStart) <= bytes.upperBound
                && bytes.lowerBound <= text.lineEnd(at: item.end - 1)
            {
                let words = (level.owner == nil ? names(item) : []) + patterns(item)
                markers += words.flatMap { ["remove \($0)", "remove blank line before \($0)"] }
            }
        }
        for marker in markers where resolve(marker, level) == bytes {
            guard !isPresent(marker, level, new) else { continue }
            return found(marker, level, new, bytes, index..<index + 1)
        }
        return nil
    }

    /// Whether the file has what a site would declare, as in another branch of an `#if`: then it would be taken for a
    /// second time.
    private func isPresent(_ marker: String, _ level: Level, _ body: [UInt8]) -> Bool {
        guard var anchor = Anchor(marker: marker, language: .c) else { return false }
        anchor.containers = level.containers
        return !AnchorResolver(finder.source, explains: false).present(anchor, body: body).isEmpty
    }

    private func resolve(_ marker: String, _ level: Level) -> Range<Int>? {
        guard var anchor = Anchor(marker: marker, language: .c) else { return nil }
        anchor.containers = level.containers
        return try? resolver.resolve(anchor)
    }

    private func found(
        _ marker: String,
        _ level: Level,
        _ body: [UInt8],
        _ bytes: Range<Int>,
        _ changes: Range<Int>,
        replacement: [UInt8]? = nil
    ) -> FoundSite {
        FoundSite(
            shown: level.shown,
            marker: marker,
            body: body,
            edit: TextEdit(range: bytes, replacement: replacement ?? body),
            form: .structure,
            changes: changes
        )
    }

    /// What a macro and the one that is put behind it begin with: `KVM_CAP_`.
    private func runPrefix(_ item: Item, _ new: [UInt8]) -> String? {
        let words = String(decoding: new, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard item.kind == .directive, let name = item.name, words.count > 2, words[0] == "#define" else {
            return nil
        }
        let common = String(zip(name, words[1]).prefix { $0 == $1 }.map(\.0))
        return common.lastIndex(of: "_").map { String(common[...$0]) }.flatMap { $0.count > 3 ? $0 : nil }
    }

    /// A declaration by its name.
    private func names(_ item: Item) -> [String] {
        guard let name = item.name, name.utf8.allSatisfy(isWordByte) else { return [] }
        switch item.kind {
        case .function: return ["function \(name)"]
        // `EXPORT_SYMBOL_GPL(…);` reads like one, and there are many of that name.
        case .prototype: return name.utf8.contains { (0x61...0x7a).contains($0) } ? ["prototype \(name)"] : []
        case .variable: return ["variable \(name)"]
        case .aggregate: return ["\(item.keyword ?? "struct") \(name)"]
        case .enumeration: return ["enum \(name)"]
        case .directive: return ["macro \(name)"]
        case .label, .statement, .entry: return []
        }
    }

    /// An item by how it begins: its first line, or all of it.
    private func patterns(_ item: Item) -> [String] {
        let tokens = structure.tokens[item.tokens].filter { $0.kind != .comment && $0.end <= item.end }
        let lineEnd = text.lineEnd(at: item.start)
        var result: [String] = []
        if let last = tokens.last(where: { $0.end <= lineEnd }) {
            result.append(text.string(item.start..<last.end))
        }
        if item.end > lineEnd, item.end - item.start < 400, tokens.allSatisfy({ $0.kind != .directive }) {
            result.append(squeezed(text.string(item.start..<item.end)))
        }
        return result.filter { pattern in
            !pattern.contains("/*") && !pattern.contains("//") && !pattern.contains("*/")
                && !pattern.contains("\n") && pattern.utf8.count <= 240
        }
    }

    // MARK: Whole items

    /// Items that are replaced by others: those that the change touches, and what it takes to make them the only ones.
    private func run(_ index: Int, _ level: Level, _ before: [FoundSite]) -> FoundSite? {
        let change = finder.changes[index]
        guard holds(level.inside, finder.oldBytes(change.old)), level.owner == nil || isPlace(level) else {
            return nil
        }
        let units = units(level)
        guard var chosen = cover(change.old, units) else { return nil }
        // Each round takes in what the last one has found to be too little.
        for round in 0..<SiteFinder.spareLimit {
            var region: SiteFinder.Region
            var last: Range<Int>
            repeat {
                last = chosen
                let lines =
                    units[chosen.lowerBound].lines.lowerBound..<units[chosen.upperBound - 1].lines.upperBound
                region = finder.region(lines, from: index)
                guard let wider = cover(region.old, units) else { return nil }
                chosen = min(chosen.lowerBound, wider.lowerBound)..<max(chosen.upperBound, wider.upperBound)
            } while chosen != last
            let bytes = finder.oldBytes(region.old)
            let changed = finder.changes[region.changes].reduce(0) { $0 + $1.old.count }
            let above = before.last { $0.changes.lowerBound < region.changes.lowerBound }
            guard above?.changes.upperBound ?? 0 <= region.changes.lowerBound,
                bytes.lowerBound >= above?.edit.range.upperBound ?? 0, holds(level.inside, bytes),
                region.old.count <= SiteFinder.sizeLimit,
                region.old.count - changed <= SiteFinder.spareLimit
            else { return nil }
            if let site = replacement(region, bytes, level, units[chosen]) { return site }
            // Alternately, what follows and what comes before.
            if round.isMultiple(of: 2), chosen.upperBound < units.count {
                chosen = chosen.lowerBound..<chosen.upperBound + 1
            } else if chosen.lowerBound > 0 {
                chosen = chosen.lowerBound - 1..<chosen.upperBound
            } else if chosen.upperBound < units.count {
                chosen = chosen.lowerBound..<chosen.upperBound + 1
            } else {
                return nil
            }
        }
        return nil
    }

    private func replacement(
        _ region: SiteFinder.Region,
        _ bytes: Range<Int>,
        _ level: Level,
        _ units: ArraySlice<Unit>
    ) -> FoundSite? {
        let (old, new) = (Array(text.bytes[bytes]), Array(finder.newBytes(region.new)))
        guard old.last == UInt8(ascii: "\n"), new.last ?? UInt8(ascii: "\n") == UInt8(ascii: "\n")
        else { return nil }
        // A line that says all of the item needs no second one.
        if units.count == 1, let item = units.first?.item, region.old.count == 1,
            let pattern = patterns(item).first, CPattern(pattern).tokens.count == codeCount(item),
            resolve("replace \(pattern)", level) == bytes
        {
            return found("replace \(pattern)", level, new, bytes, region.changes)
        }
        let run = CRun(String(decoding: old, as: UTF8.self))
        let anchor = Anchor(containers: level.containers, relation: .replace, target: .run(run))
        guard !run.tokens.isEmpty, (try? resolver.resolve(anchor)) == bytes else { return nil }
        let indent = old.prefix { $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: " ") }
        return found(
            "replace",
            level,
            old + indent + Array("/* kpatch: by */\n".utf8) + new,
            bytes,
            region.changes,
            replacement: new
        )
    }

    private func codeCount(_ item: Item) -> Int {
        structure.tokens[item.tokens].count { $0.kind != .comment && $0.end <= item.end }
    }

    /// The items of a level and the comments between them.
    private func units(_ level: Level) -> [Unit] {
        let tokens = level.owner?.body ?? 0..<structure.tokens.count
        var result: [Unit] = []
        var next = tokens.lowerBound
        func addComments(upTo end: Int) {
            while next < tokens.upperBound, structure.tokens[next].start < end {
                let token = structure.tokens[next]
                let first = line(token.start)
                // Behind code, it is that code's.
                if token.kind == .comment, first >= result.last?.lines.upperBound ?? 0 {
                    result.append(Unit(lines: first..<line(token.end - 1) + 1, item: nil))
                }
                next += 1
            }
        }
        for item in level.items {
            // What is said above an item may change without it.
            addComments(upTo: item.start)
            result.append(Unit(lines: line(item.start)..<line(max(item.start, item.end - 1)) + 1, item: item))
            while next < tokens.upperBound, structure.tokens[next].start < item.end { next += 1 }
        }
        addComments(upTo: .max)
        return result
    }

    /// The units that hold some lines; for lines between two, both of them.
    private func cover(_ lines: Range<Int>, _ units: [Unit]) -> Range<Int>? {
        guard !units.isEmpty else { return nil }
        var first = units.firstIndex { $0.lines.upperBound > lines.lowerBound } ?? units.count - 1
        var last = units.lastIndex { $0.lines.lowerBound < lines.upperBound } ?? 0
        if lines.isEmpty {
            first = units.firstIndex { $0.lines.upperBound > lines.lowerBound } ?? units.count - 1
            last = first
            // Between two units, the shorter one shows the place.
            if units[first].lines.lowerBound >= lines.lowerBound, first > 0,
                units[first - 1].lines.upperBound == lines.lowerBound
                    || units[first].lines.lowerBound > lines.lowerBound
            {
                let isFree = units[first].lines.lowerBound > lines.lowerBound
                if units[first - 1].lines.upperBound == lines.lowerBound,
                    isFree || units[first - 1].lines.count < units[first].lines.count
                {
                    first -= 1
                    last = first
                } else if isFree {
                    first -= 1
                }
            }
            if units[last].lines.upperBound < lines.lowerBound, last + 1 < units.count { last += 1 }
        }
        if first > last { (first, last) = (last, first) }
        if units[first].lines.lowerBound > lines.lowerBound, first > 0 { first -= 1 }
        if units[last].lines.upperBound < lines.upperBound, last + 1 < units.count { last += 1 }
        return first..<last + 1
    }

    // MARK: Heads

    /// What stands in front of a brace, and the brace itself where it ends that line.
    private func head(_ index: Int, _ level: Level, _ floor: Int) -> FoundSite? {
        let change = finder.changes[index]
        let changed = finder.oldBytes(change.old)
        guard level.owner == nil || isPlace(level),
            let item = level.items.first(where: {
                $0.start < changed.upperBound && changed.lowerBound < $0.end
            }),
            item.kind == .function || item.kind == .statement, item.body != nil
        else { return nil }
        // All of it: what a name alone replaces nobody has seen, so it isn't placed.
        for word in heads(item) {
            guard let bytes = resolve("replace head of \(word)", level), bytes.lowerBound >= floor,
                holds(bytes, changed), !changed.isEmpty || changed.lowerBound > bytes.lowerBound
            else { continue }
            let lines = line(bytes.lowerBound)..<line(bytes.upperBound)
            let region = finder.region(lines, from: index)
            let new = Array(finder.newBytes(region.new))
            guard region.old == lines, region.changes.lowerBound == index else { continue }
            return found("replace head of \(word)", level, new, bytes, region.changes)
        }
        return nil
    }

    /// All of what stands in front of a block's brace.
    private func heads(_ item: Item) -> [String] {
        guard let body = item.body else { return [] }
        let head = squeezed(text.string(item.start..<structure.tokens[body.lowerBound - 1].start))
        return head.isEmpty || head.contains("/*") || head.contains("//") || head.utf8.count > 240
            ? [] : [head]
    }
}

extension Anchor.Container {
    /// Whether a declaration's name is all that it takes to find it.
    var isNamed: Bool {
        switch self {
        case .function, .aggregate, .enumeration, .table, .section: true
        case .block: false
        }
    }
}
