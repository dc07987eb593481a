// SPDX-License-Identifier: GPL-2.0-only

import Base
import History
import Matrix
import TestReport

/// The first page, as values for index.mustache.
struct IndexPage {
    let source: PageSource
    let cells: [PageCell]
    let placements: PlacementMap

    var values: [String: Any] {
        let counts = Dictionary(cells.map { ($0.verdict, 1) }, uniquingKeysWith: +)
        let failures = failures
        let issues = issues
        let points = pointTable
        let trends = source.trends.compactMap { trend -> [String: Any]? in
            let chart = Charts.trend(trend)
            return chart.isEmpty ? nil : ["trendPlace": trend.place, "trendChart": chart]
        }
        return [
            "created": source.matrix.record.created,
            "tool": Program.signature,
            "cellCount": cells.count,
            "counts": CellVerdict.allCases.compactMap { verdict in
                counts[verdict].map {
                    ["countVerdict": verdict.rawValue, "count": $0, "countStyle": verdict.style]
                        as [String: Any]
                }
            },
            "hasRefused": !source.matrix.refused.isEmpty,
            "refused": source.matrix.refused.prefix(100).map { Markup.escaped($0, limit: 500) },
            "matrix": matrix,
            // Words need room.
            "isDense": columns.count > 6,
            "letters": CellVerdict.allCases.filter { counts[$0] != nil }.map {
                ["letter": $0.letter, "letterVerdict": $0.rawValue]
            },
            "columns": columns.map { ["column": $0] },
            "hasComparison": source.comparison != nil,
            "comparison": comparison,
            "hasFailures": !failures.isEmpty,
            "failures": failures,
            "hasMissing": cells.contains { !$0.verdict.isAnswer },
            "missing": cells.filter { !$0.verdict.isAnswer }.prefix(1000).map {
                [
                    "missingName": $0.entry.cell.name, "missingWhy": $0.reason ?? "not judged yet",
                    "missingPage": $0.page,
                ]
            },
            "hasPoints": !points.isEmpty,
            "pointRows": points,
            "isReviewKnown": source.review != nil,
            "rowNames": rows.map { ["rowName": $0] },
            "hasIssues": !issues.isEmpty,
            "issues": issues,
            "hasKnown": !source.known.isEmpty,
            "known": source.known.map {
                [
                    "knownTest": $0.test, "knownCell": $0.cell, "knownReason": $0.reason,
                    "knownUntil": $0.expires,
                    "knownExpired": !$0.counts(on: source.today),
                ] as [String: Any]
            },
            "hasTrends": !trends.isEmpty,
            "trends": trends,
            "hasTimes": !times.isEmpty,
            "times": times,
            "hasPlacements": !placements.rows.isEmpty,
            "hasDrift": placements.trees.count > 1,
            "drift": Charts.drift(placements.steps),
            "placementTrees": placements.trees.map { ["placementTree": $0] },
            "placements": placements.values,
        ]
    }

    // MARK: - The matrix

    private var columns: [String] { Self.distinct(cells.map(\.entry.cell.column)) }
    private var rows: [String] { Self.distinct(cells.map(\.entry.cell.row)) }

    private static func distinct(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }

    private var matrix: [[String: Any]] {
        let byRow = Dictionary(grouping: cells, by: \.entry.cell.row)
        let columns = columns
        return rows.map { row in
            let found = Dictionary((byRow[row] ?? []).map { ($0.entry.cell.column, $0) }) { first, _ in first
            }
            return [
                "row": row,
                "marks": columns.map { column -> [String: Any] in
                    guard let cell = found[column] else { return ["isAsked": false] }
                    return [
                        "isAsked": true, "markNote": Self.quiet(cell), "markPage": cell.page,
                        "markStyle": cell.verdict.style,
                        "markLetter": cell.verdict.letter, "markVerdict": cell.verdict.rawValue,
                    ]
                },
            ]
        }
    }

    /// How many tests of a cell that passes said nothing.
    private static func quiet(_ cell: PageCell) -> String {
        let tests = cell.tests
        let count = tests.count { $0.result.verdict == .skip || $0.result.verdict == .notExercised }
        return count == 0 || cell.verdict != .pass
            ? "" : ", \(count) of \(tests.count) not exercised or skipped"
    }

    // MARK: - What failed

    /// By test: where it fails, and why.
    private var failures: [[String: Any]] {
        var order: [String] = []
        var places: [String: [(PageCell, TestResult?)]] = [:]
        func add(_ name: String, _ cell: PageCell, _ result: TestResult?) {
            if places[name] == nil { order.append(name) }
            places[name, default: []].append((cell, result))
        }
        for cell in cells where cell.verdict.isFailure {
            guard cell.folder?.report != nil else {
                add(cell.verdict.rawValue, cell, nil)
                continue
            }
            for test in cell.tests where test.result.verdict.isFailure {
                add(test.name, cell, test.result)
            }
        }
        let sorted = order.sorted { (places[$0]?.count ?? 0, $1) > (places[$1]?.count ?? 0, $0) }
        return sorted.prefix(500).map { name in
            let found = places[name] ?? []
            let reason = found.lazy.compactMap { $0.1?.words ?? $0.0.reason }.first ?? ""
            let points = found.first?.1?.points ?? []
            let known = source.known.first { issue in
                issue.counts(on: source.today)
                    && found.allSatisfy { issue.matches(cell: $0.0.entry.cell.name, test: name) }
            }
            let values: [String: Any] = [
                "failedTest": name,
                "hasFailedReason": !reason.isEmpty,
                "failedReason": reason.lines.first.map { String($0.prefix(300)) } ?? "",
                "failedCount": found.count,
                "hasFailedPoints": !points.isEmpty,
                "failedPoints": points.joined(separator: " "),
                "failedCells": found.prefix(40).map {
                    ["failedName": $0.0.entry.cell.name, "failedPage": $0.0.page]
                },
                "hasFailedMore": found.count > 40,
                "failedMore": "and \(found.count - 40) more",
                "isFailedKnown": known != nil,
                "failedKnown": known?.reason ?? "",
            ]
            return values
        }
    }

    private var comparison: [String: Any] {
        guard let comparison = source.comparison else { return [:] }
        return [
            "before": comparison.before,
            "groups": Comparison.Change.allCases.compactMap { change -> [String: Any]? in
                let rows = comparison.rows(change)
                guard !rows.isEmpty else { return nil }
                return [
                    "change": change.rawValue, "changeCount": rows.count,
                    "changes": rows.prefix(100).map {
                        [
                            "changedTest": $0.test ?? "(the whole cell)", "changedCell": $0.cell,
                            "changedStates": [$0.before, $0.after].compactMap(\.self).joined(
                                separator: " → "
                            ),
                            "changedKnown": $0.known ?? "", "isKnown": $0.known != nil,
                        ]
                    },
                ]
            },
            "unchanged": comparison.unchanged,
        ]
    }

    // MARK: - Points, issues, times

    /// Review points by rows: how the selection stands to it, the worst verdict, by how many tests, on how many trees. Points
    /// that no test speaks for are there as well.
    private var pointTable: [[String: Any]] {
        struct Sum {
            var verdict = Verdict.pass
            var tests = 0
            var trees: Set<String> = []
        }
        let rows = rows
        let review = source.review
        var order = review?.points.map(\.name) ?? []
        let says = Dictionary(review?.points.map { ($0.name, $0.says) } ?? []) { first, _ in first }
        var known = Set(order)
        var sums: [String: [String: Sum]] = [:]
        for cell in cells {
            for (point, verdict, tests) in cell.points {
                if known.insert(point).inserted { order.append(point) }
                var sum = sums[point]?[cell.entry.cell.row] ?? Sum()
                sum.verdict = max(sum.verdict, verdict)
                sum.tests = max(sum.tests, tests)
                sum.trees.insert(cell.entry.treeName)
                sums[point, default: [:]][cell.entry.cell.row] = sum
            }
        }
        return order.prefix(400).map { point in
            [
                "point": point,
                "pointSays": String((says[point] ?? "").prefix(200)),
                "pointMarks": rows.map { row -> [String: Any] in
                    let standing = review?.standings[row]?[point]
                    let sum = sums[point]?[row]
                    let shown = sum.map {
                        "\($0.verdict.rawValue), \(counted($0.tests, "test")), \(counted($0.trees.count, "tree"))"
                    }
                    return [
                        "hasStanding": standing != nil,
                        "standing": standing ?? "",
                        "isPointThere": sum != nil,
                        "pointStyle": sum.map { CellVerdict($0.verdict).style } ?? "",
                        "pointText": shown ?? "",
                    ]
                },
            ]
        }
    }

    /// What the kernels complained of, by fingerprint.
    private var issues: [[String: Any]] {
        var order: [String] = []
        var found: [String: (finding: RunReport.ConsoleFinding, cells: [PageCell], titles: Set<String>)] = [:]
        for cell in cells {
            for finding in cell.folder?.report?.consoleEvents ?? [] {
                let key = finding.fingerprint
                if found[key] == nil { order.append(key) }
                var entry = found[key] ?? (finding, [], [])
                if entry.cells.last?.number != cell.number { entry.cells.append(cell) }
                entry.titles.formUnion(finding.alternatives)
                found[key] = entry
            }
        }
        return order.prefix(200).compactMap { key in
            guard let entry = found[key] else { return nil }
            let seen = source.findings[key]
            return [
                "issueTitle": entry.finding.title,
                "issueKind": entry.finding.kind,
                "issueFrames": entry.finding.frames.joined(separator: " < "),
                "issueOthers": entry.titles.sorted().prefix(5).joined(separator: "; "),
                "issueCount": entry.cells.count,
                "hasIssueOthers": !entry.titles.isEmpty,
                "isIssueSeen": seen != nil,
                "issueFirst": seen?.first ?? "",
                "issueLast": seen?.last ?? "",
                "issueCells": entry.cells.prefix(20).map {
                    ["issueName": $0.entry.cell.name, "issuePage": $0.page]
                },
            ]
        }
    }

    /// Mean time per kind of phase, by column.
    private var times: [[String: Any]] {
        let byColumn = Dictionary(grouping: cells, by: \.entry.cell.column)
        return columns.prefix(100).compactMap { column in
            let reports = (byColumn[column] ?? []).compactMap { $0.folder?.report }.filter {
                !$0.phases.isEmpty
            }
            guard !reports.isEmpty else { return nil }
            var order: [String] = []
            var sums: [String: Int] = [:]
            for phase in reports.flatMap(\.phases) {
                if sums[phase.name] == nil { order.append(phase.name) }
                sums[phase.name, default: 0] += phase.milliseconds
            }
            let means = order.map { RunReport.Phase(name: $0, milliseconds: (sums[$0] ?? 0) / reports.count) }
            return ["timeColumn": column, "timeCount": reports.count, "timeChart": Charts.timeline(means)]
        }
    }
}
