// SPDX-License-Identifier: GPL-2.0-only

import Base
import Kernel
import SystemPackage
import TestReport
import VirtualMachine

/// How a test of kvm-unit-tests is run in the guest: by this host's QEMU, under the KVM of the kernel that is tested.
struct UnitTestRun: Sendable {
    /// The program that runs it and speaks KTAP (Templates/guest/unit.c), and what it reads.
    static let runner = "/unit"
    let runnerProgram: FilePath
    let lines: [String]
    let emulator: EmulatorFiles

    init(_ test: UnitTest, in guestPath: String, runner: FilePath, emulator: EmulatorFiles) {
        runnerProgram = runner
        self.emulator = emulator
        // As x86/run of kvm-unit-tests has them.
        var arguments = [
            emulator.program.string, "-no-reboot", "-nodefaults", "-global",
            "kvm-pit.lost_tick_policy=discard",
            "-device", "pc-testdev", "-device", "isa-debug-exit,iobase=0xf4,iosize=0x4", "-display", "none",
            "-serial", "stdio", "-device", "pci-testdev", "-machine", "pc,accel=kvm",
            "-smp", "\(test.processors)", "-kernel", guestPath,
        ]
        if let words = test.programArguments { arguments += ["-append", words] }
        arguments += test.emulatorArguments
        lines =
            test.checks.map { "check \($0.path)=\($0.content)" } + ["run"]
            + arguments.map { $0.replacing("\n", with: " ") }
    }

    /// Adds what it needs but the test's own program, unless another has added it.
    func add(to archive: inout CpioArchive, _ added: inout Set<FilePath>) throws {
        func add(_ file: FilePath, as path: String) throws {
            guard added.insert(FilePath(path)).inserted else { return }
            try archive.add(path, mode: 0o755, .file(try Files.read(file)))
        }
        try add(runnerProgram, as: Self.runner)
        for file in emulator.files { try add(file, as: file.string) }
    }
}

extension GuestImage {
    /// Builds those of a checkout that match.
    func buildUnitTests(_ upstream: UpstreamTests, _ checkout: FilePath) async throws
        -> (planned: [PlannedTest], failed: [TestResult])
    {
        let checkout = try UnitTestCheckout(checkout)
        let tests = try upstream.chosen(of: checkout.tests) { test in
            [test.name] + test.groups.map { "\($0)/\(test.name)" }
        }
        let emulator = try await EmulatorFiles()
        observer?.progress(Self.title, "\(tests.count) of kvm-unit-tests")
        defer { observer?.end(Self.title) }
        let built = try await checkout.build(
            Set(tests.map(\.file)),
            into: folder.appending("kvm-unit-tests"),
            jobs: Self.compilers
        )
        try built.result.requireMachine()
        let runner = try await compile(folder.appending("unit.c"), "unit", includes: [])
        var planned: [PlannedTest] = []
        var failed: [TestResult] = []
        for var test in tests {
            guard let program = built.programs[test.file] else {
                failed.append(
                    TestResult(
                        name: test.name,
                        verdict: .fail,
                        reason: "\(test.file) does not build (\(built.result.log))"
                    )
                )
                continue
            }
            let needs = upstream.table.needs(of: test.name)
            if !needs.arguments.isEmpty {
                test.programArguments = needs.arguments.joined(separator: " ")
            }
            var plan = PlannedTest(
                name: test.name,
                timeout: needs.timeout ?? test.timeout ?? 90,
                program: program,
                points: [:],
                memoryMiB: needs.memoryMiB,
                isUpstream: true
            )
            plan.unit = UnitTestRun(
                test,
                in: "/tests/\(test.name)",
                runner: runner,
                emulator: emulator
            )
            planned.append(plan)
        }
        return (planned, failed)
    }
}
