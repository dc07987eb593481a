// SPDX-License-Identifier: GPL-2.0-only

/// A report for programs. docs/test-report.schema.json has every field; a field is never renamed or dropped within a
/// schema, new ones may come.
struct JSONReport: Codable {
    struct Accelerator: Codable {
        /// `kvm` or `tcg`
        let name: String
        let reason: String
    }

    struct Point: Codable {
        let point: String
        /// The worst of its tests.
        let verdict: Verdict
        let tests: [PointSummary.Test]
    }

    static let schema = 2

    var schema = Self.schema
    let tool: String
    let created: String
    let tree: String
    let commit: String?
    let variant: String
    let profile: String
    let options: [String: String]
    let kernel: String?
    let accelerator: Accelerator
    let machine: String
    let verdict: Verdict
    let exitStatus: Int32
    let counts: [String: Int]
    let newWarnings: [String]
    let results: [TestResult]
    let points: [Point]
    let console: [RunReport.ConsoleFinding]
    let phases: [RunReport.Phase]

    init(_ report: RunReport) {
        tool = report.toolVersion
        created = report.created
        tree = report.tree
        commit = report.commit
        variant = report.variant
        profile = report.profile
        options = Dictionary(report.options.map { ($0.name, $0.value) }) { _, last in last }
        kernel = report.kernelVersion
        accelerator = Accelerator(name: report.accelerator, reason: report.acceleratorReason)
        machine = report.machineEnding
        verdict = report.verdict
        exitStatus = report.exitStatus
        let counts = report.counts
        self.counts = Dictionary(uniqueKeysWithValues: Verdict.allCases.map { ($0.rawValue, counts[$0]) })
        newWarnings = report.newWarnings
        results = report.results
        points = report.points.map { Point(point: $0.point, verdict: $0.verdict, tests: $0.tests) }
        console = report.consoleEvents
        phases = report.phases
    }
}

extension RunReport {
    /// Without what follows from the rest: verdict, status, counts, points.
    init(_ report: JSONReport) {
        self.init(
            toolVersion: report.tool,
            created: report.created,
            tree: report.tree,
            variant: report.variant,
            options: report.options.sorted { $0.key < $1.key }.map { Option(name: $0.key, value: $0.value) },
            profile: report.profile,
            kernelVersion: report.kernel,
            accelerator: report.accelerator.name,
            acceleratorReason: report.accelerator.reason,
            machineEnding: report.machine,
            consoleEvents: report.console,
            newWarnings: report.newWarnings,
            results: report.results,
            phases: report.phases,
            commit: report.commit
        )
    }
}

extension KeyedDecodingContainer {
    /// Reports of schema 2 had no `stack` at first. The compiler takes this one for the field.
    func decode(
        _ type: [RunReport.ConsoleFinding.SourceFrame].Type,
        forKey key: Key
    ) throws -> [RunReport.ConsoleFinding.SourceFrame] { try decodeIfPresent(type, forKey: key) ?? [] }
}
