// SPDX-License-Identifier: GPL-2.0-only

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
        public let line: Int
    }

    /// A KVM selftest of the tree itself.
    public struct Selftest: Sendable {
        public let name: String
        public let summary: String
        /// Seconds.
        public let timeout: Int
    }

    public let programs: [Program]
    public let selftests: [Selftest]
    /// Where tests.yml is, as the user knows it; for messages.
    public let path: String

    /// Reads tests.yml and checks that each source is there and each condition known.
    public init(_ series: Series, files: [String: [UInt8]], root: String) throws(SeriesError) {
        path = "\(root)/tests/tests.yml"
        guard let bytes = files["tests/tests.yml"] else {
            programs = []
            selftests = []
            return
        }
        let top = try ManifestNode(
            yaml: String(decoding: bytes, as: UTF8.self),
            file: path
        )
        let fields = try top.fields(["tests", "selftests"])
        var programs: [Program] = []
        for row in try fields.required("tests", of: top).list() {
            let program = try Self.program(row)
            guard files["tests/\(program.source)"] != nil else {
                throw row.failure("\(root)/tests/\(program.source) is missing")
            }
            for name in program.condition?.names ?? [] where !series.conditionNames.contains(name) {
                throw row.failure("\(name) is not defined", didYouMean(name, series.conditionNames.sorted()))
            }
            programs.append(program)
        }
        var selftests: [Selftest] = []
        for row in try fields["selftests"]?.list() ?? [] {
            let fields = try row.fields(["name", "summary", "timeout"])
            selftests.append(
                .init(
                    name: try fields.text("name", of: row),
                    summary: try fields.text("summary", of: row),
                    timeout: try fields.required("timeout", of: row).number()
                )
            )
        }
        self.programs = programs
        self.selftests = selftests
    }

    private static func program(_ row: ManifestNode) throws(SeriesError) -> Program {
        let fields = try row.fields(["name", "source", "if", "summary", "timeout", "subtests"])
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
            line: row.line
        )
    }

    /// The tests of a selection.
    public func programs(for selection: Selection) -> [Program] {
        let conditions = selection.conditions()
        return programs.filter { $0.condition?.holds { conditions[$0] ?? false } ?? true }
    }
}
