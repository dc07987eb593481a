// SPDX-License-Identifier: GPL-2.0-only

import Base
import CSource
import Git
import Merging
import PatchSeries

/// What a diff that somebody wrote into an answer makes of a patch's files.
struct InlineDiff {
    /// By kernel path: the file as the patch leaves it, and with the diff.
    let files: [(path: String, before: [UInt8], after: [UInt8])]

    /// Places a diff on what a patch makes of a tree, or says why it has no place there.
    ///
    /// - Parameters:
    ///   - trees: before the patch and after it. A diff may be meant for either.
    init(
        _ diff: FoundReview.Diff,
        in repository: borrowing Repository,
        trees: (before: ObjectID, after: ObjectID)
    )
        throws
    {
        let patch = try PatchText(diff.bytes, name: "message \(diff.message)")
        var files: [(path: String, before: [UInt8], after: [UInt8])] = []
        for file in patch.files {
            guard let path = file.new, file.old == path, file.binary == nil else {
                throw Misplaced("it makes, takes away or renames \(file.path.onOneLine)")
            }
            guard let after = try repository.blob(at: path, inTree: trees.after)?.bytes else {
                throw Misplaced("there is no \(path)")
            }
            let before = try repository.blob(at: path, inTree: trees.before)?.bytes
            files.append((path, after, try Self.placed(file, path, before: before, after: after)))
        }
        guard !files.isEmpty else { throw Misplaced("it changes no file") }
        self.files = files
    }

    /// Why a diff has no place.
    struct Misplaced: Error {
        let reason: String
        init(_ reason: String) { self.reason = reason }
    }

    private static func placed(_ file: PatchText.File, _ path: String, before: [UInt8]?, after: [UInt8])
        throws
        -> [UInt8]
    {
        if let fitted = file.fitted(to: after), case .success(let bytes) = fitted.applied(to: after) {
            return bytes
        }
        guard let before, let fitted = file.fitted(to: before),
            case .success(let patched) = fitted.applied(to: before)
        else { throw Misplaced("its lines are not in \(path), neither before the patch nor after it") }
        // Meant for the file without the patch.
        let merge = TreeMerge.merge(
            [PatchedFile(path: path, old: before, patched: patched)],
            file: { $0 == path ? after : nil },
            relatives: { _ in [] }
        )
        if let conflict = merge.conflicts.first {
            throw Misplaced("\(path):\(conflict.line): \(conflict.reason)")
        }
        guard let bytes = merge.files[path], let bytes else { throw Misplaced("\(path) has it already") }
        return bytes
    }
}

extension PatchText.File {
    /// With the white space of a file: mail programs and pages of archives change tabs. Nil where a hunk isn't in it.
    fileprivate func fitted(to bytes: [UInt8]) -> PatchText.File? {
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        for next in bytes.lineStarts.dropFirst() + [bytes.count] where next > start {
            lines.append(bytes[start..<next])
            start = next
        }
        let keys = lines.map(Self.key)
        var result = self
        for index in hunks.indices {
            let hunk = hunks[index]
            let wanted = hunk.old.map { Self.key($0[...]) }
            guard let place = Self.place(wanted, in: keys, near: hunk.start - 1) else { return nil }
            let own = lines[place..<place + wanted.count].map { Array($0) }
            let usesTabs = own.contains { $0.first == UInt8(ascii: "\t") }
            var next = 0
            result.hunks[index].old = own
            result.hunks[index].new = hunk.new.map { line in
                if let same = hunk.old[next...].firstIndex(of: line) {
                    next = same + 1
                    return own[same]
                }
                return usesTabs ? Self.tabbed(line) : line
            }
        }
        return result
    }

    private static func place(_ wanted: [[UInt8]], in keys: [[UInt8]], near line: Int) -> Int? {
        guard !wanted.isEmpty, wanted.count <= keys.count else { return nil }
        let places = (0...(keys.count - wanted.count)).filter {
            keys[$0..<$0 + wanted.count].elementsEqual(wanted)
        }
        return places.min { abs($0 - line) < abs($1 - line) }
    }

    /// Without what is blank at both ends, and with one blank for several.
    private static func key(_ line: ArraySlice<UInt8>) -> [UInt8] {
        Array(line.split { $0 == 0x20 || (0x09...0x0d).contains($0) }.joined(separator: [0x20]))
    }

    /// With tabs for blanks at its beginning. Who expands a diff's tabs counts its sign, too: there are 7, 15, … then.
    private static func tabbed(_ line: [UInt8]) -> [UInt8] {
        let blanks = line.prefix { $0 == 0x20 }.count
        let isExpanded = (blanks + 1).isMultiple(of: 8)
        let tabs = isExpanded ? (blanks + 1) / 8 : blanks / 8
        return [UInt8](repeating: 0x09, count: tabs) + line.dropFirst(isExpanded ? blanks : tabs * 8)
    }
}

extension SiteFinder {
    /// A template that makes one text of another, where one is found and does so.
    ///
    /// - Parameter isByLines: whether to name no place by structure.
    /// - Returns: nil if none is found.
    static func template(from old: [UInt8], to new: [UInt8], at path: String, isByLines: Bool = false) throws
        -> [UInt8]?
    {
        guard let base = try? BaseFile(path: path, bytes: old) else { return nil }
        let changes = try lineChanges(from: old, to: new).map { ChangedLines(old: $0.old, new: $0.new) }
        let finder = SiteFinder(base.parsed, new: new, changes: changes, language: SourceLanguage(path: path))
        return finder.proved(at: path, on: base, isByLines: isByLines)?.template
    }
}
