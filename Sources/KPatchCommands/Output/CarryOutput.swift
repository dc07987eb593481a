// SPDX-License-Identifier: GPL-2.0-only

import Git
import Merging
import Rebase

/// What `carry --format json` writes.
struct CarryOutput: Encodable {
    struct Place: Encodable {
        let path: String
        let line: Int
        let unit: String?

        init(_ place: MergePlace) {
            path = place.path
            line = place.line
            unit = place.unit
        }
    }
    struct Change: Encodable {
        let path: String
        let line: Int
        let place: Place?
        let reasons: [String]
    }
    struct Warning: Encodable {
        let path: String
        let line: Int
        let text: String
    }
    struct Conflict: Encodable {
        let path: String
        let line: Int
        let unit: String?
        let reason: String
        let ancestor: String
        let theirs: String
        let ours: String
        let candidates: [Place]
    }
    struct Patch: Encodable {
        let result: String
        let subject: String
        let old: String
        let new: String?
        let changes: [Change]
        let warnings: [Warning]
        let conflicts: [Conflict]
    }

    let tree: String
    let source: String
    let branch: String?
    let outcome: String
    let from: String
    let to: String
    let tip: String?
    let patches: [Patch]

    init(_ report: CarryReport) {
        tree = report.tree
        source = report.source
        branch = report.branch
        outcome = report.outcome.rawValue
        from = report.from.description
        to = report.to.description
        tip = report.run.tip?.description
        patches = report.run.commits.map { commit in
            Patch(
                result: commit.result.rawValue,
                subject: commit.subject,
                old: commit.old.description,
                new: commit.new?.description,
                changes: commit.notes.map { note in
                    Change(
                        path: note.path,
                        line: note.line,
                        place: note.place.map(Place.init),
                        reasons: note.reasons.map(\.text)
                    )
                },
                warnings: commit.warnings.map { Warning(path: $0.path, line: $0.line, text: $0.text) },
                conflicts: commit.conflicts.map { conflict in
                    Conflict(
                        path: conflict.path,
                        line: conflict.line,
                        unit: conflict.unit,
                        reason: conflict.reason,
                        ancestor: String(decoding: conflict.ancestor, as: UTF8.self),
                        theirs: String(decoding: conflict.theirs, as: UTF8.self),
                        ours: String(decoding: conflict.ours, as: UTF8.self),
                        candidates: conflict.candidates.map(Place.init)
                    )
                }
            )
        }
    }
}
