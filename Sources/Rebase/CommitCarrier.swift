// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git
import PatchSeries

/// What a person settled, by the name of what met there: the file's content, or nil if there is to be none.
typealias Resolutions = [String: [UInt8]?]

/// What the new tree has after a step, and what doesn't fit.
struct CarriedStep {
    /// What differs from the tree before.
    let edits: [TreeEdit]
    /// Files that have something of a person's.
    let carried: [String]
    var conflicts: [FileConflict]
    /// Whether a person said what becomes of a file.
    let isSettled: Bool
}

/// Takes a branch's commits over one after the other.
struct CommitCarrier {
    let sides: RebaseSides
    let resolutions: Resolutions
    let ontoName: String
    /// The patches that are in.
    private var chosen: Set<String> = []
    /// What the new tree has, by path.
    private(set) var current: [String: FileVersion]
    private var last: [String: MergeSides] = [:]
    /// Files that a person settled: they are not what a merge would make of them again.
    private var settled: Set<String> = []

    init(_ sides: RebaseSides, _ resolutions: Resolutions, onto name: String) {
        self.sides = sides
        self.resolutions = resolutions
        ontoName = name
        current = sides.new.stages.files[0]
        for path in sides.paths {
            let base = sides.old.stages.files[0][path]
            last[path] = MergeSides(old: base, edited: base, new: current[path])
        }
    }

    func labels(_ commit: Commit?) -> MergeLabels {
        MergeLabels(
            ancestor: "as generated on \(sides.branch.base.id.abbreviated)",
            ours: "generated on \(ontoName)",
            theirs: commit.map { "\($0.id.abbreviated) \($0.subject)" } ?? sides.branch.name
        )
    }

    /// Does one step; the files of a step with conflicts are as before.
    mutating func carry(_ step: RebaseStep, in tree: borrowing Repository) throws -> CarriedStep {
        chosen.formUnion(step.folders)
        let commit = step.commit.map { sides.branch.commits[$0] }
        let edited = sides.edited.files[step.count]
        var edits: [TreeEdit] = []
        var carried: [String] = []
        var conflicts: [FileConflict] = []
        var isSettled = false
        for path in sides.paths {
            guard let before = last[path] else { continue }
            let (meeting, stages) = try meeting(path, edited[path], tree)
            guard meeting != before else { continue }
            if try tree.isByHand(meeting, after: before, path) { carried.append(path) }
            last[path] = meeting
            let key = "\(commit?.id.description ?? step.folders.joined()) \(path) \(meeting.key)"
            let result: FileVersion?
            if let resolution = resolutions[key] {
                result = try resolution.map { bytes throws in
                    try tree.version(bytes, like: meeting)
                }
                settled.insert(path)
                isSettled = true
            } else {
                let outcome =
                    settled.contains(path)
                    ? try tree.follow(current[path], from: before, to: meeting, path, symbols: symbols)
                    : try tree.carry(
                        meeting,
                        path: path,
                        sites: { () throws in
                            try stages.map { stages throws in
                                try tree.sitePairs(path, sides, old: stages.old, new: stages.new)
                            }
                        },
                        symbols: symbols
                    )
                switch outcome {
                case .done(let version): result = version
                case .conflict(let file, let kind):
                    conflicts.append(
                        FileConflict(
                            path: path,
                            key: key,
                            file: file,
                            labels: labels(commit),
                            kind: kind,
                            sides: meeting,
                            count: stages?.new
                        )
                    )
                    continue
                }
            }
            guard result != current[path] else { continue }
            current[path] = result
            edits.append(
                result.map { .upsert(path: path, blob: $0.id, mode: $0.mode) } ?? .remove(path: path)
            )
        }
        return CarriedStep(edits: edits, carried: carried, conflicts: conflicts, isSettled: isSettled)
    }

    private var symbols: [(from: String, to: String)] { sides.generation.rendered.renames.symbols }

    /// What meets at a path with the patches that are in; and which stages those are, if none is left out.
    private func meeting(_ path: String, _ edited: FileVersion?, _ tree: borrowing Repository) throws
        -> (MergeSides, (old: Int, new: Int)?)
    {
        func revert(_ from: FileVersion?, _ to: FileVersion?, _ out: FileVersion?) throws
            -> FileVersion??
        {
            try tree.revert(from: from, to: to, outOf: out, path)
        }
        let old = try sides.old.file(path, having: chosen, revert: revert)
        let new = try sides.new.file(path, having: chosen, revert: revert)
        switch (old, new) {
        case (.stage(let before, let old), .stage(let now, let new)):
            return (MergeSides(old: old, edited: edited, new: new), (before, now))
        case (.without(let old), .without(let new)), (.without(let old), .stage(_, let new)),
            (.stage(_, let old), .without(let new)):
            return (MergeSides(old: old, edited: edited, new: new), nil)
        case (.inseparable, _), (_, .inseparable):
            // As if nothing were left out: that a person took it out is then one of the edits.
            let old = sides.old.inseparable(path, having: chosen)
            let new = sides.new.inseparable(path, having: chosen)
            return (MergeSides(old: old, edited: edited, new: new), nil)
        }
    }
}

extension Repository {
    /// A version with another content.
    func version(_ bytes: [UInt8], like sides: MergeSides) throws -> FileVersion {
        let mode = [sides.edited, sides.new, sides.old].lazy.compactMap { $0?.mode }.first { mode in
            mode == .regular || mode == .executable
        }
        return FileVersion(id: try writeBlob(bytes), mode: mode ?? .regular)
    }

    /// Whether a person changed something in this very step, and not only in an earlier one.
    fileprivate func isByHand(_ sides: MergeSides, after before: MergeSides, _ path: String) throws -> Bool {
        guard sides.edited != sides.old else { return false }
        guard let old = before.old, let edited = before.edited, let nextOld = sides.old,
            old.isFile, edited.isFile, nextOld.isFile
        else { return before.old != sides.old || before.edited != sides.edited }
        // What the person would have had without changing anything in this step.
        return try merge(old, edited, nextOld, path) != sides.edited
    }

    /// Takes a change back; nil if later ones build on it.
    fileprivate func revert(
        from: FileVersion?,
        to: FileVersion?,
        outOf version: FileVersion?,
        _ path: String
    ) throws -> FileVersion?? {
        if version == to { return .some(from) }
        guard let from, let to, let version, from.isFile, to.isFile, version.isFile else { return nil }
        return try merge(to, version, from, path).map { .some($0) }
    }

    /// A clean merge, or nil.
    private func merge(
        _ ancestor: FileVersion,
        _ ours: FileVersion,
        _ theirs: FileVersion,
        _ path: String
    ) throws -> FileVersion? {
        if theirs == ancestor { return ours }
        if ours == ancestor { return theirs }
        let merged = try mergeFile(
            ancestor: bytes(of: ancestor.id, path: path),
            ours: bytes(of: ours.id, path: path),
            theirs: bytes(of: theirs.id, path: path)
        )
        guard case .clean(let bytes) = merged else { return nil }
        return FileVersion(id: try writeBlob(bytes), mode: ours.mode)
    }

    /// Does to a file that a person settled what the next step does: what the generator adds, then what the person
    /// changed apart from that.
    fileprivate func follow(
        _ current: FileVersion?,
        from before: MergeSides,
        to sides: MergeSides,
        _ path: String,
        symbols: [(from: String, to: String)]
    ) throws -> CarriedFile {
        guard let current, let old = before.old, let edited = before.edited, let new = before.new,
            let nextOld = sides.old, let nextEdited = sides.edited, let nextNew = sides.new
        else {
            let texts = try [current, sides.edited].map { version throws(GitError) in
                try version.map { version throws(GitError) in
                    try bytes(of: version.id, path: path)
                } ?? []
            }
            return .conflict(ConflictedFile(ours: texts[0], theirs: texts[1]), .gone)
        }
        let generated = try PlacedMerge(path: path).merge(
            old: bytes(of: new.id, path: path),
            edited: bytes(of: nextNew.id, path: path),
            new: bytes(of: current.id, path: path)
        )
        let ours: [UInt8]
        var open: [ConflictedFile.Place] = []
        var kind = FileConflict.Kind.lines
        switch generated {
        case .clean(let text): ours = text
        case .conflict(let file, let why):
            ours = file.ours
            open = file.places
            kind = why
        }
        let theirs = try bytes(of: nextEdited.id, path: path)
        // What the person would have had without changing anything in this step.
        guard let untouched = try merge(old, edited, nextOld, path) else {
            return .conflict(ConflictedFile(ours: ours, theirs: theirs), .lines)
        }
        let merged = try PlacedMerge(path: path, symbols: symbols).merge(
            old: bytes(of: untouched.id, path: path),
            edited: theirs,
            new: ours
        )
        if case .conflict(_, let why) = merged { kind = why }
        switch try merged.result.reopening(open, of: ours) {
        case nil: return .conflict(ConflictedFile(ours: ours, theirs: theirs), .lines)
        case .conflict(let file): return .conflict(file, kind)
        case .clean(let bytes): return .done(FileVersion(id: try writeBlob(bytes), mode: current.mode))
        }
    }
}
