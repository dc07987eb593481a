// SPDX-License-Identifier: GPL-2.0-only

/// The beginning of a piece of C as an anchor names it, compared token by token.
public struct CPattern: Sendable, Equatable, CustomStringConvertible {
    let tokens: [[UInt8]]
    public let description: String

    public init(_ code: String) {
        let bytes = [UInt8](code.utf8)
        tokens = (lexC(bytes, atMost: .max) ?? []).filter { $0.kind != .comment }.map {
            [UInt8](bytes[$0.range])
        }
        description = code
    }

    /// Its first token alone; what begins with it is worth a look where the whole isn't found.
    var first: CPattern { CPattern(tokens: Array(tokens.prefix(1)), description: description) }

    /// Whether a word is in it.
    func names(_ word: String) -> Bool { tokens.contains { $0.elementsEqual(word.utf8) } }

    private init(tokens: [[UInt8]], description: String) {
        self.tokens = tokens
        self.description = description
    }
}
