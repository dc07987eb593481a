// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Synchronization
import SystemPackage
import Testing

@testable import VirtualMachine

extension EmulatorTests {
    /// Real QEMU, tiny guests. A machine without QEMU fails these tests: nothing here is skipped in silence.
    @Suite(.timeLimit(.minutes(2)))
    struct MachineTests {
        private func run(
            _ steps: [GuestSector.Step],
            _ change: (inout MachineConfiguration) -> Void = { _ in }
        ) async throws -> MachineOutcome {
            try await withTemporaryFolder { folder in
                var configuration = try GuestSector.configuration(steps, in: folder)
                change(&configuration)
                let outcome = try await LocalMachine().run(configuration)
                #expect(children() == [], "a child process is left")
                return outcome
            }
        }

        /// QEMUs, or what stands in for them, among this process's children; zombies included. Other tests of the
        /// same process may have other children.
        private func children() -> [String] {
            let folder = "/proc/self/task"
            let threads = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            let children = threads.flatMap { thread in
                let list = try? String(contentsOfFile: "\(folder)/\(thread)/children", encoding: .utf8)
                return (list ?? "").split(separator: " ").map(String.init)
            }
            return children.filter { child in
                let name = try? String(contentsOfFile: "/proc/\(child)/comm", encoding: .utf8)
                return name?.hasPrefix("qemu") ?? false
            }
        }

        @Test func bothChannelsAreStreamed() async throws {
            let consoleLines = Mutex<[String]>([])
            let resultLines = Mutex<[String]>([])
            let outcome = try await withTemporaryFolder { folder in
                let configuration = try GuestSector.configuration(
                    [
                        .print(port: GuestSector.console, "hello\r\n\u{1b}[1mconsole\u{1b}[0m\r\n"),
                        .print(port: GuestSector.results, "KTAP version 1\r\n1..0\r\nunfinished"),
                        .debugExit(7),
                    ],
                    in: folder
                )
                return try await LocalMachine().run(configuration) { event in
                    switch event {
                    case .console(let line): consoleLines.withLock { $0.append(line.text) }
                    case .result(let line): resultLines.withLock { $0.append(line.text) }
                    case .warning(let text): Issue.record("\(text)")
                    }
                }
            }
            #expect(outcome.ending == .debugExit(7))
            #expect(outcome.console.lines.suffix(2) == ["hello", "console"])
            #expect(outcome.results == ["KTAP version 1", "1..0", "unfinished"])
            #expect(consoleLines.withLock { $0 } == outcome.console.lines)
            #expect(resultLines.withLock { $0 } == outcome.results)
            let untilFirstResult = try #require(outcome.untilFirstResult)
            #expect(untilFirstResult <= outcome.total)
        }

        @Test(arguments: MachineConfiguration.MachineType.allCases)
        func powerOffIsToldFromReset(machine: MachineConfiguration.MachineType) async throws {
            let off = try await run([.print(port: GuestSector.console, "bye\n"), .powerOff]) {
                $0.machineType = machine
            }
            #expect(off.ending == .poweredOff, "\(off.standardError)")
            #expect(off.console.lines.last == "bye")
            let reset = try await run([.tripleFault]) { $0.machineType = machine }
            #expect(reset.ending == .reset)
        }

        @Test func hangEndsAtItsLimit() async throws {
            let outcome = try await run([.print(port: GuestSector.console, "now\n"), .hang]) {
                $0.limits.total = .seconds(2)
            }
            #expect(outcome.ending == .timedOut(.total, after: .seconds(2)))
            #expect(outcome.total >= .seconds(2))
            #expect(outcome.total < .seconds(4))
            #expect(outcome.console.lines.last == "now")
        }

        @Test func silenceEndsBeforeTheTotal() async throws {
            let outcome = try await run([.print(port: GuestSector.results, "ok 1 x\n"), .hang]) {
                $0.limits.silence = .seconds(1)
            }
            #expect(outcome.ending == .timedOut(.silence, after: .seconds(1)))
            #expect(outcome.results == ["ok 1 x"])
            #expect(outcome.total < .seconds(5))
        }

        @Test func panicThatHangsIsAPanic() async throws {
            let outcome = try await run([
                .print(port: GuestSector.console, "[    0.5] Kernel panic - not syncing: no init\n"), .hang,
            ]) {
                $0.limits.afterPanic = .seconds(1)
            }
            #expect(outcome.ending == .guestPanic)
            #expect(outcome.events.map(\.kind) == [.panic])
            #expect(outcome.total < .seconds(5))
        }

        @Test func panicThatResetsIsAPanic() async throws {
            let outcome = try await run([
                .print(port: GuestSector.console, "Kernel panic - not syncing: no init\n"), .tripleFault,
            ])
            #expect(outcome.ending == .guestPanic)
        }

        @Test func floodStaysBounded() async throws {
            let flood = String(repeating: "BUG: all work and no play ", count: 8) + "\r\n"
            let outcome = try await run([.flood(port: GuestSector.console, flood)]) {
                // At load 10 QEMU had written nothing after 3 s, and less than 128 KiB after 6.
                $0.limits.total = .seconds(6)
                $0.limits.consoleBytes = 8 << 10
            }
            #expect(outcome.ending == .timedOut(.total, after: .seconds(6)))
            #expect(outcome.console.keptBytes <= 8 << 10)
            #expect(outcome.console.droppedBytes > 8 << 10)
            #expect(outcome.events.count == 100)
            #expect(outcome.droppedEvents > 0)
            #expect(outcome.total < .seconds(8), "the flood slowed the end")
        }

        @Test func floodOfResultsStaysBounded() async throws {
            let outcome = try await run([.flood(port: GuestSector.results, "ok 1 forged\r\nx\r\n")]) {
                $0.limits.total = .seconds(2)
                // Three bytes are left after 86 pairs: room for the short line, if it were not too late for it.
                $0.limits.resultBytes = 86 * 14 + 3
            }
            #expect(outcome.results == Array(repeating: ["ok 1 forged", "x"], count: 86).flatMap(\.self))
            #expect(outcome.droppedResultBytes > 0)
            #expect(outcome.total < .seconds(4))
        }

        @Test func emulatorThatDiesEarlyIsAnOutcome() async throws {
            var configuration = MachineConfiguration(
                bootSource: .linux(kernel: "/nonexistent/bzImage", initrd: nil, commandLine: "console=ttyS0")
            )
            configuration.limits.total = .seconds(10)
            let outcome = try await LocalMachine().run(configuration)
            guard case .qemuFailed(let status, let standardError) = outcome.ending else {
                Issue.record("\(outcome.ending)")
                return
            }
            #expect(status == "exit status 1")
            #expect(standardError.contains("/nonexistent/bzImage"))
            #expect(outcome.total < .seconds(5))
            #expect(children() == [])
        }

        @Test(arguments: ["qemu-system-nowhere", "/nonexistent/qemu", "/etc/passwd"])
        func missingEmulatorNamesThePackage(emulator: String) async throws {
            let configuration = MachineConfiguration(bootSource: .diskImage("/nonexistent"))
            await #expect(throws: MachineError.emulatorMissing(emulator)) {
                try await LocalMachine(emulator: emulator).run(configuration)
            }
            #expect("\(MachineError.emulatorMissing("x"))".contains("qemu-system-x86"))
        }

        @Test func cancellationLeavesNothing() async throws {
            try await withTemporaryFolder { folder in
                let configuration = try GuestSector.configuration(
                    [.print(port: GuestSector.results, "started\n"), .hang],
                    in: folder
                )
                let (started, startedNow) = AsyncStream.makeStream(of: Void.self)
                let machine = Task {
                    try await LocalMachine().run(configuration) { event in
                        if case .result = event { startedNow.yield() }
                    }
                }
                for await _ in started { break }
                #expect(children().count == 1)
                let clock = ContinuousClock()
                let cancelled = clock.now
                machine.cancel()
                let outcome = try await machine.value
                #expect(outcome.ending == .interrupted)
                #expect(clock.now - cancelled < .seconds(2))
                #expect(outcome.results == ["started"])
                #expect(children() == [])
            }
        }

        @Test func cancelledBeforeItStarts() async throws {
            try await withTemporaryFolder { folder in
                let configuration = try GuestSector.configuration([.hang], in: folder)
                let machine = Task {
                    while !Task.isCancelled { await Task.yield() }
                    return try await LocalMachine().run(configuration)
                }
                machine.cancel()
                #expect(try await machine.value.ending == .interrupted)
                #expect(children() == [])
            }
        }

        @Test func emulatorThatIgnoresEverythingIsKilled() async throws {
            try await withTemporaryFolder { folder in
                let script = folder.appending("qemu")
                // Ignores SIGTERM and never reads QMP; the shell itself is the process, so nothing is left behind.
                try "#!/bin/sh\ntrap '' TERM\nwhile :; do read line; done\n".write(
                    toFile: script.string,
                    atomically: true,
                    encoding: .utf8
                )
                try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script.string)
                var configuration = try GuestSector.configuration([.hang], in: folder)
                configuration.limits.total = .seconds(1)
                let outcome = try await LocalMachine(emulator: script.string).run(configuration)
                #expect(outcome.ending == .timedOut(.total, after: .seconds(1)))
                #expect(outcome.total < .seconds(4))
                #expect(children() == [])
            }
        }

        /// Two machines at once do not get into each other's channels.
        @Test func machinesRunSideBySide() async throws {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...3 {
                    group.addTask {
                        try await withTemporaryFolder { folder in
                            let configuration = try GuestSector.configuration(
                                [
                                    .print(port: GuestSector.console, "console \(number)\n"),
                                    .print(port: GuestSector.results, "results \(number)\n"),
                                    .debugExit(UInt8(number)),
                                ],
                                in: folder
                            )
                            let outcome = try await LocalMachine().run(configuration)
                            #expect(outcome.ending == .debugExit(UInt8(number)))
                            #expect(outcome.console.lines.last == "console \(number)")
                            #expect(outcome.results == ["results \(number)"])
                        }
                    }
                }
                try await group.waitForAll()
            }
        }

        @Test func descriptorsAreClosed() async throws {
            func open() throws -> Int {
                try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
            }
            _ = try await run([.debugExit(1)])
            let before = try open()
            for _ in 0..<3 { _ = try await run([.debugExit(1)]) }
            #expect(try open() <= before)
        }
    }
}
