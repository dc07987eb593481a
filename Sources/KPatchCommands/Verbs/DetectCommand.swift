// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Kernel
import PatchSeries
import SystemPackage
import TestReport

struct DetectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "detect",
        abstract: "Proves that the tests see: puts each defect back alone, and looks which tests fail.",
        discussion: """
            A defect is a value of an option that series.yml calls one. It is put into a mended variant whose rules allow \
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
        help: ArgumentHelp("Only the defects of this option; can be repeated.", valueName: "name")
    )
    var option: [String] = []

    @Flag(name: .long, help: "Try again what is finished, too.")
    var again = false

    @Option(name: .shortAndLong, help: ArgumentHelp("Write the page to this file, too.", valueName: "file"))
    var output: String?

    @OptionGroup var format: FormatArguments

    func run() async throws {
        let loaded = try series.load()
        let bed = try TestBed(loaded, isBare: false)
        let run = TestRun(
            bed: bed,
            plan: try kernel.load(loaded.project, preset: "debug"),
            machine: machine,
            filter: TestFilter(glob: nil)
        )
        try show(try await report(run, try trials(loaded.series, bed.tests)))
    }

    // Apart from run() and show(): the compiler (6.3.1, release) crashes on all of it in one function.
    private func report(_ run: TestRun, _ trials: [Trial]) async throws -> DetectionReport {
        let open = try tree.openInMemory()
        let rows = try await open.state.withLock(.tree(open.name)) {
            try await judge(open, run, trials)
        }
        let judged = zip(trials, rows)
        return DetectionReport(
            tree: open.displayName,
            profile: run.plan.profile.name,
            controls: judged.filter { $0.0.kind == .control }.map(\.1),
            posted: judged.first { $0.0.kind == .posted }?.1,
            defects: judged.filter { $0.0.kind == .defect }.map(\.1)
        )
    }

    private func show(_ report: DetectionReport) throws {
        switch format.format {
        case .text: try Terminal.output(Array(report.markdown().utf8))
        case .json: try JSON.print(DetectOutput(report))
        }
        if let output { try Folder.write(Array(report.markdown().utf8), to: FilePath(output)) }
        if !report.isProof { throw ExitCode(ExitStatus.negative.rawValue) }
    }

    /// A kernel to be judged.
    private struct Trial {
        enum Kind {
            case control, posted, defect
        }

        let kind: Kind
        /// What is known before the tests ran.
        let row: Detection
        /// Nil for what no test can see.
        let selection: Selection?
    }

    /// The variants without a defect, the patch as posted, then the defects in the order of series.yml.
    private func trials(_ series: Series, _ tests: GuestTests) throws(Failure) -> [Trial] {
        let known = series.defects
        for name in option where !known.contains(where: { $0.option == name }) {
            let names = Set(known.map(\.option)).sorted().joined(separator: ", ")
            throw Failure(.usage, "no option '\(name)' puts a defect in; there are: \(names)")
        }
        let wanted = known.filter { option.isEmpty || option.contains($0.option) }
        do {
            var trials: [Trial] = []
            var used: Set<String> = []
            for defect in wanted {
                let selection = defect.unseen == nil ? try series.selection(with: defect) : nil
                if let selection { used.insert(selection.variant) }
                trials.append(
                    Trial(
                        kind: .defect,
                        row: Detection(
                            name: defect.setting.description,
                            defect: defect.symptom,
                            points: defect.points,
                            variant: selection?.variant ?? "",
                            unseen: defect.unseen
                        ),
                        selection: selection
                    )
                )
            }
            var wholes: [Trial] = []
            for variant in series.mended where used.contains(variant.name) || option.isEmpty {
                wholes.append(try whole(.control, variant.name, [], series))
            }
            if let posted = series.posted, option.isEmpty {
                wholes.append(try whole(.posted, posted, tests.postedFails, series))
            }
            return wholes + trials
        } catch {
            throw Failure(error)
        }
    }

    private func whole(_ kind: Trial.Kind, _ variant: String, _ points: [String], _ series: Series)
        throws(SeriesError) -> Trial
    {
        Trial(
            kind: kind,
            row: Detection(name: variant, defect: "", points: points, variant: variant),
            selection: try Selection(variant: variant, settings: [], of: series)
        )
    }

    /// One row per trial, in their order. The work goes variant by variant: the next kernel then differs by little.
    private func judge(_ open: borrowing OpenTree, _ run: TestRun, _ trials: [Trial]) async throws
        -> [Detection]
    {
        var store = try DetectionStore(open)
        var rows = trials.map(\.row)
        // They name no review point: beside a defect they are no witnesses.
        let mute = Set(run.bed.tests.selftests.map(\.name))
        let order = trials.indices.filter { trials[$0].selection != nil }
            .sorted { (trials[$0].row.variant, $0) < (trials[$1].row.variant, $1) }
        for (count, index) in order.enumerated() {
            guard let selection = trials[index].selection else { continue }
            var row = trials[index].row
            let generation = try run.generate(selection, on: open)
            let key = try run.key(generation)
            var note = "known"
            if let known = store[key], !again {
                row.failures = known.failures
                row.warnings = known.warnings
            } else {
                let clock = ContinuousClock()
                let start = clock.now
                (row.failures, row.warnings) = try await findings(open, run, selection, generation)
                try store.keep(row, as: key)
                note = (clock.now - start).inSeconds
            }
            if trials[index].kind != .control { row.failures.removeAll { mute.contains($0.program) } }
            rows[index] = row
            let names = row.failures.map(\.name).joined(separator: ", ")
            let inVariant = trials[index].kind == .defect ? " in \(row.variant)" : ""
            Terminal.note(
                "\(count + 1) of \(order.count): \(row.name)\(inVariant): \(names.isEmpty ? "all pass" : names) (\(note))"
            )
        }
        return rows
    }

    /// What failed and what the compiler said. A kernel that doesn't build is a finding as well.
    private func findings(
        _ open: borrowing OpenTree,
        _ run: TestRun,
        _ selection: Selection,
        _ generation: Generation
    ) async throws(Failure) -> ([Detection.Failure], [String]) {
        let report: RunReport
        do {
            report = try await run.judge(open, selection, generation).report
        } catch {
            guard error.status == .negative else { throw error }
            return ([], [error.description.split(separator: "\n").first.map(String.init) ?? ""])
        }
        return (report.failures, report.newWarnings)
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
        let failures: [Detection.Failure]
        let warnings: [String]

        init(_ row: Detection) {
            name = row.name
            defect = row.defect
            points = row.points
            variant = row.variant
            verdict = row.verdict
            unseen = row.unseen
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
