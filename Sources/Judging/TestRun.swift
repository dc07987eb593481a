// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git
import Glibc
import Kernel
import PatchSeries
import SystemPackage
import TestReport
import VirtualMachine

/// Builds, boots and judges one selection of a series.
package struct TestRun {
    package let bed: TestBed
    package let maker: KernelMaker
    package let machine: MachineChoice
    package var filter: TestFilter
    /// Tests that others wrote, in place of the series'; nil: the series'.
    package var upstream: UpstreamTests?
    /// Where kernels are booted.
    package var place: any Machine = LocalMachine()
    /// How many machines run side by side, for tests that don't care where the others run; nil: as many as this host carries.
    package var pool: MachinePool?
    /// How often tests that failed are run again, in a fresh machine each time.
    package var reruns = 0
    /// What runs a test again when its name is put behind; nil: reports don't say.
    package var reproduction: String?
    /// Called for every test and subtest as it ends, with the test that a subtest belongs to.
    package var onResult: @Sendable (TestResult, _ test: String?) -> Void = { _, _ in }

    package init(bed: TestBed, maker: KernelMaker, machine: MachineChoice, filter: TestFilter) {
        self.bed = bed
        self.maker = maker
        self.machine = machine
        self.filter = filter
    }

    /// What times of earlier runs are kept under.
    private static let (programsTitle, testsTitle) = ("guest programs", "tests")

    /// What came out, and the guest's console.
    package struct Outcome {
        package let report: RunReport
        package let console: [String]
    }

    /// A kernel with its tests, ready to be booted.
    package struct Prepared {
        package let kernel: BuiltKernel
        package let boots: [Boot]
        /// Results of the tests that this tree doesn't have.
        package let absent: [TestResult]
        package let phases: [(name: String, duration: Duration)]
    }

    /// One boot of the kernel.
    package struct Boot {
        /// Empty for the first, else a word.
        package let name: String
        package fileprivate(set) var machine: MachineRun
        /// Packs an initramfs for some of the tests.
        let pack: @Sendable (_ name: String, _ plan: [PlannedTest]) throws -> FilePath

        /// A machine for the tests that failed; nil if none did.
        func again(after outcome: MachineRun.Outcome, attempt: Int) throws -> MachineRun? {
            let failed = Set(outcome.results.filter(\.verdict.isBroken).map(\.name))
            let plan = machine.plan.filter { failed.contains($0.name) }
            guard !plan.isEmpty else { return nil }
            machine.observer.note(
                "running \(counted(plan.count, "test")) that failed again in a fresh machine (\(attempt))"
            )
            return machine.with(plan, try pack("initramfs\(suffix)-again", plan))
        }

        /// A machine for the tests that the last one ended before; nil if there are none, or it didn't come to any.
        func rest(after outcome: MachineRun.Outcome) throws -> MachineRun? {
            let started = outcome.machine.startedTests
            let plan = machine.plan.filter { !started.contains($0.name) }
            guard !plan.isEmpty, !started.isEmpty, outcome.machine.ending != .poweredOff else { return nil }
            machine.observer.note(
                "\(counted(plan.count, "test")) more in a fresh machine: the last one ended early"
            )
            return machine.with(plan, try pack("initramfs\(suffix)-rest", plan))
        }

        private var suffix: String { name.isEmpty ? "" : "-\(name)" }
    }

    /// What came of a boot, with all further attempts.
    private struct Answer: Sendable {
        /// Nil: no machine could be had.
        var outcome: MachineRun.Outcome?
        /// The tests that had no machine.
        var lost: [TestResult]
    }

    /// The series on the tree, with what is beneath it.
    ///
    /// - Parameter people: whose commits they are; nil for those that the repository's configuration names.
    package func generate(_ selected: Selection, on base: borrowing BaseCommit, by people: People? = nil)
        throws
        -> GeneratedSeries
    {
        try base.generate(bed.loaded, selected, on: bed.ground(on: base, by: people), by: people)
    }

    /// Does what is missing of building the kernel and the guest's programs. The caller holds the tree's lock.
    package func prepare(_ base: borrowing BaseCommit, _ generation: GeneratedSeries) async throws -> Prepared
    {
        var maker = maker
        maker.following = [Self.programsTitle, Self.testsTitle]
        let built = try await maker.build(generation, on: base)
        let clock = ContinuousClock()
        let start = clock.now
        // make headers, the guest's programs: nothing of that may look like a standstill.
        maker.observer.progress(GuestImage.title, "init")
        defer { maker.observer.end(GuestImage.title) }
        let build = try KernelBuild(
            source: maker.state.source(tree: maker.tree),
            output: built.output,
            jobs: maker.plan.jobs
        )
        let guest = GuestImage(
            output: built.output,
            project: bed.loaded.project,
            observer: maker.observer
        )
        // First: it brings the headers that the tests are compiled with.
        let initProgram = try await guest.buildInit()
        let tree = generation.tree.description
        let (planned, absent) =
            if let upstream {
                try await guest.buildUpstream(upstream, build, tree: tree)
            } else {
                try await programs(guest, build, generation.rendered.settled, tree: tree)
            }
        let boots = try boots(planned).map { name, plan, asked in
            let pack = { @Sendable [filter] (name: String, plan: [PlannedTest]) in
                try guest.pack(name, initProgram: initProgram, plan, only: filter.glob)
            }
            var run = MachineRun(
                kernel: built.bootImage,
                initramfs: try pack(name.isEmpty ? "initramfs" : "initramfs-\(name)", plan),
                memoryMiB: maker.plan.profile.memoryMiB,
                plan: plan,
                guest: asked,
                choice: machine,
                observer: maker.observer,
                onResult: onResult
            )
            run.machine = place
            return Boot(name: name, machine: run, pack: pack)
        }
        var times = WorkTimes(maker.state, cell: maker.cell)
        times.keep(Self.programsTitle, clock.now - start)
        return Prepared(
            kernel: built,
            boots: boots,
            absent: absent,
            phases: built.phases + [("guest programs", clock.now - start)]
        )
    }

    /// Boots what was prepared and runs the tests.
    package func judge(
        _ prepared: Prepared,
        _ base: borrowing BaseCommit,
        _ selected: Selection,
        _ generation: GeneratedSeries
    ) async throws -> Outcome {
        var phases = prepared.phases.map { ($0.name, $0.duration) }
        var times = WorkTimes(maker.state, cell: maker.cell)
        let start = ContinuousClock.now
        // A part of the tests, or other people's, says nothing of all, nor all of them.
        let isWhole = filter.glob == nil && upstream == nil
        let expected = isWhole ? times.expected(Self.testsTitle) : nil
        let answers = try await answers(of: prepared.boots, expected: expected)
        let outcomes = answers.compactMap(\.outcome)
        let lost = answers.flatMap(\.lost)
        if upstream == nil {
            for (boot, answer) in zip(prepared.boots, answers) {
                guard let machine = answer.outcome?.machine else { continue }
                let title = boot.name.isEmpty ? "" : " \(boot.name)"
                let silent = machine.untilFirstResult ?? machine.total
                phases += [("boot\(title)", silent), ("tests\(title)", machine.total - silent)]
            }
        } else {
            phases += [("tests in \(counted(prepared.boots.count, "machine"))", ContinuousClock.now - start)]
        }
        if isWhole { times.keep(Self.testsTitle, ContinuousClock.now - start) }
        let (findings, decoding) = try await decoded(outcomes.flatMap(\.findings), prepared.kernel)
        if let decoding { phases += [("source of traces", decoding)] }
        for result in prepared.absent { onResult(result, nil) }
        var results = outcomes.flatMap(\.results) + lost + prepared.absent
        if let upstream, let first = outcomes.first {
            let release = first.machine.kernelVersion
            upstream.judge(&results, on: try await upstreamRun(first.accelerator, release: release))
        }
        if let reproduction {
            for index in results.indices { results[index].reproduce(by: reproduction) }
        }
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
            acceleratorReason: outcomes.first?.accelerator.reason
                ?? (lost.isEmpty ? "nothing to boot" : "no machine could be started"),
            machineEnding: Self.endings(outcomes),
            consoleEvents: findings,
            newWarnings: prepared.kernel.newWarnings.map(\.description),
            results: results,
            phases: phases.map { RunReport.Phase(name: $0.0, milliseconds: $0.1.milliseconds) },
            commit: generation.tip.description
        )
        return Outcome(report: report, console: outcomes.flatMap(\.console))
    }

    /// Boots, side by side where the tests allow it.
    ///
    /// - Parameter expected: how long that took the last time.
    private func answers(of boots: [Boot], expected: Duration?) async throws -> [Answer] {
        guard let first = boots.first else { return [] }
        // Once for all: it takes seconds where KVM doesn't work.
        let accelerator = try await first.machine.chooseAccelerator()
        let pool = upstream == nil ? MachinePool(machines: 1, memoryMiB: .max) : pool ?? .ofThisHost()
        let tell = try await telling(under: accelerator)
        return try await pool.run(boots, needs: boots.map(\.machine.guestMemoryMiB)) { boot in
            var boot = boot
            boot.machine.known = accelerator
            boot.machine.expected = expected
            boot.machine.onResult = tell
            return try await answer(boot)
        }
    }

    /// Tells of upstream's tests as they count: a failure that is expected is none.
    private func telling(under accelerator: AcceleratorChoice) async throws
        -> @Sendable (TestResult, String?) -> Void
    {
        guard let upstream else { return onResult }
        let run = try await upstreamRun(accelerator, release: maker.tree)
        return { [onResult] result, test in
            var held = [result]
            if test == nil { upstream.judge(&held, on: run) }
            for result in held { onResult(result, test) }
        }
    }

    /// - Parameter release: the kernel's own, or the name of a local tree, which has it.
    private func upstreamRun(_ accelerator: AcceleratorChoice, release: String?) async throws
        -> UpstreamTable.Run
    {
        UpstreamTable.Run(
            accelerator: accelerator.accelerator.rawValue,
            emulator: try await place.emulatorVersion(),
            kernel: release.flatMap { try? KernelVersion($0) }?.series
        )
    }

    private func answer(_ boot: Boot) async throws -> Answer {
        let machine = boot.machine
        let (first, lost) = try await machine.runInFreshMachines()
        guard var outcome = first else { return Answer(outcome: nil, lost: lost) }
        if upstream != nil {
            var left = machine.plan.count
            while let next = try boot.rest(after: outcome), next.plan.count < left {
                left = next.plan.count
                let (more, unanswered) = try await next.runInFreshMachines()
                outcome.append(more, or: unanswered)
            }
        }
        for attempt in 0..<reruns {
            guard let again = try boot.again(after: outcome, attempt: attempt + 1) else { break }
            // A machine that can't be had for another attempt leaves the first one's word.
            guard let more = try await again.runInFreshMachines().outcome else { break }
            outcome.add(more)
        }
        return Answer(outcome: outcome, lost: lost)
    }

    /// The findings with the source of their traces, and how long it took; nil: nothing failed.
    private func decoded(_ findings: [RunReport.ConsoleFinding], _ kernel: BuiltKernel) async throws -> (
        [RunReport.ConsoleFinding], Duration?
    ) {
        guard findings.contains(where: \.verdict.isFailure) else { return (findings, nil) }
        let clock = ContinuousClock()
        let start = clock.now
        let build = try KernelBuild(
            source: maker.state.source(tree: maker.tree),
            output: kernel.output,
            jobs: maker.plan.jobs
        )
        let decoded = try await TraceDecoder(SourcePlaces(build), observer: maker.observer)(findings)
        return (decoded, clock.now - start)
    }

    /// With what the series beneath stands for, and without: there the same kernel is booted as any other. Tests of others
    /// share several machines.
    private func boots(_ planned: [PlannedTest]) -> [(name: String, plan: [PlannedTest], GuestTests.Guest)] {
        if upstream != nil {
            return UpstreamTests.shares(planned).enumerated().map {
                ("\($0.offset + 1)", $0.element, bed.guest)
            }
        }
        let isBare = bed.beneath == nil
        let boots = [
            ("", planned.filter { isBare || !$0.isBare }, bed.guest),
            ("bare", planned.filter { !isBare && $0.isBare }, bed.tests.guest),
        ]
        return boots.filter { !$0.1.isEmpty }
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
        let profile = maker.plan.profile.name
        let all = bed.tests.programs(for: settled).filter {
            $0.profiles.isEmpty || $0.profiles.contains(profile)
        }
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
