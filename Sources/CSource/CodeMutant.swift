// SPDX-License-Identifier: GPL-2.0-only

import Base

/// A small change of a function that a compiler may well take, and that a suite of tests should see.
public struct CodeMutant: Sendable, Hashable {
    /// What was done: mutation analysis' own kinds (statements, conditions, operands, constants), and those by which kernel
    /// code goes wrong (errnos, order, waits).
    public enum Kind: String, Sendable, CaseIterable, Codable {
        /// A statement is left out.
        case drop
        /// An `if` or `while` whose condition never holds.
        case never
        /// One whose condition always holds.
        case always
        /// An operand of `&&` or `||` that counts for nothing.
        case operand
        /// `&&` for `||`, `==` for `!=`, `<=` for `<`, and the reverse.
        case `operator`
        /// Another errno.
        case errno
        /// `true` for `false`, and the reverse.
        case constant
        /// A statement and the next have changed places.
        case swap
        /// A test or assignment that takes its value before the lock is there.
        case early
        /// A function says 0 whatever it has done.
        case result
        /// A wait that a fatal signal ends no more.
        case wait
        /// What somebody wrote down, as no rule makes it: several lines, or some that were there before.
        case planted
    }

    public let kind: Kind
    /// The function that it is in.
    public let function: String
    /// The first line that it is about, from 1.
    public let line: Int
    /// What makes it of the file. Lines behind it keep their numbers, so that `__LINE__` makes no difference.
    public let edit: TextEdit
}

extension ParsedSource {
    /// The mutants of some lines of a C file, by place; none of a file in another language.
    ///
    /// - Parameter lines: which lines may change, from 0; a mutant changes no other, but for a value that is taken earlier,
    ///   at a lock that was there before.
    public func mutants(of lines: [Range<Int>]) -> [CodeMutant] {
        guard case .c(let structure, let items) = form else { return [] }
        var finder = MutantFinder(structure, Set(lines.joined()))
        for item in items where item.kind == .function { finder.look(at: item) }
        return finder.mutants.sorted {
            ($0.edit.range.lowerBound, $0.edit.range.upperBound, $0.kind.rawValue)
                < ($1.edit.range.lowerBound, $1.edit.range.upperBound, $1.kind.rawValue)
        }
    }
}

/// A line of a function and what stands in its place.
public struct LineReplacement: Sendable, Equatable {
    /// Without indentation.
    public let was: String
    /// The same; empty for none.
    public let becomes: String

    public init(was: String, becomes: String) {
        self.was = was
        self.becomes = becomes
    }
}

/// Why a mutant that was written down can't be made.
public struct PlantingError: Error, CustomStringConvertible {
    /// How often the line is there: not once.
    public let count: Int
    public let line: String
    public let function: String

    public var description: String {
        "'\(line)' is \(count == 0 ? "no line" : "\(count) lines") of \(function)()"
    }
}

extension ParsedSource {
    /// The mutant in which lines of a function are replaced; nil if this file doesn't define that function.
    ///
    /// Each line has to be there once. Those behind it keep their numbers.
    public func mutant(in function: String, _ replacements: [LineReplacement]) throws(PlantingError)
        -> CodeMutant?
    {
        guard case .c(_, let items) = form,
            let item = items.first(where: { $0.kind == .function && $0.name == function && $0.body != nil })
        else { return nil }
        let lines = text.line(at: item.start)...text.line(at: item.end - 1)
        var edits: [TextEdit] = []
        for replacement in replacements {
            let places = lines.filter { text.lineText(at: text.lineStarts[$0 - 1]) == replacement.was }
            guard places.count == 1, let place = places.first else {
                throw PlantingError(count: places.count, line: replacement.was, function: function)
            }
            let start = text.lineStarts[place - 1]
            let indentation = text.bytes[start...].prefix {
                $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: " ")
            }
            let new = replacement.becomes.isEmpty ? [] : indentation + Array(replacement.becomes.utf8)
            edits.append(
                TextEdit(range: start..<text.lineEnd(at: start), replacement: new + [UInt8(ascii: "\n")])
            )
        }
        edits.sort { $0.range.lowerBound < $1.range.lowerBound }
        guard let first = edits.first, let last = edits.last else { return nil }
        // One edit, as every mutant is: from the first line to the last, with what stands between them.
        var bytes: [UInt8] = []
        var position = first.range.lowerBound
        for edit in edits {
            bytes += text.bytes[position..<edit.range.lowerBound] + edit.replacement
            position = edit.range.upperBound
        }
        return CodeMutant(
            kind: .planted,
            function: function,
            line: text.line(at: first.range.lowerBound),
            edit: TextEdit(range: first.range.lowerBound..<last.range.upperBound, replacement: bytes)
        )
    }
}

/// Walks the statements of functions.
private struct MutantFinder {
    private let structure: CStructure
    /// Those that may change, from 0.
    private let lines: Set<Int>
    private var function = ""
    private var seen: Set<CodeMutant> = []
    private(set) var mutants: [CodeMutant] = []

    init(_ structure: CStructure, _ lines: Set<Int>) {
        self.structure = structure
        self.lines = lines
    }

    private var tokens: [CToken] { structure.tokens }
    private var text: SourceText { structure.text }

    mutating func look(at item: Item) {
        guard let body = item.body, lines.contains(where: { line(item.start)...line(item.end - 1) ~= $0 })
        else { return }
        function = item.name ?? ""
        block(body, depth: 0)
    }

    // MARK: - Statements

    /// Deeper than any function that people read.
    private static let deepest = 100

    /// Index ranges of tokens.
    private typealias Tokens = Range<Int>

    private mutating func block(_ range: Tokens, depth: Int) {
        var run: [Tokens] = []
        var index = range.lowerBound
        while index < range.upperBound {
            let token = tokens[index]
            if token.kind == .comment {
                index += 1
            } else if token.kind == .directive {
                order(run)
                run = []
                index += 1
            } else if let behind = structure.endOfLabel(at: index, limit: range.upperBound) {
                order(run)
                run = []
                index = behind
            } else {
                let end = max(statement(index, range.upperBound, depth), index + 1)
                run.append(index..<end)
                index = end
            }
        }
        order(run)
    }

    /// Looks at the statement that begins at a token.
    ///
    /// - Returns: the index behind it.
    private mutating func statement(_ start: Int, _ limit: Int, _ depth: Int) -> Int {
        var scanner = StatementScanner(structure: structure, limit: limit)
        let end = scanner.endOfStatement(from: start)
        guard depth < Self.deepest else { return end }
        if tokens[start].isPunctuation("{") {
            let close = Int(structure.partner[start])
            guard close > start, close < limit else { return end }
            block(start + 1..<close, depth: depth + 1)
        } else if isWord(start, ["if", "while", "for", "switch"]) {
            guard let close = closing(start + 1, limit) else { return end }
            let head = start + 2..<close
            if isWord(start, ["if", "while"]) { condition(head) } else { expression(head) }
            var next = skipComments(close + 1, end)
            guard next < end else { return end }
            next = skipComments(statement(next, end, depth + 1), end)
            if next < end, structure.isWord(next, "else") {
                next = skipComments(next + 1, end)
                if next < end { _ = statement(next, end, depth + 1) }
            }
        } else if structure.isWord(start, "do") {
            var next = skipComments(start + 1, end)
            guard next < end else { return end }
            next = skipComments(statement(next, end, depth + 1), end)
            if next < end, structure.isWord(next, "while"), let close = closing(next + 1, end) {
                expression(next + 2..<close)
            }
        } else {
            simple(start..<end)
            // `list_for_each_entry(…) { … }`
            if let body = scanner.body { block(body, depth: depth + 1) }
        }
        return end
    }

    private mutating func simple(_ range: Tokens) {
        guard tokens[range.upperBound - 1].isPunctuation(";") else { return expression(range) }
        if structure.isWord(range.lowerBound, "return") {
            let value = range.lowerBound + 1..<range.upperBound - 1
            // An errno by its name has another kind.
            if value.contains(where: { structure.word($0)?.first?.isLowercase == true }) {
                add(.result, value, by: "((void)(\(text.string(bytes(value)))), 0)")
            }
        } else if isJump(range) || !isDeclaration(range), range.count > 1 {
            add(.drop, range, by: ";")
        }
        expression(range)
    }

    private mutating func condition(_ range: Tokens) {
        guard !range.isEmpty else { return }
        add(.never, range, by: "0")
        add(.always, range, by: "1")
        expression(range)
    }

    // MARK: - Order

    private mutating func order(_ run: [Tokens]) {
        for (index, statement) in run.enumerated() where isMovable(statement) {
            if index > 0, isMovable(run[index - 1]), !isSameJump(run[index - 1], statement) {
                exchange(run[index - 1], statement)
            }
            if let lock = lock(above: index, in: run) { early(statement, before: lock) }
        }
    }

    /// Two tests with the same consequence: nobody can tell which comes first.
    private func isSameJump(_ first: Tokens, _ second: Tokens) -> Bool {
        guard let one = consequence(first), let other = consequence(second) else { return false }
        return text.bytes[bytes(one)].elementsEqual(text.bytes[bytes(other)])
    }

    /// What an `if` leads to.
    private func consequence(_ statement: Tokens) -> Tokens? {
        guard structure.isWord(statement.lowerBound, "if"),
            let close = closing(statement.lowerBound + 1, statement.upperBound),
            close + 1 < statement.upperBound
        else { return nil }
        return close + 1..<statement.upperBound
    }

    /// The statement that takes the lock under which another one stands.
    private func lock(above index: Int, in run: [Tokens]) -> Tokens? {
        for statement in run[..<index].reversed() {
            if calls(statement, Self.isLock) { return statement }
            if calls(statement, Self.isRelease) { return nil }
        }
        return nil
    }

    /// The value of a test or an assignment, taken before the lock.
    private mutating func early(_ statement: Tokens, before lock: Tokens) {
        let value: Tokens
        if structure.isWord(statement.lowerBound, "if") {
            guard let close = closing(statement.lowerBound + 1, statement.upperBound) else { return }
            value = statement.lowerBound + 2..<close
        } else {
            guard tokens[statement.upperBound - 1].isPunctuation(";"),
                let sign = statement.first(where: { isAssignment($0, in: statement) })
            else { return }
            value = sign + 1..<statement.upperBound - 1
        }
        // A number is the same at any time.
        let isConstant = value.allSatisfy { index in
            guard let word = structure.word(index) else { return true }
            return ["true", "false"].contains(word) || word.first?.isLowercase != true
        }
        guard !value.isEmpty, !isConstant, !calls(value, Self.isLock) else { return }
        let (start, old) = (tokens[lock.lowerBound].start, bytes(value))
        let taken = text.bytes[old].map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 }
        let isTest = structure.isWord(statement.lowerBound, "if")
        var replacement = Array("__auto_type kpatch_early = \(isTest ? "!!(" : "(")".utf8)
        replacement += taken
        replacement += "); ".utf8
        replacement += text.bytes[start..<old.lowerBound]
        replacement += "kpatch_early".utf8
        add(.early, start..<old.upperBound, replacement, changing: old)
    }

    private func isAssignment(_ index: Int, in range: Tokens) -> Bool {
        tokens[index].isPunctuation("=")
            && !(index > range.lowerBound && touches(index - 1, index))
            && !(index + 1 < range.upperBound && tokens[index + 1].isPunctuation("=")
                && tokens[index].end == tokens[index + 1].start)
    }

    /// What comes first and what comes next change places; what is between them stays there.
    private mutating func exchange(_ first: Tokens, _ second: Tokens) {
        let (one, other) = (bytes(first), bytes(second))
        let between = text.bytes[one.upperBound..<other.lowerBound]
        guard !text.bytes[one].elementsEqual(text.bytes[other]) else { return }
        add(.swap, one.lowerBound..<other.upperBound, Array(text.bytes[other] + between + text.bytes[one]))
    }

    private func isMovable(_ range: Tokens) -> Bool { !isJump(range) && !isDeclaration(range) }

    private func isJump(_ range: Tokens) -> Bool {
        isWord(range.lowerBound, ["return", "goto", "break", "continue"])
    }

    private func calls(_ range: Tokens, _ isWanted: (String) -> Bool) -> Bool {
        range.contains { index in
            guard index + 1 < range.upperBound, tokens[index + 1].isPunctuation("("),
                let word = structure.word(index)
            else { return false }
            return isWanted(word)
        }
    }

    /// `mutex_lock`, `sev_lock_two_vms`, `down_write`, `guard`, `ACQUIRE`
    private static func isLock(_ word: String) -> Bool {
        word.contains("lock") && !word.contains("unlock") && !word.contains("lockdep")
            || word.hasPrefix("down_") || word == "guard" || word == "ACQUIRE"
    }

    private static func isRelease(_ word: String) -> Bool { word.contains("unlock") || word.hasPrefix("up_") }

    private static let types: Set<String> = [
        "struct", "union", "enum", "static", "const", "volatile", "register", "unsigned", "signed", "int",
        "bool", "void",
        "char", "long", "short",
    ]

    /// By the words that it begins with, as there is nobody here who knows the types.
    private func isDeclaration(_ range: Tokens) -> Bool {
        let words = range.prefix(8).filter { tokens[$0].kind != .comment }
        guard let first = words.first, let word = structure.word(first) else { return false }
        if Self.types.contains(word) || word.hasPrefix("DEFINE_") { return true }
        // `u64 x;`, `gfn_t *x = …`; `a * b` alone is no statement.
        let rest = words.dropFirst().drop { tokens[$0].isPunctuation("*") }
        return rest.first.map { tokens[$0].kind == .word } ?? false
    }

    // MARK: - Expressions

    private mutating func expression(_ range: Tokens) {
        for index in range {
            let token = tokens[index]
            if token.kind == .word { word(index, range) }
            guard token.kind == .punctuation, index + 1 < range.upperBound else { continue }
            let next = tokens[index + 1]
            if token.isPunctuation("-"), let name = structure.word(index + 1), Self.isErrno(name),
                token.end == next.start
            {
                // What callers take for one another first.
                let others = ["EINVAL": "ENOTTY", "EPERM": "EINVAL"]
                add(.errno, index + 1..<index + 2, by: others[name] ?? "EPERM")
            }
            guard next.kind == .punctuation, token.end == next.start else {
                if !isPart(index, range) { compare(index, 1) }
                continue
            }
            if token.byte == next.byte, token.isPunctuation("&") || token.isPunctuation("|"),
                index == range.lowerBound || !touches(index - 1, index)
            {
                logic(index, in: range)
            } else {
                compare(index, 2)
            }
        }
    }

    private static func isErrno(_ word: String) -> Bool {
        word.count > 2 && word.hasPrefix("E")
            && word.allSatisfy { $0.isASCII && ($0.isUppercase || $0.isNumber) }
    }

    private mutating func word(_ index: Int, _ range: Tokens) {
        switch structure.word(index) {
        case "true": add(.constant, index..<index + 1, by: "false")
        case "false": add(.constant, index..<index + 1, by: "true")
        case let name?:
            guard let plain = Self.plainWait(name), let close = closing(index + 1, range.upperBound) else {
                return
            }
            let arguments = text.string(bytes(index + 1..<close + 1))
            add(.wait, index..<close + 1, by: "(\(plain)\(arguments), 0)")
        case nil: break
        }
    }

    /// `mutex_lock` for `mutex_lock_killable`.
    private static func plainWait(_ name: String) -> String? {
        for word in ["_killable", "_interruptible"] {
            guard name.contains("lock"), let found = name.firstRange(of: word) else { continue }
            return String(name[..<found.lowerBound] + name[found.upperBound...])
        }
        return nil
    }

    /// Whether a sign is the end of a longer one, such as `->`.
    private func isPart(_ index: Int, _ range: Tokens) -> Bool {
        index > range.lowerBound && touches(index - 1, index)
    }

    private func touches(_ index: Int, _ next: Int) -> Bool {
        tokens[index].kind == .punctuation && tokens[index].end == tokens[next].start
            && "<>=!&|-+*/%^".unicodeScalars.contains { tokens[index].isPunctuation($0) }
    }

    private static let comparisons = ["==": "!=", "!=": "==", "<=": "<", ">=": ">", "<": "<=", ">": ">="]

    private mutating func compare(_ index: Int, _ count: Int) {
        let range = index..<index + count
        guard let other = Self.comparisons[text.string(bytes(range))],
            // Not the `>` of `->`, nor a shift.
            !isPart(index, 0..<tokens.count)
        else { return }
        add(.operator, range, by: other)
    }

    /// An `&&` or `||` at a token and the next.
    private mutating func logic(_ index: Int, in range: Tokens) {
        let isAnd = tokens[index].isPunctuation("&")
        add(.operator, index..<index + 2, by: isAnd ? "||" : "&&")
        let left = operandStart(index, range, isAnd)
        let right = operandEnd(index + 2, range, isAnd)
        for operand in [left..<index, index + 2..<right] where !operand.isEmpty {
            add(.operand, operand, by: isAnd ? "1" : "0")
        }
    }

    private func operandStart(_ index: Int, _ range: Tokens, _ isAnd: Bool) -> Int {
        var start = index
        while start > range.lowerBound {
            let before = start - 1
            let partner = Int(structure.partner[before])
            if partner >= range.lowerBound, partner < before {
                start = partner
            } else if endsOperand(before, range, isAnd) {
                return start
            } else {
                start = before
            }
        }
        return start
    }

    private func operandEnd(_ index: Int, _ range: Tokens, _ isAnd: Bool) -> Int {
        var end = index
        while end < range.upperBound {
            let partner = Int(structure.partner[end])
            if partner > end, partner < range.upperBound {
                end = partner + 1
            } else if endsOperand(end, range, isAnd) {
                return end
            } else {
                end += 1
            }
        }
        return end
    }

    /// Whether an operand of `&&` (or `||`) can't reach over a token.
    private func endsOperand(_ index: Int, _ range: Tokens, _ isAnd: Bool) -> Bool {
        let token = tokens[index]
        if token.kind == .word { return structure.isWord(index, "return") }
        guard token.kind == .punctuation else { return token.kind == .directive }
        if "(){}[],;?:".unicodeScalars.contains(where: token.isPunctuation) { return true }
        let neighbours = [index - 1, index + 1].filter(range.contains)
        let isDouble = neighbours.contains {
            tokens[$0].kind == .punctuation && tokens[$0].byte == token.byte
                && (tokens[$0].end == token.start || token.end == tokens[$0].start)
        }
        if token.isPunctuation("|") { return isDouble }
        if token.isPunctuation("&") { return isAnd && isDouble }
        guard token.isPunctuation("="), !isDouble else { return false }
        // An assignment, not `!=`.
        return index == range.lowerBound || !touches(index - 1, index)
    }

    // MARK: - Helpers

    private func isWord(_ index: Int, _ words: [String]) -> Bool {
        structure.word(index).map(words.contains) ?? false
    }

    /// The index of what closes the parenthesis at a token.
    private func closing(_ index: Int, _ limit: Int) -> Int? {
        guard index < limit, tokens[index].isPunctuation("(") else { return nil }
        let close = Int(structure.partner[index])
        return close > index && close < limit ? close : nil
    }

    private func skipComments(_ index: Int, _ limit: Int) -> Int {
        var next = index
        while next < limit, tokens[next].kind == .comment || tokens[next].kind == .directive { next += 1 }
        return next
    }

    private func line(_ offset: Int) -> Int { text.line(at: offset) - 1 }

    private func bytes(_ range: Tokens) -> Range<Int> {
        tokens[range.lowerBound].start..<tokens[range.upperBound - 1].end
    }

    private mutating func add(_ kind: CodeMutant.Kind, _ range: Tokens, by replacement: String) {
        add(kind, bytes(range), Array(replacement.utf8))
    }

    /// - Parameter part: what has to be in lines that may change; nil for all of it.
    private mutating func add(
        _ kind: CodeMutant.Kind,
        _ range: Range<Int>,
        _ replacement: [UInt8],
        changing part: Range<Int>? = nil
    ) {
        let part = part ?? range
        guard (line(part.lowerBound)...line(part.upperBound - 1)).allSatisfy(lines.contains) else { return }
        let newline = UInt8(ascii: "\n")
        let lost = text.bytes[range].count { $0 == newline } - replacement.count { $0 == newline }
        let padded = replacement + [UInt8](repeating: newline, count: max(0, lost))
        guard !text.bytes[range].elementsEqual(padded) else { return }
        let mutant = CodeMutant(
            kind: kind,
            function: function,
            line: line(part.lowerBound) + 1,
            edit: TextEdit(range: range, replacement: padded)
        )
        if seen.insert(mutant).inserted { mutants.append(mutant) }
    }
}
