// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import TestSupport
import Testing

@testable import CSource

enum Fixtures {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "Fixtures"
    )

    static func names(in folder: String) throws -> [String] {
        try Archive.all(in: Self.folder.appendingPathComponent(folder)).map {
            $0.deletingPathExtension().lastPathComponent
        }
    }

    static func archive(_ folder: String, _ name: String) -> URL {
        Self.folder.appendingPathComponent(folder).appendingPathComponent("\(name).txtar")
    }
}

/// What is seen in C that is hard to read without a preprocessor.
@Suite struct StructureTests {
    @Test(arguments: try Fixtures.names(in: "structure"))
    func items(name: String) throws {
        let url = Fixtures.archive("structure", name)
        let archive = try Archive(url)
        let structure = try CStructure(SourceText(Array(try #require(archive["source.c"]).utf8)))
        try archive.expect(dump(structure.items, structure, indent: ""), at: url)
    }

    /// One line per item: its lines with and without its comment, kind, name, and beginning if it has none.
    private func dump(_ items: [Item], _ structure: CStructure, indent: String) -> String {
        items.map { item in
            let text = structure.text
            let (leading, first, last) = (
                text.line(at: item.leadingStart), text.line(at: item.start), text.line(at: item.end - 1)
            )
            let lines =
                (leading == first ? "" : "\(leading)+") + (first == last ? "\(first)" : "\(first)-\(last)")
            let name = item.name ?? "'\(text.lineText(at: item.start))'"
            return "\(indent)\(lines) \(item.kind.rawValue) \(name)\n"
                + dump(structure.children(of: item), structure, indent: indent + "  ")
        }.joined()
    }

    // MARK: Bytes that a fixture can't show well

    private func items(_ source: [UInt8]) throws -> [Item] { try CStructure(SourceText(source)).items }

    @Test func carriageReturns() throws {
        let source =
            "#define A(x) \\\r\n\tdo { \\\r\n\t} while (0)\r\nint f(void)\r\n{\r\n\treturn '\\\r\n{';\r\n}\r\nint g;\r\n"
        let items = try items(Array(source.utf8))
        #expect(items.map(\.name) == ["A", "f", "g"])
        #expect(items.map(\.kind) == [.directive, .function, .variable])
    }

    @Test func noNewlineAtTheEnd() throws {
        let sources = [
            "int f(void)\n{\n}", "struct a { int b; };", "#define A 1", "// {", "/* {", "\"{", "'",
            "#if 0\n{", "int a = 1", "f(", "#", "\\", "/",
            "#define A \\", "case", "enum a {", "x \"\\", "/*", "*/", "}", ")", "]", "#if", "#else", "#endif",
            "#elif", "do", "if (", "else", "",
        ]
        for source in sources {
            let bytes = Array(source.utf8)
            let items = try items(bytes)
            #expect(items.allSatisfy { $0.start < $0.end && $0.end <= bytes.count }, "\(source)")
        }
    }

    @Test func formFeedsAndVerticalTabs() throws {
        let items = try items(Array("\u{c}\nint f(void)\u{b}\n{\u{c}}\n\u{c}\nint g;\n".utf8))
        #expect(items.map(\.name) == ["f", "g"])
    }

    @Test func bytesThatAreNotUTF8() throws {
        // Latin-1, as some old files have it, in a comment, a string and an identifier's place.
        let source =
            Array("/* J".utf8) + [0xf6, 0xff, 0x80] + Array("rg { */\nchar *a = \"".utf8) + [0xe9]
            + Array("{\";\nint f(void) { x = ".utf8) + [0xb5]
            + Array("; }\nint g;\n".utf8)
        let items = try items(source)
        #expect(items.map(\.name) == ["a", "f", "g"])
        #expect(SourceText(source).bytes == source)
    }

    /// Whatever the bytes, the items lie in order, within the file, and hold their children.
    @Test func anyBytesAtAll() throws {
        var state: UInt64 = 0x5eed
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let pieces = [
            "{", "}", "(", ")", "[", "]", ";", ",", ":", "=", "*", "\n", "\n", " ", "\"", "'", "\\", "/*",
            "*/", "//", "#if 0\n", "\n#if A\n", "\n#else\n",
            "\n#endif\n", "\n#define X", "if", "else", "do", "while", "for", "case", "struct", "enum", "int",
            "f", "__attribute__", "SYSCALL_DEFINE1", ".x",
        ]
        for _ in 0..<400 {
            let source = Array(
                (0..<next(60)).map { _ in pieces[next(pieces.count)] + (next(2) == 0 ? " " : "") }.joined()
                    .utf8
            )
            let structure = try CStructure(SourceText(source))
            func check(_ items: [Item], _ range: Range<Int>) {
                var end = range.lowerBound
                for item in items {
                    let text = String(decoding: source, as: UTF8.self)
                    #expect(
                        end <= item.start && item.start < item.end && item.end <= range.upperBound,
                        "\(text)"
                    )
                    end = item.end
                    check(structure.children(of: item), item.start..<item.end)
                }
            }
            check(structure.items, 0..<source.count)
        }
    }
}
