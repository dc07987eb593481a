// SPDX-License-Identifier: GPL-2.0-only

import Base

/// What `cell.json` of a result folder says: which cell, what became of it, where and when, and the files alongside with
/// their checksums. It is written last: a folder without it is an unfinished one.
package struct CellResult: Sendable, Codable, Equatable {
    package static let schema = 1

    package struct File: Sendable, Codable, Equatable {
        package let path: String
        package let bytes: Int
        package let sha256: String
    }

    package var schema = Self.schema
    /// The program that wrote it.
    package var tool = Program.signature
    package let key: CellKey
    package let cell: Cell
    /// e.g. `v5.10.262`
    package let treeName: String
    package let verdict: CellVerdict
    package let reason: String?
    package let commit: String?
    /// The machine that judged it.
    package let host: String
    /// RFC 3339.
    package let started: String
    /// From the first file to the last verdict.
    package let milliseconds: Int
    package var files: [File] = []

    package init(
        _ cell: IdentifiedCell,
        _ judgement: Judgement,
        host: String,
        started: String,
        milliseconds: Int
    ) {
        key = cell.key
        self.cell = cell.cell
        treeName = cell.treeName
        verdict = judgement.verdict
        reason = judgement.reason.map { Self.bounded($0) }
        commit = judgement.commit
        self.host = host
        self.started = started
        self.milliseconds = milliseconds
    }

    /// A compiler can say megabytes.
    private static func bounded(_ text: String) -> String {
        let limit = 4000
        return text.utf8.count <= limit ? text : String(text.prefix(limit)) + " […]"
    }
}
