// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import TestSupport
import Testing

@testable import CSource

/// Where the sites of a template go in a file, or why they don't.
@Suite struct SiteTests {
    @Test(arguments: try Fixtures.names(in: "sites"))
    func placed(name: String) throws {
        let url = Fixtures.archive("sites", name)
        let archive = try Archive(url)
        let suffix = archive["kernel.rst"] == nil ? "c" : "rst"
        let kernel = Array(try #require(archive["kernel.\(suffix)"]).utf8)
        let template = Array(try #require(archive["template.\(suffix)"]).utf8)
        try archive.expect(
            try outcome(kernel, template, SourceLanguage(path: "x.\(suffix)")),
            at: url
        )
    }

    /// The file with every site that has a place, then what the others were refused for.
    private func outcome(_ kernel: [UInt8], _ template: [UInt8], _ language: SourceLanguage) throws -> String
    {
        let text = SourceText(kernel)
        let resolver = AnchorResolver(try ParsedSource(text.bytes, language: language))
        var edits: [TextEdit] = []
        var refusals = ""
        do {
            for site in try SiteReader(SourceText(template), language: language).sites() {
                do {
                    edits.append(TextEdit(range: try resolver.resolve(site.anchor), replacement: site.body))
                } catch {
                    refusals += "\(site.line): \(error)\n" + error.candidates.map { "    \($0)\n" }.joined()
                }
            }
            return String(decoding: try text.applying(edits), as: UTF8.self)
                + (refusals.isEmpty ? "" : "---- refused\n" + refusals)
        } catch let error as SiteError {
            return "\(error.line): \(error)\n"
        } catch {
            return "\(error)\n"
        }
    }

    private func edited(_ kernel: String, _ template: String) throws -> String {
        let text = SourceText(Array(kernel.utf8))
        let resolver = AnchorResolver(try ParsedSource(text.bytes, language: .c))
        let edits = try SiteReader(SourceText(Array(template.utf8)), language: .c).sites().map { site in
            TextEdit(range: try resolver.resolve(site.anchor), replacement: site.body)
        }
        return String(decoding: try text.applying(edits), as: UTF8.self)
    }

    @Test func behindALastLineWithoutNewline() throws {
        let template = "/* kpatch: after function f */\nint g;\n/* kpatch: end */\n"
        #expect(try edited("int f(void)\n{\n}", template) == "int f(void)\n{\n}\nint g;\n")
    }

    @Test func inPlaceOfALastLineWithoutNewline() throws {
        let template = "/* kpatch: replace variable f */\nint g;\n/* kpatch: end */\n"
        #expect(try edited("int f;", template) == "int g;\n")
    }

    @Test func carriageReturnsStay() throws {
        let template = "int f(void)\n{\n\t/* kpatch: before b(); */\n\tc();\n\t/* kpatch: end */\n}\n"
        #expect(
            try edited("int f(void)\r\n{\r\n\ta();\r\n\r\n\tb();\r\n}\r\n", template).contains(
                "\r\n\tc();\n\tb();\r\n"
            )
        )
    }

    @Test func addedLinesEndAsTheOthersDo() {
        let added = Array("a\n\nb\r\n".utf8)
        #expect(SourceText(Array("x\r\ny\n".utf8)).withOwnEndings(added) == Array("a\r\n\r\nb\r\n".utf8))
        #expect(SourceText(Array("x\ny\r\n".utf8)).withOwnEndings(added) == added)
        #expect(SourceText([]).withOwnEndings(added) == added)
    }

    @Test func everyOtherByteStays() throws {
        let kernel: [UInt8] =
            Array("int a; /* ".utf8) + [0xe9, 0x0c, 0x00, 0xff] + Array(" */\nint b;\n".utf8)
        let text = SourceText(kernel)
        let anchor = Anchor(relation: .before, target: .named(.variable, "b"))
        let place = try AnchorResolver(try ParsedSource(text.bytes, language: .c)).resolve(anchor)
        let inserted = Array("int c;\n".utf8)
        let result = try text.applying([TextEdit(range: place, replacement: inserted)])
        #expect(result == kernel[..<place.lowerBound] + inserted + kernel[place.lowerBound...])
        #expect(text.line(at: place.lowerBound) == 2)
    }

    @Test func editsThatOverlapAreNamed() throws {
        let text = SourceText(Array("abcdef".utf8))
        let edits = [
            TextEdit(range: 3..<5, replacement: []), TextEdit(range: 0..<1, replacement: []),
            TextEdit(range: 4..<6, replacement: []),
        ]
        #expect(throws: OverlappingEdits(first: 0, second: 2)) { try text.applying(edits) }
        #expect(throws: OverlappingEdits(first: 0, second: 1)) {
            try text.applying([
                TextEdit(range: 1..<4, replacement: []), TextEdit(range: 2..<2, replacement: [0]),
            ])
        }
    }
}
