// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git

/// What a tree has at a path.
struct FileVersion: Hashable {
    let id: ObjectID
    let mode: FileMode

    /// Whether its lines can be merged.
    var isFile: Bool { mode == .regular || mode == .executable }
}

/// The files of a base and of each commit on top of it, as far as a rebase is concerned with them.
struct FileStages {
    /// By path on the new base: for the base, then for each commit.
    private(set) var files: [[String: FileVersion]]

    init(base: [String: FileVersion]) {
        files = [base]
    }

    /// Adds a commit.
    ///
    /// - Parameter path: the path on the new base of a path of these trees.
    mutating func add(_ changes: [TreeChange], path: (String) -> String) {
        var next = files[files.count - 1]
        for change in changes {
            next[path(change.path)] = change.new.map { FileVersion(id: $0.id, mode: $0.mode) }
        }
        files.append(next)
    }
}

/// One side's generated patches: their files, and what a choice of the patches makes of a file.
struct PatchStages {
    /// The patches in the order they were generated in.
    let folders: [String]
    let stages: FileStages

    /// A file with just these patches in, and how many of the first patches that is.
    enum Content {
        /// The first so many patches and no others.
        case stage(Int, FileVersion?)
        /// Some are left out, and the file without them.
        case without(FileVersion?)
        /// Others build on what is left out.
        case inseparable
    }

    /// - Parameter revert: takes the change from one version to another back out of a third; nil if it can't.
    func file(
        _ path: String,
        having chosen: Set<String>,
        revert: (_ from: FileVersion?, _ to: FileVersion?, _ out: FileVersion?) throws ->
            FileVersion??
    ) throws -> Content {
        let count = (folders.lastIndex { chosen.contains($0) } ?? -1) + 1
        let last = stages.files[count][path]
        var result = last
        var isWhole = true
        for index in (0..<count).reversed() where !chosen.contains(folders[index]) {
            let (before, after) = (stages.files[index][path], stages.files[index + 1][path])
            guard before != after else { continue }
            isWhole = false
            guard let reverted = try revert(before, after, result) else { return .inseparable }
            result = reverted
        }
        return isWhole ? .stage(count, last) : .without(result)
    }

    /// The file with all patches up to the last of these.
    func inseparable(_ path: String, having chosen: Set<String>) -> FileVersion? {
        stages.files[(folders.lastIndex { chosen.contains($0) } ?? -1) + 1][path]
    }
}
