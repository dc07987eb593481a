// SPDX-License-Identifier: GPL-2.0-only

import Testing

@testable import CSource

/// Numbers and names that are read from a tree: a wrong one would become ABI.
@Suite struct FactTests {
    private func probe(_ source: String) throws -> SourceProbe {
        SourceProbe(try ParsedSource(Array(source.utf8), language: .c))
    }

    @Test(
        arguments: [
            ("#define CAP_A 1\n#define CAP_B 7\n#define CAP_C 3\n", 7),
            ("#define CAP_A 0x10 /* hexadecimal */\n#define CAP_B 9UL\n", 16),
            ("#define CAP_A 5 // five\n#define CAP_B (1 << 9)\n#define CAP_C (6)\n", 6),
            ("#define CAP_A(x) 99\n#define CAP_B 2\n#define MY_CAP_C 50\n", 2),
            ("#ifdef X\n# define CAP_A 4\n#else\n#define  CAP_A\t8\n#endif\n", 8),
            ("#define CAP_A 1\n#if 0\n#define CAP_B 70\n#endif\n/*\n#define CAP_C 80\n*/\n", 1),
            ("#define CAP_A \\\n\t12\n", 12),
            ("#define CAP_A 010\n", 8),
        ] as [(String, UInt64)]
    )
    func highestMacro(source: String, value: UInt64) throws {
        #expect(try probe(source).highestMacro(prefix: "CAP_")?.value == value)
    }

    @Test func noMacroAtAll() throws {
        #expect(try probe("#define CAP_A CAP_B\nint CAP_C = 3;\n").highestMacro(prefix: "CAP_") == nil)
    }

    /// Forms that nobody has written yet: no answer is better than a number that is taken.
    @Test(arguments: [
        "enum cap { CAP_A = 1, CAP_B };\n", "#define CAP_A CAP_BASE + 1\n", "#define CAP_A (CAP_BASE + 1)\n",
        "#define CAP_A (1 << 3)\n", "#define CAP_A(n) (n)\n", "CAP(CAP_A, 1)\nCAP(CAP_B, 2)\n",
        "#define CAP_A\n", "#define CAP_A 1 + 2\n",
    ])
    func unknownFormsOfNumbers(source: String) throws {
        #expect(try probe(source).highestMacro(prefix: "CAP_") == nil)
    }

    @Test(arguments: [
        // A table that is a list of macros, an enumeration without the terminator, one behind a macro.
        "#define CMDS(x) x(A) x(B) x(END)\nenum e { CMDS(ENTRY) };\n", "enum e { A, B };\n",
        "enum { A, B, END };\n", "#define A 0\n#define B 1\n#define END 2\n",
        "enum f { A, B, END };\n", "enum e;\n", "enum e { A = FIRST, B, END };\n",
    ])
    func unknownFormsOfCommands(source: String) throws {
        #expect(try probe(source).lastEnumerator(of: "e", before: ["END"]) == nil)
    }

    /// A new enumerator in front of one that is counted on would move that.
    @Test func whatWouldMoveEndsNothing() throws {
        let source = "enum e {\n\tK_A,\n\tK_B = A0 + 1,\n\tK_C,\n\tK_ROUND,\n\tK_D,\n\tK_MAX,\n};\n"
        let counted = try probe(source.replacing("A0", with: "K_A"))
        #expect(counted.lastEnumerator(of: "e", before: ["K_ROUND", "K_MAX"])?.value == 4)
        #expect(counted.space(of: "e", before: ["K_ROUND", "K_MAX"])?.prefix == "K_")
        #expect(counted.space(of: "e", before: ["K_ROUND", "K_MAX"])?.end == "K_MAX")
        #expect(try probe(source).lastEnumerator(of: "e", before: ["K_ROUND", "K_MAX"]) == nil)
    }

    /// Every spelling of a number that is taken.
    @Test(arguments: [
        ("#define K_X 5\n", 6), ("#define K_X (4 + 1)\n", 6), ("#define K_X 0x5U\n", 6),
        ("#define BASE 4\n#define K_X (BASE + 1)\n", 6), ("enum { K_W = 4, K_X };\n", 6),
        ("enum other { K_X = 5, K_Y, K_Z };\n", 8), ("#define K_X ((1 << 2) | 1) /* five */\n", 6),
        ("#define J_X 5\n", 5), ("#define K_X(a) 5\n", 5), ("#define K_X \"5\"\n", 5), ("#define K_X\n", 5),
        ("#if 0\n#define K_X 5\n#endif\n", 5), ("enum e { K_X = 5 };\n#define K_X K_X\n", 6),
        ("enum e { K_MAX = 5 };\n", 5), ("#ifdef A\n#define K_X 5\n#else\n#define K_Y 6\n#endif\n", 7),
    ])
    func taken(source: String, free: UInt64) throws {
        var numbers = TakenNumbers(prefix: "K_")
        numbers.add(try ParsedSource(Array(source.utf8), language: .c), file: "a.h", except: "K_MAX")
        #expect(numbers.unknown == nil)
        #expect(numbers.free(from: 5) == free)
    }

    @Test(arguments: [
        "#define K_X sizeof(int)\n", "enum e { K_X = FOO };\n", "#define K_X 1 / 0\n", "#define K_X (1\n",
    ])
    func nobodyKnows(source: String) throws {
        var numbers = TakenNumbers(prefix: "K_")
        numbers.add(try ParsedSource(Array(source.utf8), language: .c), file: "a.h")
        #expect(numbers.unknown?.name == "K_X")
    }

    @Test func numbersEndWhereTheNextOnesBegin() throws {
        let source = "enum e {\n\tA,\n\tB,\n\tROUND = 100,\n\tC,\n\tEND,\n};\n"
        #expect(try probe(source).limit(of: "e", before: ["ROUND", "END"])?.value == 100)
        #expect(try probe(source).limit(of: "e", before: ["ROUND", "END"])?.line == 4)
        // Counted on, it says nothing.
        #expect(try probe(source).limit(of: "e", before: ["END"]) == nil)
        #expect(try probe(source).limit(of: "f", before: ["ROUND"]) == nil)
    }

    @Test(arguments: [
        ("1", true), ("(1)", true), ("0x1", true), ("2", false), ("(1 << 0)", false), ("B", false),
    ])
    func macroOfValue(value: String, holds: Bool) throws {
        let source = "#define A_B 1\n#define A \(value)\n"
        #expect(try (probe(source).macro("A", of: 1)?.line == 2) == holds)
    }

    @Test(
        arguments: [
            ("A, B, C, END", 2), ("A = 5, B, END,", 6),
            ("A = 0x10,\n\t/* b = 9 */\n\tB /* = 3 */,\n\n\tEND", 17),
            ("A = 5 /* five */, END", 5), ("A, B = 100, C = 7, D, END", 8), ("A = X, B = 3, END", 3),
            ("A,\n#ifdef X\n B,\n#endif\n END", 1), ("A = 20, END = 30, B = 40", 20), ("END", nil),
            ("A, B", nil), ("A = X + 1, END", nil),
            ("A = 1, B = A, END", 1), ("A = -1, B, END", nil), ("A = 0xffffffffffffffff, B, END", nil),
        ] as [(String, UInt64?)]
    )
    func lastEnumerator(body: String, value: UInt64?) throws {
        #expect(
            try probe("enum e {\n\t\(body)\n};\n").lastEnumerator(of: "e", before: ["END"])?.value == value,
            "\(body)"
        )
    }

    @Test func whicheverEndComesFirst() throws {
        let source = "enum e {\n\tA,\n\tB,\n\tROUND = 100,\n\tEND,\n};\n"
        #expect(try probe(source).lastEnumerator(of: "e", before: ["END", "ROUND"])?.value == 1)
        #expect(try probe(source).lastEnumerator(of: "e", before: ["END", "SQUARE"])?.value == 100)
    }

    @Test func lines() throws {
        let source = "# a\nA  +=\tx/b\n\nA += x/bc\n"
        let probe = SourceProbe(try ParsedSource(Array(source.utf8), language: .plain))
        #expect(probe.line("A += x/b")?.line == 2)
        #expect(probe.line("A += x") == nil)
    }

    @Test func linesOfFunctions() throws {
        let probe = try probe("void a(void)\n{\n\tlock();\n}\n\nvoid b(void)\n{\n\twork();\n\tlock();\n}\n")
        #expect(probe.line("lock();")?.line == 3)
        #expect(probe.line("lock();", in: ["b"])?.line == 9)
        #expect(probe.line("work();", in: ["a", "b"]) == nil)
        #expect(probe.line("work();", in: ["c", "b"])?.line == 8)
        #expect(probe.line("lock();", in: ["c"]) == nil)
    }

    @Test func evidence() throws {
        let found = try #require(
            try probe("\n\n#define CAP_A 1\n  #define CAP_B 2 /* two */\n").highestMacro(prefix: "CAP_")
        )
        #expect(found.line == 4)
        #expect(found.text == "#define CAP_B 2 /* two */")
    }

    @Test(arguments: [
        ("int a;", true), ("unsigned long *a[3];", true), ("int (*a)(struct b *);", true), ("u8 a:1;", true),
        ("struct list_head a __aligned(8);", true),
        ("int aa; /* a */", false), ("struct a *b;", false), ("#ifdef X\n\tint a;\n#endif", true),
        ("int b, a;", true), ("int a, b;", true), ("int *a, b[3];", true),
        ("int (*op)(int a, int b);", false), ("int b[a];", false), ("struct { int a; } b;", false),
    ])
    func member(body: String, isThere: Bool) throws {
        #expect(try (probe("struct s {\n\t\(body)\n};\n").member("a", of: "s") != nil) == isThere, "\(body)")
    }

    @Test(arguments: ["7", ""])
    func sections(chapter: String) throws {
        let text =
            "7. Seven\n========\n\n7.9 Nine\n--------\n\n7.10 Ten\n--------\n\n::\n\n    7.99 Not one\n    ------------\n\n17.80 Other\n-----------\n\n8. Eight\n========\n"
        let probe = SourceProbe(try ParsedSource(Array(text.utf8), language: .reST))
        let found = try #require(probe.highestSection(chapter: chapter))
        #expect(found.value == (chapter.isEmpty ? 8 : 10))
        #expect(found.text == (chapter.isEmpty ? "8. Eight" : "7.10 Ten"))
    }
}
