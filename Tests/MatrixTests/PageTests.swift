// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import History
import Matrix
import Pages
import SystemPackage
import TestReport
import Testing

/// What a stranger's guest may say.
enum Hostile {
    static let script = #""><script>alert(1)</script><img src=x onerror=alert(2)>"#
    /// An accent behind a quotation mark makes it another character to Swift, and none to a browser.
    static let accented = "\"\u{301} onmouseover=\"alert(3)"
    static let terminal = "\u{1b}[2J\u{1b}]0;title\u{7}\u{202e}"
    static let all = script + accented + terminal + "{{name}}{{{log}}}"
}

@Suite struct PageTests {
    static let templates = FilePath(
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Templates/page").path
    )

    /// A matrix of one cell whose names, reasons, titles and log are hostile.
    private func hostile(_ place: Place, log: [UInt8]) async throws -> MatrixFolder {
        let cell = Cell(
            series: "s" + Hostile.script,
            variant: "v" + Hostile.all,
            tree: Hostile.accented,
            profile: "fast",
            judge: .suite(tests: Hostile.script)
        )
        let identified = IdentifiedCell(
            cell: cell,
            key: try CellKey(of: ["x"]),
            lane: "l",
            treeName: Hostile.all
        )
        let report = RunReport(
            toolVersion: "1",
            created: "2026-11-29T00:00:00Z",
            tree: Hostile.all,
            variant: Hostile.all,
            profile: "fast",
            accelerator: "none",
            acceleratorReason: Hostile.all,
            machineEnding: Hostile.all,
            consoleEvents: [
                .init(
                    kind: Hostile.script,
                    verdict: .fail,
                    lines: [Hostile.all],
                    title: Hostile.all,
                    alternatives: [Hostile.script],
                    frames: [Hostile.script]
                )
            ],
            newWarnings: [Hostile.all],
            results: [
                TestResult(
                    name: Hostile.all,
                    verdict: .fail,
                    reason: Hostile.all + String(repeating: "x", count: 1 << 20),
                    points: [Hostile.script],
                    diagnostics: [Hostile.all, String(repeating: "<", count: 1 << 20)]
                ),
                TestResult(name: "passes " + Hostile.all, verdict: .pass),
            ],
            phases: [.init(name: Hostile.all, milliseconds: 5)]
        )
        let folder = place.path.appending("cell")
        try Files.makeFolder(folder)
        try Files.write(Array(try report.written(as: .json).utf8), to: folder.appending("report.json"))
        try Files.write(log, to: folder.appending("console.log"))
        let result = CellResult(
            identified,
            Judgement(.fail, reason: Hostile.all),
            host: Hostile.all,
            started: "2026-11-29T00:00:00Z",
            milliseconds: 5
        )
        try await ResultFolder.seal(folder, result)
        return try await MatrixFolder.read(folder)
    }

    private func page(_ source: PageSource, _ place: Place) throws -> (
        index: String, cell: String, folder: FilePath
    ) {
        let folder = place.path.appending("page")
        try PageWriter(templates: Self.templates).write(source, to: folder)
        func text(_ name: String) throws -> String {
            String(decoding: try Files.read(folder.appending(name)), as: UTF8.self)
        }
        return (try text("index.html"), try text("c/1.html"), folder)
    }

    @Test func strangersWordsAreTextOfAPage() async throws {
        let place = try Place()
        let line = Array((Hostile.all + "\n").utf8)
        let log = Array((0..<20_000).map { _ in line }.joined())
        let matrix = try await hostile(place, log: log)
        #expect(matrix.refused == [])
        var source = PageSource(matrix: matrix, today: "2026-11-29")
        source.known = [
            KnownIssue(
                test: Hostile.script,
                cell: "*",
                reason: Hostile.all,
                added: "2026-11-01",
                expires: "2026-11-02"
            )
        ]
        source.comparison = Comparison(
            ComparisonSide(name: Hostile.all, cells: []),
            ComparisonSide(matrix)
        )
        let (index, cell, _) = try page(source, place)
        for text in [index, cell] {
            #expect(!text.contains("<script>alert") && !text.contains("<img"))
            #expect(!text.utf8.contains(0x1b) && !text.unicodeScalars.contains("\u{202e}"))
            // No attribute ends where a stranger wants.
            #expect(text.utf8.firstRangeOf("\"\u{301}") == nil)
            // What looks like a template is none.
            #expect(text.contains("{{name}}"))
        }
        #expect(cell.utf8.count < 300_000, "\(cell.utf8.count)")
        #expect(cell.contains("lines left out"))
        #expect(index.contains("expired"))
        let mail = MailSummary(source).text
        #expect(!mail.utf8.contains(0x1b))
        let long = mail.lines.dropFirst().filter { $0.count > 72 }
        #expect(long.isEmpty, "\(long)")
    }

    @Test func tidyFindsNothing() async throws {
        let place = try Place()
        let matrix = try await hostile(place, log: Array("one\nWARNING: two\n".utf8))
        let (_, _, folder) = try page(PageSource(matrix: matrix, today: "2026-11-29"), place)
        for name in ["index.html", "c/1.html"] {
            let process = Process()
            let pipe = Pipe()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/tidy")
            process.arguments = ["-q", "-e", "--drop-empty-elements", "no", folder.appending(name).string]
            process.standardError = pipe
            try process.run()
            let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(process.terminationStatus == 0, "\(name): \(said)")
        }
    }

    @Test func whatIsMissingOrForgedIsShown() async throws {
        let place = try Place()
        let outcomes = try await judge(try fakeCells(["a", "b", "c"], trees: ["5.10"]), place.store).outcomes
        let folder = place.path.appending("out")
        try MatrixFolder.write(outcomes, from: place.store, to: folder)
        let cells = folder.appending("cells")
        try Files.remove(cells.appending(outcomes[0].identified.key.description))
        let forged = cells.appending(outcomes[1].identified.key.description).appending("report.json")
        try Files.write(Array(try Files.read(forged).dropLast(5)), to: forged)
        let source = PageSource(matrix: try await MatrixFolder.read(folder), today: "2026-11-29")
        let (index, _, _) = try page(source, place)
        #expect(index.contains("2 missing") && index.contains("1 pass"))
        #expect(index.contains("can&#39;t be believed") || index.contains("can't be believed"))
        #expect(index.contains(outcomes[1].identified.key.description))
        #expect(
            Badge([.pass, .missing]).text == "1 of 2 missing" && Badge([.pass, .upstream]).text == "1 pass"
        )
        #expect(Badge([.pass, .fail]).svg.contains("1 of 2 failed"))
    }

    @Test func aPageReplacesAPageAndNothingElse() async throws {
        let place = try Place()
        let outcomes = try await judge(try fakeCells(["a"], trees: ["5.10"]), place.store).outcomes
        let source = PageSource(
            matrix: try await MatrixFolder.of(outcomes, in: place.store),
            today: "2026-11-29"
        )
        _ = try page(source, place)
        _ = try page(source, place)
        let other = place.path.appending("page/thesis.tex")
        try Files.write([1], to: other)
        #expect(throws: PageError.self) { try page(source, place) }
        #expect(Files.exists(other))
    }
}

extension String.UTF8View {
    fileprivate func firstRangeOf(_ text: String) -> Range<Index>? { firstRange(of: text.utf8) }
}
