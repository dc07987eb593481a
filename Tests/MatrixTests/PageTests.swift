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

    /// Millions of lines, NUL, and lines without end: what is shown is bounded, and numbered as in the log.
    @Test func aLogOfMegabytes() async throws {
        let place = try Place()
        let pieces = [Array("\0\0\u{1b}[31mred\n".utf8), [0x0a], Array("<b>&amp;\n".utf8)]
        let log =
            Array((0..<1_000_000).map { pieces[$0 % 3] }.joined()) + Array(repeating: 0x41, count: 10 << 20)
        let matrix = try await hostile(place, log: log)
        #expect(matrix.refused == [])
        let (_, cell, _) = try page(PageSource(matrix: matrix, today: "2026-11-29"), place)
        #expect(cell.utf8.count < 300_000, "\(cell.utf8.count)")
        #expect(cell.contains("<summary>1000001 lines</summary>") && cell.contains("lines left out"))
        #expect(cell.contains("href=\"#L1000001\">1000001</a> AAAA"))
        #expect(cell.contains("<a id=\"L1\" href=\"#L1\">1</a> red\n"))
        #expect(cell.contains("&lt;b&gt;&amp;amp;") && !cell.contains("<b>&amp;\n"))
        #expect(!cell.utf8.contains(0) && !cell.utf8.contains(0x1b))
    }

    @Test func aLogOfAHundredMegabytesIsRefusedByName() async throws {
        let place = try Place()
        _ = try await hostile(place, log: [])
        let folder = place.path.appending("cell")
        let manifest = try ResultFolder.manifest(folder)
        // A file with a hole in it: its sum and size are right.
        let path = folder.appending("console.log").string
        #expect(truncate(path, 100 << 20) == 0)
        try await ResultFolder.seal(folder, manifest)
        let matrix = try await MatrixFolder.read(folder)
        #expect(matrix.results.isEmpty)
        let refusal = try #require(matrix.refused.first)
        #expect(refusal.contains("console.log") && refusal.contains("are the most"), "\(refusal)")
    }

    /// Which points were taken, what the tests say of them, and those that no test speaks for.
    @Test func pointsOfTheReview() async throws {
        let place = try Place()
        let matrix = try await hostile(place, log: [])
        var source = PageSource(matrix: matrix, today: "2026-11-29")
        let row = try #require(matrix.record.cells.first).cell.row
        source.review = PageReview(
            points: [("R14", "Do we really care?"), (Hostile.script, Hostile.all)],
            standings: [row: ["R14": "taken", Hostile.script: "as posted"]]
        )
        let (index, _, _) = try page(source, place)
        #expect(
            index.contains(
                "<th scope=\"row\">R14</th><td class=\"said\">Do we really care?</td><td>taken</td>"
            )
        )
        #expect(!index.contains("<script>alert"))
        #expect(index.contains("<td>as posted: <span class=\"bad\">fail, 1 test, 1 tree</span></td>"))
    }

    /// A site on three trees: moved by lines, then to another file, then gone.
    @Test func whereSitesWent() async throws {
        let place = try Place()
        let cells = try fakeCells(["a"], trees: ["1", "2", "3", "4"])
        let outcomes = try await judge(cells, place.store).outcomes
        let folder = place.path.appending("out")
        try MatrixFolder.write(outcomes, from: place.store, to: folder)
        let sites = [
            #"[{"patch":"p","path":"a.c","anchor":"after f","line":5}]"#,
            #"[{"patch":"p","path":"a.c","anchor":"after f","line":7}]"#,
            #"[{"patch":"p","path":"b.c","anchor":"after f","line":7}]"#, "[]",
        ]
        for (outcome, text) in zip(outcomes, sites) {
            let cell = folder.appending("cells").appending(outcome.key.description)
            try Files.write(Array(text.utf8), to: cell.appending("sites.json"))
            try await ResultFolder.seal(cell, try ResultFolder.manifest(cell))
        }
        let (index, _, _) = try page(
            PageSource(matrix: try await MatrixFolder.read(folder), today: "2026-11-29"),
            place
        )
        #expect(index.contains("1 to 2: 1 shifted<") && index.contains("2 to 3: 1 other file<"))
        #expect(index.contains("3 to 4: 1 only in the earlier tree<"))
        #expect(
            index.contains(#"<td class="s1"><code>a.c:7</code></td><td class="s2"><code>b.c:7</code></td>"#)
        )
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
