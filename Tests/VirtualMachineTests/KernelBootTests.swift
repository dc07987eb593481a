// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import Testing

@testable import VirtualMachine

extension EmulatorTests {
    /// Boots a real kernel with the guest's real init. Both are built elsewhere; without them the test is reported as
    /// skipped. The kernel needs initramfs, devtmpfs and two 8250 ports.
    @Suite(.timeLimit(.minutes(5)))
    struct KernelBootTests {
        private static let environment = ProcessInfo.processInfo.environment
        private static let kernel = environment["KPATCH_TEST_KERNEL"]
        private static let initProgram = environment["KPATCH_TEST_INIT"]
        private static let isPossible = kernel != nil && initProgram != nil

        private func boot(
            plan: String,
            commandLine: String = "console=ttyS0 loglevel=6 panic=-1",
            _ change: (inout MachineConfiguration) -> Void = { _ in }
        ) async throws -> MachineOutcome {
            let initProgram = try #require(Self.initProgram)
            let kernel = try #require(Self.kernel)
            var archive = CpioArchive()
            try archive.add(
                "init",
                mode: 0o755,
                .file(Array(try Data(contentsOf: URL(fileURLWithPath: initProgram))))
            )
            try archive.add("dev/console", mode: 0o600, .characterDevice(major: 5, minor: 1))
            try archive.add("tests/plan", mode: 0o644, .file(Array(plan.utf8)))
            for folder in ["proc", "sys", "tmp"] {
                try archive.add(folder, mode: 0o755, .directory)
            }
            return try await withTemporaryFolder { folder in
                let initrd = folder.appending("initrd, with a comma.cpio")
                try Data(archive.serialized()).write(to: URL(fileURLWithPath: initrd.string))
                var configuration = MachineConfiguration(
                    bootSource: .linux(kernel: FilePath(kernel), initrd: initrd, commandLine: commandLine)
                )
                configuration.memoryMiB = 512
                configuration.limits.total = .seconds(120)
                change(&configuration)
                return try await LocalMachine().run(configuration)
            }
        }

        @Test(
            .enabled(if: isPossible, "KPATCH_TEST_KERNEL and KPATCH_TEST_INIT name no bzImage and init"),
            arguments: MachineConfiguration.MachineType.allCases
        )
        func bootsRunsAndPowersOff(machine: MachineConfiguration.MachineType) async throws {
            let outcome = try await boot(plan: "absent 5 /bin/none\n") { $0.machineType = machine }
            #expect(outcome.ending == .poweredOff, "\(outcome.console.lines.suffix(20))")
            #expect(outcome.kernelVersion != nil)
            #expect(outcome.events == [])
            #expect(outcome.results.first == "KTAP version 1")
            #expect(outcome.results.contains("not ok 1 absent # exit status 127"))
            #expect(outcome.results.last == "# kpatch: end")
            print("\(machine): first result \(outcome.untilFirstResult ?? .zero), total \(outcome.total)")
        }

        @Test(.enabled(if: isPossible, "KPATCH_TEST_KERNEL and KPATCH_TEST_INIT name no bzImage and init"))
        func panicIsAPanic() async throws {
            let outcome = try await boot(
                plan: "",
                commandLine: "console=ttyS0 panic=-1 rdinit=/nowhere root=/dev/nowhere"
            )
            #expect(outcome.ending == .guestPanic, "\(outcome.console.lines.suffix(20))")
            #expect(outcome.events.last?.kind == .panic)
            #expect(outcome.results == [])
        }

        @Test(.enabled(if: isPossible, "KPATCH_TEST_KERNEL and KPATCH_TEST_INIT name no bzImage and init"))
        func panicThatStaysIsAPanic() async throws {
            let outcome = try await boot(
                plan: "",
                commandLine: "console=ttyS0 panic=0 rdinit=/nowhere root=/dev/nowhere"
            ) {
                $0.limits.afterPanic = .seconds(2)
            }
            #expect(outcome.ending == .guestPanic)
            #expect(outcome.total < .seconds(20))
        }
    }
}
