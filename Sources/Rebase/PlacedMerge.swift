// SPDX-License-Identifier: GPL-2.0-only

import Base
import CSource
import Generation
import Git

/// A merge of what a person changed that minds where lines belong: it is done by site and by function where as a whole it comes
/// to nothing, or to something else, and what would stand in another function, or come to nothing in silence, is a conflict.
struct PlacedMerge {
    let path: String
    /// Those that correspond; empty if they are not known.
    var sites: [SitePair] = []
    /// What has another name in the new version.
    var symbols: [(from: String, to: String)] = []

    enum Outcome {
        case clean([UInt8])
        case conflict(ConflictedFile, FileConflict.Kind)

        /// The same without why there is a conflict.
        var result: MergeResult {
            switch self {
            case .clean(let bytes): .clean(bytes)
            case .conflict(let file, _): .conflict(file)
            }
        }
    }

    /// Does to `new` what was done to `old` to make it `edited`.
    func merge(old: [UInt8], edited: [UInt8], new: [UInt8]) throws(GitError) -> Outcome {
        let check = PlaceCheck(path: path, sites: sites, symbols: symbols)
        let regions = sites.map { MergeRegion(ancestor: $0.old, ours: $0.new) }
        func items() -> [MergeRegion] {
            guard SourceLanguage(path: path) == .c else { return [] }
            return ItemRegions(old, new, symbols).regions(beside: regions)
        }
        // What was looked at last, which is what comes of it in most cases.
        var checked: (bytes: [UInt8], strangers: [PlaceCheck.Stranger])?
        let merged = try mergeFile(
            ancestor: old,
            ours: new,
            theirs: edited,
            regions: regions,
            others: items,
            isRight: { bytes throws(GitError) in
                let strangers = try check.strangers(old: old, edited: edited, new: new, merged: bytes)
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
                try check.strangers(old: old, edited: edited, new: new, merged: bytes)
            }
        if let first = strangers.first {
            let changes = try lineChanges(from: new, to: bytes)
            let isOpen = Set(strangers.map(\.change))
            return .conflict(
                ConflictedFile(ours: new, merged: bytes, changes) { isOpen.contains($0) },
                .elsewhere(first.place)
            )
        }
        if let file = try Self.keptLines(old: old, edited: edited, new: new, merged: bytes, items) {
            return .conflict(file, .kept)
        }
        return .clean(bytes)
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
}
