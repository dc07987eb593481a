// SPDX-License-Identifier: GPL-2.0-only

/// A report for programs. docs/test-report.schema.json has every field; a field is never renamed or dropped within a
/// schema, new ones may come.
struct JSONReport: Encodable {
    struct Accelerator: Encodable {
        /// `kvm` or `tcg`
        let name: String
        let reason: String
    }

    struct Point: Encodable {
        let point: String
        /// The worst of its tests.
        let verdict: Verdict
        let tests: [PointSummary.Test]
    }

    let schema = 2
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
