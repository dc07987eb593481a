// SPDX-License-Identifier: GPL-2.0-only

import Base
import PatchSeries
import Synchronization
import SystemPackage
import TestReport
import TestSupport
import Testing
import VirtualMachine

@testable import Judging

/// A run on a machine that isn't QEMU on this host: what it says is judged as anywhere. The guests are played.
@Suite struct MachineRunTests {
    private final class Observer: WorkObserver {
        let notes = Mutex<[String]>([])

        func note(_ text: String) { notes.withLock { $0.append(text) } }
        func progress(_ title: String, _ detail: String) {}
        func end(_ title: String) {}
    }

    private let observer = Observer()

    private func run(
        _ machine: FakeMachine,
        tests: [String] = ["first", "second"],
        onResult: @escaping @Sendable (TestResult, String?) -> Void = { _, _ in }
    ) async throws -> MachineRun.Outcome {
        var run = MachineRun(
            kernel: "/boot/bzImage",
            initramfs: "/boot/initramfs",
            memoryMiB: 512,
            plan: tests.map { name in
                PlannedTest(
                    name: name,
                    timeout: 10,
                    program: "/bin/true",
                    points: ["one": ["R1"], "two": ["L2"]]
                )
            },
            guest: GuestTests.Guest(),
            choice: MachineChoice(),
            observer: observer,
            onResult: onResult
        )
        run.machine = machine
        return try await run.run()
    }

    private static let passes = """
        KTAP version 1
        1..2
        # kpatch: start first
          1..2
          ok 1 one
          ok 2 two
        ok 1 first
        # kpatch: start second
        ok 2 second
        # kpatch: end

        """

    @Test func resultsComeWithTheirPointsAsTheyEnd() async throws {
        let shown = Mutex<[String]>([])
        // In pieces that end in the middle of lines.
        let pieces = Self.passes.split(separator: "s", omittingEmptySubsequences: false).joined(
            separator: "s\u{0}"
        )
        let outcome = try await run(
            FakeMachine(
                results: pieces.split(separator: "\u{0}").map(String.init),
                warning: "its clock is wrong"
            )
        ) { result, test in
            shown.withLock { $0.append(test.map { "\($0).\(result.name)" } ?? result.name) }
        }
        #expect(outcome.results.map(\.verdict) == [.pass, .pass])
        #expect(outcome.results[0].children.map(\.points) == [["R1"], ["L2"]])
        #expect(shown.withLock { $0 } == ["first.one", "first.two", "first", "second"])
        #expect(outcome.accelerator.accelerator == .kvm)
        #expect(
            observer.notes.withLock { $0 }
                == ["the other host runs nested guests: using KVM", "warning: its clock is wrong"]
        )
    }

    @Test func aSplatFailsTheTestThatRan() async throws {
        let console = """
            Linux version 6.12.9 (x)
            [    1.000000] kpatch: start second
            [    1.100000] BUG: KASAN: slab-use-after-free in sev_unbind_asid+0x5f/0x120
            [    1.100001] Read of size 4 at addr ffff88800410a0d8 by task second/88
            [    1.100002] Call Trace:
            [    1.100003]  kasan_report+0xc7/0x110
            [    1.100004]  sev_unbind_asid+0x5f/0x120
            [    1.100005]  sev_vm_destroy+0x6f/0x130
            [    1.200000] kpatch: end second

            """
        let outcome = try await run(FakeMachine(console: [console], results: [Self.passes]))
        #expect(outcome.results.map(\.verdict) == [.pass, .fail])
        let title = "KASAN: slab-use-after-free Read in sev_unbind_asid"
        #expect(outcome.results[1].reason == "console: kasan: \(title)")
        let finding = try #require(outcome.machine.findings.first)
        #expect(finding.title == title)
        #expect(finding.frames == ["sev_unbind_asid", "sev_vm_destroy"])
        #expect(!finding.isCorrupted)
    }

    @Test func aMachineThatDiesCrashesItsTest() async throws {
        let cut = "KTAP version 1\n1..2\n# kpatch: start first\n"
        let outcome = try await run(FakeMachine(results: [cut], ending: .reset))
        #expect(outcome.results.map(\.verdict) == [.crashed, .notExercised])
    }

    @Test func anEmulatorThatFailsIsInfrastructure() async throws {
        let machine = FakeMachine(
            ending: .qemuFailed(status: "exit status 1", standardError: "no such kernel")
        )
        let error = await #expect(throws: Failure.self) { try await run(machine) }
        #expect(error?.fault == .infrastructure)
    }

    /// A machine that can't be started for some times, and then plays its guest.
    private struct ReluctantMachine: Machine {
        let guest: FakeMachine
        let failures: Int
        let starts: Locked<Int>

        func chooseAccelerator() async throws(MachineError) -> AcceleratorChoice {
            try await guest.chooseAccelerator()
        }

        func emulatorVersion() async throws(MachineError) -> String { try await guest.emulatorVersion() }

        func run(
            _ configuration: MachineConfiguration,
            onEvent: @escaping @Sendable (MachineEvent) -> Void
        ) async throws(MachineError) -> MachineOutcome {
            let start = starts.withLock { starts in
                starts += 1
                return starts
            }
            guard start > failures else { throw .system(doing: "starting", reason: "no memory") }
            return try await guest.run(configuration, onEvent: onEvent)
        }
    }

    @Test(arguments: [0, 2, 3]) func aMachineThatFailsIsStartedAnew(failures: Int) async throws {
        let machine = ReluctantMachine(
            guest: FakeMachine(results: [Self.passes]),
            failures: failures,
            starts: Locked(0)
        )
        var run = MachineRun(
            kernel: "/boot/bzImage",
            initramfs: "/boot/initramfs",
            memoryMiB: 512,
            plan: ["first", "second"].map {
                PlannedTest(name: $0, timeout: 10, program: "/bin/true", points: ["one": ["R1"]])
            },
            guest: GuestTests.Guest(),
            choice: MachineChoice(),
            observer: observer
        )
        run.machine = machine
        let (outcome, lost) = try await run.runInFreshMachines()
        #expect(machine.starts.value == min(failures + 1, 3))
        let said = observer.notes.withLock { $0 }.filter { $0.hasPrefix("the machine failed: ") }
        #expect(said.count == failures)
        if failures < 3 {
            #expect(outcome?.results.map(\.verdict) == [.pass, .pass] && lost.isEmpty)
        } else {
            #expect(outcome == nil && lost.map(\.verdict) == [.infrastructure, .infrastructure])
            #expect(lost[0].points == ["R1"], "what it was to answer is open")
        }
    }

    /// KVM emulates by a prefix for others' tests; the series' own see it as it is.
    @Test(arguments: [([true], true), ([true, false], false), ([], false)])
    func onlyOthersTestsChangeTheCommandLine(upstream: [Bool], isAsked: Bool) {
        let run = MachineRun(
            kernel: "/boot/bzImage",
            initramfs: "/boot/initramfs",
            memoryMiB: 512,
            plan: upstream.map {
                PlannedTest(name: "a", timeout: 9, program: "/bin/true", points: [:], isUpstream: $0)
            },
            guest: GuestTests.Guest(),
            choice: MachineChoice(),
            observer: observer
        )
        guard case .linux(_, _, let words) = run.configuration(under: .tcg).bootSource else {
            Issue.record("no kernel is booted")
            return
        }
        #expect(words.split(separator: " ").contains("kvm.force_emulation_prefix=1") == isAsked)
    }

    /// What is only counted is said.
    @Test func reportsBeyondTheBoundAreCounted() async throws {
        let line = "[    1.000000] WARNING: CPU: 0 PID: 1 at a/b.c:12 f+0x1/0x2\n"
        let outcome = try await run(
            FakeMachine(console: [String(repeating: line, count: 130)], results: [Self.passes])
        )
        #expect(outcome.machine.events.count == 100)
        #expect(
            observer.notes.withLock { $0 }.contains(
                "warning: 30 more reports of the kernel were only counted"
            )
        )
    }
}
