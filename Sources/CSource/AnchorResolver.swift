// SPDX-License-Identifier: GPL-2.0-only

import Base

/// Finds the one place of a file that an anchor names.
public struct AnchorResolver: Sendable {
    let source: ParsedSource
    private let explains: Bool

    private var text: SourceText { source.text }

    /// - Parameter explains: whether an error lists what looks like the place; to find that takes longer than all the
    ///   rest.
    public init(_ source: ParsedSource, explains: Bool = true) {
        self.source = source
        self.explains = explains
    }

    /// The byte range that an edit at `anchor` replaces; empty for an insertion.
    ///
    /// Whole lines only, but for sentences: a place whose line holds other code as well is refused.
    public func resolve(_ anchor: Anchor) throws(AnchorError) -> Range<Int> {
        if case .lines(let run) = anchor.target {
            return try resolve(run, in: lines(of: anchor), "\(anchor)")
        }
        switch source.form {
        case .c(let structure, let items):
            return try CAnchorResolver(structure: structure, fileItems: items, explains: explains).resolve(
                anchor
            )
        case .reST(let structure):
            if case .section(let title) = anchor.target { return try resolve(anchor, title, structure) }
            return try ProseAnchorResolver(text: text, scope: scope(of: anchor, structure)).resolve(anchor)
        case .prose, .plain:
            return try ProseAnchorResolver(text: text, scope: 0..<text.bytes.count).resolve(anchor)
        }
    }

    /// The lines inside of what the anchor's containers name.
    private func lines(of anchor: Anchor) throws(AnchorError) -> Range<Int> {
        switch source.form {
        case .c(let structure, let items):
            try CAnchorResolver(structure: structure, fileItems: items).lines(of: anchor)
        case .reST(let structure): try scope(of: anchor, structure)
        case .prose, .plain: 0..<text.bytes.count
        }
    }

    private func resolve(_ run: LineRun, in scope: Range<Int>, _ what: String) throws(AnchorError) -> Range<
        Int
    > {
        let found = run.places(in: text, scope)
        guard let range = found.first else {
            guard explains else { throw .notFound(what: what, candidates: []) }
            let near = nearest(
                to: run.description,
                among: text.lineStarts.filter { scope.contains($0) },
                by: { squeezed(text.lineText(at: $0)) }
            )
            throw .notFound(what: what, candidates: near.prefix(candidateLimit).map(candidate))
        }
        guard found.count == 1 else {
            throw .ambiguous(what: what, candidates: found.map { candidate($0.lowerBound) })
        }
        return range
    }

    private func candidate(_ offset: Int) -> Candidate {
        Candidate(line: text.line(at: offset), text: text.lineText(at: offset))
    }

    private func scope(of anchor: Anchor, _ structure: RestStructure) throws(AnchorError) -> Range<Int> {
        guard case .section(let title) = anchor.containers.last else { return 0..<text.bytes.count }
        let section = try find(title, structure)
        return section.contentStart..<section.end
    }

    private func resolve(_ anchor: Anchor, _ title: String, _ structure: RestStructure) throws(AnchorError)
        -> Range<Int>
    {
        let section = try find(title, structure)
        switch anchor.relation {
        case .replace, .remove: return section.start..<section.end
        case .before: return section.start..<section.start
        default: return section.end..<section.end
        }
    }

    private func find(_ title: String, _ structure: RestStructure) throws(AnchorError) -> RestSection {
        let matches = structure.sections.filter { $0.title == title }
        guard let section = matches.first else {
            throw .notFound(
                what: "section \"\(title)\"",
                candidates: nearest(to: title, among: structure.sections, by: \.title).map(candidate)
            )
        }
        guard matches.count == 1 else {
            throw .ambiguous(what: "section \"\(title)\"", candidates: matches.map(candidate))
        }
        return section
    }

    private func candidate(_ section: RestSection) -> Candidate {
        Candidate(line: text.line(at: section.titleStart), text: section.title)
    }
}

/// The C half of `AnchorResolver`.
struct CAnchorResolver {
    let structure: CStructure
    let fileItems: [Item]
    /// Whether an error lists what looks like the place.
    var explains = true

    var text: SourceText { structure.text }

    /// What stands in the innermost container, and which one that is; nil at file level.
    private func place(of anchor: Anchor) throws(AnchorError) -> (scope: [Item], owner: Item?) {
        var scope = fileItems
        var owner: Item?
        for container in anchor.containers {
            let item = try find(container, in: scope)
            scope = structure.children(of: item)
            owner = item
        }
        return (scope, owner)
    }

    func scope(of anchor: Anchor) throws(AnchorError) -> [Item] { try place(of: anchor).scope }

    /// The lines between the braces of the innermost container, or all of the file.
    func lines(of anchor: Anchor) throws(AnchorError) -> Range<Int> {
        guard let owner = try place(of: anchor).owner else { return 0..<text.bytes.count }
        let body = try bodyOf(owner, anchor)
        let start = text.lineEnd(at: structure.tokens[body.lowerBound - 1].start)
        return start..<max(start, text.lineStart(at: structure.tokens[body.upperBound].start))
    }

    func resolve(_ anchor: Anchor) throws(AnchorError) -> Range<Int> {
        let (scope, owner) = try place(of: anchor)
        switch anchor.relation {
        case .atStart:
            let body = try bodyOf(owner, anchor)
            let brace = structure.tokens[body.lowerBound - 1]
            try requireLastOnLine(brace.end, nextToken: body.lowerBound, "\(anchor)")
            return lineEdge(text.lineEnd(at: brace.end - 1))
        case .atEnd:
            let body = try bodyOf(owner, anchor)
            let brace = structure.tokens[body.upperBound]
            try requireFirstOnLine(brace.start, "\(anchor)")
            try requireSeparator(after: scope.last { $0.kind == .entry }, "\(anchor)")
            if case .aggregate = anchor.containers.last,
                let last = scope.last(where: { $0.kind != .directive })
            {
                try requireNotFlexible(last, "\(anchor)")
            }
            return lineEdge(text.lineStart(at: brace.start))
        case .before:
            let item = try find(anchor.target, in: scope, anchor)
            try requireFirstOnLine(item.leadingStart, "\(anchor)")
            try requireWhole(item, .before, "\(anchor)")
            try requireJump(before: item, in: scope, "\(anchor)")
            if anchor.isOutsideOfConditionals,
                let outer = Conditionals(scope, structure).outermost(around: item)
            {
                return lineEdge(text.lineStart(at: outer.first.start))
            }
            return lineEdge(text.lineStart(at: item.leadingStart))
        case .after:
            let item = lastExport(of: try find(anchor.target, in: scope, anchor), in: scope)
            try requireLastOnLine(item, "\(anchor)")
            try requireWhole(item, .after, "\(anchor)")
            try requireSeparator(after: item, "\(anchor)")
            if case .aggregate = anchor.containers.last,
                scope.last(where: { $0.kind != .directive })?.start == item.start
            {
                try requireNotFlexible(item, "\(anchor)")
            }
            if anchor.isOutsideOfConditionals,
                let outer = Conditionals(scope, structure).outermost(around: item)
            {
                guard let last = outer.last else {
                    throw .unusable(
                        what: "\(anchor)",
                        why: "its #if has no #endif",
                        at: candidate(outer.first)
                    )
                }
                return lineEdge(text.lineEnd(at: last.end - 1))
            }
            return lineEdge(text.lineEnd(at: item.end - 1))
        case .replace where anchor.isOfRun:
            return try resolve(run: anchor, in: scope, owner)
        case .hunk: throw .notFound(what: "\(anchor)", candidates: [])
        case .replace:
            let item = try find(anchor.target, in: scope, anchor)
            try requireFirstOnLine(item.start, "\(anchor)")
            try requireLastOnLine(item, "\(anchor)")
            try requireWhole(item, .replace, "\(anchor)")
            return text.lineStart(at: item.start)..<text.lineEnd(at: item.end - 1)
        case .replaceWhole:
            return try whole(try find(anchor.target, in: scope, anchor), in: scope, anchor)
        case .remove:
            let item = try find(anchor.target, in: scope, anchor)
            return withSpareBlankLine(try whole(item, in: scope, anchor))
        case .replaceHead:
            let item = try findHead(anchor, in: scope)
            let body = try bodyOf(item, anchor)
            let brace = structure.tokens[body.lowerBound - 1]
            try requireFirstOnLine(item.start, "\(anchor)")
            let line = text.lineStart(at: brace.start)
            // A brace behind the head gets the line of its own that functions have it on.
            let isAlone = text.bytes[line..<brace.start].allSatisfy(isSpace)
            if !isAlone {
                try requireLastOnLine(brace.end, nextToken: body.lowerBound, "\(anchor)")
            }
            try requireNoDirective(from: item.start, to: brace.start, "\(anchor)")
            // Of a block, the brace behind its head is a part of it.
            if item.kind == .statement, !isAlone {
                return text.lineStart(at: item.start)..<text.lineEnd(at: brace.start)
            }
            return text.lineStart(at: item.start)..<(isAlone ? line : brace.start)
        case .removeBlankLineBefore:
            let item = try find(anchor.target, in: scope, anchor)
            try requireFirstOnLine(item.leadingStart, "\(anchor)")
            let line = text.lineStart(at: item.leadingStart)
            // Where there is none, nothing is left to do.
            guard line > 0, text.isBlankLine(at: line - 1) else { return lineEdge(line) }
            return text.lineStart(at: line - 1)..<line
        }
    }

    /// The lines of an item and of the comment directly above it, with what belongs to it: a function's exports, the
    /// statements of a case.
    private func whole(_ item: Item, in scope: [Item], _ anchor: Anchor) throws(AnchorError)
        -> Range<Int>
    {
        var last = lastExport(of: item, in: scope)
        if item.kind == .label, item.name == "case" || item.name == "default" {
            let next = scope.first {
                $0.start > item.start && $0.kind == .label && ($0.name == "case" || $0.name == "default")
            }
            last = scope.last { $0.start < next?.leadingStart ?? .max && $0.start >= item.start } ?? item
        }
        try requireFirstOnLine(item.leadingStart, "\(anchor)")
        try requireLastOnLine(last, "\(anchor)")
        try requireWhole(item, .replace, "\(anchor)")
        return text.lineStart(at: item.leadingStart)..<text.lineEnd(at: last.end - 1)
    }

    /// The lines with a blank one that would otherwise stand next to another, or to a brace.
    private func withSpareBlankLine(_ lines: Range<Int>) -> Range<Int> {
        func isEdge(_ offset: Int, _ brace: String) -> Bool { text.lineText(at: offset) == brace }
        let (start, end) = (lines.lowerBound, lines.upperBound)
        let isBlankAbove = start > 0 && text.isBlankLine(at: start - 1)
        let isBlankBelow = end < text.bytes.count && text.isBlankLine(at: end)
        if isBlankBelow, isBlankAbove || start == 0 || isEdge(start - 1, "{") {
            return start..<text.lineEnd(at: end)
        }
        if isBlankAbove, end == text.bytes.count || isEdge(end, "}") {
            return text.lineStart(at: start - 1)..<end
        }
        return lines
    }

    private func lineEdge(_ offset: Int) -> Range<Int> { offset..<offset }

    private func bodyOf(_ owner: Item?, _ anchor: Anchor) throws(AnchorError) -> Range<Int> {
        guard let body = owner?.body else { throw .notFound(what: "\(anchor)", candidates: []) }
        return body
    }

    // MARK: Finding

    private func find(_ container: Anchor.Container, in scope: [Item]) throws(AnchorError) -> Item {
        switch container {
        case .function(let name): try findNamed(.function, name, in: scope, "\(container)")
        case .aggregate(let name): try findNamed(.aggregate, name, in: scope, "\(container)")
        case .enumeration(let name): try findNamed(.enumeration, name, in: scope, "\(container)")
        case .table(let name):
            try findNamed(.variable, name, in: scope.filter { $0.body != nil }, "\(container)")
        case .block(let head):
            try single(
                scope.filter { structure.head(of: $0) == head.tokens },
                "\(container)",
                otherwise: { scope.filter { $0.body != nil } }
            )
        case .section: throw .notFound(what: "\(container)", candidates: [])
        }
    }

    /// The function by its name, or by the whole of its head.
    func findHead(_ anchor: Anchor, in scope: [Item]) throws(AnchorError) -> Item {
        guard case .code(let pattern) = anchor.target else {
            return try find(anchor.target, in: scope, anchor)
        }
        let functions = scope.filter { $0.kind == .function || $0.kind == .statement && $0.body != nil }
        return try single(
            functions.filter { structure.head(of: $0) == pattern.tokens },
            "\(anchor)",
            otherwise: { functions.filter { item in item.name.map { pattern.names($0) } ?? false } }
        )
    }

    private func find(_ target: Anchor.Target, in scope: [Item], _ anchor: Anchor) throws(AnchorError) -> Item
    {
        let what = "\(anchor)"
        switch target {
        case .named(let kind, let name):
            let accepted = scope.filter { kind.accepts($0) }
            // `static struct file_operations x;` announces a variable, the one with braces is it.
            let defined = accepted.filter { $0.name == name && $0.body != nil }
            let isVariable = kind == .variable && !defined.isEmpty
            return try findNamed(kind.itemKind, name, in: isVariable ? defined : accepted, what)
        case .code(let pattern):
            return try single(
                scope.filter { structure.begins($0, with: pattern) },
                what,
                otherwise: {
                    let near = nearest(
                        to: pattern.description,
                        among: scope,
                        by: { text.lineText(at: $0.start) }
                    )
                    return near.isEmpty ? scope.filter { structure.begins($0, with: pattern.first) } : near
                }
            )
        case .macroRun(let prefix):
            return try lastOfRun(prefix, in: scope, what)
        case .section, .line, .paragraph, .sentence, .container, .run, .lines:
            throw .notFound(what: what, candidates: [])
        }
    }

    private func findNamed(_ kind: Item.Kind, _ name: String, in scope: [Item], _ what: String)
        throws(AnchorError) -> Item
    {
        let sameKind = scope.filter { $0.kind == kind }
        return try single(
            withoutStubs(sameKind.filter { $0.name == name }, in: scope),
            what,
            otherwise: {
                let others = scope.filter { $0.name == name }
                guard others.isEmpty else { return others }
                let named = sameKind.filter { $0.name != nil }
                let near = nearest(to: name, among: named, by: { $0.name ?? "" })
                return near.isEmpty ? ofSameWords(name, named) : near
            }
        )
    }

    /// A function and what stands for it in other configurations (`static inline int f(void) { return 0; }`, in another
    /// branch of the same #if): the function alone.
    private func withoutStubs(_ matches: [Item], in scope: [Item]) -> [Item] {
        guard matches.count > 1, matches.allSatisfy({ $0.kind == .function }) else { return matches }
        let conditionals = Conditionals(scope, structure)
        let places = matches.map { conditionals.branches(around: $0).last }
        // Each in a branch of its own of one #if, or nobody knows which is meant.
        guard Set(places.map { $0?.opening }).count == 1, places.allSatisfy({ $0 != nil }),
            Set(places.map { $0?.number }).count == places.count
        else { return matches }
        return matches.filter { item in
            !structure.hasInline(item)
                || structure.children(of: item).filter { $0.kind != .directive }.count > 1
        }
    }

    /// Names that have at least half of their words in common with `name`, most first: `svm_vm_copy_asid_from` for
    /// `sev_vm_copy_enc_context_from`.
    private func ofSameWords(_ name: String, _ items: [Item]) -> [Item] {
        let words = Set(name.split(separator: "_"))
        let scored = items.enumerated().map { order, item in
            (
                order: order, item: item,
                count: words.intersection((item.name ?? "").split(separator: "_")).count
            )
        }
        return scored.filter { $0.count * 2 >= words.count && $0.count > 1 }
            .sorted { ($1.count, $0.order) < ($0.count, $1.order) }.map(\.item)
    }

    private func single(_ matches: [Item], _ what: String, otherwise: () -> [Item]) throws(AnchorError)
        -> Item
    {
        guard let first = matches.first else {
            guard explains else { throw .notFound(what: what, candidates: []) }
            throw .notFound(what: what, candidates: otherwise().prefix(candidateLimit).map(candidate))
        }
        guard matches.count == 1 else { throw .ambiguous(what: what, candidates: matches.map(candidate)) }
        return first
    }

    private func lastOfRun(_ prefix: String, in scope: [Item], _ what: String) throws(AnchorError) -> Item {
        let numbered = scope.compactMap { item in
            macroValue(item, prefix: prefix).map { (item: item, value: $0) }
        }
        guard let last = numbered.max(by: { $0.value < $1.value }) else {
            throw .notFound(what: what, candidates: [])
        }
        let same = numbered.filter { $0.value == last.value }
        guard same.count == 1 else {
            throw .ambiguous(what: what, candidates: same.map { candidate($0.item) })
        }
        return last.item
    }

    /// The value of `#define PREFIX… number`.
    func macroValue(_ item: Item, prefix: String) -> UInt64? {
        guard item.kind == .directive, let name = item.name, name.hasPrefix(prefix) else { return nil }
        let words = text.bytes[item.start..<item.end].split { isSpace($0) || $0 == UInt8(ascii: "\\") }
        guard let at = words.firstIndex(where: { $0.elementsEqual(name.utf8) }), at + 1 < words.count else {
            return nil
        }
        // `(1 << 3)` isn't a number; a comment may follow one.
        guard at + 2 == words.count || words[at + 2].first == UInt8(ascii: "/") else { return nil }
        return parseNumber(words[at + 1])
    }

    // MARK: Candidates

    func candidate(_ item: Item) -> Candidate { candidate(item.start) }

    func candidate(_ offset: Int) -> Candidate {
        Candidate(line: text.line(at: offset), text: text.lineText(at: offset))
    }
}

extension Anchor.NamedKind {
    fileprivate var itemKind: Item.Kind {
        switch self {
        case .function: .function
        case .prototype: .prototype
        case .variable: .variable
        case .macro: .directive
        case .aggregate, .union: .aggregate
        case .enumeration: .enumeration
        }
    }

    fileprivate func accepts(_ item: Item) -> Bool {
        switch self {
        case .union: item.kind != .aggregate || item.keyword == "union"
        case .aggregate: item.kind != .aggregate || item.keyword == "struct"
        case .function, .prototype, .variable, .macro, .enumeration: true
        }
    }
}

/// A C integer constant: decimal, octal, hexadecimal, with suffixes and parentheses.
func parseNumber(_ text: some Sequence<UInt8>) -> UInt64? {
    var digits = text.filter { $0 != UInt8(ascii: "(") && $0 != UInt8(ascii: ")") }[...]
    while let last = digits.last, [UInt8(ascii: "u"), UInt8(ascii: "l")].contains(last | 0x20) {
        digits = digits.dropLast()
    }
    var radix = 10
    if digits.first == UInt8(ascii: "0") {
        radix = 8
        if digits.count > 1, digits[digits.startIndex + 1] | 0x20 == UInt8(ascii: "x") {
            radix = 16
            digits = digits.dropFirst(2)
        }
    }
    return UInt64(String(decoding: digits, as: UTF8.self), radix: radix)
}
