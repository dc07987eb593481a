// SPDX-License-Identifier: GPL-2.0-only

import Base
import CSource
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
        let old = try bytes(conflict.sides?.old)
        let hand = try HandLines(conflict, old: old, edited: edited)
        let sites =
            if let count = conflict.count { try generatedSites(conflict.path, sides, count: count) } else {
                [GeneratedSite]()
            }
        var result: [ConflictDetail] = []
        for part in conflict.file.places {
            // What was merged elsewhere in the file moves lines; where it is this place itself, they are near.
            let ours = oursMoved.map { $0.moved(part.ours) ?? part.ours }
            let near = theirsMoved.map { $0.moved(part.theirs) ?? part.theirs }
            let change = near.flatMap { hand?.change(shownIn: part.conflict, near: $0) }
            let theirs = change?.new ?? near
            let gone = change.flatMap { change in
                hand?.item(of: change, goneFrom: new, sides.generation.rendered.renames.symbols)
            }
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
                    reason: conflict.reason(gone),
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

/// What a person changed in a file, for the conflicts that are about it.
private struct HandLines {
    private let changes: [LineChange]
    private let old: [ArraySlice<UInt8>]
    private let edited: [ArraySlice<UInt8>]
    /// Of C, before the edit.
    private let items: FileItems?

    /// Nil for what is no matter of lines.
    init?(_ conflict: FileConflict, old: [UInt8]?, edited: [UInt8]?) throws(GitError) {
        guard let old, let edited else { return nil }
        switch conflict.kind {
        case .gone, .opaque: return nil
        case .lines, .elsewhere, .kept: break
        }
        changes = try lineChanges(from: old, to: edited)
        self.old = old.lines
        self.edited = edited.lines
        items = SourceLanguage(path: conflict.path) == .c ? FileItems(old) : nil
    }

    /// The change that a conflict is about: of those that are within what it shows, the nearest one. A merge of parts
    /// leaves no way to count from the file's beginning.
    func change(shownIn conflict: LineConflict, near guess: Range<Int>) -> LineChange? {
        guard !conflict.theirs.isEmpty || !conflict.ancestor.isEmpty else { return nil }
        func isShown(_ lines: Range<Int>, _ text: [ArraySlice<UInt8>], _ block: [UInt8]) -> Bool {
            let wanted = block.lines.dropLast()
            return (lines.lowerBound - wanted.count...lines.upperBound).contains { start in
                start >= 0 && start + wanted.count <= text.count
                    && text[start..<start + wanted.count].elementsEqual(wanted)
            }
        }
        func distance(_ change: LineChange) -> Int { abs(change.new.lowerBound - guess.lowerBound) }
        return changes.filter { change in
            conflict.theirs.isEmpty
                ? isShown(change.old, old, conflict.ancestor) : isShown(change.new, edited, conflict.theirs)
        }
        .min { distance($0) < distance($1) }
    }

    /// What it is a change of, if the new file has nothing of that name.
    func item(of change: LineChange, goneFrom new: [UInt8]?, _ symbols: [(from: String, to: String)])
        -> String?
    {
        guard let items, let new else { return nil }
        let names = Set(FileItems(new).items.map(\.name))
        return items.names(around: change.old).compactMap { $0 }.first { name in
            !names.contains(symbols.first { $0.from == name }?.to ?? name)
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
    /// - Parameter item: the edited function, struct or table, if the new base's file has none of that name.
    fileprivate func reason(_ item: String?) -> String {
        switch kind {
        case .lines where path == Self.message: "the message was edited, and is generated differently now"
        case .lines:
            item.map { "'\($0)', which was edited, is not in this file any more" }
                ?? "both changed these lines"
        case .kept: "what was deleted has moved to here; delete it here, or keep it"
        case .gone: "one side has no such file; remove it here if it is to go"
        case .opaque: "no text; put the file here that is to be there"
        case .elsewhere(let place):
            "the lines fit only into '\(place)', where nobody had them; take one side and put them in by hand"
        }
    }
}
