// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import Judging
import PatchSeries
import SystemPackage
import TestReport

struct DetectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "detect",
        abstract: "Proves that the tests see: puts each defect back alone, and looks which tests fail.",
        discussion: """
            A defect is a value of an option that series.yml calls one. It is put into a fixed variant whose rules allow \
            it; the tests that fail must all name one of the option's review points. The variants without a defect must \
            pass, and the patch as posted must fail. What is finished is kept below $KPATCH_HOME: an interrupted run goes \
            on where it was. Exit status 1 if a defect is missed, or another test fails.
            """
    )

    @OptionGroup var series: SeriesArguments
    @OptionGroup var tree: TreeArguments
    @OptionGroup var kernel: KernelArguments
    @OptionGroup var machine: MachineArguments

    @Option(
        name: .long,
        help: ArgumentHelp("Only the defects of this option; can be repeated.", valueName: "name"),
        completion: .options
    )
    var option: [String] = []

    @OptionGroup var trial: TrialArguments

    @OptionGroup var format: FormatArguments

    func run() async throws {
        let loaded = try series.load()
        let bed = try TestBed(loaded, isBare: false, loading: SeriesArguments.load)
        let open = try tree.openInMemory()
        let run = DetectionRun(
            run: TestRun(
                bed: bed,
                maker: try kernel.maker(of: open, loaded.project, preset: "debug"),
                machine: machine.choice,
                filter: TestFilter(glob: nil)
            ),
            options: option,
            isAgain: trial.again
        )
        // In two steps: the compiler (6.3.1, release) crashes on all of it in one function.
        try show(try await run.report(on: open.base))
    }

    private func show(_ report: DetectionReport) throws {
        // It ends with a newline, as the file does.
        try format.format.print(
            text: [String(report.markdown().dropLast())],
            json: DetectOutput(report)
        )
        try trial.write(report.markdown())
        if !report.isProof { throw NegativeAnswer() }
    }
}

/// What `detect --format json` writes.
struct DetectOutput: Encodable {
    struct Row: Encodable {
        let name: String
        let defect: String
        let points: [String]
        let variant: String
        let verdict: Detection.Verdict
        let unseen: String?
        let refused: String?
        let failures: [Detection.Failure]
        let warnings: [String]

        init(_ row: Detection) {
            name = row.name
            defect = row.defect
            points = row.points
            variant = row.variant
            verdict = row.verdict
            unseen = row.unseen
            refused = row.refused
            failures = row.failures
            warnings = row.warnings
        }
    }

    let tree: String
    let profile: String
    let isProof: Bool
    let controls: [Row]
    let posted: Row?
    let defects: [Row]

    init(_ report: DetectionReport) {
        tree = report.tree
        profile = report.profile
        isProof = report.isProof
        controls = report.controls.map(Row.init)
        posted = report.posted.map(Row.init)
        defects = report.defects.map(Row.init)
    }
}
