// SPDX-License-Identifier: GPL-2.0-only

import Base

/// Cuts a token range into items: one statement, declaration, label, table
/// entry or directive each.
struct ItemScanner {
    let structure: CStructure
    let range: Range<Int>
    let context: CStructure.Context
    private var position: Int
    private var leading: Int?
    private var items: [Item] = []

    init(structure: CStructure, range: Range<Int>, context: CStructure.Context) {
        self.structure = structure
        self.range = range
        self.context = context
        position = range.lowerBound
    }

    private var tokens: [CToken] { structure.tokens }

    mutating func run() -> [Item] {
        while position < range.upperBound {
            let token = tokens[position]
            switch token.kind {
            case .comment:
                noteComment(token)
                position += 1
            case .directive:
                take(upTo: position + 1, kind: .directive, name: macroName(token), body: nil)
            case .word, .string, .punctuation:
                scanItem()
            }
        }
        return items
    }

    /// Remembers where the run of comments begins that the next item may own.
    private mutating func noteComment(_ token: CToken) {
        let text = structure.text
        // A comment behind code on the same line belongs to that code.
        if position > range.lowerBound {
            let previous = tokens[position - 1]
            if text.line(at: previous.end - 1) == text.line(at: token.start) { return }
        }
        if leading == nil { leading = token.start }
        let next = position + 1 < range.upperBound ? tokens[position + 1] : nil
        guard let next, text.line(at: next.start) <= text.line(at: token.end - 1) + 1 else {
            leading = nil
            return
        }
    }

    private mutating func take(
        upTo end: Int,
        kind: Item.Kind,
        name: String?,
        keyword: String? = nil,
        body: Range<Int>?
    ) {
        var last = end - 1
        while last > position, tokens[last].kind == .comment { last -= 1 }
        items.append(
            Item(
                kind: kind,
                name: name,
                keyword: keyword,
                tokens: position..<end,
                body: body,
                leadingStart: leading ?? tokens[position].start,
                start: tokens[position].start,
                end: tokens[last].end
            )
        )
        leading = nil
        position = end
    }

    /// The name that a `#define` defines.
    private func macroName(_ token: CToken) -> String? {
        guard token.directive == .define else { return nil }
        let line = structure.text.bytes[token.range].dropFirst().drop(while: isSpace).drop(while: isWordByte)
        let name = line.drop(while: isSpace).prefix(while: isWordByte)
        return name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
    }

    private mutating func scanItem() {
        if context == .block, let end = structure.endOfLabel(at: position, limit: range.upperBound) {
            take(upTo: end, kind: .label, name: structure.word(position), body: nil)
            return
        }
        if context == .block {
            var scanner = StatementScanner(structure: structure, limit: range.upperBound)
            let end = scanner.endOfStatement(from: position)
            take(upTo: max(end, position + 1), kind: .statement, name: nil, body: scanner.body)
            return
        }
        var state = Scan()
        var index = position
        while index < range.upperBound {
            let token = tokens[index]
            if token.kind == .directive, !state.insideItem { break }
            if token.kind == .punctuation, let end = step(token, index, &state) {
                finish(upTo: end, state)
                return
            }
            state.insideItem = true
            index = state.skipTo ?? index + 1
            state.skipTo = nil
        }
        finish(upTo: max(index, position + 1), state)
    }

    /// What has been seen of the item so far.
    private struct Scan {
        var insideItem = false
        var hasAssignment = false
        var body: Range<Int>?
        /// Index of the `(` that begins the parameters of a function.
        var parameters: Int?
        var skipTo: Int?
    }

    /// Takes one punctuation token; the index behind the item if it ends here.
    private func step(_ token: CToken, _ index: Int, _ state: inout Scan) -> Int? {
        let partner = Int(structure.partner[index])
        switch token.byte {
        case UInt8(ascii: ";"):
            return context == .list ? nil : index + 1
        case UInt8(ascii: ","):
            return context == .list ? index + 1 : nil
        case UInt8(ascii: "("), UInt8(ascii: "["):
            guard partner > index, partner < range.upperBound else { return nil }
            let mayDeclare =
                token.byte == UInt8(ascii: "(") && !state.hasAssignment && state.parameters == nil
            if mayDeclare, let brace = braceOfOldStyle(index, closedBy: partner) {
                state.parameters = index
                state.skipTo = brace
                return nil
            }
            if mayDeclare, isParameterList(index, closedBy: partner) { state.parameters = index }
            state.skipTo = partner + 1
            if isBareMacroCall(index, closedBy: partner) { return partner + 1 }
            return nil
        case UInt8(ascii: "{"):
            guard partner > index, partner < range.upperBound else { return nil }
            if state.body == nil { state.body = index + 1..<partner }
            state.skipTo = partner + 1
            return endsAtBrace(state) ? partner + 1 : nil
        case UInt8(ascii: "="):
            // `struct { … } table[] = { … }`: the table's braces are the second ones.
            if !state.hasAssignment { state.body = nil }
            state.hasAssignment = true
            return nil
        default:
            return nil
        }
    }

    /// Whether the block just closed ends the item, or a `;` has yet to come.
    private func endsAtBrace(_ state: Scan) -> Bool {
        if context == .list || state.hasAssignment || context == .aggregate { return false }
        return state.parameters != nil || aggregateKeyword() == nil
    }

    /// Whether `name(…)` at `index` declares a function: an attribute macro such
    /// as `__printf(1, 2)` is followed by the declaration proper.
    private func isParameterList(_ index: Int, closedBy closing: Int) -> Bool {
        guard context == .file || context == .aggregate, index > position else { return false }
        if tokens[index - 1].isPunctuation(")") { return macroName(endingAt: index - 1) != nil }
        guard let name = structure.word(index - 1), !Self.attributes.contains(name) else { return false }
        // Attributes may follow the parameters; a type and a name follow an attribute.
        var next = closing + 1
        var left = Self.attributeCount
        while next < range.upperBound, tokens[next].kind == .comment || isAttribute(next) {
            // A list of any length would be read again from each of its attributes.
            guard left > 0 else { return false }
            left -= 1
            let isCall =
                next + 1 < range.upperBound && tokens[next].kind == .word
                && tokens[next + 1].isPunctuation("(")
            let end = isCall ? Int(structure.partner[next + 1]) : next
            guard end >= next else { return false }
            next = end + 1
        }
        guard next < range.upperBound else { return true }
        return tokens[next].kind != .word && !tokens[next].isPunctuation("(")
            && !tokens[next].isPunctuation("*")
    }

    /// The brace behind `f(a, b) int a; char *b;`, as functions were defined before 1989 (C11, 6.9.1p6); nil if it is
    /// anything else.
    private func braceOfOldStyle(_ index: Int, closedBy closing: Int) -> Int? {
        guard context == .file, closing + 1 < range.upperBound, tokens[closing + 1].kind == .word,
            index > position, tokens[index - 1].kind == .word
        else { return nil }
        let names = tokens[index + 1..<closing].filter { $0.kind != .comment }
        let isList = names.enumerated().allSatisfy {
            $0.offset % 2 == 0 ? $0.element.kind == .word : $0.element.isPunctuation(",")
        }
        guard isList, !names.isEmpty else { return nil }
        var last = closing
        // More declarations than any function has parameters would be read again for each name above them.
        for next in closing + 1..<min(range.upperBound, closing + 256) where tokens[next].kind != .comment {
            let token = tokens[next]
            if token.isPunctuation("{") { return tokens[last].isPunctuation(";") ? next : nil }
            guard token.kind == .word || [",", ";", "*", "[", "]"].contains(where: token.isPunctuation)
            else { return nil }
            last = next
        }
        return nil
    }

    /// How many attributes and comments are looked at behind the parameters of a function.
    private static let attributeCount = 64

    /// Attributes with parameters that may stand behind a variable's name (include/linux/compiler_attributes.h).
    private static let attributes: Set<String> = [
        "__attribute__", "__aligned", "__section", "__randomize_layout",
    ]

    /// Whether a word is written like an attribute macro: `__init`, `__printf`.
    private func isAttribute(_ index: Int) -> Bool {
        tokens[index].kind == .word
            && structure.text.bytes[tokens[index].range].prefix(1) == [UInt8(ascii: "_")]
    }

    /// A macro call without semicolon at file level, such as `KVM_X86_OP(x)`:
    /// it ends with its line.
    private func isBareMacroCall(_ index: Int, closedBy closing: Int) -> Bool {
        // `__printf(1, 2)` on a line of its own belongs to the function below.
        guard context == .file, index == position + 1, tokens[position].kind == .word, !isAttribute(position)
        else { return false }
        guard closing + 1 < range.upperBound else { return true }
        let next = tokens[closing + 1]
        let text = structure.text
        guard text.line(at: next.start) > text.line(at: tokens[closing].start) else { return false }
        return next.kind != .punctuation
    }

    private mutating func finish(upTo end: Int, _ state: Scan) {
        if context == .list {
            take(upTo: end, kind: .entry, name: entryName(end), body: state.body)
        } else {
            declare(upTo: end, state)
        }
    }

    private mutating func declare(upTo end: Int, _ state: Scan) {
        if let keyword = aggregateKeyword(), let body = state.body, state.parameters == nil,
            !state.hasAssignment
        {
            // The word in front of the brace: attributes may stand between `struct` and the name.
            let named = body.lowerBound - 2 > keyword.index ? structure.word(body.lowerBound - 2) : nil
            let kind: Item.Kind = keyword.word == "enum" ? .enumeration : .aggregate
            take(upTo: end, kind: kind, name: named, keyword: keyword.word, body: state.body)
        } else if let parameters = state.parameters {
            let kind: Item.Kind = state.body == nil ? .prototype : .function
            take(upTo: end, kind: kind, name: functionName(parameters), body: state.body)
        } else {
            take(upTo: end, kind: .variable, name: variableName(end, state), body: state.body)
        }
    }

    /// `FNAME(page_fault)` of a function that a macro names (arch/x86/kvm/mmu/paging_tmpl.h);
    /// the last token is its `)`. A function pointer, `(*name)`, isn't one.
    private func macroName(endingAt closing: Int) -> String? {
        let opening = Int(structure.partner[closing])
        guard opening > position, structure.word(opening - 1) != nil,
            !structure.isWord(opening - 1, "__attribute__"),
            !tokens[opening + 1].isPunctuation("*"), context == .file
        else { return nil }
        return structure.text.string(tokens[opening - 1].start..<tokens[closing].end)
    }

    /// The word before the parameters; for SYSCALL_DEFINEn(name, …) the first argument.
    private func functionName(_ parameters: Int) -> String? {
        guard let word = structure.word(parameters - 1) else { return macroName(endingAt: parameters - 1) }
        if word.hasPrefix("SYSCALL_DEFINE") || word.hasPrefix("COMPAT_SYSCALL_DEFINE") {
            return structure.word(parameters + 1) ?? word
        }
        return word
    }

    /// `struct`, `union` or `enum` among the item's first words.
    private func aggregateKeyword() -> (index: Int, word: String)? {
        var index = position
        while index < range.upperBound, tokens[index].kind == .word || tokens[index].kind == .comment {
            if structure.isWord(index, "struct") { return (index, "struct") }
            if structure.isWord(index, "union") { return (index, "union") }
            if structure.isWord(index, "enum") { return (index, "enum") }
            index += 1
        }
        return nil
    }

    /// The last word before `=`, `[` or the end that isn't an attribute such as `__initdata`.
    private func variableName(_ end: Int, _ state: Scan) -> String? {
        var index = position
        var name: String?
        while index < end {
            let token = tokens[index]
            if token.isPunctuation("=") || token.isPunctuation(":") { break }
            // The members of a struct that is declared along with the variable.
            if token.isPunctuation("{") {
                index = max(Int(structure.partner[index]), index) + 1
                continue
            }
            if token.isPunctuation("(") {
                // A function pointer: `(*name)(…)`, `(*const name[])(…)`.
                guard index + 2 < end, tokens[index + 1].isPunctuation("*") else { break }
                let isQualified =
                    structure.isWord(index + 2, "const") || structure.isWord(index + 2, "volatile")
                return structure.word(isQualified ? index + 3 : index + 2)
            }
            if token.isPunctuation("["), name != nil { break }
            if let word = structure.word(index), !word.hasPrefix("__") { name = word }
            index += 1
        }
        return name
    }

    /// `.name` or `NAME` of a table or enum entry.
    private func entryName(_ end: Int) -> String? {
        let first = tokens[position].isPunctuation(".") ? position + 1 : position
        return first < end ? structure.word(first) : nil
    }
}
