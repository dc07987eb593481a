// SPDX-License-Identifier: GPL-2.0-only

/// Writes a report as JSON for programs. Schema 1; a field is never renamed or dropped within a schema, new ones may
/// come. Order of the keys and all else depend on the report only.
///
/// | field | value |
/// |---|---|
/// | `schema` | 1 |
/// | `tool` | version of kpatch-gen |
/// | `created` | when, as the caller gave it |
/// | `tree`, `variant`, `profile` | what was tested |
/// | `options` | object: option name to value |
/// | `kernel` | version the booted kernel gave itself, or null |
/// | `accelerator` | object: `name` (`kvm` or `tcg`), `reason` |
/// | `machine` | how the virtual machine ended |
/// | `verdict` | of the whole run, see below |
/// | `exitStatus` | 0 or 1: that of `kpatch-gen test` |
/// | `counts` | object: verdict to number of tests; every verdict is there |
/// | `newWarnings` | array of compiler warnings that the tree without the patch doesn't have |
/// | `results` | array of tests |
/// | `points` | array of `point`, `verdict` (the worst of its tests), `tests`: array of `name`, `verdict` |
/// | `console` | array of `kind`, `verdict`, `test` (or null), `lines` |
/// | `phases` | array of `name`, `milliseconds` |
///
/// A test has `name`, `verdict`, `reason` (or null), `milliseconds` (or null), `points`, `diagnostics`,
/// `droppedDiagnostics` (number of lines) and `children` (tests). A verdict is one of `pass`,
/// `skip`, `not exercised`, `fail`, `timed out`, `crashed`.
struct JSONReport {
    func write(_ report: RunReport) -> String {
        let counts = report.counts
        let value = JSONValue.object([
            ("schema", .int(1)),
            ("tool", .string(report.toolVersion)),
            ("created", .string(report.created)),
            ("tree", .string(report.tree)),
            ("variant", .string(report.variant)),
            ("profile", .string(report.profile)),
            ("options", .object(report.options.map { ($0.name, .string($0.value)) })),
            ("kernel", .optional(report.kernelVersion)),
            (
                "accelerator",
                .object([
                    ("name", .string(report.accelerator)), ("reason", .string(report.acceleratorReason)),
                ])
            ),
            ("machine", .string(report.machineEnding)),
            ("verdict", .string(report.verdict.rawValue)),
            ("exitStatus", .int(Int(report.exitStatus))),
            ("counts", .object(Verdict.allCases.map { ($0.rawValue, .int(counts[$0])) })),
            ("newWarnings", .strings(report.newWarnings)),
            ("results", .array(report.results.map(test))),
            ("points", .array(report.points.map(point))),
            ("console", .array(report.consoleEvents.map(finding))),
            (
                "phases",
                .array(
                    report.phases.map {
                        .object([("name", .string($0.name)), ("milliseconds", .int($0.milliseconds))])
                    }
                )
            ),
        ])
        return value.written() + "\n"
    }

    private func test(_ result: TestResult) -> JSONValue {
        .object([
            ("name", .string(result.name)),
            ("verdict", .string(result.verdict.rawValue)),
            ("reason", .optional(result.reason)),
            ("milliseconds", .optional(result.milliseconds)),
            ("points", .strings(result.points)),
            ("diagnostics", .strings(result.diagnostics)),
            ("droppedDiagnostics", .int(result.droppedDiagnostics)),
            ("children", .array(result.children.map(test))),
        ])
    }

    private func point(_ summary: PointSummary) -> JSONValue {
        .object([
            ("point", .string(summary.point)),
            ("verdict", .string(summary.verdict.rawValue)),
            (
                "tests",
                .array(
                    summary.tests.map {
                        .object([("name", .string($0.name)), ("verdict", .string($0.verdict.rawValue))])
                    }
                )
            ),
        ])
    }

    private func finding(_ finding: RunReport.ConsoleFinding) -> JSONValue {
        .object([
            ("kind", .string(finding.kind)),
            ("verdict", .string(finding.verdict.rawValue)),
            ("test", .optional(finding.test)),
            ("lines", .strings(finding.lines)),
        ])
    }
}
