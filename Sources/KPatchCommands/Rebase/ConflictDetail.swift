// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git
import PatchSeries
import SystemPackage

/// One place that needs a person, with what the person should know of it.
struct ConflictDetail {
    /// The file, or `FileConflict.message`.
    let path: String
    /// Why, in words.
    let reason: String
    /// Line of the marker in the file to mend, from 1.
    let line: Int
    /// Line in the file as generated now, from 1; nil if there is none.
    let ours: Int?
    /// Path and line on the branch as it was; nil if there is none.
    let theirs: (path: String, line: Int)?
    /// The site that the lines belong to; nil if they are none of the series'.
    let anchor: String?
    /// `path:line` of the site in the template.
    let template: String?
    let options: [String]
    /// The review points that those options answer.
    let points: [String]
}

extension OpenTree {
    /// Looks up what a conflict is about.
    func details(_ conflict: FileConflict, _ sides: RebaseSides, _ series: Series) throws(Failure)
        -> [ConflictDetail]
    {
        let marked = ConflictMarkers(conflict.bytes)
        let oldPath = sides.branch.origin.renames.path(
            sides.generation.rendered.renames.templatePath(conflict.path)
        )
        do {
            func bytes(_ version: FileVersion?) throws(GitError) -> [UInt8]? {
                guard let version, version.isFile else { return nil }
                return try repository.bytes(of: version.id, path: conflict.path)
            }
            let new = try bytes(conflict.sides?.new)
            let edited = try bytes(conflict.sides?.edited)
            let oursMoved = try new.map { new throws(GitError) in try lineChanges(from: marked.ours, to: new)
            }
            let theirsMoved = try edited.map { edited throws(GitError) in
                try lineChanges(from: marked.theirs, to: edited)
            }
            let sites =
                if let count = conflict.count { try generatedSites(conflict.path, sides, count: count) } else
                {
                    [GeneratedSite]()
                }
            var result: [ConflictDetail] = []
            for part in marked.parts {
                // What was merged elsewhere in the file moves lines; where it is this place itself, they are near.
                let ours = oursMoved.map { $0.moved(part.ours) ?? part.ours }
                let theirs = theirsMoved.map { $0.moved(part.theirs) ?? part.theirs }
                let site = ours.flatMap { lines in
                    sites.filter { $0.lines.overlaps(lines) || $0.lines.touches(lines) }
                        .min { $0.lines.count < $1.lines.count }
                }
                let options = site.flatMap { site in ours.map { site.options(of: series, at: $0) } } ?? []
                var points: [String] = []
                for point in options.flatMap(\.points) where !points.contains(point) { points.append(point) }
                result.append(
                    ConflictDetail(
                        path: conflict.path,
                        reason: conflict.reason,
                        line: part.line + 1,
                        ours: ours.map { $0.lowerBound + 1 },
                        theirs: theirs.map { (oldPath, $0.lowerBound + 1) },
                        anchor: site?.site.anchor,
                        template: site?.site.template.description,
                        options: options.map(\.name),
                        points: points
                    )
                )
            }
            return result
        } catch {
            throw Failure(error)
        }
    }
}

extension Range<Int> {
    /// Whether one begins where the other ends.
    fileprivate func touches(_ other: Range<Int>) -> Bool {
        lowerBound == other.upperBound || upperBound == other.lowerBound
    }
}

extension FileConflict {
    fileprivate var reason: String {
        switch kind {
        case .lines where path == Self.message: "the message was edited, and is generated differently now"
        case .lines: "both changed these lines"
        case .gone: "one side has no such file; remove it here if it is to go"
        case .opaque: "no text; put the file here that is to be there"
        case .elsewhere(let place):
            "the lines fit only into '\(place)', where nobody had them; take one side and put them in by hand"
        }
    }
}

/// A conflict as `rebase --format json` writes it.
struct ConflictOutput: Encodable {
    struct Place: Encodable {
        let path: String
        let line: Int
    }

    let path: String
    let reason: String
    /// The file to mend; the path if nothing was written.
    let file: String
    let line: Int
    let generated: Place?
    let edited: Place?
    let anchor: String?
    let template: String?
    let options: [String]
    let points: [String]

    init(_ detail: ConflictDetail, _ mending: Mending?) {
        path = detail.path
        reason = detail.reason
        file = mending.map { $0.folder.appending(detail.path).string } ?? detail.path
        line = detail.line
        generated = detail.ours.map { Place(path: detail.path, line: $0) }
        edited = detail.theirs.map { Place(path: $0.path, line: $0.line) }
        anchor = detail.anchor
        template = detail.template
        options = detail.options
        points = detail.points
    }

    var lines: [String] {
        var lines = ["conflict: \(file):\(line): \(reason)"]
        if let generated { lines.append("    generated  \(generated.path):\(generated.line)") }
        if let edited { lines.append("    by hand    \(edited.path):\(edited.line)") }
        if let anchor { lines.append("    site       \(anchor)\(template.map { " (\($0))" } ?? "")") }
        if !options.isEmpty {
            let points = points.isEmpty ? "" : "; review points \(points.joined(separator: ", "))"
            lines.append("    decided by \(options.joined(separator: ", "))\(points)")
        }
        return lines
    }
}

/// What `rebase --format json` writes.
struct RebaseOutput: Encodable {
    struct Side: Encodable {
        let base: String
        let tip: String
    }
    struct Patch: Encodable {
        let result: String
        let patch: String?
        let subject: String
        let old: String?
        let new: String?
        let carried: [String]
        let squashed: [String]
    }

    let tree: String
    let branch: String
    let outcome: String
    let variant: String
    let old: Side
    let new: Side
    let patches: [Patch]
    let renumbered: [RebaseReport.Renumbered]
    let decisions: [RebaseReport.Decision]
    let conflicts: [ConflictOutput]
    let notes: [String]
    let rangeDiff: String?

    init(_ report: RebaseReport, comparison: String?) {
        tree = report.tree
        branch = report.branch
        outcome = report.outcome.rawValue
        variant = report.selection.variant
        old = Side(base: report.oldBase.description, tip: report.oldTip.description)
        new = Side(base: report.newBase.description, tip: report.newTip.description)
        patches = report.patches.map { patch in
            Patch(
                result: patch.result.rawValue,
                patch: patch.folder,
                subject: patch.subject,
                old: patch.old?.description,
                new: patch.new?.description,
                carried: patch.carried,
                squashed: patch.squashed
            )
        }
        renumbered = report.renumbered
        decisions = report.decisions
        conflicts = report.conflicts
        notes = report.notes
        rangeDiff = comparison
    }
}
