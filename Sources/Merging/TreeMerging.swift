// SPDX-License-Identifier: GPL-2.0-only

extension TreeMerge {
    /// Carries a patch to another tree.
    ///
    /// What is certain is placed; anything else is a conflict. `files` holds what the certain changes make even where
    /// there are conflicts, so that a person has only those to settle.
    ///
    /// - Parameters:
    ///   - file: a file of the new tree; nil if there is none.
    ///   - relatives: files of the new tree that may hold what left a path: of the same name but elsewhere, if the old
    ///     tree doesn't have them, and those that `mayHold(_:of:)` names.
    public static func merge<Failure: Error>(
        _ patch: [PatchedFile],
        file: (String) throws(Failure) -> [UInt8]?,
        relatives: (String) throws(Failure) -> [String]
    ) throws(Failure) -> TreeMerge {
        var merging = TreeMerging()
        return try merging.run(patch, file, relatives)
    }

    /// Whether two files have the same name, in different folders.
    public static func isNamesake(_ other: String, of path: String) -> Bool {
        other != path && PathParts(other).name == PathParts(path).name
    }

    /// Whether code that left a file is likely to be in another one: in its folder, or in one of `folders(for:)`.
    public static func mayHold(_ other: String, of path: String) -> Bool {
        guard other != path, FileKind(path: other) == .c, FileKind(path: path) == .c else { return false }
        let (old, new) = (PathParts(path), PathParts(other))
        guard old.suffix == new.suffix else { return false }
        return new.folder == old.folder || folders(for: path).contains(new.folder.joined(separator: "/"))
    }

    /// The folders that a file is split into, by the kernel's habit: `module.c` and `module_signing.c` into `module`.
    public static func folders(for path: String) -> [String] {
        let parts = PathParts(path)
        let ends =
            parts.stem.indices.filter { parts.stem[$0] == "_" || parts.stem[$0] == "-" } + [
                parts.stem.endIndex
            ]
        return ends.map { (parts.folder + [parts.stem[..<$0]]).joined(separator: "/") }
    }
}

private struct PathParts {
    let folder: [Substring]
    let name: Substring
    var stem: Substring { name.lastIndex(of: ".").map { name[..<$0] } ?? name }
    var suffix: Substring { name.lastIndex(of: ".").map { name[$0...] } ?? "" }

    init(_ path: String) {
        let parts = path.split(separator: "/")
        folder = parts.dropLast()
        name = parts.last ?? ""
    }
}

private struct TreeMerging {
    private let table = LineTable()
    private var targets: [String: MergeTarget?] = [:]
    private var result = TreeMerge()
    /// Changes that are in the new tree now, and files of which a change has nothing left to change.
    private var placed = 0
    private var gone: [String] = []

    private mutating func target<Failure: Error>(
        _ path: String,
        _ read: (String) throws(Failure) -> [UInt8]?
    ) throws(Failure) -> MergeTarget? {
        if let known = targets[path] { return known }
        let target = try read(path).map { MergeTarget(table, path: path, $0) }
        targets[path] = .some(target)
        return target
    }

    mutating func run<Failure: Error>(
        _ patch: [PatchedFile],
        _ read: (String) throws(Failure) -> [UInt8]?,
        _ relatives: (String) throws(Failure) -> [String]
    ) throws(Failure) -> TreeMerge {
        for file in patch { try carry(file, read, relatives) }
        if placed == 0 {
            for path in gone { refuse(path, "nothing of what the patch changes is left") }
        }
        for (path, target) in targets.sorted(by: { $0.key < $1.key }) {
            guard let target, !target.edits.isEmpty else { continue }
            if let bytes = target.edited(table) {
                result.files[path] = .some(bytes)
            } else {
                refuse(path, "two changes would come to the same lines")
            }
        }
        return result
    }

    private mutating func refuse(_ path: String, _ reason: String, _ file: PatchedFile? = nil) {
        result.conflicts.append(
            MergeConflict(path: path, reason: reason, ancestor: file?.old ?? [], theirs: file?.patched ?? [])
        )
    }

    private mutating func note(_ path: String, _ reason: MergeReason) {
        result.notes.append(MergeNote(path: path, line: 1, place: nil, reasons: [reason]))
    }

    private mutating func carry<Failure: Error>(
        _ file: PatchedFile,
        _ read: (String) throws(Failure) -> [UInt8]?,
        _ relatives: (String) throws(Failure) -> [String]
    ) throws(Failure) {
        let path = file.path
        let ours = try read(path)
        if ours == file.old {
            result.files[path] = file.patched
            placed += 1
            note(path, .unchanged)
        } else if ours == file.patched {
            note(path, .alreadyThere)
        } else if let old = file.old, let patched = file.patched {
            try carry(path, old, patched, read, relatives)
        } else if file.old == nil {
            refuse(path, "the patch adds this file, and the new tree has another one of that name", file)
        } else if ours == nil {
            note(path, .alreadyThere)
        } else {
            refuse(path, "the patch removes this file, and it was changed", file)
        }
    }

    private mutating func carry<Failure: Error>(
        _ path: String,
        _ old: [UInt8],
        _ patched: [UInt8],
        _ read: (String) throws(Failure) -> [UInt8]?,
        _ relatives: (String) throws(Failure) -> [String]
    ) throws(Failure) {
        var home = try target(path, read)
        var known: [String]?
        if home == nil {
            let all = try relatives(path)
            known = all
            let lines = Set(table.numbers(old)).filter { !table.lines[$0].isWeak }
            var similar: [MergeTarget] = []
            let folders = TreeMerge.folders(for: path)
            for other in all {
                let parts = PathParts(other)
                guard
                    parts.name == PathParts(path).name
                        || folders.contains(parts.folder.joined(separator: "/"))
                else { continue }
                guard let target = try target(other, read) else { continue }
                if lines.intersection(target.lines).count * 2 >= lines.count { similar.append(target) }
            }
            guard similar.count < 2 else {
                return refuse(path, "it may have become \(similar.map(\.path).joined(separator: " or "))")
            }
            home = similar.first
            if let home {
                note(path, .fileRenamed(home.path))
                result.origins[home.path] = path
            }
        }
        var merge = FileMerge(table, path: path, old: old, patched: patched, home: home)
        try merge.run { name throws(Failure) in
            let all: [String] = if let known { known } else { try relatives(path) }
            known = all
            var holders: [MergeTarget] = []
            for other in all {
                if let target = try self.target(other, read), target.units.named[name] != nil {
                    holders.append(target)
                }
            }
            return holders
        }
        if home == nil, merge.conflicts.count == merge.changes.count,
            try !isHeldElsewhere(merge, known ?? [], read)
        {
            gone.append(path)
            return note(path, .fileGone)
        }
        placed += merge.placed
        if merge.gone > 0 { gone.append(path) }
        result.notes += merge.notes
        result.warnings += merge.warnings
        result.conflicts += merge.conflicts
    }

    /// Whether any file has a unit that the patch changes in one that is gone.
    private mutating func isHeldElsewhere<Failure: Error>(
        _ merge: FileMerge,
        _ relatives: [String],
        _ read: (String) throws(Failure) -> [UInt8]?
    ) throws(Failure) -> Bool {
        let changed = merge.changes.compactMap { merge.units.unit(of: max(0, $0.old.lowerBound - 1)) }
        let names = Set(changed.map { merge.units.names[$0] })
        for other in relatives {
            guard let target = try target(other, read) else { continue }
            if names.contains(where: { target.units.named[$0] != nil }) { return true }
        }
        return false
    }
}
