// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Git
import Glibc
import Kernel
import PatchSeries
import SystemPackage
import TestReport
import VirtualMachine

struct TestCommand: AsyncParsableCommand, BisectingCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Builds and boots what is missing, runs the tests in the guest, and prints the verdicts.",
        discussion: """
            Prints a line per test as it ends and a table in the end. --output keeps the report as text, KTAP, JUnit and \
            JSON, and the guest's console. Exit status 1 if a test fails, crashes or times out.
            """
    )

    @OptionGroup var selection: SelectionArguments
    @OptionGroup var tree: TreeArguments
    @OptionGroup var kernel: KernelArguments
    @OptionGroup var machine: MachineArguments

    @Option(
        name: .long,
        help: ArgumentHelp("Run only the tests whose names match, with * and ?.", valueName: "glob")
    )
    var tests: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("Keep the report in this folder.", valueName: "folder"))
    var output: String?

    @Option(name: .long, help: "What to print: text, json, ktap or junit.")
    var format = ReportFormat.text

    var bisect: Bool { kernel.bisect }

    func run() async throws {
        let (loaded, selected) = try selection.load()
        let plan = try kernel.load(loaded.project)
        let guestTests: GuestTests
        do {
            guestTests = try GuestTests(
                loaded.series,
                files: loaded.files,
                root: loaded.project.displayRoot(loaded.series.name)
            )
        } catch {
            throw Failure(error)
        }
        let open = try tree.openInMemory()
        let generation = try open.generate(loaded, selected)
        for note in generation.rendered.notes { Terminal.note("note: \(note)") }
        let (report, console) = try await open.state.withLock(.tree(open.name)) {
            try await judge(open, loaded, selected, generation, plan, guestTests)
        }
        try Terminal.output(
            Array(report.written(as: format, isColored: format == .text && Terminal.usesColor).utf8)
        )
        if let output { try keep(report, console, FilePath(output)) }
        if report.exitStatus != 0 { throw ExitCode(report.exitStatus) }
    }

    private func judge(
        _ open: borrowing OpenTree,
        _ loaded: LoadedSeries,
        _ selected: Selection,
        _ generation: Generation,
        _ plan: KernelPlan,
        _ guestTests: GuestTests
    ) async throws(Failure) -> (RunReport, [String]) {
        do {
            let built = try await open.build(generation, plan)
            for warning in built.newWarnings { Terminal.note("\(warning)") }
            let clock = ContinuousClock()
            let start = clock.now
            let build = try KernelBuild(
                source: open.state.source(tree: open.name),
                output: built.output,
                jobs: plan.jobs
            )
            let headers = try await build.headers()
            let guest = GuestImage(output: built.output, project: loaded.project)
            let initProgram = try await guest.buildInit()
            var planned = try await guest.buildTests(
                loaded,
                guestTests,
                selected,
                generation.rendered.facts,
                headers: headers
            )
            planned += try await guest.buildSelftests(guestTests.selftests.filter { matches($0.name) }, build)
            planned = planned.filter { matches($0.name) }
            guard !planned.isEmpty else {
                throw Failure(
                    .usage,
                    "no test matches '\(tests ?? "")'; there are: \(names(guestTests, selected).joined(separator: ", "))"
                )
            }
            let initramfs = try guest.pack(initProgram: initProgram, planned)
            let packed = clock.now
            let outcome = try await MachineRun(
                kernel: built.image,
                initramfs: initramfs,
                memoryMiB: plan.profile.memoryMiB,
                plan: planned,
                arguments: machine
            ).run()
            let boot = outcome.machine.untilFirstResult ?? outcome.machine.total
            let phases =
                built.phases.map { ($0.name, $0.duration) } + [
                    ("guest programs", packed - start), ("boot", boot),
                    ("tests", outcome.machine.total - boot),
                ]
            let report = RunReport(
                toolVersion: KPatchGen.version,
                created: now(),
                tree: open.displayName,
                variant: selected.summary,
                options: selected.options.sorted { $0.key < $1.key }.map {
                    RunReport.Option(name: $0.key, value: $0.value)
                },
                profile: plan.profile.name,
                kernelVersion: outcome.machine.kernelVersion,
                accelerator: outcome.accelerator.accelerator.rawValue,
                acceleratorReason: outcome.accelerator.reason,
                machineEnding: outcome.machine.ending.description,
                consoleEvents: outcome.machine.findings,
                results: outcome.results,
                phases: phases.map { RunReport.Phase(name: $0.0, milliseconds: milliseconds($0.1)) }
            )
            return (report, outcome.machine.console.lines)
        } catch {
            throw Failure(error)
        }
    }

    private func matches(_ name: String) -> Bool {
        tests.map { fnmatch($0, name, 0) == 0 } ?? true
    }

    private func names(_ tests: GuestTests, _ selected: Selection) -> [String] {
        tests.programs(for: selected).map(\.name) + tests.selftests.map(\.name)
    }

    private func keep(_ report: RunReport, _ console: [String], _ folder: FilePath) throws(Failure) {
        try Folder.make(folder)
        for format in ReportFormat.allCases {
            try Folder.write(Array(report.written(as: format).utf8), to: folder.appending(format.fileName))
        }
        try Folder.write(
            Array((console.joined(separator: "\n") + "\n").utf8),
            to: folder.appending("console.log")
        )
    }

    /// UTC, RFC 3339.
    private func now() -> String {
        var seconds = time(nil)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var buffer = [CChar](repeating: 0, count: 32)
        let count = strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
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
        }
    }
}
