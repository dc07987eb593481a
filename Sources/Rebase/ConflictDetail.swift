// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git
import PatchSeries
import SystemPackage

/// One place that needs a person, with what the person should know of it.
package struct ConflictDetail {
    /// The file, or `FileConflict.message`.
    package let path: String
    /// Why, in words.
    package let reason: String
    /// Line of the marker in the file to fix, from 1.
    package let line: Int
    /// Line in the file as generated now, from 1; nil if there is none.
    package let ours: Int?
    /// Path and line on the branch as it was; nil if there is none.
    package let theirs: (path: String, line: Int)?
    /// The site that the lines belong to; nil if they are none of the series'.
    package let anchor: String?
    /// `path:line` of the site in the template.
    package let template: String?
    package let options: [String]
    /// The review points that those options answer.
    package let points: [String]
}

extension Repository {
    /// Looks up what a conflict is about.
    func details(_ conflict: FileConflict, _ sides: RebaseSides, _ series: Series) throws
        -> [ConflictDetail]
    {
        let oldPath = sides.branch.origin.renames.path(
            sides.generation.rendered.renames.templatePath(conflict.path)
        )
        func bytes(_ version: FileVersion?) throws(GitError) -> [UInt8]? {
            guard let version, version.isFile else { return nil }
            return try self.bytes(of: version.id, path: conflict.path)
        }
        let new = try bytes(conflict.sides?.new)
        let edited = try bytes(conflict.sides?.edited)
        let oursMoved = try new.map { new throws(GitError) in
            try lineChanges(from: conflict.file.ours, to: new)
        }
        let theirsMoved = try edited.map { edited throws(GitError) in
            try lineChanges(from: conflict.file.theirs, to: edited)
        }
        let sites =
            if let count = conflict.count { try generatedSites(conflict.path, sides, count: count) } else {
                [GeneratedSite]()
            }
        var result: [ConflictDetail] = []
        for part in conflict.file.places {
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
                    line: part.marker + 1,
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
