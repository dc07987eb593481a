// SPDX-License-Identifier: GPL-2.0-only

import Base
import Glibc
import SystemPackage
import Yams

/// What is known of tests that others wrote: the trees' own KVM selftests (kernel-config/selftests.yml), and kvm-unit-tests
/// (kernel-config/kvm-unit-tests.yml).
public struct UpstreamTable: Sendable, Hashable {
    /// What a test needs.
    public struct Needs: Sendable, Hashable {
        /// Seconds; nil: what the test's own list says.
        public let timeout: Int?
        public let memoryMiB: Int
        /// What it is started with; empty: nothing, or what the test's own list says.
        public let arguments: [String]
    }

    /// Where something is known: each key that is left out fits anywhere.
    public struct Place: Sendable, Hashable {
        /// `kvm` or `tcg`.
        public let accelerator: String?
        /// The beginning of QEMU's version, e.g. `7.2`.
        public let emulator: String?
        /// The series of the kernel, e.g. `5.10`; empty: any.
        public let kernels: Set<String>
    }

    /// What ran the tests.
    public struct Run: Sendable, Hashable {
        /// `kvm` or `tcg`.
        public let accelerator: String
        /// QEMU's version.
        public let emulator: String
        /// The kernel's series, e.g. `5.10`; nil if it never said.
        public let kernel: String?

        public init(accelerator: String, emulator: String, kernel: String?) {
            self.accelerator = accelerator
            self.emulator = emulator
            self.kernel = kernel
        }
    }

    /// An outcome that is no pass, and says nothing about the kernel.
    public struct Expectation: Sendable, Hashable {
        /// Patterns with `*` and `?` over names.
        public let tests: [String]
        /// Patterns over the names of their subtests; empty: the tests themselves are meant.
        public let subtests: [String]
        public let place: Place
        /// `fail`, `timed out` or `not exercised`.
        public let verdict: String
        /// Whether it may pass as well: it goes by how fast the machine is.
        public let isUnstable: Bool
        public let reason: String
    }

    private let preset: Needs
    private let needs: [String: Needs]
    public let expected: [Expectation]
    /// Where every test was seen, so that one that isn't exercised there without a row that says so is a failure.
    public let complete: [Place]

    /// Reads a table of a kernel-config folder.
    ///
    /// - Parameter file: `selftests.yml`, `kvm-unit-tests.yml`.
    public init(folder: FilePath, file: String) throws {
        try self.init(
            yaml: String(decoding: Files.read(folder.appending(file), limit: 1 << 20), as: UTF8.self),
            file: file
        )
    }

    public init(yaml: String, file: String) throws(ConfigTableError) {
        let table = try ConfigTable(yaml, file: file)
        let root = table.root
        try table.check(root, has: ["timeout", "memory-mib", "tests", "expected", "complete"])
        guard let memory = try table.positive(root, "memory-mib") else {
            throw table.failure(root, "'memory-mib' is missing: what a test needs that no row names")
        }
        let timeout = try table.positive(root, "timeout")
        preset = Needs(timeout: timeout, memoryMiB: memory, arguments: [])
        var needs: [String: Needs] = [:]
        for row in try Self.rows(table, "tests") {
            try table.check(row, has: ["name", "timeout", "memory-mib", "arguments"])
            let one = Needs(
                timeout: try table.positive(row, "timeout") ?? timeout,
                memoryMiB: try table.positive(row, "memory-mib") ?? memory,
                arguments: try Self.arguments(row, table)
            )
            for name in try Self.names(row, table) {
                guard needs.updateValue(one, forKey: name) == nil else {
                    throw table.failure(row, "there is a row for '\(name)' already")
                }
            }
        }
        self.needs = needs
        var expected: [Expectation] = []
        for row in try Self.rows(table, "expected") { expected.append(try Self.expectation(row, table)) }
        self.expected = expected
        var complete: [Place] = []
        for row in try Self.rows(table, "complete") {
            try table.check(row, has: Self.placeKeys)
            complete.append(try Self.place(row, table))
        }
        self.complete = complete
    }

    /// The tests of a row: one name, or a list of them.
    private static func names(_ row: Node, _ table: ConfigTable) throws(ConfigTableError) -> [String] {
        if let name = row["name"]?.string, !name.isEmpty { return [name] }
        guard row["name"] != nil else { throw table.failure(row, "a test needs a 'name'") }
        return try table.texts(row, "name", of: "a name, or a list of names")
    }

    /// The words that a test is started with: the guest's plan has them on one line.
    private static func arguments(_ row: Node, _ table: ConfigTable) throws(ConfigTableError) -> [String] {
        guard let node = row["arguments"] else { return [] }
        let words = try table.texts(row, "arguments", of: "a list of words")
        guard words.count <= 16, !words.contains(where: { $0.isEmpty || $0.contains(where: \.isWhitespace) })
        else { throw table.failure(node, "'arguments' must be at most 16 words, without blanks") }
        return words
    }

    private static func expectation(_ row: Node, _ table: ConfigTable) throws(ConfigTableError) -> Expectation
    {
        try table.check(
            row,
            has: Self.placeKeys.union(["tests", "subtests", "verdict", "unstable", "reason"])
        )
        guard let reason = row["reason"]?.string, !reason.isEmpty else {
            throw table.failure(row, "an expected failure needs a 'reason'")
        }
        let verdict = row["verdict"]?.string ?? "fail"
        guard ["fail", "timed out", "not exercised"].contains(verdict) else {
            throw table.failure(row, "'verdict' is 'fail', 'timed out' or 'not exercised'")
        }
        return Expectation(
            tests: try table.texts(row, "tests", of: "a list of names"),
            subtests: row["subtests"] == nil ? [] : try table.texts(row, "subtests", of: "a list of names"),
            place: try place(row, table),
            verdict: verdict,
            isUnstable: try table.truth(row, "unstable") ?? false,
            reason: reason
        )
    }

    private static let placeKeys: Set = ["accelerator", "qemu", "kernels"]

    private static func place(_ row: Node, _ table: ConfigTable) throws(ConfigTableError) -> Place {
        Place(
            accelerator: row["accelerator"]?.string,
            emulator: row["qemu"]?.string,
            kernels: row["kernels"] == nil
                ? [] : Set(try table.texts(row, "kernels", of: "a list of versions"))
        )
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

    /// What is expected of a test there, each by itself; empty: it is to pass.
    public func expectations(of name: String, on run: Run) -> [Expectation] {
        expected.filter { $0.subtests.isEmpty && $0.isAbout(name) && $0.place.fits(run) }
    }

    /// What is expected of subtests of a test there.
    public func subtestExpectations(of name: String, on run: Run) -> [Expectation] {
        expected.filter { !$0.subtests.isEmpty && $0.isAbout(name) && $0.place.fits(run) }
    }

    /// Whether every test was seen there.
    public func isComplete(on run: Run) -> Bool { complete.contains { $0.fits(run) } }
}

extension UpstreamTable.Place {
    func fits(_ run: UpstreamTable.Run) -> Bool {
        accelerator.map { $0 == run.accelerator } ?? true
            && emulator.map { run.emulator == $0 || run.emulator.hasPrefix($0 + ".") } ?? true
            && (kernels.isEmpty || run.kernel.map(kernels.contains) ?? false)
    }
}

extension UpstreamTable.Expectation {
    func isAbout(_ test: String) -> Bool {
        let name = UpstreamTable.plainName(test)
        return tests.contains { fnmatch($0, name, 0) == 0 }
    }

    /// Whether it is about a subtest of that name.
    public func covers(subtest: String) -> Bool { subtests.contains { fnmatch($0, subtest, 0) == 0 } }
}
