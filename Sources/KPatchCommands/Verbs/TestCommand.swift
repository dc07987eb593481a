// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import Judging
import PatchSeries
import SystemPackage
import TestReport

struct TestCommand: AsyncParsableCommand, BisectingCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Builds and boots what is missing, runs the tests in the guest, and prints the verdicts.",
        discussion: """
            Prints a line per test as it ends, then what the failed ones said and a line per review point. --output keeps \
            the report as text, KTAP, JUnit, JSON, KCIDB and for b4 review, and the guest's console. Exit status 1 if a test fails, crashes or \
            times out, or the kernel complains.
            """
    )

    @OptionGroup var selection: SelectionArguments
    @OptionGroup var tree: TreeArguments
    @OptionGroup var kernel: KernelArguments
    @OptionGroup var machine: MachineArguments

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Run only the tests whose names match, with * and ?: program, or program.subtest.",
            valueName: "glob"
        )
    )
    var tests: String?

    @Flag(
        name: .long,
        help:
            "Without the series that the tests need beneath (software-psp): what the machine lacks isn't exercised."
    )
    var bare = false

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Keep the report in this folder.", valueName: "folder"),
        completion: .directory
    )
    var output: String?

    @Option(name: .long, help: "What to print: text, json, ktap, junit, kcidb or b4.")
    var format = ReportFormat.text

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The CI system that submits to KCIDB: small letters, digits and '_'.",
            valueName: "name"
        )
    )
    var origin = "kpatch_gen"

    func validate() throws {
        let isOrigin = origin.utf8.allSatisfy { byte in
            (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5f
        }
        guard isOrigin, !origin.isEmpty else {
            throw ValidationError("--origin takes small letters, digits and '_', which is what KCIDB takes")
        }
    }

    var bisect: Bool { kernel.bisect }

    func run() async throws {
        let (loaded, selected) = try selection.load()
        let bed = try TestBed(loaded, isBare: bare, loading: SeriesArguments.load)
        let open = try tree.openInMemory()
        var run = TestRun(
            bed: bed,
            maker: try kernel.maker(of: open, loaded.project, preset: "debug"),
            machine: machine.choice,
            filter: TestFilter(glob: tests)
        )
        let printsLines = format == .text
        run.onResult = { result, test in
            let line = result.line(in: test, isColored: printsLines && Terminal.usesColor)
            // A reader that is gone is found again at the end; the tests' reports are still to be kept.
            if printsLines { try? Terminal.output(line) } else { Terminal.note(line) }
        }
        let generation = try run.generate(selected, on: open.base)
        for note in generation.rendered.notes { Terminal.note("note: \(note)") }
        let outcome = try await run.maker.withLock {
            try await run.judge(open.base, selected, generation)
        }
        let report = outcome.report
        if let output { try keep(report, outcome.console, FilePath(output)) }
        let text = try report.written(
            as: format,
            isColored: printsLines && Terminal.usesColor,
            isAfterLines: printsLines,
            origin: origin
        )
        try Terminal.output(Array(((printsLines ? "\n" : "") + text).utf8))
        if report.verdict.isFailure { throw NegativeAnswer() }
    }

    private func keep(_ report: RunReport, _ console: [String], _ folder: FilePath) throws {
        try Files.makeFolder(folder)
        for format in ReportFormat.allCases {
            let text = try report.written(as: format, origin: origin)
            try Files.write(Array(text.utf8), to: folder.appending(format.fileName))
        }
        try Files.write(
            Array((console.joined(separator: "\n") + "\n").utf8),
            to: folder.appending("console.log")
        )
    }
}

extension ReportFormat: ExpressibleByArgument {
    /// The report's file in --output.
    var fileName: String {
        switch self {
        case .text: "report.txt"
        case .ktap: "results.ktap"
        case .junit: "junit.xml"
        case .json: "report.json"
        case .kcidb: "kcidb.json"
        case .b4: "b4.json"
        }
    }
}
