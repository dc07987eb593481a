// SPDX-License-Identifier: GPL-2.0-only

/// The tokens of a C file after some edits: those that stand between the edits are taken over, because the lexer's state
/// is where it is and whether a line has begun.
struct RelexedC {
    private let old: [CToken]
    private let edits: [TextEdit]
    private var lexer: CLexer
    /// The next edit, and how far the edits before it have moved what stands behind them.
    private var edit = 0
    private var shift = 0
    /// The next token of `old`.
    private var next = 0

    /// - Returns: nil if the whole file has to be lexed: it has dead code, or too many tokens.
    static func tokens(
        _ old: [CToken],
        after edits: [TextEdit],
        of oldSize: Int,
        in bytes: [UInt8],
        atMost limit: Int
    ) -> [CToken]? {
        let ordered = edits.sorted {
            ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
        }
        // Where dead code ends depends on what stands behind it. And a newline may have come to the end that the edits
        // don't have (`SourceText.applying`).
        guard !old.contains(where: { $0.directive == .openDead }),
            bytes.count == ordered.reduce(oldSize, { $0 + $1.replacement.count - $1.range.count })
        else { return nil }
        return bytes.withUnsafeBufferPointer { bytes in
            var relexed = RelexedC(old: old, edits: ordered, lexer: CLexer(bytes: bytes))
            return relexed.run(limit)
        }
    }

    private init(old: [CToken], edits: [TextEdit], lexer: CLexer) {
        self.old = old
        self.edits = edits
        self.lexer = lexer
    }

    private mutating func run(_ limit: Int) -> [CToken]? {
        while takeOver() {
            guard lexUntilTheSame(limit) else { return nil }
        }
        return lexer.tokens.count <= limit ? lexer.tokens : nil
    }

    /// Takes over the tokens in front of the next edit, which may make the last one longer; false if none is left.
    private mutating func takeOver() -> Bool {
        let bound = edit < edits.count ? edits[edit].range.lowerBound : Int.max
        let first = next
        while next < old.count, old[next].end < bound { next += 1 }
        for token in old[first..<next] { lexer.tokens.append(token.moved(by: shift)) }
        guard edit < edits.count else { return false }
        // Behind a comment a line may have begun or not.
        while lexer.tokens.last?.kind == .comment { lexer.tokens.removeLast() }
        lexer.position = lexer.tokens.last?.end ?? 0
        lexer.atLineStart = lexer.tokens.isEmpty
        return true
    }

    /// Lexes from there on until a token behind an edit is what it was before; false for dead code, or too much.
    private mutating func lexUntilTheSame(_ limit: Int) -> Bool {
        while lexer.position < lexer.bytes.count {
            let count = lexer.tokens.count
            guard count <= limit else { return false }
            lexer.advance()
            guard lexer.tokens.count > count, let token = lexer.tokens.last else { continue }
            if token.directive == .openDead { return false }
            while edit < edits.count, edits[edit].end(shift) <= token.start {
                shift += edits[edit].replacement.count - edits[edit].range.count
                edit += 1
            }
            if isAsBefore(token) { return true }
        }
        // Nothing is left to be taken over.
        edit = edits.count
        next = old.count
        return true
    }

    private mutating func isAsBefore(_ token: CToken) -> Bool {
        let start = token.start - shift
        while next < old.count, old[next].start < start { next += 1 }
        guard next < old.count, token.kind != .comment, old[next].moved(by: shift) == token,
            edit == edits.count || old[next].end < edits[edit].range.lowerBound,
            edit > 0, edits[edit - 1].range.upperBound <= start
        else { return false }
        next += 1
        return true
    }
}

extension TextEdit {
    /// Where its replacement ends in the new text, if what stands before it was moved so far.
    fileprivate func end(_ shift: Int) -> Int { range.lowerBound + shift + replacement.count }
}
