// SPDX-License-Identifier: GPL-2.0-only

import Git
import PatchSeries

/// A series as commits on top of a base.
struct Generation {
    let rendered: RenderedSeries
    /// One per patch, oldest first.
    let commits: [GeneratedCommit]
    let base: ObjectID
    let baseTree: ObjectID

    /// The last commit; the base if the selection has no patch.
    var tip: ObjectID { commits.last?.id ?? base }
    var tree: ObjectID { commits.last?.tree ?? baseTree }

    /// The same with the ids of commits that differ from the generated ones by their dates only.
    func named(_ ids: [ObjectID]) -> Generation {
        let commits = zip(commits, ids).map { commit, id in
            GeneratedCommit(
                id: id,
                tree: commit.tree,
                subject: commit.subject,
                message: commit.message,
                author: commit.author,
                folder: commit.folder,
                files: commit.files
            )
        }
        return Generation(rendered: rendered, commits: commits, base: base, baseTree: baseTree)
    }
}

struct GeneratedCommit {
    let id: ObjectID
    let tree: ObjectID
    let subject: String
    let message: String
    let author: Signature
    let folder: String
    let files: [String]
}

/// Whose commits are made.
struct People {
    let author: Signature
    let committer: Signature
}

extension OpenTree {
    /// Those whom git would name here.
    func people() throws(Failure) -> People {
        do {
            let committer = try repository.defaultSignature(.committer)
            return People(
                author: try repository.defaultSignature(.author, at: committer.time),
                committer: committer
            )
        } catch {
            throw Failure(error)
        }
    }

    /// Places the selection on the base and makes the commits; no reference moves.
    ///
    /// Whether objects reach the disk is up to the repository's mode.
    ///
    /// - Parameters:
    ///   - ground: another series that comes first; facts are then those of the tree with it.
    ///   - people: whose commits they are; nil for those that the repository's configuration names.
    ///   - authors: who wrote a patch, by its folder, where that is somebody else or was at another time.
    func generate(
        _ loaded: LoadedSeries,
        _ selection: Selection,
        on ground: Generation? = nil,
        signOff: Bool = false,
        by people: People? = nil,
        authors: [String: Signature] = [:]
    ) throws(Failure) -> Generation {
        do {
            let base = ground?.tip ?? base
            let baseTree = ground?.tree ?? baseTree
            let changed = Set(ground?.commits.flatMap(\.files) ?? [])
            let known = blobs.read(
                loaded.series.basePaths(selection).filter { !changed.contains($0) },
                of: self.baseTree,
                in: repository
            ).filter { !changed.contains($0.key) }
            // A closure, not `read: read`: the compiler (6.3.1) crashes on a method of a noncopyable value.
            let rendered = try loaded.series.render(selection, known: known) { path in
                try read(path, of: baseTree)
            }
            let people = if let people { people } else { try self.people() }
            // Before anything is written.
            for patch in rendered.patches where patch.author == nil {
                let file = "\(loaded.folder)/\(patch.folder)/message.txt"
                let message = String(decoding: patch.message, as: UTF8.self)
                try SignOff.check(message, file: file, user: people.committer)
            }
            // Blobs that stay in this process's memory can't be written by others.
            let written =
                repository.keepsObjectsInMemory
                ? [:] : blobs.write(rendered.patches.flatMap(\.files), to: repository)
            var writtenCount = 0
            var commits: [GeneratedCommit] = []
            var parent = base
            var tree = baseTree
            for patch in rendered.patches {
                let edits = try patch.files.map { file throws(GitError) in
                    let mode = try repository.mode(at: file.path, inTree: tree) ?? .regular
                    let blob =
                        if let id = written[writtenCount] { id } else { try repository.writeBlob(file.bytes) }
                    writtenCount += 1
                    return TreeEdit.upsert(path: file.path, blob: blob, mode: mode)
                }
                tree = try repository.updateTree(tree, edits: edits)
                let author =
                    patch.author.map {
                        Signature(name: $0.name, email: $0.email, time: Timestamp(seconds: $0.date))
                    } ?? authors[patch.folder] ?? people.author
                let text = String(decoding: patch.message, as: UTF8.self)
                let message =
                    signOff
                    ? SignOff.add(people.committer, to: text) : SignOff.withOneNewline(text)
                parent = try repository.createCommit(
                    tree: tree,
                    parents: [parent],
                    author: author,
                    committer: people.committer,
                    message: message
                )
                commits.append(
                    GeneratedCommit(
                        id: parent,
                        tree: tree,
                        subject: String(message.prefix { $0 != "\n" }),
                        message: message,
                        author: author,
                        folder: patch.folder,
                        files: patch.files.map(\.path)
                    )
                )
            }
            return Generation(rendered: rendered, commits: commits, base: base, baseTree: baseTree)
        } catch {
            throw Failure(error)
        }
    }

    /// The facts of the base tree for a series.
    func facts(_ loaded: LoadedSeries, _ selection: Selection? = nil) throws(Failure) -> FactSet {
        do {
            return try FactSet(loaded.series, pinned: selection?.pinned ?? [:]) { path in
                try read(path, of: baseTree)
            }
        } catch {
            throw Failure(error)
        }
    }

    /// A file of a tree, as the pure modules want it.
    func read(_ path: String, of tree: ObjectID) throws(GitError) -> [UInt8]? {
        try repository.blob(at: path, inTree: tree)?.bytes
    }
}
