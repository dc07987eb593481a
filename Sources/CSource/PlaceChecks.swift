// SPDX-License-Identifier: GPL-2.0-only

import Base

/// What must hold for a place beyond being found: an edit of whole lines there
/// leaves the code around it what it was.
extension CAnchorResolver {
    func requireFirstOnLine(_ offset: Int, _ what: String) throws(AnchorError) {
        guard text.bytes[text.lineStart(at: offset)..<offset].allSatisfy(isSpace) else {
            throw .unusable(what: what, why: "other code stands before it on its line", at: candidate(offset))
        }
    }

    func requireLastOnLine(_ item: Item, _ what: String) throws(AnchorError) {
        var index = item.tokens.upperBound
        while index > 0, structure.tokens[index - 1].start >= item.end { index -= 1 }
        try requireLastOnLine(item.end, nextToken: index, what)
    }

    /// Only a comment may stand behind `end` on its line, and it must end there.
    func requireLastOnLine(_ end: Int, nextToken: Int, _ what: String) throws(AnchorError) {
        let lineEnd = text.lineEnd(at: end - 1)
        for token in structure.tokens[nextToken...] {
            guard token.start < lineEnd else { return }
            guard token.kind == .comment, token.end <= lineEnd else {
                throw .unusable(
                    what: what,
                    why: "other code stands behind it on its line",
                    at: candidate(end - 1)
                )
            }
        }
    }

    /// An entry that something follows must end in a comma, which the last of a list may lack.
    func requireSeparator(after item: Item?, _ what: String) throws(AnchorError) {
        guard let item, item.kind == .entry, text.bytes[item.end - 1] != UInt8(ascii: ",") else { return }
        throw .unusable(
            what: what,
            why: "the entry in front of it doesn't end in a comma",
            at: candidate(item)
        )
    }

    /// Nothing may follow a flexible array member (C11, 6.7.2.1).
    func requireNotFlexible(_ item: Item, _ what: String) throws(AnchorError) {
        guard item.kind == .variable || item.kind == .prototype else { return }
        let tokens = structure.tokens[item.tokens].filter { $0.kind != .comment }
        let words = tokens.map { text.string($0.range) }
        let isFlexible =
            words.suffix(3) == ["[", "]", ";"] || words.suffix(4) == ["[", "0", "]", ";"]
            || words.contains { $0 == "DECLARE_FLEX_ARRAY" || $0 == "__DECLARE_FLEX_ARRAY" }
        guard isFlexible else { return }
        throw .unusable(
            what: what,
            why: "a flexible array member has to be the last one",
            at: candidate(item)
        )
    }

    /// An `#if` that begins or ends within the item has other code alongside it that
    /// a line at the item's edge would be taken into, or out of.
    func requireWhole(_ item: Item, _ relation: Anchor.Relation, _ what: String) throws(AnchorError) {
        var open: [CToken] = []
        for token in structure.tokens[item.tokens] where token.kind == .directive && token.end <= item.end {
            let directive = token.directive
            if directive == .open || directive == .openDead { open.append(token) }
            guard directive == .endif || directive == .next else { continue }
            if open.isEmpty, relation != .after {
                throw .unusable(
                    what: what,
                    why: "it begins inside of an #if that ends within it",
                    at: candidate(token.start)
                )
            }
            if directive == .endif { _ = open.popLast() }
        }
        if let last = open.last, relation != .before {
            throw .unusable(
                what: what,
                why: "it ends inside of an #if that begins within it",
                at: candidate(last.start)
            )
        }
    }

    /// A preprocessor line in a range that is replaced would be lost with it.
    func requireNoDirective(from start: Int, to end: Int, _ what: String) throws(AnchorError) {
        for token in structure.tokens where start <= token.start && token.start < end {
            guard token.kind == .directive else { continue }
            throw .unusable(what: what, why: "a preprocessor line stands in it", at: candidate(token.start))
        }
    }

    /// What is put in front of a case must not be run into from the case above.
    func requireJump(before item: Item, in scope: [Item], _ what: String) throws(AnchorError) {
        guard item.kind == .label, item.name == "case" || item.name == "default" else { return }
        guard let previous = scope.last(where: { $0.end <= item.start && $0.kind != .directive }) else {
            return
        }
        guard !leaves(previous) else { return }
        throw .unusable(what: what, why: "the case above falls through to it", at: candidate(previous))
    }

    /// Whether a statement never goes on to the next one.
    private func leaves(_ item: Item) -> Bool {
        if let word = structure.word(item.tokens.lowerBound),
            ["break", "return", "goto", "continue"].contains(word)
        {
            return true
        }
        guard structure.head(of: item)?.isEmpty ?? false else { return false }
        return structure.children(of: item).last { $0.kind != .directive }.map(leaves) ?? false
    }

    /// `EXPORT_SYMBOL(name)` belongs to the function or variable that it follows (checkpatch: EXPORT_SYMBOL).
    func lastExport(of item: Item, in scope: [Item]) -> Item {
        guard let name = item.name, item.kind == .function || item.kind == .variable else { return item }
        var last = item
        for next in scope.drop(while: { $0.start <= item.start }) {
            guard let word = next.name, word.hasPrefix("EXPORT_SYMBOL"),
                structure.word(next.tokens.lowerBound) == word,
                next.tokens.count > 2, structure.word(next.tokens.lowerBound + 2) == name
            else { break }
            last = next
        }
        return last
    }
}
