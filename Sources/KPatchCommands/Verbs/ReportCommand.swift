// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import History
import Matrix
import Pages
import PatchSeries
import SystemPackage

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Makes a page of a matrix for a browser, or the text of a mail about it.",
        discussion: """
            RESULTS is a folder that 'matrix --output' or 'cell --output' wrote, or one that holds result folders. \
            What was cut off or changed is not shown as a result, but by name. With a history the page has when issues were \
            first and last seen, known issues, and times of boots and tests over time. The page is static: it needs no \
            server, and no script to be read. --mail prints plain text of 72 columns, regressions first.

            Exit status 0 if the page was made, whatever is on it; 1 if results could not be believed.
            """
    )

    @Argument(help: "The folder with results.", completion: .directory)
    var results: String

    @Option(
        name: .long,
        help: ArgumentHelp("The folder to write; an earlier page there is replaced.", valueName: "folder"),
        completion: .directory
    )
    var html: String?

    @Flag(name: .long, help: "Print the text of a mail, with its subject.")
    var mail = false

    @Option(
        name: .long,
        help: ArgumentHelp("Write a badge (SVG) to this file.", valueName: "file"),
        completion: .file(extensions: ["svg"])
    )
    var badge: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Say what changed since these results, which 'compare' takes.",
            valueName: "folder|name"
        )
    )
    var since: String?

    @OptionGroup var history: HistoryArguments

    func validate() throws {
        guard html != nil || mail || badge != nil else {
            throw ValidationError("name --html FOLDER, --mail or --badge FILE")
        }
        if html?.isEmpty ?? false { throw ValidationError("--html needs a folder") }
    }

    func run() async throws {
        if let html { try PageWriter.requireRoom(at: FilePath(html)) }
        let source = try await source()
        for text in source.matrix.refused { Terminal.error(text) }
        try write(source)
        if !source.matrix.refused.isEmpty { throw NegativeAnswer() }
    }

    private func write(_ source: PageSource) throws {
        if let html {
            let page = FilePath(html)
            let templates = try ProjectFiles.locate().root.appending("Templates/page")
            try PageWriter(templates: templates).write(source, to: page)
            Terminal.note(page.appending("index.html").string)
        }
        if let badge {
            let verdicts = source.matrix.record.cells.map { entry in
                source.matrix.results[entry.key]?.result.verdict ?? .missing
            }
            try Files.write(Array(Badge(verdicts).svg.utf8), to: FilePath(badge))
        }
        if mail { try Terminal.output(Array(MailSummary(source).text.utf8)) }
    }

    private func source() async throws -> PageSource {
        let history = try history.openIfThere()
        var source = PageSource(matrix: try await MatrixFolder.read(FilePath(results)), today: Today.text)
        if let history {
            source.findings = Dictionary(try history.findings().map { ($0.fingerprint, $0) }) { first, _ in
                first
            }
            source.trends = try history.trends()
            source.known = try history.knownIssues()
        }
        if html != nil { source.review = review(of: source.matrix) }
        if let since { source.comparison = try await comparison(source, since, history) }
        return source
    }

    /// The review of the matrix' series, and how its selections stand to that. A series that isn't here leaves it out, and
    /// nothing else.
    private func review(of matrix: MatrixFolder) -> PageReview? {
        // A stranger's results are not to say which folders are read.
        guard let name = matrix.record.cells.first?.cell.series, !name.contains("/") else { return nil }
        do {
            let loaded = try SeriesArguments.load(name)
            guard let points = try loaded.review()?.points else { return nil }
            var standings: [String: [String: String]] = [:]
            for cell in matrix.record.cells.map(\.cell)
            where cell.series == name && standings[cell.row] == nil {
                // One of another version of the series.
                guard let settings = try? cell.settings.map(Setting.init(parsing:)),
                    let selection = try? Selection(
                        variant: cell.variant,
                        settings: settings,
                        of: loaded.series
                    )
                else { continue }
                for point in points {
                    let standing = loaded.series.standing(of: point.name, in: selection)
                    standings[cell.row, default: [:]][point.name] = standing.rawValue
                }
            }
            return PageReview(points: points.map { ($0.name, $0.says) }, standings: standings)
        } catch {
            Terminal.note("note: the page doesn't say which points of the review were taken: \(error)")
            return nil
        }
    }

    private func comparison(_ source: PageSource, _ since: String, _ history: History?) async throws
        -> Comparison
    {
        let (before, refused) = try await NamedResults.side(since, history)
        for text in refused { Terminal.error(text) }
        return Comparison(
            before,
            ComparisonSide(source.matrix),
            known: source.known.filter { $0.counts(on: source.today) }
        )
    }
}
