// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import History
import Matrix
import SystemPackage
import TestReport

struct HistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "What became of each test over time; takes results that were made elsewhere; known issues.",
        discussion:
            "Each matrix that is judged here is added to it. It is an SQLite database below $KPATCH_HOME.",
        subcommands: [
            ShowHistoryCommand.self, MatricesCommand.self, AddHistoryCommand.self, KnownIssuesCommand.self,
        ],
        defaultSubcommand: ShowHistoryCommand.self
    )
}

struct ShowHistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tests",
        abstract: "Tests that ever failed: since when and which tree, how often they flipped and were flaky.",
        discussion: """
            A flake is a test that failed and passed in one run, or that has another answer for the same kernel and tests.
            """
    )

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Only tests whose names match, with * and ?, those that never failed as well.",
            valueName: "glob"
        )
    )
    var tests: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Only in cells whose names match, with * and ?.", valueName: "glob")
    )
    var cells: String?

    @OptionGroup var history: HistoryArguments
    @OptionGroup var format: FormatArguments

    func run() throws {
        let timelines = try history.openIfThere()?.timelines(tests: tests, cells: cells) ?? []
        try format.format.print(text: text(timelines), json: timelines.map(TimelineOutput.init))
    }

    private func text(_ timelines: [Timeline]) -> [String] {
        guard !timelines.isEmpty else {
            return [tests == nil && cells == nil ? "no test ever failed" : "no test of that name"]
        }
        return timelines.flatMap { line -> [String] in
            var facts: [String] = []
            if let since = line.failsSince { facts.append("fails since \(since.started) on \(since.tree)") }
            if let last = line.lastFailure, line.failsSince == nil {
                facts.append("failed last \(last.started) on \(last.tree)")
            }
            facts.append(counted(line.flips, "flip"))
            if line.flakes > 0 {
                let rate = (line.flakesPerWeek * 10).rounded() / 10
                facts.append("\(counted(line.flakes, "flake")), \(rate) a week")
            }
            return [
                "\(line.test) (\(line.cell)): \(line.now?.rawValue ?? "-")",
                "    " + facts.joined(separator: "; "),
            ]
        }
    }
}

/// What `history --format json` writes.
struct TimelineOutput: Encodable {
    struct Point: Encodable {
        let started: String
        let tree: String
        let key: String
        let verdict: String

        init(_ point: Timeline.Point) {
            started = point.started
            tree = point.tree
            key = point.key
            verdict = point.verdict.rawValue
        }
    }

    let cell: String
    let test: String
    let verdict: String?
    let firstFailure: Point?
    let lastFailure: Point?
    let failsSince: Point?
    let flips: Int
    let flakes: Int
    let flakesPerWeek: Double
    let points: [Point]

    init(_ line: Timeline) {
        cell = line.cell
        test = line.test
        verdict = line.now?.rawValue
        firstFailure = line.firstFailure.map(Point.init)
        lastFailure = line.lastFailure.map(Point.init)
        failsSince = line.failsSince.map(Point.init)
        flips = line.flips
        flakes = line.flakes
        flakesPerWeek = (line.flakesPerWeek * 100).rounded() / 100
        points = line.points.map(Point.init)
    }
}

struct MatricesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "matrices",
        abstract: "Lists the matrices of the history, with the names that 'compare' takes."
    )

    @OptionGroup var history: HistoryArguments
    @OptionGroup var format: FormatArguments

    func run() throws {
        let matrices = try history.openIfThere()?.matrices() ?? []
        let rows = matrices.map { matrix in
            let counts = CellVerdict.allCases.compactMap { verdict in
                matrix.counts[verdict.rawValue].map { "\($0) \(verdict.rawValue)" }
            }
            return [
                matrix.name, matrix.created, counted(matrix.cells, "cell"), counts.joined(separator: ", "),
            ]
        }
        try format.format.print(text: Columns.shown(rows).lines, json: matrices)
    }
}

struct AddHistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Takes folders of results that were made elsewhere.",
        discussion: """
            A folder is what 'matrix --output' or 'cell --output' wrote, or one that holds result folders. Schema, \
            checksums and verdicts are checked first; what was cut off or changed is refused by name, and then nothing of \
            that folder is added. What the history has already is not added twice.
            """
    )

    @Argument(help: "The folders.", completion: .directory)
    var folders: [String]

    @Option(
        name: .long,
        help: ArgumentHelp("What the matrix is called. (default: the time it was made)", valueName: "name")
    )
    var name: String?

    @OptionGroup var history: HistoryArguments

    func validate() throws {
        if name != nil, folders.count != 1 { throw ValidationError("--name goes with one folder") }
    }

    func run() async throws {
        let history = try history.open()
        for path in folders {
            let folder = try await MatrixFolder.read(FilePath(path))
            for text in folder.refused { Terminal.error(text) }
            guard folder.refused.isEmpty else {
                throw Failure(
                    .user,
                    "\(path): \(counted(folder.refused.count, "result")) can't be believed; nothing of it was added"
                )
            }
            let addition = try history.add(folder, named: name)
            let known = addition.knownCells == 0 ? "" : ", \(addition.knownCells) of them known"
            try Terminal.output("\(addition.name): \(counted(addition.cells, "cell"))\(known)")
        }
    }
}

struct KnownIssuesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "known",
        abstract: "Lists known issues, adds one (--test, --reason, --until), or removes one (--remove).",
        discussion: """
            A known issue is a failure that is nobody's regression until a day: 'compare' and the page show it with its \
            reason. After that day it counts again.
            """
    )

    @Option(
        name: .long,
        help: ArgumentHelp("Add one for the tests whose names match, with * and ?.", valueName: "glob")
    )
    var test: String?

    @Option(name: .long, help: ArgumentHelp("In cells whose names match.", valueName: "glob"))
    var cells = "*"

    @Option(name: .long, help: ArgumentHelp("Why it fails, and where that is dealt with.", valueName: "text"))
    var reason: String?

    @Option(name: .long, help: ArgumentHelp("The last day on which it is known.", valueName: "yyyy-mm-dd"))
    var until: String?

    @Option(name: .long, help: ArgumentHelp("Remove the issue with this number.", valueName: "number"))
    var remove: Int?

    @OptionGroup var history: HistoryArguments
    @OptionGroup var format: FormatArguments

    func validate() throws {
        guard (test == nil) == (reason == nil), (test == nil) == (until == nil) else {
            throw ValidationError("a known issue needs --test, --reason and --until")
        }
        if test != nil, remove != nil { throw ValidationError("--test and --remove exclude each other") }
    }

    func run() throws {
        if let test, let reason, let until {
            _ = try history.open().add(
                known: test,
                in: cells,
                because: reason,
                until: until,
                today: Today.text
            )
        }
        if let remove { try history.open().removeKnown(Int64(remove)) }
        let issues = try history.openIfThere()?.knownIssues() ?? []
        let rows = issues.map { issue in
            let expiry = issue.counts(on: Today.text) ? "until \(issue.expires)" : "EXPIRED \(issue.expires)"
            return ["\(issue.id)", issue.test, issue.cell, expiry, issue.reason]
        }
        try format.format.print(text: Columns.shown(rows).lines, json: issues)
    }
}
