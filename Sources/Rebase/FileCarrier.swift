// SPDX-License-Identifier: GPL-2.0-only

import Base
import CSource
import Generation
import Git

/// The versions of a file that meet.
struct MergeSides: Hashable {
    /// As it was generated.
    var old: FileVersion?
    /// As a person left it.
    var edited: FileVersion?
    /// As it is generated now.
    var new: FileVersion?

    /// Names this meeting, so that what was resolved once is known again.
    var key: String {
        [old, edited, new].map { $0.map { "\($0.id) \($0.mode)" } ?? "-" }.joined(separator: " ")
    }
}

/// What came of carrying the hand edits of a file over.
enum CarriedFile {
    case done(FileVersion?)
    case conflict(ConflictedFile, FileConflict.Kind)
}

/// Sites of a file on both sides.
struct SitePair {
    let anchor: String
    let old: Range<Int>
    let new: Range<Int>
}

/// Where two versions of a file did not fit together.
struct FileConflict {
    /// What stands for a path if it is the commit message.
    static let message = "COMMIT_MESSAGE"

    let path: String
    /// What a resolution of it is kept under.
    let key: String
    let file: ConflictedFile
    /// What the sides are called where it is shown.
    let labels: MergeLabels
    let kind: Kind
    /// Nil for a commit message.
    let sides: MergeSides?
    /// With how many of the patches the file is generated; nil if some are left out.
    let count: Int?

    enum Kind {
        /// Lines, between markers.
        case lines
        /// One side has no file.
        case gone
        /// Not lines: a link, a submodule, something binary.
        case opaque
        /// The lines fit, but would come to stand in another function.
        case elsewhere(String)
        /// Lines that the person deleted have moved, so that the merge took them for deleted by both.
        case kept
    }
}

extension Repository {
    /// Merges one file: what a person made of the old generated version, done to the new one.
    ///
    /// - Parameters:
    ///   - sites: those that correspond; empty if they are not known.
    ///   - symbols: what has another name in the new tree.
    func carry(
        _ sides: MergeSides,
        path: String,
        sites: () throws -> [SitePair]?,
        symbols: [(from: String, to: String)]
    ) throws -> CarriedFile {
        if sides.edited == sides.old { return .done(sides.new) }
        if sides.new == sides.old || sides.new == sides.edited { return .done(sides.edited) }
        let versions = [sides.old, sides.edited, sides.new]
        guard versions.allSatisfy({ $0?.isFile ?? true }) else {
            return .conflict(Self.notice(sides), .opaque)
        }
        let texts = try versions.map { version throws(GitError) in
            try version.map { version throws(GitError) in
                try self.bytes(of: version.id, path: path)
            } ?? []
        }
        guard texts.allSatisfy({ !$0.prefix(8000).contains(0) }) else {
            return .conflict(Self.notice(sides), .opaque)
        }
        guard let edited = sides.edited, let new = sides.new else {
            return .conflict(ConflictedFile(ours: texts[2], theirs: texts[1]), .gone)
        }
        let pairs = try sites()
        let check = PlaceCheck(path: path, sites: pairs ?? [], symbols: symbols)
        let (old, mine, now) = (texts[0], texts[1], texts[2])
        func items() -> [MergeRegion] {
            guard SourceLanguage(path: path) == .c else { return [] }
            return ItemRegions(old, now, symbols).regions(beside: regions)
        }
        // What was looked at last, which is what comes of it in most cases.
        var checked: (bytes: [UInt8], strangers: [PlaceCheck.Stranger])?
        let regions = (pairs ?? []).map { MergeRegion(ancestor: $0.old, ours: $0.new) }
        let merged = try mergeFile(
            ancestor: old,
            ours: now,
            theirs: mine,
            regions: regions,
            others: items,
            isRight: { bytes throws(GitError) in
                let strangers = try check.strangers(old: old, edited: mine, new: now, merged: bytes)
                checked = (bytes, strangers)
                return strangers.isEmpty
            }
        )
        let bytes: [UInt8]
        switch merged {
        case .clean(let text): bytes = text
        case .conflict(let file): return .conflict(file, .lines)
        }
        let strangers =
            if let checked, checked.bytes == bytes { checked.strangers } else {
                try check.strangers(old: old, edited: mine, new: now, merged: bytes)
            }
        if let first = strangers.first {
            let changes = try lineChanges(from: now, to: bytes)
            let isOpen = Set(strangers.map(\.change))
            return .conflict(
                ConflictedFile(ours: now, merged: bytes, changes) { isOpen.contains($0) },
                .elsewhere(first.place)
            )
        }
        if let file = try Self.keptLines(old: old, edited: mine, new: now, merged: bytes, items) {
            return .conflict(file, .kept)
        }
        let mode = edited.mode == sides.old?.mode ? new.mode : edited.mode
        return .done(FileVersion(id: try writeBlob(bytes), mode: mode))
    }

    /// What a merge came to, open where a line is that the person deleted; nil if all of those are gone.
    ///
    /// A line that was once in the file, or once in its function, and that the merge leaves there as often as the new
    /// version has it, says for sure that its deletion came to nothing.
    private static func keptLines(
        old: [UInt8],
        edited: [UInt8],
        new: [UInt8],
        merged: [UInt8],
        _ items: () -> [MergeRegion]
    ) throws(GitError) -> ConflictedFile? {
        let changes = try lineChanges(from: old, to: edited)
        guard changes.contains(where: \.new.isEmpty) else { return nil }
        let (before, after, now, result) = (old.lines, edited.lines, new.lines, merged.lines)
        let put = Set(changes.flatMap { after[$0.new] })
        let regions = items()
        let merging = try lineChanges(from: new, to: merged)
        var kept: Set<Int> = []
        for change in changes where change.new.isEmpty {
            let region = regions.filter { change.isInside($0.ancestor) }.min { $0.ours.count < $1.ours.count }
            for line in Set(before[change.old]) where !line.isEmpty && !put.contains(line) {
                for scope in [region, MergeRegion(ancestor: before.indices, ours: now.indices)] {
                    guard let scope, before[scope.ancestor].count(where: { $0 == line }) == 1 else {
                        continue
                    }
                    let places = scope.ours.filter { now[$0] == line }
                    let left = places.compactMap { merging.moved($0..<$0 + 1) }.filter { !$0.isEmpty }
                    if left.count == places.count { kept.formUnion(left.map(\.lowerBound)) }
                }
            }
        }
        guard !kept.isEmpty else { return nil }
        var rest: [UInt8] = []
        var open: [LineChange] = []
        var number = 0
        for (index, line) in result.enumerated() {
            if kept.contains(index) {
                let first = open.last.flatMap { $0.old.upperBound == index ? open.removeLast() : nil }
                open.append(
                    LineChange(old: (first?.old.lowerBound ?? index)..<index + 1, new: number..<number)
                )
            } else {
                rest += index + 1 < result.count ? line + [UInt8(ascii: "\n")] : line
                number += 1
            }
        }
        return ConflictedFile(ours: merged, merged: rest, open) { _ in true }
    }

    /// What stands for a file that has no lines to show.
    private static func notice(_ sides: MergeSides) -> ConflictedFile {
        func name(_ version: FileVersion?) -> [UInt8] {
            Array("\(version.map { "\($0.mode) \($0.id)" } ?? "no file")\n".utf8)
        }
        return ConflictedFile(ours: name(sides.new), theirs: name(sides.edited))
    }
}
