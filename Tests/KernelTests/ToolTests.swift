// SPDX-License-Identifier: GPL-2.0-only

import Base
import Synchronization
import SystemPackage
import Testing

@testable import Kernel

@Suite struct ToolTests {
    @Test func capturesBothOutputsAndTheStatus() async throws {
        let result = try await Tool("sh").run(["-c", "echo out; echo err >&2; exit 3"])
        #expect(result.outputText == "out\n")
        #expect(result.errorText == "err\n")
        #expect(result.status == .exited(3))
        #expect(throws: ToolError.failed(command: result.command, status: .exited(3), output: "err\nout")) {
            try result.required()
        }
    }

    @Test func tellsASignalFromAStatus() async throws {
        #expect(try await Tool("sh").run(["-c", "kill -9 $$"]).status == .signaled(9))
    }

    @Test func passesArgumentsUnchangedAndFixesTheLocale() async throws {
        let result = try await Tool("sh").run(
            [
                "-c", "printf '%s|' \"$@\" \"$LC_ALL\" \"$EXTRA\" \"${HOME-none}\"", "sh", "a b", "$x;'\"",
                "é",
            ],
            environment: ["EXTRA": "more", "HOME": nil]
        )
        #expect(result.outputText == "a b|$x;'\"|é|C|more|none|")
    }

    @Test func runsInAFolder() async throws {
        let scratch = try Scratch()
        #expect(try await Tool("pwd").run(["-P"], in: scratch.path).outputText.contains("kernel-tests"))
    }

    @Test func boundsTheOutputFromTheMiddle() async throws {
        let result = try await Tool("sh").run(["-c", "echo first; seq 1 100000; echo last"], limit: 1000)
        #expect(result.outputText.hasPrefix("first\n"))
        #expect(result.outputText.hasSuffix("last\n"))
        #expect(result.output.count == 1000)
        #expect(result.dropped > 500_000)
    }

    @Test func streamsLinesOfBothOutputsInOrder() async throws {
        let lines = Mutex<[String]>([])
        let status = try await Tool("sh").stream(["-c", "echo a; echo b >&2; printf 'c\\r\\n\\nd'; exit 2"]) {
            line in
            lines.withLock { $0.append(line) }
        }
        #expect(lines.withLock { $0 } == ["a", "b", "c", "", "d"])
        #expect(status == .exited(2))
    }

    @Test func namesThePackageOfAMissingTool() async throws {
        await #expect(throws: ToolError.missing(tool: "kpatch-gen-no-such-tool", package: nil)) {
            try await Tool("kpatch-gen-no-such-tool").run([])
        }
        await #expect(throws: ToolError.missing(tool: "/nonexistent/flex", package: "flex")) {
            try await Tool("/nonexistent/flex").run([])
        }
        #expect(
            ToolError.missing(tool: "bc", package: "bc").description
                == "bc is not installed: run apt-get install --no-install-recommends bc"
        )
    }

    /// A "make" that starts a "shell" that starts a "compiler"; all ignore
    /// TERM if `stubborn`, and the leader ends at once if `orphaning`.
    @Test(arguments: [(false, false), (true, false), (false, true), (true, true)])
    func cancellationLeavesNoProcess(stubborn: Bool, orphaning: Bool) async throws {
        let trap = stubborn ? "trap '' TERM HUP;" : ""
        let inner =
            "\(trap) echo $$; sh -c '\(trap.replacing("'", with: "'\\''")) echo $$; while :; do sleep 1; done' & wait"
        let leader = orphaning ? "trap 'exit 0' TERM;" : trap
        let script = "\(leader) echo $$; sh -c \"$INNER\" & wait"
        let pids = Mutex<[Int32]>([])
        let run = Task {
            try await Tool("sh").stream(["-c", script], environment: ["INNER": inner]) { line in
                if let pid = Int32(line) { pids.withLock { $0.append(pid) } }
            }
        }
        while pids.withLock({ $0.count }) < 3 { try await Task.sleep(for: .milliseconds(10)) }
        #expect(pids.withLock { $0 }.allSatisfy(isRunning))
        run.cancel()
        let error = await #expect(throws: ToolError.self) { try await run.value }
        guard case .interrupted = error else {
            Issue.record("not .interrupted: \(String(describing: error))")
            return
        }
        #expect(pids.withLock { $0 }.filter(isRunning) == [])
    }

    @Test func cancellingARealMakeEndsItsCompilers() async throws {
        let scratch = try Scratch()
        let gcc = try scratch.script("#!/bin/sh\necho $$ >> \(scratch["pids"])\nexec sleep 100\n", to: "gcc")
        try scratch.write("all: a b c\na b c:\n\t@\(gcc) -c $@.c\n", to: "Makefile")
        let folder = scratch.path
        let run = Task {
            try await Tool("make").run(["-j3"], in: folder, environment: BuildEnvironment.clean)
        }
        var pids: [Int32] = []
        while pids.count < 3 {
            try await Task.sleep(for: .milliseconds(20))
            // Not there before the first compiler has started.
            pids = ((try? scratch.text("pids")) ?? "").split(separator: "\n").compactMap { Int32($0) }
        }
        run.cancel()
        await #expect(throws: ToolError.self) { try await run.value }
        #expect(pids.filter(isRunning) == [])
    }

    @Test func aPipeKeptOpenByAStrayChildDoesNotBlock() async throws {
        let clock = ContinuousClock()
        let start = clock.now
        let result = try await Tool("sh").run(["-c", "sleep 20 & echo $!"])
        #expect(clock.now - start < .seconds(10))
        let pid = try #require(Int32(result.outputText.split(separator: "\n").first ?? ""))
        // Started by this test, and no longer of use.
        _ = try await Tool("kill").run(["\(pid)"])
    }
}
