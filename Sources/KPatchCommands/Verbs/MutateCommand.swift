// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import CSource
import Generation
import Judging
import PatchSeries
import SystemPackage
import TestReport

struct MutateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mutate",
        abstract:
            "Proves that the tests see what nobody planted: changes what the patch adds, a little each time.",
        discussion: """
            Each mutant is one small change in the functions of the C files that the selection changes, where it adds lines: \
            a statement dropped, a condition that never holds, another errno, a value taken before its lock. Its object is \
            compiled, the kernel linked, booted, and tested up to the first failure. A mutant that the compiler refuses, or \
            makes the same code of (as of the patch, or of another mutant), doesn't count. tests/mutants.yml argues why \
            some can't be seen by any test, and spells out those that no rule makes. What is finished is kept below \
            $KPATCH_HOME: an interrupted run goes on where it was. Exit status 1 if one is missed, if a test sees what was argued that none can, or if the tests fail without a change.
            """
    )

    @OptionGroup var selection: SelectionArguments
    @OptionGroup var tree: TreeArguments
    @OptionGroup var kernel: KernelArguments
    @OptionGroup var machine: MachineArguments

    @Option(name: .long, help: ArgumentHelp("Only mutants of this kind; can be repeated.", valueName: "kind"))
    var kind: [CodeMutant.Kind] = []

    @Option(
        name: .long,
        help: ArgumentHelp("Only mutants in functions or files that match.", valueName: "glob")
    )
    var only: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Only mutants that this variant doesn't have as well; the same one for what --set brings.",
            valueName: "variant"
        ),
        completion: .variants
    )
    var beyond: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Only each n-th mutant, for a quick look.", valueName: "n")
    )
    var every = 1

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Judge what survives in this profile's kernel, too: for tests that have profiles of their own. Repeatable.",
            valueName: "name"
        )
    )
    var furtherProfile: [String] = []

    @Flag(
        name: .long,
        help:
            "What was caught before the tests were changed stays caught: judge what is new, and what survived."
    )
    var keepCaught = false

    @Flag(name: .long, help: "Print the mutants; build nothing.")
    var dryRun = false

    @OptionGroup var trial: TrialArguments

    @OptionGroup var format: FormatArguments

    func validate() throws {
        if every < 1 { throw ValidationError("--every is at least 1") }
        if keepCaught, trial.again {
            throw ValidationError("--keep-caught and --again contradict each other")
        }
    }

    func run() async throws {
        let (loaded, selected) = try selection.load()
        let open = try tree.openInMemory()
        let bed = try TestBed(loaded, isBare: false, loading: SeriesArguments.load)
        func testRun(_ maker: KernelMaker) -> TestRun {
            TestRun(bed: bed, maker: maker, machine: machine.choice, filter: TestFilter(glob: nil))
        }
        var further: [TestRun] = []
        for name in furtherProfile {
            further.append(testRun(try kernel.maker(of: open, loaded.project, profile: name)))
        }
        let run = MutationRun(
            run: testRun(try kernel.maker(of: open, loaded.project)),
            further: further,
            choice: .init(kinds: kind, glob: only, every: every, beyond: beyond),
            memory: trial.again ? .nothing : keepCaught ? .catches : .verdicts
        )
        if dryRun {
            try list(try run.list(selected, on: open.base))
        } else {
            // In two steps: the compiler (6.3.1, release) crashes on all of it in one function.
            try show(try await run.report(selected, on: open.base))
        }
    }

    private func list(_ report: MutationReport) throws {
        try format.format.print(
            text: report.mutations.flatMap { [$0.name] + $0.diff.map { "  \($0)" } } + [report.summary],
            json: MutationOutput(report)
        )
    }

    private func show(_ report: MutationReport) throws {
        try format.format.print(
            text: report.missed.flatMap { ["missed: \($0.name)"] + $0.diff.map { "  \($0)" } } + [
                report.summary
            ],
            json: MutationOutput(report)
        )
        try trial.write(report.markdown())
        if !report.missed.isEmpty || !report.disproofs.isEmpty { throw NegativeAnswer() }
    }
}

extension CodeMutant.Kind: ExpressibleByArgument {}

/// What `mutate --format json` writes.
struct MutationOutput: Encodable {
    struct Row: Encodable {
        let file: String
        let function: String
        let line: Int
        let kind: String
        let diff: [String]
        let outcome: String?
        let by: String?
        let says: String?
        let milliseconds: Int?
        let profile: String?
        let argument: String?

        init(_ row: Mutation) {
            file = row.file
            function = row.function
            line = row.line
            kind = row.kind
            diff = row.diff
            milliseconds = row.milliseconds
            profile = row.profile
            argument = row.argument
            (outcome, by, says) =
                switch row.outcome {
                case .refused(let why): ("refused", nil, why)
                case .same: ("same", nil, nil)
                case .duplicate(let name): ("duplicate", nil, name)
                case .caught(let test, let symptom): ("caught", test, symptom)
                case .survived: ("survived", nil, nil)
                case nil: (nil, nil, nil)
                }
        }
    }

    let tree: String
    let profile: String
    let variant: String
    let summary: String
    let mutants: [Row]

    init(_ report: MutationReport) {
        tree = report.tree
        profile = report.profile
        variant = report.variant
        summary = report.summary
        mutants = report.mutations.map(Row.init)
    }
}
