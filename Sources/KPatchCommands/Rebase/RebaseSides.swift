// SPDX-License-Identifier: GPL-2.0-only

import Git
import PatchSeries

/// All that a rebase looks at: the files as generated before, as a person left them, and as generated now, under the
/// paths that they have on the new base.
struct RebaseSides {
    let branch: GeneratedBranch
    let generation: Generation
    /// Digest of the templates as they are now.
    let templates: String
    let old: PatchStages
    let edited: FileStages
    let new: PatchStages
    /// All paths that any of it touches, sorted.
    let paths: [String]

    /// The path on the new base of a path on the old one.
    func newPath(_ path: String) -> String {
        generation.rendered.renames.path(branch.origin.renames.templatePath(path))
    }
}

extension OpenTree {
    /// Reads what each commit changes.
    func sides(_ branch: GeneratedBranch, _ generation: Generation, _ loaded: LoadedSeries) throws(Failure)
        -> RebaseSides
    {
        do {
            let (before, now) = (branch.origin.renames, generation.rendered.renames)
            let newPath = { (path: String) in now.path(before.templatePath(path)) }
            let oldTrees = branch.patches.map(\.commit.tree)
            let oldChanges = try changes(branch.base.tree, oldTrees)
            // Most often the branch is as it was generated.
            let editedTrees = branch.commits.map(\.tree)
            let editedChanges =
                editedTrees == oldTrees ? oldChanges : try changes(branch.base.tree, editedTrees)
            let newChanges = try changes(generation.baseTree, generation.commits.map(\.tree))
            var paths = Set((oldChanges + editedChanges).joined().map { newPath($0.path) })
            paths.formUnion(newChanges.joined().map(\.path))

            var oldBase: [String: FileVersion] = [:]
            var newBase: [String: FileVersion] = [:]
            for path in paths {
                let earlier = before.path(now.templatePath(path))
                oldBase[path] = try version(at: earlier, in: branch.base.tree)
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
                old: PatchStages(folders: branch.patches.map(\.origin.patch), stages: old),
                edited: edited,
                new: PatchStages(folders: generation.commits.map(\.folder), stages: new),
                paths: paths.sorted()
            )
        } catch {
            throw Failure(error)
        }
    }

    private func changes(_ base: ObjectID, _ trees: [ObjectID]) throws(GitError) -> [[TreeChange]] {
        var result: [[TreeChange]] = []
        var parent = base
        for tree in trees {
            result.append(try repository.diff(from: parent, to: tree))
            parent = tree
        }
        return result
    }

    private func version(at path: String, in tree: ObjectID) throws(GitError) -> FileVersion? {
        try repository.entry(at: path, inTree: tree).map { FileVersion(id: $0.id, mode: $0.mode) }
    }
}
