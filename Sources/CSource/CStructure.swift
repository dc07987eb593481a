// SPDX-License-Identifier: GPL-2.0-only

import Base

/// A C file as nested items, found without a preprocessor.
///
/// Conditional branches are all looked at: the bracket depth of an `#if` is
/// restored at its `#else`, so a function head that stands in both branches
/// doesn't unbalance the file.
struct CStructure: Sendable {
    /// What the elements between a pair of braces are.
    enum Context: Sendable {
        case file, block, aggregate, list
    }

    let text: SourceText
    let tokens: [CToken]
    /// For an opening bracket the index of its closing one, and the reverse; -1 for anything else.
    let partner: [Int32]

    init(_ text: SourceText) throws(SourceLimit) {
        guard let tokens = lexC(text.bytes, atMost: SourceLimit.tokens) else {
            throw SourceLimit("the file has more than \(SourceLimit.tokens) words and signs")
        }
        try self.init(text, tokens)
    }

    private init(_ text: SourceText, _ tokens: [CToken]) throws(SourceLimit) {
        self.text = text
        self.tokens = tokens
        var brackets = Brackets(count: tokens.count)
        for index in tokens.indices {
            guard let limit = brackets.take(tokens[index], index) else { continue }
            throw SourceLimit(limit, line: text.line(at: tokens[index].start))
        }
        partner = brackets.partner
    }

    /// The structure after some edits, which have made this text of its own; only what they touch is lexed again.
    func edited(by edits: [TextEdit], to text: SourceText) throws(SourceLimit) -> CStructure {
        let tokens = RelexedC.tokens(
            tokens,
            after: edits,
            of: self.text.bytes.count,
            in: text.bytes,
            atMost: SourceLimit.tokens
        )
        return if let tokens { try CStructure(text, tokens) } else { try CStructure(text) }
    }

    func word(_ index: Int) -> String? {
        tokens[index].kind == .word ? text.string(tokens[index].range) : nil
    }

    func isWord(_ index: Int, _ expected: StaticString) -> Bool {
        let token = tokens[index]
        guard token.kind == .word, token.end - token.start == expected.utf8CodeUnitCount else { return false }
        return expected.withUTF8Buffer { $0.elementsEqual(text.bytes[token.range]) }
    }

    /// The file's top-level items, in order.
    var items: [Item] { items(in: 0..<tokens.count, as: .file) }

    /// The items between the braces of `item`.
    func children(of item: Item) -> [Item] {
        guard let body = item.body else { return [] }
        switch item.kind {
        case .function, .statement, .label: return items(in: body, as: .block)
        case .aggregate: return items(in: body, as: .aggregate)
        case .enumeration, .variable, .entry: return items(in: body, as: .list)
        case .prototype, .directive: return []
        }
    }

    func items(in range: Range<Int>, as context: Context) -> [Item] {
        var scanner = ItemScanner(structure: self, range: range, context: context)
        return scanner.run()
    }

    /// The tokens in front of the item's first brace; nil without one.
    func head(of item: Item) -> [[UInt8]]? {
        guard let body = item.body else { return nil }
        return tokens[item.tokens.lowerBound..<body.lowerBound - 1].filter { $0.kind != .comment }.map {
            Array(text.bytes[$0.range])
        }
    }

    /// Whether a function is `inline`.
    func hasInline(_ item: Item) -> Bool {
        guard let body = item.body else { return false }
        return (item.tokens.lowerBound..<body.lowerBound).contains {
            isWord($0, "inline") || isWord($0, "__always_inline")
        }
    }

    /// Whether the item begins with the tokens of `pattern`; white space and comments don't count.
    func begins(_ item: Item, with pattern: CPattern) -> Bool {
        var wanted = pattern.tokens[...]
        for index in item.tokens where tokens[index].kind != .comment {
            guard let next = wanted.first else { return true }
            var bytes = text.bytes[tokens[index].range]
            // A preprocessor line goes up to the newline: a carriage return is in it.
            while tokens[index].kind == .directive, let last = bytes.last, isSpace(last) {
                bytes = bytes.dropLast()
            }
            guard next.elementsEqual(bytes) else { return false }
            wanted = wanted.dropFirst()
        }
        return wanted.isEmpty
    }
}

/// Pairs brackets, restoring the depth of each `#if` at its `#elif` and `#else`.
private struct Brackets {
    private(set) var partner: [Int32]
    private var open: [(index: Int, byte: UInt8)] = []
    /// By `#if`: what was open there, and by their depth the brackets that earlier branches opened.
    private var saved:
        [(open: [(index: Int, byte: UInt8)], others: [(depth: Int, bracket: (index: Int, byte: UInt8))])] = []
    /// By an opening bracket: those that stand for it in other branches.
    private var twins: [Int: [Int]] = [:]

    init(count: Int) {
        partner = [Int32](repeating: -1, count: count)
    }

    /// What there is too much of, if anything.
    mutating func take(_ token: CToken, _ index: Int) -> String? {
        switch token.kind {
        case .directive:
            switch token.directive {
            case .open, .openDead:
                guard saved.count < SourceLimit.conditions else {
                    return "more than \(SourceLimit.conditions) #if are open"
                }
                saved.append((open, []))
            case .next:
                if let depth = saved.last?.open {
                    // What this branch has opened.
                    saved[saved.count - 1].others += open.enumerated().dropFirst(depth.count).map { ($0, $1) }
                    open = depth
                }
            case .endif:
                // A brace that each branch opens (`#ifdef A` if (x) { `#else` if (y) { `#endif`) is closed once for all.
                for (depth, other) in saved.popLast()?.others ?? [] {
                    guard open.indices.contains(depth), open[depth].byte == other.byte,
                        open[depth].index != other.index
                    else { continue }
                    twins[open[depth].index, default: []].append(other.index)
                }
            case .define, .other, nil: break
            }
        case .punctuation:
            switch token.byte {
            case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"):
                guard open.count < SourceLimit.brackets else {
                    return "more than \(SourceLimit.brackets) brackets are open"
                }
                open.append((index, token.byte))
            case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
                close(token, index)
            default:
                break
            }
        case .word, .string, .comment:
            break
        }
        return nil
    }

    private mutating func close(_ token: CToken, _ index: Int) {
        let opening = token.byte == UInt8(ascii: ")") ? UInt8(ascii: "(") : token.byte - 2
        // A closing brace closes its own kind: an unbalanced parenthesis inside a macro-heavy function must not shift
        // the braces.
        guard
            let at = open.lastIndex(where: { $0.byte == opening || $0.byte == UInt8(ascii: "{") }),
            open[at].byte == opening
        else { return }
        partner[open[at].index] = Int32(index)
        partner[index] = Int32(open[at].index)
        for twin in twins[open[at].index] ?? [] { partner[twin] = Int32(index) }
        open.removeSubrange(at...)
    }
}
