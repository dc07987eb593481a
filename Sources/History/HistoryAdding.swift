// SPDX-License-Identifier: GPL-2.0-only

import Base
import GRDB
import Matrix
import TestReport

/// What was added.
package struct Addition: Sendable, Equatable {
    /// The matrix' name in the history.
    package let name: String
    package let cells: Int
    /// Results that were there already.
    package let knownCells: Int
}

extension History {
    private static let textLimit = 1000

    /// Adds a matrix. A result that is there already, from another matrix or from this one, is not added twice.
    ///
    /// - Parameter name: what it is called from now on; nil: the time it was made, with a number behind it if there is one
    ///   of that time already.
    package func add(_ folder: MatrixFolder, named name: String? = nil) throws -> Addition {
        try write { db in
            let chosen = try Self.freeName(name, folder.record.created, db)
            try db.execute(
                sql: "INSERT INTO matrix (name, created) VALUES (?, ?)",
                arguments: [chosen, folder.record.created]
            )
            let matrix = db.lastInsertedRowID
            var ids: [CellKey: Int64] = [:]
            var known = 0
            for (key, result) in folder.results {
                let (id, isNew) = try Self.add(result, db)
                ids[key] = id
                if !isNew { known += 1 }
            }
            for (place, entry) in folder.record.cells.enumerated() {
                let verdict = folder.results[entry.key]?.result.verdict ?? Self.unseen(entry.verdict)
                try db.execute(
                    sql:
                        "INSERT INTO member (matrix, place, name, verdict, reason, cell) VALUES (?, ?, ?, ?, ?, ?)",
                    arguments: [
                        matrix, place, Self.bounded(entry.cell.name), verdict.rawValue,
                        entry.reason.map(Self.bounded), ids[entry.key],
                    ]
                )
            }
            return Addition(name: chosen, cells: folder.record.cells.count, knownCells: known)
        }
    }

    /// A verdict that no result shows is not believed.
    private static func unseen(_ verdict: CellVerdict) -> CellVerdict {
        verdict == .infrastructure ? .infrastructure : .missing
    }

    /// Refuses a name before the work of a matrix, not after it.
    package func requireFree(_ name: String) throws {
        try Self.requireName(name)
        guard try !has(name) else { throw HistoryError.input("the history has a matrix '\(name)' already") }
    }

    private static func requireName(_ name: String) throws(HistoryError) {
        guard !name.isEmpty, name.utf8.count <= 100, name == name.onOneLine, !name.hasPrefix("last") else {
            throw .input("a matrix' name is a line of at most 100 bytes that doesn't begin with 'last'")
        }
    }

    private static func freeName(_ asked: String?, _ created: String, _ db: Database) throws -> String {
        func exists(_ name: String) throws -> Bool {
            try Bool.fetchOne(
                db,
                sql: "SELECT EXISTS (SELECT 1 FROM matrix WHERE name = ?)",
                arguments: [name]
            )
                ?? false
        }
        if let asked {
            try requireName(asked)
            guard try !exists(asked) else {
                throw HistoryError.input("the history has a matrix '\(asked)' already")
            }
            return asked
        }
        let stem = bounded(created.isEmpty ? Timestamps.now() : created)
        var name = stem
        var number = 2
        while try exists(name) {
            name = "\(stem)-\(number)"
            number += 1
        }
        return name
    }

    private static func add(_ folder: ResultFolder, _ db: Database) throws -> (Int64, isNew: Bool) {
        let result = folder.result
        let identity: StatementArguments = [
            result.key.description, bounded(result.host), bounded(result.started),
        ]
        let known = try Int64.fetchOne(
            db,
            sql: "SELECT id FROM cell WHERE key = ? AND host = ? AND started = ?",
            arguments: identity
        )
        if let known { return (known, false) }
        let report = folder.report
        try db.execute(
            sql: """
                INSERT INTO cell (key, host, started, name, row, ground, tree, profile, judge, verdict, reason,
                    milliseconds, make, boot, tests)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: identity
                + [
                    bounded(result.cell.name), bounded(result.cell.row), bounded(result.cell.ground),
                    bounded(result.treeName), bounded(result.cell.profile),
                    bounded(result.cell.judge.description),
                    result.verdict.rawValue, result.reason.map(bounded), result.milliseconds,
                    report?.milliseconds(ofPhases: { $0.hasSuffix(": make") }),
                    report?.milliseconds(ofPhases: { $0 == "boot" || $0.hasPrefix("boot ") }),
                    report?.milliseconds(ofPhases: { $0 == "tests" || $0.hasPrefix("tests ") }),
                ]
        )
        let id = db.lastInsertedRowID
        try add(report, to: id, db)
        return (id, true)
    }

    private static func add(_ report: RunReport?, to cell: Int64, _ db: Database) throws {
        guard let report else { return }
        let name = try db.cachedStatement(sql: "INSERT OR IGNORE INTO test (name) VALUES (?)")
        let insert = try db.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO result (cell, test, verdict, reason, milliseconds)
                VALUES (?, (SELECT id FROM test WHERE name = ?), ?, ?, ?)
                """
        )
        for test in report.namedResults {
            let text = bounded(test.name)
            try name.execute(arguments: [text])
            try insert.execute(arguments: [
                cell, text, test.result.verdict.rawValue, test.result.reason.map(bounded),
                test.result.milliseconds,
            ])
        }
        for (place, finding) in report.consoleEvents.enumerated() {
            try db.execute(
                sql:
                    "INSERT INTO finding (cell, place, fingerprint, title, kind, test) VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [
                    cell, place, bounded(finding.fingerprint), bounded(finding.title), bounded(finding.kind),
                    finding.test.map(bounded),
                ]
            )
        }
    }

    /// Of a guest's words a history keeps what tells them apart.
    static func bounded(_ text: String) -> String { String(text.onOneLine.prefix(textLimit)) }
}

extension RunReport.ConsoleFinding {
    /// What tells one defect from another of the same title: the title and the innermost functions.
    package var fingerprint: String { ([title] + frames).joined(separator: " < ") }
}
