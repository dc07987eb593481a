// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git
import Glibc
import Kernel
import PatchSeries
import TestReport
import VirtualMachine

/// Builds, boots and judges one selection of a series.
struct TestRun {
    let bed: TestBed
    let plan: KernelPlan
    let machine: MachineArguments
    let filter: TestFilter
    /// Called for every test and subtest as it ends, with the test that a subtest belongs to.
    var onResult: @Sendable (TestResult, _ test: String?) -> Void = { _, _ in }

    /// What came out, and the guest's console.
    struct Outcome {
        let report: RunReport
        let console: [String]
    }

    /// The series on the tree, with what is beneath it.
    func generate(_ selected: Selection, on open: borrowing OpenTree) throws(Failure) -> Generation {
        try open.generate(bed.loaded, selected, on: bed.ground(open))
    }

    /// Does what is missing of building, boots and runs the tests. The caller holds the tree's lock.
    func judge(_ open: borrowing OpenTree, _ selected: Selection, _ generation: Generation)
        async throws(Failure) -> Outcome
    {
        do {
            let built = try await open.build(generation, plan)
            let clock = ContinuousClock()
            let start = clock.now
            let build = try KernelBuild(
                source: open.state.source(tree: open.name),
                output: built.output,
                jobs: plan.jobs
            )
            let guest = GuestImage(output: built.output, project: bed.loaded.project)
            // First: it brings the headers that the tests are compiled with.
            let initProgram = try await guest.buildInit()
            let (planned, absent) = try await programs(guest, build, generation.rendered.settled)
            let packed = clock.now
            var phases =
                built.phases.map { ($0.name, $0.duration) } + [("guest programs", packed - start)]
            var outcomes: [MachineRun.Outcome] = []
            for boot in boots(planned) {
                let outcome = try await MachineRun(
                    kernel: built.image,
                    initramfs: try guest.pack(initProgram: initProgram, boot.plan, only: filter.glob),
                    memoryMiB: plan.profile.memoryMiB,
                    plan: boot.plan,
                    guest: boot.guest,
                    arguments: machine,
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
                toolVersion: KPatchGen.version,
                created: now(),
                tree: open.displayName,
                variant: selected.summary,
                options: selected.options.sorted { $0.key < $1.key }.map {
                    RunReport.Option(name: $0.key, value: $0.value)
                },
                profile: plan.profile.name,
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
        } catch {
            throw Failure(error)
        }
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
        _ settled: SettledSelection
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
                .usage,
                names.isEmpty ? asked : "\(asked); there are: \(names.joined(separator: ", "))"
            )
        }
        let headers = try await build.headers()
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

/// Which tests run: a glob over `program` and `program.subtest`.
struct TestFilter {
    /// Nil: all of them.
    let glob: String?

    /// Whether a program has anything to run; the guest passes over its other subtests.
    func runs(_ program: String, subtests: some Sequence<String>) -> Bool {
        guard let glob else { return true }
        return fnmatch(glob, program, 0) == 0
            || subtests.contains { fnmatch(glob, "\(program).\($0)", 0) == 0 }
    }
}
