// SPDX-License-Identifier: GPL-2.0-only

import Base
import GRDB

/// A failure that somebody knows of, with a reason and the day from which it counts again.
package struct KnownIssue: Sendable, Equatable, Encodable {
    package let id: Int64
    /// A glob over `program.subtest`.
    package let test: String
    /// A glob over the cell's name.
    package let cell: String
    package let reason: String
    /// `2026-11-29`
    package let added: String
    /// The last day on which it is known.
    package let expires: String

    package init(id: Int64 = 0, test: String, cell: String, reason: String, added: String, expires: String) {
        self.id = id
        self.test = test
        self.cell = cell
        self.reason = reason
        self.added = added
        self.expires = expires
    }

    package func matches(cell: String, test: String) -> Bool {
        Glob.matches(self.cell, cell) && Glob.matches(self.test, test)
    }

    /// - Parameter today: `2026-11-29`
    package func counts(on today: String) -> Bool { today <= expires }

    /// Whether a text is a day as this has it.
    package static func isDay(_ text: String) -> Bool {
        guard let match = text.wholeMatch(of: /([0-9]{4})-([0-9]{2})-([0-9]{2})/),
            let year = Int(match.1), let month = Int(match.2), let day = Int(match.3),
            (1...12).contains(month)
        else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...days[month - 1]).contains(day)
    }
}

extension History {
    /// Keeps an issue.
    ///
    /// - Parameter today: `2026-11-29`
    package func add(
        known test: String,
        in cell: String,
        because reason: String,
        until expires: String,
        today: String
    )
        throws -> KnownIssue
    {
        guard KnownIssue.isDay(expires) else {
            throw HistoryError.input("'\(expires.onOneLine)' is no day; write it like 2027-01-31")
        }
        guard expires >= today else {
            throw HistoryError.input("\(expires) has passed: an issue is known until a day to come")
        }
        let reason = Self.bounded(reason)
        guard reason.contains(where: { !$0.isWhitespace }) else {
            throw HistoryError.input("a known issue needs a reason that somebody can judge later")
        }
        let (test, cell) = (Self.bounded(test), Self.bounded(cell))
        return try write { db in
            try db.execute(
                sql: "INSERT INTO known (test, cell, reason, added, expires) VALUES (?, ?, ?, ?, ?)",
                arguments: [test, cell, reason, today, expires]
            )
            return KnownIssue(
                id: db.lastInsertedRowID,
                test: test,
                cell: cell,
                reason: reason,
                added: today,
                expires: expires
            )
        }
    }

    /// Forgets an issue.
    package func removeKnown(_ id: Int64) throws {
        let count = try write { db in
            try db.execute(sql: "DELETE FROM known WHERE id = ?", arguments: [id])
            return db.changesCount
        }
        guard count > 0 else {
            throw HistoryError.input("there is no known issue \(id); 'kpatch-gen history known' lists them")
        }
    }

    /// All of them, those that have expired as well.
    package func knownIssues() throws -> [KnownIssue] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT id, test, cell, reason, added, expires FROM known ORDER BY id")
                .map {
                    KnownIssue(
                        id: $0["id"],
                        test: $0["test"],
                        cell: $0["cell"],
                        reason: $0["reason"],
                        added: $0["added"],
                        expires: $0["expires"]
                    )
                }
        }
    }
}
