// SPDX-License-Identifier: GPL-2.0-only

import Base
import Kernel
import SystemPackage
import TestReport
import Testing

@testable import Judging

/// Machines side by side, within their number and memory.
@Suite struct MachinePoolTests {
    private struct Load {
        var running = 0
        var memory = 0
        var most = 0
        var mostMemory = 0
    }

    /// - Returns: the most that ran at once, and the most memory of those together.
    private func load(_ needs: [Int], machines: Int, memoryMiB: Int) async throws -> (Int, Int) {
        let load = Locked(Load())
        let results = try await MachinePool(machines: machines, memoryMiB: memoryMiB)
            .run(needs, needs: needs) { need in
                load.withLock { load in
                    load.running += 1
                    load.memory += need
                    load.most = max(load.most, load.running)
                    load.mostMemory = max(load.mostMemory, load.memory)
                }
                try await Task.sleep(for: .milliseconds(20))
                load.withLock { load in
                    load.running -= 1
                    load.memory -= need
                }
                return need
            }
        #expect(results == needs, "what came of each, in order")
        return (load.value.most, load.value.mostMemory)
    }

    @Test func asManyAsAreAllowedRunAtOnce() async throws {
        let (most, _) = try await load([1, 1, 1, 1, 1, 1, 1], machines: 3, memoryMiB: 100)
        #expect(most == 3)
    }

    @Test func memoryBoundsThem() async throws {
        let (most, memory) = try await load([50, 60, 30, 10, 20], machines: 5, memoryMiB: 100)
        #expect(most > 1 && memory <= 100)
    }

    @Test func whatNeedsMoreThanThereIsRunsAlone() async throws {
        let (most, memory) = try await load([500, 500, 500], machines: 4, memoryMiB: 100)
        #expect(most == 1 && memory == 500)
    }

    @Test func aFailureEndsTheOthers() async throws {
        let pool = MachinePool(machines: 2, memoryMiB: 100)
        let start = ContinuousClock.now
        await #expect(throws: Failure.self) {
            try await pool.run([0, 1], needs: [1, 1]) { job in
                if job == 0 { throw Failure(.interruption, "interrupted") }
                try await Task.sleep(for: .seconds(60))
            }
        }
        #expect(ContinuousClock.now - start < .seconds(30))
    }

    @Test func thisHostHasRoomForOne() {
        let pool = MachinePool.ofThisHost()
        #expect(pool.machines > 0 && pool.memoryMiB > 0)
        #expect(MachinePool.ofThisHost(machines: 7).machines == 7)
    }

    private func planned(_ name: String, _ timeout: Int, _ memory: Int) -> PlannedTest {
        PlannedTest(
            name: name,
            timeout: timeout,
            program: "/bin/true",
            points: [:],
            memoryMiB: memory,
            isUpstream: true
        )
    }

    /// Each test is in one share, slow ones are alone and first, and those of one machine need the same memory.
    @Test func testsShareMachines() {
        let tests =
            (0..<20).map { planned("small\($0)", 60, 512) } + [
                planned("slow", 300, 512), planned("slower", 600, 512),
            ]
            + (0..<3).map { planned("large\($0)", 60, 3072) }
        let shares = UpstreamTests.shares(tests).map { $0.map(\.name) }
        #expect(shares.prefix(2) == [["slower"], ["slow"]])
        #expect(shares[2] == ["large0", "large1", "large2"])
        #expect(shares.flatMap(\.self).sorted() == tests.map(\.name).sorted())
        #expect(shares.allSatisfy { $0.count <= 8 })
    }

    /// Init reads words up to the line's end (Templates/guest/init.c).
    @Test func aTestIsStartedWithItsArguments() {
        var test = planned("mmu_stress_test", 600, 3072)
        #expect(test.planLine == "mmu_stress_test 600 /tests/mmu_stress_test")
        test.arguments = ["-m", "4"]
        #expect(test.planLine == "mmu_stress_test 600 /tests/mmu_stress_test -m 4")
    }

    private func held(_ results: [TestResult], _ yaml: String) throws -> [TestResult] {
        let upstream = UpstreamTests(
            source: .selftests,
            globs: ["*"],
            table: try UpstreamTable(yaml: "memory-mib: 1\n" + yaml, file: "selftests.yml")
        )
        var results = results
        upstream.judge(&results, on: .init(accelerator: "tcg", emulator: "7.2.22", kernel: "6.12"))
        return results
    }

    /// A test that stops being exercised would look green otherwise.
    @Test func whatIsNotExercisedHasToBeExpectedWhereAllIsKnown() throws {
        let results = [
            TestResult(name: "x86/hyperv", verdict: .notExercised, reason: "no Hyper-V"),
            TestResult(name: "x86/other", verdict: .notExercised, reason: "no CPU"),
            TestResult(name: "x86/runs", verdict: .pass),
        ]
        let rows = "expected:\n  - {tests: [hyperv, runs], verdict: not exercised, reason: no such thing}\n"
        let known = try held(results, rows + "complete: [{kernels: [\"6.12\"]}]\n")
        #expect(known.map(\.verdict) == [.notExercised, .fail, .fail])
        #expect(known[1].reason?.contains("no CPU") == true)
        #expect(known[2].reason == "passes, but was expected not to be exercised: no such thing")
        let unknown = try held(results, rows + "complete: [{kernels: [\"5.10\"]}]\n")
        #expect(unknown.map(\.verdict) == [.notExercised, .notExercised, .fail])
    }

    /// What goes by the machine's speed may pass, and may not time out instead of failing.
    @Test func anUnstableTestMayPass() throws {
        let rows = "expected:\n  - {tests: [slow], unstable: true, reason: a race with the host}\n"
        func verdict(_ verdict: Verdict) throws -> Verdict? {
            try held([TestResult(name: "slow", verdict: verdict)], rows).first?.verdict
        }
        #expect(try verdict(.pass) == .pass)
        #expect(try verdict(.fail) == .skip)
        #expect(try verdict(.timedOut) == .timedOut)
    }

    /// What may end in two ways has a row for each.
    @Test func anOutcomeIsHeldAgainstTheRowOfItsKind() throws {
        let rows = """
            expected:
              - {tests: [race], verdict: timed out, unstable: true, reason: it stands still}
              - {tests: [race], verdict: fail, unstable: true, reason: it is lost}
            """
        func result(_ verdict: Verdict) throws -> TestResult {
            try #require(try held([TestResult(name: "race", verdict: verdict)], rows).first)
        }
        #expect(try result(.fail).reason == "expected failure: it is lost")
        #expect(try result(.timedOut).reason == "expected failure: it stands still")
        #expect(try result(.pass).verdict == .pass)
        #expect(try result(.crashed).verdict == .crashed)
    }

    /// The test as a whole passes if all that failed in it was expected to.
    @Test func subtestsAreHeldOneByOne() throws {
        func svm(_ verdicts: [Verdict]) -> TestResult {
            TestResult(
                name: "svm",
                verdict: verdicts.max() ?? .pass,
                reason: "exit status 1",
                children: verdicts.enumerated().map {
                    TestResult(name: "case \($0.offset)", verdict: $0.element)
                }
            )
        }
        let rows = "expected:\n  - {tests: [svm], subtests: [\"case 1\"], reason: TCG}\n"
        #expect(try held([svm([.pass, .fail])], rows)[0].verdict == .pass)
        #expect(try held([svm([.pass, .fail])], rows)[0].children[1].verdict == .skip)
        #expect(try held([svm([.fail, .fail])], rows)[0].verdict == .fail)
        let passes = try held([svm([.pass, .pass])], rows)[0]
        #expect(passes.verdict == .fail && passes.children[1].verdict == .fail)
        #expect(try held([svm([.crashed, .fail])], rows)[0].verdict == .crashed)

        let unstable = rows.dropLast(2) + ", unstable: true}\n"
        #expect(try held([svm([.pass, .pass])], String(unstable))[0].verdict == .pass)
        #expect(try held([svm([.pass, .fail])], String(unstable))[0].children[1].verdict == .skip)
    }
}
