// SPDX-License-Identifier: GPL-2.0-only

import Base

/// Finds where a statement ends, by the grammar of C's statements.
///
/// What C's grammar doesn't know is a macro: `list_for_each_entry(…)` that takes
/// a statement, and `TRACE(…)` without semicolon that is one. A brace tells the
/// first, else the indentation of the next line does.
struct StatementScanner {
    let structure: CStructure
    /// Index behind the last token that may belong to the statement.
    let limit: Int
    /// Index range of the tokens between the first braces.
    private(set) var body: Range<Int>?

    init(structure: CStructure, limit: Int) {
        self.structure = structure
        self.limit = limit
    }

    private var tokens: [CToken] { structure.tokens }

    private enum Step {
        /// Another statement begins here that this one ends with.
        case inner(Int)
        case end(Int)
    }

    /// What goes on behind an inner statement.
    private enum Outer {
        case ifBranch, doBody
    }

    /// The index behind the statement that begins at `start`.
    ///
    /// Not by recursion: nobody knows how many `else if` there are.
    mutating func endOfStatement(from start: Int) -> Int {
        var outer: [Outer] = []
        var step = Step.inner(start)
        while true {
            switch step {
            case .inner(let index): step = begin(at: index, &outer)
            case .end(let end):
                guard let last = outer.popLast() else { return end }
                switch last {
                case .ifBranch:
                    let next = skipNoise(end)
                    guard next < limit, structure.isWord(next, "else") else {
                        // Nor has any other `if` that ends here one.
                        while outer.last == .ifBranch { _ = outer.popLast() }
                        continue
                    }
                    step = .inner(next + 1)
                case .doBody: step = .end(endOfDo(body: end))
                }
            }
        }
    }

    private mutating func begin(at start: Int, _ outer: inout [Outer]) -> Step {
        let first = skipNoise(start)
        guard first < limit else { return .end(limit) }
        if tokens[first].isPunctuation("{"), let end = endOfBraces(first) { return .end(end) }
        if let colon = structure.endOfLabel(at: first, limit: limit) { return .inner(colon) }
        if structure.isWord(first, "if"), let end = behindParentheses(first + 1) {
            outer.append(.ifBranch)
            return .inner(end)
        }
        if ["for", "while", "switch"].contains(where: { structure.isWord(first, $0) }),
            let end = behindParentheses(first + 1)
        {
            return .inner(end)
        }
        if structure.isWord(first, "else") { return .inner(first + 1) }
        if structure.isWord(first, "do") {
            outer.append(.doBody)
            return .inner(first + 1)
        }
        return endOfExpression(from: first)
    }

    /// Behind the `while (…);` of a `do` whose body ends at `end`.
    private func endOfDo(body end: Int) -> Int {
        let next = skipNoise(end)
        guard next < limit, structure.isWord(next, "while"), let end = behindParentheses(next + 1) else {
            return next
        }
        let semicolon = skipNoise(end)
        return semicolon < limit && tokens[semicolon].isPunctuation(";") ? semicolon + 1 : end
    }

    /// An expression or declaration up to its `;`, or a macro call with what it takes.
    private mutating func endOfExpression(from first: Int) -> Step {
        var index = first
        while index < limit {
            let token = tokens[index]
            if token.isPunctuation(";") { return .end(index + 1) }
            if token.isPunctuation("{"), let end = endOfBraces(index) {
                index = end
                continue
            }
            let partner = Int(structure.partner[index])
            guard token.kind == .punctuation, partner > index, partner < limit else {
                index += 1
                continue
            }
            index = partner + 1
            if token.isPunctuation("("), let step = endOfMacroCall(first, closing: partner) { return step }
        }
        return .end(limit)
    }

    /// Where `name(…)` ends that isn't an expression; nil if it is one.
    private func endOfMacroCall(_ first: Int, closing: Int) -> Step? {
        guard tokens[first].kind == .word, Int(structure.partner[closing]) == first + 1,
            !structure.isWord(first, "return")
        else { return nil }
        let next = skipNoise(closing + 1)
        guard next < limit else { return .end(closing + 1) }
        if tokens[next].isPunctuation("{") { return .inner(next) }
        let text = structure.text
        let isOnNextLine = text.line(at: tokens[next].start) > text.line(at: tokens[closing].start)
        if isOnNextLine, indentation(next) <= indentation(first) { return .end(closing + 1) }
        return tokens[next].kind == .word ? .inner(next) : nil
    }

    private func indentation(_ index: Int) -> Int {
        let start = structure.text.lineStart(at: tokens[index].start)
        let blanks = structure.text.bytes[start..<tokens[index].start].prefix(while: isSpace)
        return blanks.reduce(0) { $1 == UInt8(ascii: "\t") ? ($0 / 8 + 1) * 8 : $0 + 1 }
    }

    private mutating func endOfBraces(_ index: Int) -> Int? {
        let partner = Int(structure.partner[index])
        // The block goes on that another branch of an #if has begun.
        if partner == limit { return index + 1 }
        guard partner > index, partner < limit else { return nil }
        if body == nil { body = index + 1..<partner }
        return partner + 1
    }

    private func behindParentheses(_ index: Int) -> Int? {
        let opening = skipNoise(index)
        guard opening < limit, tokens[opening].isPunctuation("(") else { return nil }
        let partner = Int(structure.partner[opening])
        return partner > opening && partner < limit ? partner + 1 : nil
    }

    private func skipNoise(_ index: Int) -> Int {
        var next = index
        while next < limit, tokens[next].kind == .comment || tokens[next].kind == .directive { next += 1 }
        return next
    }
}

extension CStructure {
    /// `case X:`, `default:` and `name:`; the index behind the colon.
    func endOfLabel(at position: Int, limit: Int) -> Int? {
        if isWord(position, "case") {
            var index = position + 1
            var choices = 0
            while index < limit {
                if tokens[index].isPunctuation("?") { choices += 1 }
                if tokens[index].isPunctuation(":") {
                    if choices == 0 { return index + 1 }
                    choices -= 1
                }
                if tokens[index].isPunctuation(";") { return nil }
                index = max(Int(partner[index]), index) + 1
            }
            return nil
        }
        guard tokens[position].kind == .word, position + 1 < limit else { return nil }
        return tokens[position + 1].isPunctuation(":") ? position + 2 : nil
    }
}
