// SPDX-License-Identifier: GPL-2.0-only

import Base
import GRDB
import Matrix
import TestReport

/// A matrix of the history.
package struct HistoryMatrix: Sendable, Encodable {
    package let name: String
    package let created: String
    /// How many cells have which verdict.
    package let counts: [String: Int]

    package var cells: Int { counts.values.reduce(0, +) }
}

extension History {
    /// The matrices, oldest first.
    package func matrices() throws -> [HistoryMatrix] {
        try read { db in
            var counts: [Int64: [String: Int]] = [:]
            for row in try Row.fetchAll(
                db,
                sql: "SELECT matrix, verdict, COUNT(*) AS number FROM member GROUP BY matrix, verdict"
            ) { counts[row["matrix"], default: [:]][row["verdict"]] = row["number"] }
            return try Row.fetchAll(db, sql: "SELECT id, name, created FROM matrix ORDER BY created, id").map
            {
                HistoryMatrix(name: $0["name"], created: $0["created"], counts: counts[$0["id"]] ?? [:])
            }
        }
    }

    /// Whether there is a matrix of that name: its own, or `last`, `last~1`, …
    package func has(_ name: String) throws -> Bool { try read { try Self.find(name, $0) != nil } }

    /// The cells of a matrix with their tests.
    package func side(_ name: String) throws -> ComparisonSide {
        try read { db in
            guard let (id, found) = try Self.find(name, db) else {
                let known = try String.fetchAll(
                    db,
                    sql: "SELECT name FROM matrix ORDER BY created DESC, id DESC LIMIT 5"
                )
                let hint = known.isEmpty ? "it has none" : "the newest are \(known.joined(separator: ", "))"
                throw HistoryError.input(
                    "the history has no matrix '\(name.onOneLine)', and there is no folder of that name; \(hint)"
                )
            }
            var tests: [Int64: [String: ComparisonSide.TestState]] = [:]
            let results = try Row.fetchCursor(
                db,
                sql: """
                    SELECT result.cell, test.name, result.verdict, result.reason FROM result
                    JOIN test ON test.id = result.test
                    WHERE result.cell IN (SELECT cell FROM member WHERE matrix = ?)
                    """,
                arguments: [id]
            )
            while let row = try results.next() {
                guard let verdict = Verdict(rawValue: row["verdict"]) else { continue }
                tests[row["cell"], default: [:]][row["name"]] = .init(verdict, reason: row["reason"])
            }
            let cells = try Row.fetchAll(
                db,
                sql: "SELECT name, verdict, reason, cell FROM member WHERE matrix = ? ORDER BY place",
                arguments: [id]
            ).map { row in
                ComparisonSide.CellState(
                    name: row["name"],
                    verdict: CellVerdict(rawValue: row["verdict"]) ?? .missing,
                    reason: row["reason"],
                    tests: (row["cell"] as Int64?).flatMap { tests[$0] }
                )
            }
            return ComparisonSide(name: found, cells: cells)
        }
    }

    private static func find(_ name: String, _ db: Database) throws -> (Int64, String)? {
        let row: Row?
        if let match = name.wholeMatch(of: /last(?:~([0-9]{1,6}))?/) {
            row = try Row.fetchOne(
                db,
                sql: "SELECT id, name FROM matrix ORDER BY created DESC, id DESC LIMIT 1 OFFSET ?",
                arguments: [match.1.flatMap { Int($0) } ?? 0]
            )
        } else {
            row = try Row.fetchOne(db, sql: "SELECT id, name FROM matrix WHERE name = ?", arguments: [name])
        }
        return row.map { ($0["id"], $0["name"]) }
    }

    /// Each test of each cell that ever failed, or that a glob asks for, over time.
    ///
    /// - Parameters:
    ///   - glob: over `program.subtest`; nil: those that ever failed or were flaky.
    ///   - cells: over the cell's name.
    package func timelines(tests glob: String?, cells: String?) throws -> [Timeline] {
        try read { db in
            var filter: [String] = []
            var arguments: StatementArguments = []
            if let glob {
                filter.append("test.name GLOB ?")
                arguments += [glob]
            } else {
                filter.append(
                    "test.id IN (SELECT test FROM result WHERE verdict IN ('fail', 'timed out', 'crashed', 'flaky'))"
                )
            }
            if let cells {
                filter.append("cell.name GLOB ?")
                arguments += [cells]
            }
            var timelines: [Timeline] = []
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT cell.name AS cell, test.name AS test, cell.started, cell.tree, cell.key, result.verdict
                    FROM result JOIN cell ON cell.id = result.cell JOIN test ON test.id = result.test
                    WHERE \(filter.joined(separator: " AND "))
                    ORDER BY cell.name, test.name, cell.started, cell.id
                    """,
                arguments: arguments
            )
            while let row = try rows.next() {
                guard let verdict = Verdict(rawValue: row["verdict"]) else { continue }
                let (cell, test): (String, String) = (row["cell"], row["test"])
                let point = Timeline.Point(
                    started: row["started"],
                    tree: row["tree"],
                    key: row["key"],
                    verdict: verdict
                )
                if let last = timelines.indices.last, timelines[last].cell == cell,
                    timelines[last].test == test
                {
                    timelines[last].points.append(point)
                } else {
                    timelines.append(Timeline(cell: cell, test: test, points: [point]))
                }
            }
            return glob == nil ? timelines.filter(\.isEventful) : timelines
        }
    }

    /// What the kernels said, by fingerprint, the newest first.
    package func findings() throws -> [SeenFinding] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT fingerprint, title, kind, MIN(cell.started) AS first, MAX(cell.started) AS last,
                        COUNT(DISTINCT cell.id) AS cells
                    FROM finding JOIN cell ON cell.id = finding.cell
                    GROUP BY fingerprint ORDER BY last DESC, cells DESC LIMIT 1000
                    """
            ).map {
                SeenFinding(
                    fingerprint: $0["fingerprint"],
                    title: $0["title"],
                    kind: $0["kind"],
                    first: $0["first"],
                    last: $0["last"],
                    cells: $0["cells"]
                )
            }
        }
    }

    /// Times of boots and tests of each column, oldest first; at most the newest `limit` of each.
    package func trends(limit: Int = 60) throws -> [Trend] {
        try read { db in
            var trends: [String: [Trend.Point]] = [:]
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT ground || ', ' || profile AS place, started, boot, tests FROM cell
                    WHERE boot IS NOT NULL AND tests IS NOT NULL ORDER BY started DESC LIMIT 20000
                    """
            )
            while let row = try rows.next() {
                let place: String = row["place"]
                guard trends[place, default: []].count < limit else { continue }
                trends[place, default: []].append(
                    Trend.Point(started: row["started"], boot: row["boot"], tests: row["tests"])
                )
            }
            return trends.sorted { $0.key < $1.key }.map { Trend(place: $0.key, points: $0.value.reversed()) }
        }
    }
}

/// A defect as the kernels told of it.
package struct SeenFinding: Sendable, Encodable {
    package let fingerprint: String
    package let title: String
    package let kind: String
    /// RFC 3339.
    package let first: String
    package let last: String
    package let cells: Int
}

/// How long boots and tests of a tree and profile took.
package struct Trend: Sendable {
    package struct Point: Sendable {
        package let started: String
        /// Milliseconds.
        package let boot: Int
        package let tests: Int
    }

    package let place: String
    package let points: [Point]
}
