// SPDX-License-Identifier: GPL-2.0-only

import Base

/// What a fact was read from.
public struct Finding<Value: Sendable>: Sendable {
    public let value: Value
    /// 1-based line of the evidence.
    public let line: Int
    /// The line's text.
    public let text: String
}

/// Questions that templates ask of a kernel file, answered by its structure.
public struct SourceProbe: Sendable {
    private let source: ParsedSource

    private var text: SourceText { source.text }

    private var structure: CStructure? {
        if case .c(let structure, _) = source.form { structure } else { nil }
    }

    /// The file's top-level items; none in reST.
    private var items: [Item] {
        if case .c(_, let items) = source.form { items } else { [] }
    }

    private var sections: RestStructure? {
        if case .reST(let sections) = source.form { sections } else { nil }
    }

    public init(_ source: ParsedSource) {
        self.source = source
    }

    /// The highest number among `#define PREFIX… number`.
    public func highestMacro(prefix: String) -> Finding<UInt64>? {
        guard let structure else { return nil }
        let resolver = CAnchorResolver(structure: structure, fileItems: items)
        let best = items.compactMap { item in resolver.macroValue(item, prefix: prefix).map { (item, $0) } }
            .max { $0.1 < $1.1 }
        return best.map { finding($0.1, at: $0.0.start) }
    }

    /// The value of the last enumerator in front of whichever of `terminators` comes first.
    ///
    /// A terminator that would be moved by a new enumerator in front of it, because it has no number of its own, is none
    /// unless it ends the enum. Nil if the value of the last one can't be told: a number that is taken already would be
    /// worse than none.
    public func lastEnumerator(of name: String, before terminators: [String]) -> Finding<UInt64>? {
        guard let all = enumerators(of: name), let end = terminator(terminators, all), end > 0 else {
            return nil
        }
        return all[end - 1].value.map { finding($0, at: all[end - 1].start) }
    }

    /// The value of the first of `terminators` that an enum has, if it is given: numbers before it end there.
    public func limit(of name: String, before terminators: [String]) -> Finding<UInt64>? {
        guard let all = enumerators(of: name), let end = terminator(terminators, all), all[end].isGiven else {
            return nil
        }
        return all[end].value.map { finding($0, at: all[end].start) }
    }

    /// What all enumerators of an enum begin with, up to the last `_`, and the one that only ends it, if there is one.
    public func space(of name: String, before terminators: [String]) -> (prefix: String, end: String?)? {
        guard let all = enumerators(of: name), let first = all.first?.name else { return nil }
        let common = all.reduce(first[...]) { common, entry in
            common.prefix(zip(common, entry.name).prefix { $0 == $1 }.count)
        }
        guard let last = common.lastIndex(of: "_") else { return nil }
        let end = all.last.flatMap { terminators.contains($0.name) && !$0.isGiven ? $0.name : nil }
        return (String(common[...last]), end)
    }

    private func enumerators(of name: String) -> [Enumerator]? {
        guard let structure, let item = items.first(where: { $0.kind == .enumeration && $0.name == name })
        else {
            return nil
        }
        return CSource.enumerators(of: item, structure)
    }

    private func terminator(_ names: [String], _ all: [Enumerator]) -> Int? {
        all.indices.first { index in
            names.contains(all[index].name) && (all[index].isGiven || index == all.count - 1)
        }
    }

    /// Whether the file declares `name`: a function, prototype, variable, aggregate, enum or macro.
    public func declaration(of name: String) -> Finding<String>? {
        items.first { $0.name == name }.map { finding($0.kind.rawValue, at: $0.start) }
    }

    /// The line of what has a name and is no prototype.
    public func definition(of name: String) -> Int? {
        items.first { $0.name == name && $0.kind != .prototype }.map { finding((), at: $0.start).line }
    }

    /// Whether the file has `#define name value`.
    public func macro(_ name: String, of value: UInt64) -> Finding<String>? {
        guard let structure else { return nil }
        let resolver = CAnchorResolver(structure: structure, fileItems: items)
        return items.first { $0.name == name && resolver.macroValue($0, prefix: name) == value }.map {
            finding(name, at: $0.start)
        }
    }

    /// Whether a struct or union has a member.
    public func member(_ member: String, of aggregate: String) -> Finding<String>? {
        guard let structure,
            let item = items.first(where: { $0.kind == .aggregate && $0.name == aggregate })
        else { return nil }
        return structure.children(of: item).first { structure.declares($0, member) }.map {
            finding(member, at: $0.start)
        }
    }

    /// The first line that reads so, runs of white space being equal.
    ///
    /// - Parameter functions: with any, the line is looked for in the first of these that the file has.
    public func line(_ wanted: String, in functions: [String] = []) -> Finding<String>? {
        let words = squeezed(wanted)
        var range = 0..<text.bytes.count
        if !functions.isEmpty {
            let found = functions.lazy.compactMap { name in
                items.first { $0.kind == .function && $0.name == name }
            }.first
            guard let found else { return nil }
            range = found.start..<found.end
        }
        let start = text.lineStarts.first { range.contains($0) && text.lineReads($0, words) }
        return start.map { finding(wanted, at: $0) }
    }

    /// The highest number N among the sections titled `<chapter>.N …` (`<N>. …` with an empty chapter).
    public func highestSection(chapter: String) -> Finding<UInt64>? {
        guard let sections else { return nil }
        let numbered = sections.sections.compactMap { section -> (RestSection, UInt64)? in
            guard section.title.hasPrefix(chapter.isEmpty ? "" : chapter + ".") else { return nil }
            let rest = chapter.isEmpty ? section.title[...] : section.title.dropFirst(chapter.count + 1)
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            // In the top-level numbering the number itself ends in a dot, and `7.1` isn't of it.
            guard !chapter.isEmpty || rest.dropFirst(digits.count).hasPrefix(". ") else { return nil }
            return UInt64(digits).map { (section, $0) }
        }
        return numbered.max { $0.1 < $1.1 }.map { finding($0.1, at: $0.0.start) }
    }

    private func finding<Value: Sendable>(_ value: Value, at offset: Int) -> Finding<Value> {
        Finding(value: value, line: text.line(at: offset), text: text.lineText(at: offset))
    }
}

extension CStructure {
    /// Whether a declaration declares `name`, alone or among others: `int a, name;`.
    fileprivate func declares(_ item: Item, _ name: String) -> Bool {
        if item.name == name { return true }
        guard item.kind == .variable else { return false }
        var index = item.tokens.lowerBound
        while index + 1 < item.tokens.upperBound {
            let next = tokens[index + 1]
            if word(index) == name, [",", ";", "[", ":"].contains(where: { next.isPunctuation($0) }) {
                return true
            }
            index = max(Int(partner[index]), index) + 1
        }
        return false
    }
}
