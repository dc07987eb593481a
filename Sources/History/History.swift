// SPDX-License-Identifier: GPL-2.0-only

import Base
import GRDB
import SystemPackage

/// All matrices that were judged or added here: an SQLite database, which several runs may use at once.
///
/// It is the only place that knows SQL and GRDB; values go in and come out.
package struct History {
    package let path: FilePath
    private let queue: DatabaseQueue

    /// How long another run may hold it, in seconds.
    static let patience = 30

    /// Opens it, or makes an empty one.
    package init(at path: FilePath) throws {
        self.path = path
        try Files.makeFolder(path.removingLastComponent())
        var configuration = Configuration()
        configuration.busyMode = .timeout(Double(Self.patience))
        configuration.label = "history"
        do {
            queue = try DatabaseQueue(path: path.string, configuration: configuration)
            try Schema.bringUp(queue, path.string.onOneLine)
        } catch let error as DatabaseError {
            throw HistoryError(error, path.string.onOneLine)
        }
    }

    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        do {
            return try queue.read(body)
        } catch let error as DatabaseError {
            throw HistoryError(error, path.string.onOneLine)
        }
    }

    /// In one transaction: all of it, or nothing.
    func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
        do {
            return try queue.write(body)
        } catch let error as DatabaseError {
            throw HistoryError(error, path.string.onOneLine)
        }
    }
}

/// The tables. `PRAGMA user_version` says which steps were taken: all of it in one transaction, as several runs may open an
/// empty history at once (GRDB's own migrator made its table outside of one, and another run failed for want of it).
enum Schema {
    /// A step is never changed; a new one comes behind it.
    private static let steps = [
        """
        CREATE TABLE matrix (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            created TEXT NOT NULL
        );
        CREATE TABLE cell (
            id INTEGER PRIMARY KEY,
            key TEXT NOT NULL,
            name TEXT NOT NULL,
            row TEXT NOT NULL,
            ground TEXT NOT NULL,
            tree TEXT NOT NULL,
            profile TEXT NOT NULL,
            judge TEXT NOT NULL,
            verdict TEXT NOT NULL,
            reason TEXT,
            host TEXT NOT NULL,
            started TEXT NOT NULL,
            milliseconds INTEGER NOT NULL,
            make INTEGER,
            boot INTEGER,
            tests INTEGER,
            UNIQUE (key, host, started)
        );
        CREATE INDEX cell_by_name ON cell (name, started);
        CREATE TABLE member (
            matrix INTEGER NOT NULL REFERENCES matrix (id) ON DELETE CASCADE,
            place INTEGER NOT NULL,
            name TEXT NOT NULL,
            verdict TEXT NOT NULL,
            reason TEXT,
            cell INTEGER REFERENCES cell (id),
            PRIMARY KEY (matrix, place)
        ) WITHOUT ROWID;
        CREATE TABLE test (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE
        );
        CREATE TABLE result (
            cell INTEGER NOT NULL REFERENCES cell (id) ON DELETE CASCADE,
            test INTEGER NOT NULL REFERENCES test (id),
            verdict TEXT NOT NULL,
            reason TEXT,
            milliseconds INTEGER,
            PRIMARY KEY (cell, test)
        ) WITHOUT ROWID;
        CREATE INDEX result_by_test ON result (test);
        CREATE TABLE finding (
            cell INTEGER NOT NULL REFERENCES cell (id) ON DELETE CASCADE,
            place INTEGER NOT NULL,
            fingerprint TEXT NOT NULL,
            title TEXT NOT NULL,
            kind TEXT NOT NULL,
            test TEXT,
            PRIMARY KEY (cell, place)
        ) WITHOUT ROWID;
        CREATE INDEX finding_by_fingerprint ON finding (fingerprint);
        CREATE TABLE known (
            id INTEGER PRIMARY KEY,
            test TEXT NOT NULL,
            cell TEXT NOT NULL,
            reason TEXT NOT NULL,
            added TEXT NOT NULL,
            expires TEXT NOT NULL
        );
        """
    ]

    static func bringUp(_ queue: DatabaseQueue, _ name: String) throws {
        if try queue.read(version) == steps.count { return }
        try queue.writeWithoutTransaction { db in
            try db.inTransaction(.immediate) {
                let done = try version(db)
                guard done <= steps.count else {
                    throw HistoryError.input(
                        "\(name) was written by a newer kpatch-gen than \(Program.version): use that one, or another history (--history)"
                    )
                }
                if done == 0,
                    try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM sqlite_master)") ?? false
                {
                    throw HistoryError.input("\(name) is a database, but no history: name another file")
                }
                for step in steps.dropFirst(done) { try db.execute(sql: step) }
                try db.execute(sql: "PRAGMA user_version = \(steps.count)")
                return .commit
            }
        }
    }

    private static func version(_ db: Database) throws -> Int {
        try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    }
}

extension History {
    /// Lets the database have no more than so many pages: for tests of a disk that is full.
    package func limitPages(to count: Int) throws {
        do {
            try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = \(count)") }
        } catch let error as DatabaseError {
            throw HistoryError(error, path.string.onOneLine)
        }
    }
}
