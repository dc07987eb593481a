// SPDX-License-Identifier: GPL-2.0-only

import Testing

@testable import CSource

/// A structure that edits were carried through is the one that is found in the edited text.
@Suite struct RelexTests {
    /// Its parts meet in every way, sense or not: only the lexer has to agree with itself.
    private static let parts = [
        "word", "x", " ", "\n", "\n\n", "\t", "/*", "*/", "//", "\"", "'", "\\", "\\\n", "#", "#if A\n",
        "#else\n",
        "#endif\n", "#if 0\n", "#define F(a) \\\n\ta\n", "(", ")", "{", "}", ";", "\r\n",
        "int f(void)\n{\n}\n",
        "/* one\n * two\n */\n", "s = \"a\\\"b\";\n",
    ]

    @Test(arguments: 0..<40)
    func edits(seed: Int) throws {
        var random = Generator(state: UInt64(seed) &+ 1)
        func text(_ count: Int) -> [UInt8] {
            (0..<count).flatMap { _ in
                Array((Self.parts.randomElement(using: &random) ?? "").utf8)
            }
        }
        for round in 0..<50 {
            var source = try ParsedSource(text(Int.random(in: 0...200, using: &random)), language: .c)
            for _ in 0..<4 {
                var edits: [TextEdit] = []
                var at = 0
                for _ in 0..<Int.random(in: 1...4, using: &random) where at <= source.text.bytes.count {
                    let start = Int.random(in: at...source.text.bytes.count, using: &random)
                    let end = Int.random(in: start...min(start + 20, source.text.bytes.count), using: &random)
                    let replacement = text(Int.random(in: 0...3, using: &random))
                    edits.append(TextEdit(range: start..<end, replacement: replacement))
                    at = end + 1
                }
                let bytes = try source.text.applying(edits.shuffled(using: &random))
                source = try source.edited(by: edits, to: bytes)
                let anew = try ParsedSource(bytes, language: .c)
                guard case .c(let carried, _) = source.form, case .c(let read, _) = anew.form else {
                    Issue.record("this is C")
                    return
                }
                #expect(
                    carried.tokens == read.tokens && carried.partner == read.partner,
                    "seed \(seed), round \(round): \(edits) make \(String(decoding: bytes, as: UTF8.self))"
                )
            }
        }
    }

    /// xorshift64 (Marsaglia, "Xorshift RNGs"): the same edits in each run.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state &* 0x2545_F491_4F6C_DD1D
        }
    }
}
