// SPDX-License-Identifier: GPL-2.0-only

import Base
import GRDB

/// Why the history can't be used.
package enum HistoryError: Blamed, Equatable {
    /// What was asked for isn't there, or what was given can't be taken.
    case input(String)
    /// The database can't be read or written.
    case database(String)

    package var fault: Fault {
        switch self {
        case .input: .user
        case .database: .infrastructure
        }
    }

    package var description: String {
        switch self {
        case .input(let text), .database(let text): text
        }
    }

    /// What SQLite says, with what helps.
    init(_ error: DatabaseError, _ path: String) {
        switch error.resultCode {
        case .SQLITE_NOTADB, .SQLITE_CORRUPT:
            self = .input(
                "\(path) is no history, or a damaged one: move it away, and add its results again with 'kpatch-gen history add'"
            )
        case .SQLITE_FULL:
            self = .database("\(path): the disk is full; nothing of this was written")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self = .database(
                "\(path) is in use by another run, for more than \(History.patience) seconds; try again"
            )
        case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM:
            self = .database("\(path) can't be opened for writing: \(error.message ?? "no reason given")")
        default:
            self = .database("\(path): \(error.message ?? "SQLite error \(error.resultCode.rawValue)")")
        }
    }
}
