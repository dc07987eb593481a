// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import Testing

@testable import VirtualMachine

extension EmulatorTests {
    @Suite struct AcceleratorProbeTests {
        /// The firmware decides, under the accelerator that emulates SVM everywhere.
        @Test func emulatedSVMIsUsable() async throws {
            let clock = ContinuousClock()
            let started = clock.now
            let probe = AcceleratorProbe()
            let finding = try await probe.find(under: .tcg)
            #expect(clock.now - started < .seconds(4))
            #expect(finding == .answer(.nestedGuestRan))
            #expect(probe.choice(after: finding).accelerator == .kvm)
        }

        @Test(arguments: ["max,-svm", "qemu64,-svm", "EPYC,-svm"])
        func withoutSVMIsNotUsable(cpuModel: String) async throws {
            var probe = AcceleratorProbe()
            probe.cpuModel = cpuModel
            let finding = try await probe.find(under: .tcg)
            #expect(finding == .answer(.noSVM))
            #expect(probe.choice(after: finding).accelerator == .tcg)
        }

        /// The nested guest's VMMCALL made a VMRUN: it exits, for another reason.
        @Test func wrongExitIsNotUsable() async throws {
            var probe = AcceleratorProbe()
            let vmmcall: [UInt8] = [0x0f, 0x01, 0xd9]
            let start = try #require(
                probe.firmware.indices.first { probe.firmware[$0...].starts(with: vmmcall) }
            )
            probe.firmware[start + 2] = 0xd8
            let finding = try await probe.find(under: .tcg)
            #expect(finding == .answer(.nestedGuestFailed))
            #expect(probe.choice(after: finding).accelerator == .tcg)
        }

        /// Code that never answers, and a processor that QEMU refuses.
        @Test func noAnswerIsNotUsable() async throws {
            var probe = AcceleratorProbe()
            probe.firmware.replaceSubrange(0xfff0..<0xfff2, with: [0xeb, 0xfe])  // jmp to itself
            probe.limit = .seconds(1)
            let hung = try await probe.find(under: .tcg)
            #expect(hung == .noAnswer(reason: "a guest did not run within 1 s"))
            probe.cpuModel = "abacus"
            guard case .noAnswer(let reason) = try await probe.find(under: .tcg) else {
                Issue.record("QEMU knows the processor abacus")
                return
            }
            #expect(reason.hasPrefix("QEMU could not run a guest (exit status 1: "))
            #expect(reason.contains("abacus"))
        }

        /// Whatever this host's KVM does, the answer comes in time and has a reason.
        @Test func realDeviceGivesAnAnswerInTime() async throws {
            let clock = ContinuousClock()
            let started = clock.now
            let choice = try await AcceleratorProbe().choose()
            #expect(clock.now - started < .seconds(4))
            #expect(choice.reason.hasSuffix("using \(choice.accelerator.rawValue.uppercased())"))
        }

        @Test func missingDeviceIsTCG() async throws {
            var probe = AcceleratorProbe()
            probe.kvmDevice = "/nonexistent/kvm"
            let choice = try await probe.choose()
            #expect(choice.accelerator == .tcg)
            #expect(choice.reason.hasPrefix("/nonexistent/kvm can't be opened"))
            #expect(choice.reason.hasSuffix(": using TCG"))
        }

        /// A stand-in for QEMU: a script, so that every answer of a host can be played.
        private func choice(
            _ script: String,
            nested: String? = nil,
            _ change: (inout AcceleratorProbe) -> Void = { _ in }
        ) async throws -> AcceleratorChoice {
            try await withTemporaryFolder { folder in
                var probe = AcceleratorProbe()
                probe.kvmDevice = "/dev/null"
                probe.emulator = folder.appending("qemu").string
                probe.nestedParameter = folder.appending("nested")
                try "#!/bin/sh\n\(script)\n".write(toFile: probe.emulator, atomically: true, encoding: .utf8)
                try FileManager.default.setAttributes(
                    [.posixPermissions: 0o755],
                    ofItemAtPath: probe.emulator
                )
                if let nested {
                    try nested.write(toFile: probe.nestedParameter.string, atomically: true, encoding: .utf8)
                }
                change(&probe)
                return try await probe.choose()
            }
        }

        @Test func hangingGuestIsTCG() async throws {
            let clock = ContinuousClock()
            let started = clock.now
            let choice = try await choice("while :; do read line; done")
            #expect(clock.now - started < .seconds(4))
            #expect(choice.accelerator == .tcg)
            #expect(choice.reason == "/dev/null opens, but a guest did not run within 2 s: using TCG")
        }

        @Test func failingEmulatorIsTCGWithWhatItSaid() async throws {
            let choice = try await choice("echo 'no MSR for you' >&2; exit 1")
            #expect(
                choice.reason
                    == "/dev/null opens, but QEMU could not run a guest (exit status 1: no MSR for you): using TCG"
            )
        }

        /// As QEMU 7.2 was seen to end on a host whose KVM lacks a register that `-cpu host` sets.
        @Test func abortingEmulatorIsTCGWithTheError() async throws {
            let choice = try await choice(
                """
                echo "qemu: warning: host doesn't support requested feature" >&2
                echo 'qemu: error: failed to set MSR 0x10a to 0x69' >&2
                echo 'kvm.c:3183: kvm_buf_set_msrs: Assertion failed.' >&2
                ulimit -c 0
                kill -ABRT $$
                """
            )
            #expect(
                choice.reason == "/dev/null opens, but QEMU could not run a guest "
                    + "(signal 6: qemu: error: failed to set MSR 0x10a to 0x69): using TCG"
            )
        }

        /// isa-debug-exit makes (value << 1) | 1 of the firmware's byte.
        @Test(
            arguments: [
                (33, "/dev/null opens, but its guests get no SVM: using TCG"),
                (35, "KVM runs guests and their nested guests: using KVM"),
                (37, "/dev/null opens, but a nested guest did not exit as it should: using TCG"),
                (39, "/dev/null opens, but a guest gave an unknown answer (19): using TCG"),
                (0, "/dev/null opens, but QEMU could not run a guest (exit status 0): using TCG"),
            ]
        )
        func onlyANestedGuestWillDo(status: Int, reason: String) async throws {
            let choice = try await choice("exit \(status)", nested: "1\n")
            #expect(choice.reason == reason)
            #expect(choice.accelerator == (status == 35 ? .kvm : .tcg))
        }

        @Test(arguments: ["0\n", "N\n"])
        func forbiddenNestingExplainsMissingSVM(nested: String) async throws {
            let choice = try await choice("exit 33", nested: nested)
            #expect(choice.accelerator == .tcg)
            #expect(choice.reason.contains("get no SVM ("))
            #expect(choice.reason.hasSuffix("/nested is \(nested.prefix(1))): using TCG"))
        }

        @Test func absentParameterExplainsMissingSVM() async throws {
            let choice = try await choice("exit 33")
            #expect(choice.reason.hasSuffix("nested: No such file or directory): using TCG"))
        }
    }
}
