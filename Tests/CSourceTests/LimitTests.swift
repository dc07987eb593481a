// SPDX-License-Identifier: GPL-2.0-only

import Testing

@testable import CSource

/// Kernel files that nobody would write: each is read, or refused with a limit.
///
/// Without the limits and the loops that stand for recursion, each of them takes minutes, gigabytes, or the stack.
@Suite struct LimitTests {
    private static func repeated(_ text: String, _ count: Int) -> [UInt8] {
        let part = Array(text.utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(part.count * count)
        for _ in 0..<count { bytes += part }
        return bytes
    }

    private func refusal(_ bytes: [UInt8]) -> String? {
        do {
            _ = try ParsedSource(bytes, language: .c)
            return nil
        } catch {
            return "\(error.line): \(error)"
        }
    }

    @Test func aLongComment() {
        #expect(
            refusal(Self.repeated("/* */", 1) + [UInt8](repeating: 0x20, count: 150 << 20))
                == "0: the file is larger than 8 MB"
        )
        #expect(
            refusal(
                Self.repeated("/*", 1) + [UInt8](repeating: 0x78, count: 7 << 20) + Self.repeated("*/", 1)
            ) == nil
        )
    }

    @Test func conditions() {
        #expect(refusal(Self.repeated("#if A\n", 100_000)) == "257: more than 256 #if are open")
        #expect(refusal(Self.repeated("#if A\n#endif\n", 50_000)) == nil)
    }

    @Test func signs() {
        #expect(refusal([UInt8](repeating: 0x3b, count: 1 << 20)) == nil)
        #expect(
            refusal([UInt8](repeating: 0x3b, count: 1 + 1 << 20))
                == "0: the file has more than 1048576 words and signs"
        )
        // Many that become one.
        let dead =
            Self.repeated("#if 0\n", 1) + [UInt8](repeating: 0x3b, count: 1 + 1 << 20)
            + Self.repeated("\n#endif\n", 1)
        #expect(refusal(dead) == "0: the file has more than 1048576 words and signs")
    }

    @Test(arguments: ["(", "[", "{", "({"])
    func brackets(opening: String) {
        #expect(refusal(Self.repeated(opening, 30_000)) == "1: more than 1000 brackets are open")
    }

    /// What was searched for again by each bracket, or copied by each `#if`.
    @Test(arguments: ["]", ")", "\n#if A\n(\n#else\n#endif\n", "\n#if A\n)\n#endif\n"])
    func unbalanced(part: String) {
        let bytes =
            Self.repeated("[", 1) + Self.repeated("{", 990) + Self.repeated(part, 200_000 / part.utf8.count)
        #expect(refusal(bytes) == nil)
    }

    /// Statements within each other, and behind each other as `else if`: one item, wherever it ends.
    @Test(
        arguments: [
            "if (a)\n", "if (a) b; else\n", "do\n", "for (;;)\n", "a:\n", "else\n",
            "list_for_each(a, b) if (c)\n",
            "if (a) /* */\n",
        ]
    )
    func statements(part: String) throws {
        let bytes =
            Self.repeated("void f(void)\n{\n", 1) + Self.repeated(part, 20_000)
            + Self.repeated("\tx();\n}\nint g;\n", 1)
        let structure = try CStructure(SourceText(bytes))
        #expect(structure.items.map(\.name) == ["f", "g"])
        let body = structure.children(of: structure.items[0])
        #expect(body.count == (part == "a:\n" ? 20_001 : 1))
        #expect(structure.text.bytes[..<(body.last?.end ?? 0)].suffix(4) == Array("x();".utf8)[...])
    }

    @Test func attributes() throws {
        let bytes =
            Self.repeated("int a ", 1) + Self.repeated("__b() ", 20_000) + Self.repeated("x;\nint g;\n", 1)
        #expect(try CStructure(SourceText(bytes)).items.last?.name == "g")
    }

    @Test func sections() throws {
        let text = Self.repeated("1\n===\n\n1\n---\n\n", 20_000)
        let sections = RestStructure(SourceText(text)).sections
        #expect(sections.count == 40_000)
        #expect(sections.last?.end == text.count)
    }
}
