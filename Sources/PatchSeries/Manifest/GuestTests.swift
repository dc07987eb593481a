// SPDX-License-Identifier: GPL-2.0-only

import Base
import CSource

/// The tests of a series that run inside of the virtual machine (tests/tests.yml).
public struct GuestTests: Sendable {
    /// A program that the series brings along, rendered with the options under test.
    public struct Program: Sendable {
        public let name: String
        /// Source file in the series' tests folder.
        public let source: String
        public let summary: String
        /// Seconds.
        public let timeout: Int
        /// Nil for a test of every variant.
        public let condition: Condition?
        /// Review points by subtest.
        public let points: [String: [String]]
        /// The kernel profiles that it is for; empty for all.
        public let profiles: [String]
        /// Whether it is for a machine without what the series beneath stands for: it gets a boot of its own there.
        public let isBare: Bool
        public let line: Int

        /// The subtests that are to fail where `defects` are in the tree itself, each with the one that it sees: those
        /// that speak for no review point but the defect's.
        public func witnesses(of defects: [Defect]) -> [String: Defect] {
            points.compactMapValues { points in
                points.isEmpty ? nil : defects.first { Set(points).isSubset(of: $0.points) }
            }
        }
    }

    /// A KVM selftest of the tree itself.
    public struct Selftest: Sendable {
        public let name: String
        public let summary: String
        /// Seconds.
        public let timeout: Int
        /// Nil for a test of every variant and tree.
        public let condition: Condition?
        /// What the virtual machine needs for it, in MiB; nil: as little as any test.
        public let memoryMiB: Int?
        /// A file in the guest whose number grows where the test does what it is for; nil: its own word counts.
        public let counter: String?
    }

    /// What the series asks of whoever boots it.
    public struct Guest: Sendable, Equatable {
        /// Further words for the kernel's command line.
        public var kernelArguments: [String]
        /// QEMU's `-cpu`; nil: the accelerator's default.
        public var cpu: String?

        public init(kernelArguments: [String] = [], cpu: String? = nil) {
            self.kernelArguments = kernelArguments
            self.cpu = cpu
        }
    }

    /// Why no test can tell a mutant from the patch.
    public struct Equivalence: Sendable {
        /// Nil for every selection and tree.
        public let condition: Condition?
        /// The function that the mutant is in; like `was` in the names of the templates.
        public let function: String
        /// What was done to it.
        public let kind: CodeMutant.Kind
        /// The first line that differs, without indentation.
        public let was: String
        /// The first line that it becomes, where several mutants have the others alike; nil for all of them.
        public let becomes: String?
        public let because: String
    }

    /// A mutant that somebody wrote down.
    public struct Planted: Sendable {
        /// Nil for every selection and tree.
        public let condition: Condition?
        /// Like the lines in the names of the templates.
        public let function: String
        public let lines: [LineReplacement]
        public let position: SourcePosition
    }

    public let programs: [Program]
    public let selftests: [Selftest]
    /// What `mutate` is told: no test follows from it.
    public static let mutantsFile = "tests/mutants.yml"
    public let equivalences: [Equivalence]
    public let planted: [Planted]
    /// Where tests.yml is, as the user knows it; for messages.
    public let path: String
    public let guest: Guest
    /// The series that has to be beneath this one, so that its tests can judge it; nil if none has.
    public let beneath: String?
    /// Review points that must be among the causes when the tests fail the patch as posted.
    public let postedFails: [String]

    /// Reads tests.yml and checks that each source is there and each condition known.
    public init(_ series: Series, files: [String: [UInt8]], root: String) throws(SeriesError) {
        path = "\(root)/tests/tests.yml"
        guard let bytes = files["tests/tests.yml"] else {
            programs = []
            selftests = []
            equivalences = []
            planted = []
            guest = Guest()
            beneath = nil
            postedFails = []
            return
        }
        let top = try ManifestNode(bytes, file: path)
        let fields = try top.fields(["beneath", "guest", "posted-fails", "tests", "selftests"])
        var programs: [Program] = []
        for row in try fields["tests"]?.list() ?? [] {
            let program = try Self.program(row)
            guard files["tests/\(program.source)"] != nil else {
                throw row.failure("\(root)/tests/\(program.source) is missing")
            }
            try Self.check(program.condition, of: row, in: series)
            programs.append(program)
        }
        var selftests: [Selftest] = []
        for row in try fields["selftests"]?.list() ?? [] {
            let selftest = try Self.selftest(row)
            try Self.check(selftest.condition, of: row, in: series)
            selftests.append(selftest)
        }
        self.programs = programs
        self.selftests = selftests
        (equivalences, planted) = try Self.mutants(series, files[Self.mutantsFile], root)
        guest = if let node = fields["guest"] { try Self.guest(node) } else { Guest() }
        beneath = try fields["beneath"]?.string()
        postedFails = try fields["posted-fails"]?.strings() ?? []
        if beneath == series.name { throw top.failure("'beneath' names the series itself") }
    }

    private static func mutants(_ series: Series, _ bytes: [UInt8]?, _ root: String) throws(SeriesError)
        -> ([Equivalence], [Planted])
    {
        guard let bytes else { return ([], []) }
        let fields = try ManifestNode(bytes, file: "\(root)/\(mutantsFile)").fields(["equivalent", "planted"])
        var equivalences: [Equivalence] = []
        for row in try fields["equivalent"]?.list() ?? [] {
            let equivalence = try equivalence(row)
            try check(equivalence.condition, of: row, in: series)
            equivalences.append(equivalence)
        }
        var mutants: [Planted] = []
        for row in try fields["planted"]?.list() ?? [] {
            let planted = try planted(row)
            try check(planted.condition, of: row, in: series)
            mutants.append(planted)
        }
        return (equivalences, mutants)
    }

    private static func planted(_ row: ManifestNode) throws(SeriesError) -> Planted {
        let fields = try row.fields(["function", "lines", "if"])
        let lines = try fields.required("lines", of: row)
        var replacements: [LineReplacement] = []
        for line in try lines.list() {
            let parts = try line.fields(["was", "becomes"])
            replacements.append(
                LineReplacement(
                    was: try parts.text("was", of: line),
                    becomes: try parts.required("becomes", of: line).string()
                )
            )
        }
        guard !replacements.isEmpty else { throw lines.failure("a mutant changes a line at least") }
        return Planted(
            condition: try fields["if"]?.condition(),
            function: try fields.text("function", of: row),
            lines: replacements,
            position: row.position
        )
    }

    private static func equivalence(_ row: ManifestNode) throws(SeriesError) -> Equivalence {
        let fields = try row.fields(["function", "kind", "was", "becomes", "if", "because"])
        let word = try fields.text("kind", of: row)
        guard let kind = CodeMutant.Kind(rawValue: word) else {
            let kinds = CodeMutant.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw row.failure("'\(word)' is no kind of mutant; there are: \(kinds)")
        }
        return Equivalence(
            condition: try fields["if"]?.condition(),
            function: try fields.text("function", of: row),
            kind: kind,
            was: try fields.text("was", of: row),
            becomes: try fields["becomes"]?.string(),
            because: try fields.text("because", of: row)
        )
    }

    private static func guest(_ node: ManifestNode) throws(SeriesError) -> Guest {
        let fields = try node.fields(["kernel-arguments", "cpu"])
        var guest = Guest()
        for argument in try fields["kernel-arguments"]?.list() ?? [] {
            guest.kernelArguments.append(try argument.word())
        }
        guest.cpu = try fields["cpu"]?.word()
        return guest
    }

    private static func program(_ row: ManifestNode) throws(SeriesError) -> Program {
        let fields = try row.fields([
            "name", "source", "if", "summary", "timeout", "bare", "profiles", "subtests",
        ])
        var points: [String: [String]] = [:]
        for (key, value) in try fields.required("subtests", of: row).entries() {
            points[key.text] = try value.strings()
        }
        return Program(
            name: try fields.text("name", of: row),
            source: try fields.text("source", of: row),
            summary: try fields.text("summary", of: row),
            timeout: try fields.required("timeout", of: row).number(),
            condition: try fields["if"]?.condition(),
            points: points,
            profiles: try fields["profiles"]?.strings() ?? [],
            isBare: try fields["bare"]?.flag() ?? false,
            line: row.line
        )
    }

    private static func selftest(_ row: ManifestNode) throws(SeriesError) -> Selftest {
        let fields = try row.fields(["name", "if", "summary", "timeout", "memory-mib", "counter"])
        return Selftest(
            name: try fields.text("name", of: row),
            summary: try fields.text("summary", of: row),
            timeout: try fields.required("timeout", of: row).number(),
            condition: try fields["if"]?.condition(),
            memoryMiB: try fields["memory-mib"]?.number(),
            counter: try fields["counter"]?.word()
        )
    }

    private static func check(_ condition: Condition?, of row: ManifestNode, in series: Series)
        throws(SeriesError)
    {
        for name in condition?.names ?? [] where !series.conditionNames.contains(name) {
            throw row.failure("\(name) is not defined", didYouMean(name, series.conditionNames.sorted()))
        }
    }

    /// The programs of a selection in a tree.
    public func programs(for settled: SettledSelection) -> [Program] {
        programs.filter { settled.holds($0.condition) }
    }

    /// The selftests that belong to a selection in a tree, whether or not the tree has them.
    public func selftests(for settled: SettledSelection) -> [Selftest] {
        selftests.filter { settled.holds($0.condition) }
    }
}

extension ManifestNode {
    fileprivate func flag() throws(SeriesError) -> Bool {
        let text = try string()
        guard text == "true" || text == "false" else { throw failure("true or false is expected here") }
        return text == "true"
    }

    /// A text that stays one word wherever it goes: a command line, a line of the guest's plan.
    fileprivate func word() throws(SeriesError) -> String {
        let text = try string()
        guard !text.isEmpty, !text.contains(where: \.isWhitespace) else {
            throw failure("one word is expected here, not '\(text)'")
        }
        return text
    }
}
