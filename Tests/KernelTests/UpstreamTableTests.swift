// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import Testing

@testable import Kernel

@Suite struct UpstreamTableTests {
    private static let yaml = """
        timeout: 60
        memory-mib: 512
        tests:
          - {name: big_test, memory-mib: 3072, arguments: [-m, "4"]}
          - {name: [old_name_test, new_name_test], timeout: 9}
        expected:
          - tests: [debug_regs, big_test]
            accelerator: tcg
            qemu: "7.2"
            kernels: ["6.12"]
            reason: TCG has no such trap
          - tests: [slow_*]
            verdict: timed out
            reason: it takes an hour
          - tests: [svm]
            subtests: ["*LMSW", "asid ?"]
            reason: not intercepted
        complete:
          - {accelerator: tcg, kernels: ["6.12"]}
        """

    @Test func aTestHasItsNeedsWhateverItsFolder() throws {
        let table = try UpstreamTable(yaml: Self.yaml, file: "selftests.yml")
        #expect(table.needs(of: "big_test") == .init(timeout: 60, memoryMiB: 3072, arguments: ["-m", "4"]))
        for name in ["old_name_test", "new_name_test"] { #expect(table.needs(of: name).timeout == 9) }
        #expect(table.needs(of: "x86_64/other") == .init(timeout: 60, memoryMiB: 512, arguments: []))
    }

    /// A row counts where all of its keys do.
    @Test func failuresAreExpectedWhereTheyWereSeen() throws {
        let table = try UpstreamTable(yaml: Self.yaml, file: "selftests.yml")
        func reason(_ name: String, _ accelerator: String, _ emulator: String, _ kernel: String?) -> String? {
            table.expectations(
                of: name,
                on: UpstreamTable.Run(accelerator: accelerator, emulator: emulator, kernel: kernel)
            ).first?.reason
        }
        #expect(reason("x86/debug_regs", "tcg", "7.2.22", "6.12") == "TCG has no such trap")
        #expect(reason("x86/debug_regs", "tcg", "7.2", "6.12") != nil)
        #expect(reason("x86/debug_regs", "kvm", "7.2.22", "6.12") == nil)
        #expect(reason("x86/debug_regs", "tcg", "7.20.1", "6.12") == nil)
        #expect(reason("x86/debug_regs", "tcg", "7.2.22", "7.3") == nil)
        #expect(reason("x86/debug_regs", "tcg", "7.2.22", nil) == nil)
        #expect(reason("slow_test", "kvm", "11.0", nil) == "it takes an hour")
    }

    @Test func subtestsHaveRowsOfTheirOwn() throws {
        let table = try UpstreamTable(yaml: Self.yaml, file: "selftests.yml")
        let run = UpstreamTable.Run(accelerator: "tcg", emulator: "7.2.22", kernel: "6.12")
        #expect(table.expectations(of: "svm", on: run).isEmpty)
        let rows = table.subtestExpectations(of: "svm", on: run)
        #expect(rows.map { $0.covers(subtest: "intercepts: LMSW") } == [true])
        #expect(rows.map { $0.covers(subtest: "asid 10") } == [false])
        #expect(table.isComplete(on: run))
        #expect(!table.isComplete(on: .init(accelerator: "kvm", emulator: "7.2.22", kernel: "6.12")))
        #expect(!table.isComplete(on: .init(accelerator: "tcg", emulator: "7.2.22", kernel: nil)))
    }

    @Test(
        arguments: [
            ("timeout: 0\nmemory-mib: 1", "'timeout' must be a number above 0"), ("timeout: 1", "is missing"),
            ("memory-mib: x", "'memory-mib' must be a number above 0"),
            ("timeout: 1\nmemory-mib: 1\ntests: {}", "must be a list"),
            ("timeout: 1\nmemory-mib: 1\ntests: [{timeout: 3}]", "needs a 'name'"),
            ("timeout: 1\nmemory-mib: 1\ntests: [{name: {a: b}}]", "a name, or a list of names"),
            ("timeout: 1\nmemory-mib: 1\ntests: [{name: a}, {name: [b, a]}]", "a row for 'a' already"),
            ("timeout: 1\nmemory-mib: 1\ntests: [{name: a, timeout: soon}]", "'timeout' must be a number"),
            (
                "timeout: 1\nmemory-mib: 1\nexpected: [{tests: [a], reason: b, unstable: perhaps}]",
                "true or false"
            ),
            ("timeout: 1\nmemory-mib: 1\ntests: [{name: a, arguments: [-x y]}]", "without blanks"),
            ("timeout: 1\nmemory-mib: 1\ntests: [{name: a, arguments: -x}]", "a list of words"),
            (
                "timeout: 1\nmemory-mib: 1\nexpected: [{tests: [a], kernel: [b], reason: c}]",
                "'kernel' is none of the keys"
            ),
            ("timeout: 1\nmemory-mib: 1\ncomplete: [{kernel: [b]}]", "'kernel' is none of the keys"),
            ("timeout: 1\nmemory-mib: 1\nexpected: [{tests: [a]}]", "needs a 'reason'"),
            ("timeout: 1\nmemory-mib: 1\nexpected: [{tests: a, reason: b}]", "a list of names"),
            ("timeout: 1\nmemory-mib: 1\nexpected: [{tests: [a], reason: b, verdict: pass}]", "'verdict' is"),
        ]
    ) func aTableThatIsWrongIsRefused(yaml: String, message: String) throws {
        let error = #expect(throws: ConfigTableError.self) {
            try UpstreamTable(yaml: yaml, file: "selftests.yml")
        }
        #expect(error?.description.contains(message) == true)
    }

    @Test func theOneThatIsShippedIsRight() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = FilePath(root.appendingPathComponent("kernel-config").path)
        for file in ["selftests.yml", "kvm-unit-tests.yml"] {
            let table = try UpstreamTable(folder: folder, file: file)
            #expect(table.expected.allSatisfy { !$0.reason.isEmpty })
        }
    }
}
