// SPDX-License-Identifier: GPL-2.0-only

import Base
import Matrix
import TestReport

/// The page of one cell, as values for cell.mustache.
struct CellPage {
    let cell: PageCell
    let log: LogView?
    /// Files alongside: what they are called, and where they lie from here.
    let files: [(name: String, path: String)]

    private static let failureLimit = 200
    private static let excerpt = 30

    var values: [String: Any] {
        let result = cell.folder?.result
        let report = cell.folder?.report
        let tests = cell.tests
        let failures = tests.filter { $0.result.verdict.isFailure }
        let phases = report.map { Charts.timeline($0.phases) } ?? ""
        let points = cell.points
        let log = log?.html ?? ""
        return [
            "name": cell.entry.cell.name,
            "verdict": cell.verdict.rawValue,
            "style": cell.verdict.style,
            "reason": cell.reason ?? "",
            "hasReason": cell.reason != nil,
            "facts": facts(result, report),
            "hasPhases": !phases.isEmpty,
            "phases": phases,
            "hasFailures": !failures.isEmpty,
            "failures": failures.prefix(Self.failureLimit).map(failure),
            "failuresLeft": max(0, failures.count - Self.failureLimit),
            "hasFailuresLeft": failures.count > Self.failureLimit,
            "hasFindings": !(report?.consoleEvents.isEmpty ?? true),
            "findings": (report?.consoleEvents ?? []).prefix(50).map(finding),
            "hasWarnings": !(report?.newWarnings.isEmpty ?? true),
            "warnings": (report?.newWarnings ?? []).prefix(50).map { Markup.escaped($0, limit: 2000) },
            "hasPoints": !points.isEmpty,
            "points": Verdict.allCases.reversed().compactMap { verdict -> [String: Any]? in
                let names = points.filter { $0.verdict == verdict }.map(\.point)
                return names.isEmpty
                    ? nil : ["pointVerdict": verdict.rawValue, "pointNames": names.joined(separator: " ")]
            },
            "hasOthers": tests.count > failures.count,
            "others": others(tests),
            "othersCount": tests.count - failures.count,
            "hasFiles": !files.isEmpty,
            "files": files.map { ["fileName": $0.name, "filePath": $0.path] },
            "hasLog": !log.isEmpty,
            "log": log,
            "logLines": self.log?.lines ?? 0,
        ]
    }

    private func facts(_ result: CellResult?, _ report: RunReport?) -> [[String: Any]] {
        let cell = cell.entry.cell
        var rows: [(String, String?)] = [
            ("series", cell.series), ("variant", cell.row), ("tree", self.cell.entry.treeName),
            ("profile", cell.profile), ("judge", cell.judge.description), ("commit", result?.commit),
            ("kernel", report?.kernelVersion),
        ]
        rows += [
            (
                "machine",
                report.map { "\($0.machineEnding), \($0.accelerator.name) (\($0.accelerator.reason))" }
            ),
            ("judged", result.map { "\($0.started) on \($0.host), \(Charts.seconds($0.milliseconds))" }),
            ("bundle", result?.commit == nil ? nil : Reproduction.bundle(cell)),
            ("key", self.cell.entry.key.description),
        ]
        return rows.compactMap { name, value in value.map { ["factName": name, "factValue": $0] } }
    }

    private func failure(_ test: RunReport.NamedResult) -> [String: Any] {
        let said = test.result.diagnostics
        let left = said.count - Self.excerpt + test.result.droppedDiagnostics
        return [
            "test": test.name,
            "testVerdict": test.result.verdict.rawValue,
            "testReason": test.result.reason ?? "",
            "hasSaid": !said.isEmpty,
            "said": said.prefix(Self.excerpt).map { String($0.prefix(500)) }.joined(separator: "\n")
                + (left > 0 ? "\n… \(left) more lines" : ""),
            "hasReproduce": test.result.reproduce != nil,
            "reproduce": test.result.reproduce ?? "",
            "testPoints": test.result.points.joined(separator: " "),
            "hasTestPoints": !test.result.points.isEmpty,
            "hasTestReason": test.result.reason != nil,
        ]
    }

    private func finding(_ finding: RunReport.ConsoleFinding) -> [String: Any] {
        let stack = finding.stack.prefix(60).map { frame in
            "\(frame.function) at \(frame.file):\(frame.line)\(frame.isInlined ? " (inlined)" : "")"
        }
        return [
            "title": finding.title,
            "kind": finding.kind,
            "during": finding.test.map { "during \($0)" } ?? "outside of tests",
            "torn": finding.isCorrupted,
            "hasStack": !stack.isEmpty,
            "stack": stack.map { String($0.prefix(500)) }.joined(separator: "\n"),
            "trace": finding.lines.prefix(120).map { String($0.prefix(500)) }.joined(separator: "\n"),
        ]
    }

    /// What did not fail, by verdict and program: a name is enough.
    private func others(_ tests: [RunReport.NamedResult]) -> [[String: Any]] {
        var groups: [(verdict: Verdict, names: [String: [String]], order: [String])] = []
        for test in tests where !test.result.verdict.isFailure {
            let index = groups.firstIndex { $0.verdict == test.result.verdict } ?? groups.count
            if index == groups.count { groups.append((test.result.verdict, [:], [])) }
            let dot = test.name.lastIndex(of: ".")
            let program = dot.map { String(test.name[..<$0]) } ?? ""
            let name = dot.map { String(test.name[test.name.index(after: $0)...]) } ?? test.name
            if groups[index].names[program] == nil { groups[index].order.append(program) }
            groups[index].names[program, default: []].append(name)
        }
        return groups.map { group in
            [
                "otherVerdict": group.verdict.rawValue,
                "programs": group.order.map { program in
                    [
                        "program": program, "hasProgram": !program.isEmpty,
                        "names": (group.names[program] ?? []).joined(separator: ", "),
                    ] as [String: Any]
                },
            ]
        }
    }
}
