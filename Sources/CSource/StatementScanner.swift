// SPDX-License-Identifier: GPL-2.0-only

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

    /// The index behind the statement that begins at `start`.
    mutating func endOfStatement(from start: Int) -> Int {
        let first = skipNoise(start)
        guard first < limit else { return limit }
        if tokens[first].isPunctuation("{"), let end = endOfBraces(first) { return end }
        if let colon = structure.endOfLabel(at: first, limit: limit) { return endOfStatement(from: colon) }
        if structure.isWord(first, "if"), let end = behindParentheses(first + 1) {
            let branch = endOfStatement(from: end)
            let next = skipNoise(branch)
            return next < limit && structure.isWord(next, "else") ? endOfStatement(from: next + 1) : branch
        }
        if ["for", "while", "switch"].contains(where: { structure.isWord(first, $0) }),
            let end = behindParentheses(first + 1)
        {
            return endOfStatement(from: end)
        }
        if structure.isWord(first, "else") { return endOfStatement(from: first + 1) }
        if structure.isWord(first, "do") {
            let next = skipNoise(endOfStatement(from: first + 1))
            guard next < limit, structure.isWord(next, "while"), let end = behindParentheses(next + 1) else {
                return next
            }
            let semicolon = skipNoise(end)
            return semicolon < limit && tokens[semicolon].isPunctuation(";") ? semicolon + 1 : end
        }
        return endOfExpression(from: first)
    }

    /// An expression or declaration up to its `;`, or a macro call with what it takes.
    private mutating func endOfExpression(from first: Int) -> Int {
        var index = first
        while index < limit {
            let token = tokens[index]
            if token.isPunctuation(";") { return index + 1 }
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
            if token.isPunctuation("("), let end = endOfMacroCall(first, closing: partner) { return end }
        }
        return limit
    }

    /// Where `name(…)` ends that isn't an expression; nil if it is one.
    private mutating func endOfMacroCall(_ first: Int, closing: Int) -> Int? {
        guard tokens[first].kind == .word, Int(structure.partner[closing]) == first + 1,
            !structure.isWord(first, "return")
        else { return nil }
        let next = skipNoise(closing + 1)
        guard next < limit else { return closing + 1 }
        if tokens[next].isPunctuation("{") { return endOfStatement(from: next) }
        let text = structure.text
        let isOnNextLine = text.line(at: tokens[next].start) > text.line(at: tokens[closing].start)
        if isOnNextLine, indentation(next) <= indentation(first) { return closing + 1 }
        return tokens[next].kind == .word ? endOfStatement(from: next) : nil
    }

    private func indentation(_ index: Int) -> Int {
        let start = structure.text.lineStart(at: tokens[index].start)
        let blanks = structure.text.bytes[start..<tokens[index].start].prefix(while: isBlank)
        return blanks.reduce(0) { $1 == UInt8(ascii: "\t") ? ($0 / 8 + 1) * 8 : $0 + 1 }
    }

    private mutating func endOfBraces(_ index: Int) -> Int? {
        let partner = Int(structure.partner[index])
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
