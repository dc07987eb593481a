// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Kernel
import PatchSeries
import SystemPackage
import TestReport
import VirtualMachine

/// What the user decides about the virtual machine.
package struct MachineChoice: Sendable {
    package enum Accelerators: String, CaseIterable, Sendable {
        /// KVM where a guest proves that it works, else TCG.
        case auto
        case kvm, tcg
    }

    package let accelerator: Accelerators
    /// Seconds that the machine may run in all; nil: the tests' own limits and a minute.
    package let timeLimit: Int?

    package init(accelerator: Accelerators = .auto, timeLimit: Int? = nil) {
        self.accelerator = accelerator
        self.timeLimit = timeLimit
    }
}

/// One boot of a kernel with a guest image.
package struct MachineRun {
    package let kernel: FilePath
    package let initramfs: FilePath
    package let memoryMiB: Int
    package let plan: [PlannedTest]
    package let guest: GuestTests.Guest
    package let choice: MachineChoice
    package let observer: any WorkObserver
    /// Where it is booted.
    package var machine: any Machine = LocalMachine()
    /// What an earlier boot found out about accelerators.
    package var known: AcceleratorChoice?
    /// How long boot and tests took the last time; nil if nobody knows.
    package var expected: Duration?
    /// Whether the console is to have what the kernel says of a boot that goes well: each character costs time.
    package var isVerbose = false
    /// Called for every test and subtest as it ends, with the test that a subtest belongs to.
    package var onResult: @Sendable (TestResult, _ test: String?) -> Void = { _, _ in }

    package init(
        kernel: FilePath,
        initramfs: FilePath,
        memoryMiB: Int,
        plan: [PlannedTest],
        guest: GuestTests.Guest,
        choice: MachineChoice,
        observer: any WorkObserver,
        known: AcceleratorChoice? = nil,
        onResult: @escaping @Sendable (TestResult, _ test: String?) -> Void = { _, _ in }
    ) {
        self.kernel = kernel
        self.initramfs = initramfs
        self.memoryMiB = memoryMiB
        self.plan = plan
        self.guest = guest
        self.choice = choice
        self.observer = observer
        self.known = known
        self.onResult = onResult
    }

    /// What came out of a boot.
    package struct Outcome {
        package private(set) var machine: MachineOutcome
        package let accelerator: AcceleratorChoice
        package var results: [TestResult]
        /// What the kernels of further attempts said.
        private var laterFindings: [RunReport.ConsoleFinding] = []
        private var laterConsole: [String] = []

        init(machine: MachineOutcome, accelerator: AcceleratorChoice, results: [TestResult]) {
            self.machine = machine
            self.accelerator = accelerator
            self.results = results
        }

        /// What the console showed, in all attempts.
        package var findings: [RunReport.ConsoleFinding] { machine.findings + laterFindings }
        package var console: [String] { machine.console.lines + laterConsole }

        /// Takes a further attempt of tests that failed.
        mutating func add(_ attempt: Outcome) {
            for result in attempt.results {
                guard let index = results.firstIndex(where: { $0.name == result.name }) else { continue }
                results[index].add(attempt: result)
            }
            laterFindings += attempt.findings
            laterConsole += attempt.console
        }

        /// Takes the results of the tests that this machine ended before.
        ///
        /// - Parameters:
        ///   - more: of the machine that ran them; nil: there was none.
        ///   - lost: what became of them then.
        mutating func append(_ more: Outcome?, or lost: [TestResult]) {
            let new = more?.results ?? lost
            let names = Set(new.map(\.name))
            results = results.filter { !names.contains($0.name) } + new
            guard let more else { return }
            machine.results += more.machine.results
            machine.ending = more.machine.ending
            laterFindings += more.findings
            laterConsole += more.console
        }
    }

    /// A panic ends the machine; init may write its marks to the kernel's log; a loaded host must not make
    /// the timer check fail (seen: "MP-BIOS bug: 8254 timer not connected"); hung tasks are told within 12 s. init starts
    /// the other processors: see Templates/guest/init.c, start_processors().
    private static let commandLine = [
        "console=ttyS0", "printk.devkmsg=on", "panic=-1", "oops=panic", "no_timer_check", "maxcpus=1",
        "sysctl.kernel.hung_task_check_interval_secs=2", "sysctl.kernel.hung_task_warnings=2",
    ]

    /// What others' tests ask of KVM: some make it emulate an instruction by a prefix, and are skipped where it doesn't know that.
    private static let upstreamArguments = ["kvm.force_emulation_prefix=1"]

    /// What the guest tells the time by. Under TCG a loaded host can make it measure its TSC wrong (seen: 227 MHz instead
    /// of 2593, so that tests of a few seconds timed out after 120); the timer that it takes instead needs no measuring.
    /// Nor is there anything to measure a delay loop by: each processor would take 0.1 s for that; the number is that of 3
    /// GHz at 250 ticks, and no device here cares.
    private static func clock(_ accelerator: Accelerator) -> [String] {
        switch accelerator {
        case .tcg: ["tsc=unstable", "lpj=12000000"]
        case .kvm: ["tsc=reliable"]
        }
    }

    /// Boots, tells of each test as it ends, and says how it all ended.
    package func run() async throws -> Outcome {
        let choice = if let known { known } else { try await chooseAccelerator() }
        var configuration = configuration(under: choice.accelerator)
        if configuration.entersDirectly { configuration.qboot = Qboot.find() }
        let title = plan.isEmpty ? "boot" : "boot and tests"
        observer.progress(title, WorkProgress(total: plan.isEmpty ? nil : plan.count, expected: expected))
        defer { observer.end(title) }
        let parser = Locked(KTAPParser(expectedTests: plan.map(\.name)))
        let shown = Locked(Set<String>())
        let outcome = try await machine.run(configuration) { event in
            switch event {
            case .console: break
            case .warning(let text): observer.note("warning: \(text)")
            case .result(let line):
                let (subtests, tests) = parser.withLock { parser in
                    let tests = parser.consume(line.text)
                    return (parser.takeSubtests(), tests)
                }
                for (test, subtest) in subtests { onResult(subtest, test) }
                var done = 0
                for test in tests {
                    done = shown.withLock { shown in
                        shown.insert(test.name)
                        return shown.count
                    }
                    onResult(withPoints(test), nil)
                }
                if !tests.isEmpty {
                    observer.progress(
                        title,
                        WorkProgress(
                            done: done,
                            total: plan.count,
                            detail: tests.last?.name ?? "",
                            expected: expected
                        )
                    )
                }
            }
        }
        if outcome.droppedEvents > 0 {
            observer.note("warning: \(outcome.droppedEvents) more reports of the kernel were only counted")
        }
        guard outcome.ending != .interrupted else {
            throw Failure(.interruption, "interrupted; the virtual machine is gone")
        }
        if case .qemuFailed = outcome.ending {
            throw Failure(.infrastructure, outcome.ending.description)
        }
        var results = parser.withLock { $0.finish(outcome.streamEnding) }.map { withPoints($0) }
        results.blame(outcome.findings)
        // Where the machine ended first.
        for result in results where !shown.value.contains(result.name) { onResult(result, nil) }
        return Outcome(machine: outcome, accelerator: choice, results: results)
    }

    /// How often a machine that failed by itself is started anew.
    private static let freshMachines = 2

    /// Runs as `run` does; a machine that fails by itself is started anew, and when that doesn't help, its tests have no
    /// answer.
    package func runInFreshMachines() async throws -> (outcome: Outcome?, lost: [TestResult]) {
        var reason = ""
        for attempt in 0...Self.freshMachines {
            do {
                return (try await run(), [])
            } catch {
                guard let error = error as? any Blamed, error.fault == .infrastructure else { throw error }
                reason = error.description.lines.first.map(String.init) ?? ""
            }
            let isLast = attempt == Self.freshMachines
            observer.note(
                "the machine failed: \(reason)\n"
                    + (isLast ? "giving up" : "trying a fresh one (\(attempt + 1) of \(Self.freshMachines))")
            )
        }
        let lost = plan.map {
            withPoints(TestResult(name: $0.name, verdict: .infrastructure, reason: reason))
        }
        for result in lost { onResult(result, nil) }
        return (nil, lost)
    }

    /// The machine that `run` starts.
    package func configuration(under accelerator: Accelerator) -> MachineConfiguration {
        // Notices and worse; the guest's init asks for the rest as soon as it runs.
        let words =
            Self.commandLine + ["loglevel=\(isVerbose ? 7 : 6)"] + Self.clock(accelerator)
            + guest.kernelArguments
            + (!plan.isEmpty && plan.allSatisfy(\.isUpstream) ? Self.upstreamArguments : [])
        var configuration = MachineConfiguration(
            bootSource: .linux(
                kernel: kernel,
                initrd: initramfs,
                commandLine: words.joined(separator: " ")
            )
        )
        configuration.memoryMiB = guestMemoryMiB
        configuration.cpuModel = guest.cpu
        configuration.accelerator = accelerator
        configuration.limits.total = .seconds(timeLimit)
        // A test may be quiet for as long as it may run; init ends it then, and says so.
        configuration.limits.silence = .seconds(min(timeLimit, (plan.map(\.timeout).max() ?? 0) + 30))
        return configuration
    }

    /// What the guest gets: the most that one of its tests needs.
    package var guestMemoryMiB: Int { plan.compactMap(\.memoryMiB).reduce(memoryMiB, max) }

    /// The same machine for other tests.
    func with(_ plan: [PlannedTest], _ initramfs: FilePath) -> MachineRun {
        var run = MachineRun(
            kernel: kernel,
            initramfs: initramfs,
            memoryMiB: memoryMiB,
            plan: plan,
            guest: guest,
            choice: choice,
            observer: observer,
            onResult: onResult
        )
        run.machine = machine
        return run
    }

    /// Seconds that the machine may run in all.
    package var timeLimit: Int { choice.timeLimit ?? plan.map(\.timeout).reduce(60, +) }

    /// What runs its instructions, by the user's word or the machine's.
    package func chooseAccelerator() async throws -> AcceleratorChoice {
        switch self.choice.accelerator {
        case .tcg: return AcceleratorChoice(accelerator: .tcg, reason: "asked for with --accelerator tcg")
        case .kvm: return AcceleratorChoice(accelerator: .kvm, reason: "asked for with --accelerator kvm")
        case .auto:
            let choice = try await machine.chooseAccelerator()
            observer.note(choice.reason)
            return choice
        }
    }

    /// Adds what tests.yml knows to what the guest said.
    private func withPoints(_ result: TestResult) -> TestResult {
        guard let test = plan.first(where: { $0.name == result.name }) else { return result }
        var result = result
        result.children = result.children.map { child in
            var child = child
            child.points = Self.merged(child.points, test.points[child.name] ?? [])
            return child
        }
        if test.isUpstream, result.verdict == .skip {
            // It could not run here: that says nothing about the patch.
            result.verdict = .notExercised
        }
        if result.verdict > .fail || result.verdict == .infrastructure {
            // What it never came to is open, and whoever looks at a point must see that.
            let silent = test.points.filter { name, _ in !result.children.contains { $0.name == name } }
            let open = Set(silent.values.joined()).subtracting(result.children.flatMap(\.points))
            result.points = Self.merged(result.points, open.sorted())
        }
        return result
    }

    private static func merged(_ left: [String], _ right: [String]) -> [String] {
        left + right.filter { !left.contains($0) }
    }
}

extension MachineOutcome {
    /// The tests that its init has begun with.
    var startedTests: Set<String> {
        let mark = "# kpatch: start "
        return Set(results.lazy.filter { $0.hasPrefix(mark) }.map { String($0.dropFirst(mark.count)) })
    }

    /// The machine's end as the result parser wants it.
    fileprivate var streamEnding: KTAPParser.StreamEnding {
        switch ending {
        case .poweredOff: .complete
        case .timedOut: .timedOut(ending.description)
        case .guestPanic, .reset, .debugExit, .qemuFailed, .interrupted: .crashed(ending.description)
        }
    }

    /// What the console showed, as a report takes it.
    package var findings: [RunReport.ConsoleFinding] {
        events.map { event in
            RunReport.ConsoleFinding(
                kind: event.kind.rawValue,
                verdict: event.kind.verdict,
                test: event.test,
                lines: [event.firstLine] + event.trace,
                title: event.title,
                alternatives: event.alternatives,
                frames: event.frames,
                isCorrupted: event.isCorrupted
            )
        }
    }
}

extension ConsoleEvent.Kind {
    /// What an event makes of a run: a test kernel has no business with any of them.
    fileprivate var verdict: Verdict {
        switch self {
        case .panic, .oops, .unexpectedReboot, .lockup, .rcuStall, .stackCorruption: .crashed
        case .warning, .bug, .kasan, .kfence, .kmsan, .kcsan, .ubsan, .lockdep, .atomicSleep, .hungTask,
            .memoryLeak, .referenceLeak, .allocationFailure, .unhandledInterrupt, .softPSPViolation,
            .outOfMemory:
            .fail
        }
    }
}
