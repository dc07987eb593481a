// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git
import PatchSeries

/// All that a rebase looks at: the files as generated before, as a person left them, and as generated now, under the
/// paths that they have on the new base.
struct RebaseSides {
    let branch: GeneratedBranch
    let generation: GeneratedSeries
    /// Digest of the templates as they are now.
    let templates: String
    /// As the templates' paths begin.
    let seriesFolder: String
    let old: PatchStages
    let edited: FileStages
    let new: PatchStages
    /// All paths that any of it touches, sorted.
    let paths: [String]
    let moves: FileMoves

    /// The path on the new base of a path on the old one.
    func newPath(_ path: String) -> String { moves.newPath(path) }
}

/// Which files of the old base are to be found elsewhere on the new one.
struct FileMoves {
    let before: Renames
    let now: Renames
    /// Those that a quirk moves, but only for a part of what is in them: the rest is where it was.
    var kept: Set<String> = []

    func newPath(_ path: String) -> String {
        kept.contains(path) ? path : now.path(before.templatePath(path))
    }

    func oldPath(_ path: String) -> String {
        kept.contains(path) ? path : before.path(now.templatePath(path))
    }
}

extension Series {
    /// The folders of patches, each as the one that takes its place among those that are generated now: a tree that has
    /// the feature takes another form of it, and what a person did with the one is meant for the other.
    fileprivate func standIns(for old: [String], among new: [String]) -> [String] {
        func isPair(_ one: String, _ other: String) -> Bool {
            patches.contains { $0.folder == one && $0.insteadOf == other }
        }
        return old.map { folder in
            guard !new.contains(folder) else { return folder }
            return new.first { !old.contains($0) && (isPair($0, folder) || isPair(folder, $0)) } ?? folder
        }
    }
}

extension Repository {
    /// Reads what each commit changes.
    func sides(_ branch: GeneratedBranch, _ generation: GeneratedSeries, _ loaded: LoadedSeries) throws
        -> RebaseSides
    {
        let oldTrees = branch.patches.map(\.commit.tree)
        let oldChanges = try changes(branch.base.tree, oldTrees)
        // Most often the branch is as it was generated.
        let editedTrees = branch.commits.map(\.tree)
        let editedChanges =
            editedTrees == oldTrees ? oldChanges : try changes(branch.base.tree, editedTrees)
        let newChanges = try changes(generation.baseTree, generation.commits.map(\.tree))
        let moves = try moves(
            branch,
            generation,
            of: Set((oldChanges + editedChanges).joined().map(\.path)),
            generated: Set(newChanges.joined().map(\.path))
        )
        let newPath = moves.newPath
        var paths = Set((oldChanges + editedChanges).joined().map { newPath($0.path) })
        paths.formUnion(newChanges.joined().map(\.path))

        var oldBase: [String: FileVersion] = [:]
        var newBase: [String: FileVersion] = [:]
        for path in paths {
            oldBase[path] = try version(at: moves.oldPath(path), in: branch.base.tree)
            newBase[path] = try version(at: path, in: generation.baseTree)
        }
        var old = FileStages(base: oldBase)
        var edited = old
        var new = FileStages(base: newBase)
        for rows in oldChanges { old.add(rows, path: newPath) }
        for rows in editedChanges { edited.add(rows, path: newPath) }
        for rows in newChanges { new.add(rows) { $0 } }
        return RebaseSides(
            branch: branch,
            generation: generation,
            templates: loaded.digest.description,
            seriesFolder: loaded.folder,
            old: PatchStages(
                folders: loaded.series.standIns(
                    for: branch.patches.map(\.origin.patch),
                    among: generation.commits.map(\.folder)
                ),
                stages: old
            ),
            edited: edited,
            new: PatchStages(folders: generation.commits.map(\.folder), stages: new),
            paths: paths.sorted(),
            moves: moves
        )
    }

    /// Follows files to where the quirks say they are, unless they are still there and that is where the edits belong:
    /// the new base has a site in them, or what a person changed fits.
    private func moves(
        _ branch: GeneratedBranch,
        _ generation: GeneratedSeries,
        of paths: Set<String>,
        generated: Set<String>
    ) throws -> FileMoves {
        var moves = FileMoves(before: branch.origin.renames, now: generation.rendered.renames)
        for path in paths.sorted() where moves.newPath(path) != path {
            guard let new = try version(at: path, in: generation.tree) else { continue }
            let sides = MergeSides(
                old: try version(at: path, in: branch.patches.last?.commit.tree ?? branch.base.tree),
                edited: try version(at: path, in: branch.commits.last?.tree ?? branch.base.tree),
                new: new
            )
            guard sides.old != sides.edited else { continue }
            guard !generated.contains(path) else {
                moves.kept.insert(path)
                continue
            }
            let trial = try carry(
                sides,
                path: path,
                sites: { () throws -> [SitePair]? in nil },
                symbols: []
            )
            if case .done = trial { moves.kept.insert(path) }
        }
        return moves
    }

    private func changes(_ base: ObjectID, _ trees: [ObjectID]) throws(GitError) -> [[TreeChange]] {
        var result: [[TreeChange]] = []
        var parent = base
        for tree in trees {
            result.append(try diff(from: parent, to: tree))
            parent = tree
        }
        return result
    }

    private func version(at path: String, in tree: ObjectID) throws(GitError) -> FileVersion? {
        try entry(at: path, inTree: tree).map { FileVersion(id: $0.id, mode: $0.mode) }
    }
}
