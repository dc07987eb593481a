// SPDX-License-Identifier: GPL-2.0-only

/// A report for programs. docs/test-report.schema.json has every field; a field is never renamed or dropped within a
/// schema, new ones may come.
struct JSONReport: Codable {
    let report: RunReport
    let findings: Findings

    static let schema = 2

    /// What follows from the rest; in the same object.
    struct Findings: Codable {
        var schema = JSONReport.schema
        let verdict: Verdict
        let exitStatus: Int32
        let counts: [String: Int]
        let points: [Point]
    }

    struct Point: Codable {
        let point: String
        /// The worst of its tests.
        let verdict: Verdict
        let tests: [PointSummary.Test]
    }

    init(_ report: RunReport) {
        let counts = report.counts
        self.report = report
        findings = Findings(
            verdict: report.verdict,
            exitStatus: report.exitStatus,
            counts: Dictionary(uniqueKeysWithValues: Verdict.allCases.map { ($0.rawValue, counts[$0]) }),
            points: report.points.map { Point(point: $0.point, verdict: $0.verdict, tests: $0.tests) }
        )
    }

    init(from decoder: any Decoder) throws {
        report = try RunReport(from: decoder)
        findings = try Findings(from: decoder)
    }

    func encode(to encoder: any Encoder) throws {
        try report.encode(to: encoder)
        try findings.encode(to: encoder)
    }
}

// The compiler takes these for the fields of these types.

extension KeyedEncodingContainer {
    /// An object, whatever the order.
    mutating func encode(_ options: [RunReport.Option], forKey key: Key) throws {
        try encode(Dictionary(options.map { ($0.name, $0.value) }) { _, last in last }, forKey: key)
    }
}

extension KeyedDecodingContainer {
    func decode(_ type: [RunReport.Option].Type, forKey key: Key) throws -> [RunReport.Option] {
        try decode([String: String].self, forKey: key).sorted { $0.key < $1.key }
            .map { RunReport.Option(name: $0.key, value: $0.value) }
    }

    /// Reports of schema 2 had no `stack` at first.
    func decode(
        _ type: [RunReport.ConsoleFinding.SourceFrame].Type,
        forKey key: Key
    ) throws -> [RunReport.ConsoleFinding.SourceFrame] { try decodeIfPresent(type, forKey: key) ?? [] }
}
