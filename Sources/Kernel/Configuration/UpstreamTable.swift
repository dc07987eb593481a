// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage
import Yams

/// What is known of the trees' own KVM selftests (kernel-config/selftests.yml).
public struct SelftestTable: Sendable, Hashable {
    /// What a test needs.
    public struct Needs: Sendable, Hashable {
        /// Seconds.
        public let timeout: Int
        public let memoryMiB: Int
    }

    /// A failure that says nothing about the kernel.
    public struct ExpectedFailure: Sendable, Hashable {
        public let tests: Set<String>
        /// `kvm` or `tcg`; nil: any.
        public let accelerator: String?
        /// The beginning of QEMU's version, e.g. `7.2`; nil: any.
        public let emulator: String?
        /// The series of the kernel, e.g. `5.10`; empty: any.
        public let kernels: Set<String>
        /// What the test ends with: `fail`, `timed out`.
        public let verdict: String
        public let reason: String
    }

    private let preset: Needs
    private let needs: [String: Needs]
    public let expected: [ExpectedFailure]

    /// Reads selftests.yml of a kernel-config folder.
    public init(folder: FilePath) throws {
        try self.init(
            yaml: String(
                decoding: Files.read(folder.appending("selftests.yml"), limit: 1 << 20),
                as: UTF8.self
            )
        )
    }

    public init(yaml: String) throws(ConfigTableError) {
        let table = try ConfigTable(yaml, file: "selftests.yml")
        let root = table.root
        guard let timeout = root["timeout"]?.int, let memory = root["memory-mib"]?.int, timeout > 0,
            memory > 0
        else { throw table.failure(root, "'timeout' and 'memory-mib' must be numbers above 0") }
        preset = Needs(timeout: timeout, memoryMiB: memory)
        var needs: [String: Needs] = [:]
        for row in try Self.rows(table, "tests") {
            guard let name = row["name"]?.string else { throw table.failure(row, "a test needs a 'name'") }
            needs[name] = Needs(
                timeout: row["timeout"]?.int ?? timeout,
                memoryMiB: row["memory-mib"]?.int ?? memory
            )
        }
        self.needs = needs
        var expected: [ExpectedFailure] = []
        for row in try Self.rows(table, "expected") {
            guard let reason = row["reason"]?.string, !reason.isEmpty else {
                throw table.failure(row, "an expected failure needs a 'reason'")
            }
            let verdict = row["verdict"]?.string ?? "fail"
            guard ["fail", "timed out"].contains(verdict) else {
                throw table.failure(row, "'verdict' is 'fail' or 'timed out'")
            }
            expected.append(
                ExpectedFailure(
                    tests: Set(try table.texts(row, "tests", of: "a list of names")),
                    accelerator: row["accelerator"]?.string,
                    emulator: row["qemu"]?.string,
                    kernels: row["kernels"] == nil
                        ? [] : Set(try table.texts(row, "kernels", of: "a list of versions")),
                    verdict: verdict,
                    reason: reason
                )
            )
        }
        self.expected = expected
    }

    private static func rows(_ table: ConfigTable, _ key: String) throws(ConfigTableError) -> [Node] {
        guard let node = table.root[key] else { return [] }
        guard let rows = node.sequence else { throw table.failure(node, "'\(key)' must be a list") }
        return Array(rows)
    }

    /// A test's name as this table has it: `x86/state_test` is `state_test`.
    public static func plainName(_ name: String) -> String {
        name.split(separator: "/").last.map(String.init) ?? name
    }

    /// What a test needs.
    public func needs(of name: String) -> Needs { needs[Self.plainName(name)] ?? preset }

    /// The failure that is expected of a test there; nil: it is to pass.
    ///
    /// - Parameters:
    ///   - accelerator: `kvm` or `tcg`.
    ///   - emulator: QEMU's version.
    ///   - kernel: the series, e.g. `5.10`; nil if it isn't known.
    public func expectedFailure(of name: String, accelerator: String, emulator: String, kernel: String?)
        -> ExpectedFailure?
    {
        expected.first { row in
            row.tests.contains(Self.plainName(name)) && row.accelerator.map { $0 == accelerator } ?? true
                && row.emulator.map { emulator == $0 || emulator.hasPrefix($0 + ".") } ?? true
                && (row.kernels.isEmpty || kernel.map(row.kernels.contains) ?? false)
        }
    }
}
