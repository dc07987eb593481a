// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git
import Glibc
import Kernel
import PatchSeries
import TestReport
import VirtualMachine

/// Builds, boots and judges one selection of a series.
package struct TestRun {
    package let bed: TestBed
    package let maker: KernelMaker
    package let machine: MachineChoice
    package let filter: TestFilter
    /// Called for every test and subtest as it ends, with the test that a subtest belongs to.
    package var onResult: @Sendable (TestResult, _ test: String?) -> Void = { _, _ in }

    package init(bed: TestBed, maker: KernelMaker, machine: MachineChoice, filter: TestFilter) {
        self.bed = bed
        self.maker = maker
        self.machine = machine
        self.filter = filter
    }

    /// What came out, and the guest's console.
    package struct Outcome {
        package let report: RunReport
        package let console: [String]
    }

    /// The series on the tree, with what is beneath it.
    package func generate(_ selected: Selection, on base: borrowing BaseCommit) throws -> GeneratedSeries {
        try base.generate(bed.loaded, selected, on: bed.ground(on: base))
    }

    /// Does what is missing of building, boots and runs the tests. The caller holds the tree's lock.
    package func judge(_ base: borrowing BaseCommit, _ selected: Selection, _ generation: GeneratedSeries)
        async throws -> Outcome
    {
        let built = try await maker.build(generation, on: base)
        let clock = ContinuousClock()
        let start = clock.now
        let build = try KernelBuild(
            source: maker.state.source(tree: maker.tree),
            output: built.output,
            jobs: maker.plan.jobs
        )
        let guest = GuestImage(output: built.output, project: bed.loaded.project)
        // First: it brings the headers that the tests are compiled with.
        let initProgram = try await guest.buildInit()
        let (planned, absent) = try await programs(
            guest,
            build,
            generation.rendered.settled,
            tree: generation.tree.description
        )
        let packed = clock.now
        var phases =
            built.phases.map { ($0.name, $0.duration) } + [("guest programs", packed - start)]
        var outcomes: [MachineRun.Outcome] = []
        for boot in boots(planned) {
            let outcome = try await MachineRun(
                kernel: built.image,
                initramfs: try guest.pack(initProgram: initProgram, boot.plan, only: filter.glob),
                memoryMiB: maker.plan.profile.memoryMiB,
                plan: boot.plan,
                guest: boot.guest,
                choice: machine,
                observer: maker.observer,
                known: outcomes.first?.accelerator,
                onResult: onResult
            ).run()
            let start = outcome.machine.untilFirstResult ?? outcome.machine.total
            phases += [
                ("boot\(boot.title)", start), ("tests\(boot.title)", outcome.machine.total - start),
            ]
            outcomes.append(outcome)
        }
        for result in absent { onResult(result, nil) }
        let report = RunReport(
            toolVersion: Program.version,
            created: Timestamps.now(),
            tree: base.displayName,
            variant: selected.summary,
            options: selected.options.sorted { $0.key < $1.key }.map {
                RunReport.Option(name: $0.key, value: $0.value)
            },
            profile: maker.plan.profile.name,
            kernelVersion: outcomes.lazy.compactMap(\.machine.kernelVersion).first,
            accelerator: outcomes.first?.accelerator.accelerator.rawValue ?? "none",
            acceleratorReason: outcomes.first?.accelerator.reason ?? "nothing to boot",
            machineEnding: Self.endings(outcomes),
            consoleEvents: outcomes.flatMap(\.machine.findings),
            newWarnings: built.newWarnings.map(\.description),
            results: outcomes.flatMap(\.results) + absent,
            phases: phases.map { RunReport.Phase(name: $0.0, milliseconds: $0.1.milliseconds) },
            commit: generation.tip.description
        )
        return Outcome(report: report, console: outcomes.flatMap(\.machine.console.lines))
    }

    /// One boot of the kernel.
    private struct Boot {
        /// Behind the names of its phases.
        let title: String
        let plan: [PlannedTest]
        let guest: GuestTests.Guest
    }

    /// With what the series beneath stands for, and without: there the same kernel is booted as any other.
    private func boots(_ planned: [PlannedTest]) -> [Boot] {
        let isBare = bed.beneath == nil
        let boots = [
            Boot(title: "", plan: planned.filter { isBare || !$0.isBare }, guest: bed.guest),
            Boot(title: " bare", plan: planned.filter { !isBare && $0.isBare }, guest: bed.tests.guest),
        ]
        return boots.filter { !$0.plan.isEmpty }
    }

    /// How the machines ended, each way once.
    private static func endings(_ outcomes: [MachineRun.Outcome]) -> String {
        var endings: [String] = []
        for ending in outcomes.map(\.machine.ending.description) where !endings.contains(ending) {
            endings.append(ending)
        }
        return endings.isEmpty ? "not booted" : endings.joined(separator: "; ")
    }

    /// The guest's plan, and the results of those tests that this tree doesn't have.
    private func programs(
        _ guest: GuestImage,
        _ build: KernelBuild,
        _ settled: SettledSelection,
        tree: String
    ) async throws -> ([PlannedTest], [TestResult]) {
        let all = bed.tests.programs(for: settled)
        let programs = all.filter {
            filter.runs($0.name, subtests: $0.points.keys)
        }
        let known = Set(
            try build.selftestNames().flatMap { [$0, String($0.split(separator: "/").last ?? "")] }
        )
        let allSelftests = bed.tests.selftests(for: settled)
        let selftests = allSelftests.filter { filter.runs($0.name, subtests: [String]()) }
        let absent = selftests.filter { !known.contains($0.name) }
        guard !programs.isEmpty || !selftests.isEmpty else {
            let names = all.map(\.name) + allSelftests.map(\.name)
            let asked = filter.glob.map { "no test matches '\($0)'" } ?? "the series has no tests"
            throw Failure(
                .user,
                names.isEmpty ? asked : "\(asked); there are: \(names.joined(separator: ", "))"
            )
        }
        let headers = try await build.headers(of: tree)
        let planned =
            try await guest.buildTests(bed.loaded, programs, settled, headers: headers)
            + guest.buildSelftests(selftests.filter { known.contains($0.name) }, build, headers: headers)
        return (
            planned,
            absent.map {
                TestResult(name: $0.name, verdict: .notExercised, reason: "the tree has no such selftest")
            }
        )
    }
}

/// Which tests run: a glob over `program` and `program.subtest`.
package struct TestFilter {
    /// Nil: all of them.
    package let glob: String?

    package init(glob: String?) {
        self.glob = glob
    }

    /// Whether a program has anything to run; the guest passes over its other subtests.
    package func runs(_ program: String, subtests: some Sequence<String>) -> Bool {
        guard let glob else { return true }
        return fnmatch(glob, program, 0) == 0
            || subtests.contains { fnmatch(glob, "\(program).\($0)", 0) == 0 }
    }
}
