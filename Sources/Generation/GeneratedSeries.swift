// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git
import PatchSeries

/// A series as commits on top of a base.
package struct GeneratedSeries {
    package let rendered: RenderedSeries
    /// One per patch, oldest first.
    package let commits: [GeneratedCommit]
    package let base: ObjectID
    package let baseTree: ObjectID

    /// The last commit; the base if the selection has no patch.
    package var tip: ObjectID { commits.last?.id ?? base }
    package var tree: ObjectID { commits.last?.tree ?? baseTree }

    /// The commits that change something: there is nothing to mail of the others.
    package var changing: [GeneratedCommit] {
        zip(commits, [baseTree] + commits.map(\.tree)).filter { $0.tree != $1 }.map(\.0)
    }

    /// The first patches only.
    package func first(_ count: Int) -> GeneratedSeries {
        GeneratedSeries(
            rendered: rendered,
            commits: Array(commits.prefix(count)),
            base: base,
            baseTree: baseTree
        )
    }

    /// The same with the ids of commits that differ from the generated ones by their dates only.
    package func named(_ ids: [ObjectID]) -> GeneratedSeries {
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
        return GeneratedSeries(rendered: rendered, commits: commits, base: base, baseTree: baseTree)
    }
}

package struct GeneratedCommit {
    package let id: ObjectID
    package let tree: ObjectID
    package let subject: String
    package let message: String
    package let author: Signature
    package let folder: String
    package let files: [String]
}

/// Whose commits are made.
package struct People {
    package let author: Signature
    package let committer: Signature
}

extension Repository {
    /// Those whom git would name here.
    package func people() throws(GitError) -> People {
        let committer = try defaultSignature(.committer)
        return People(author: try defaultSignature(.author, at: committer.time), committer: committer)
    }
}

extension BaseCommit {
    /// Those whom git would name here, at the time of the base: for commits that are to be the same tomorrow.
    package func timelessPeople() throws(GitError) -> People {
        let time = try repository.commit(id).committer.time
        var person = try repository.people().committer
        person.time = time
        return People(author: person, committer: person)
    }

    /// Places a selection on the base and makes the commits; no reference moves.
    ///
    /// Whether objects reach the disk is up to the repository's mode.
    ///
    /// - Parameters:
    ///   - ground: another series that comes first; facts are then those of the tree with it.
    ///   - people: whose commits they are; nil for those that the repository's configuration names.
    ///   - authors: who wrote a patch, by its folder, where that is somebody else or was at another time.
    /// - Throws: `SeriesError`, `GitError`, `Failure` for a message that signs for somebody else.
    package func generate(
        _ loaded: LoadedSeries,
        _ selection: Selection,
        on ground: GeneratedSeries? = nil,
        signOff: Bool = false,
        by people: People? = nil,
        authors: [String: Signature] = [:]
    ) throws -> GeneratedSeries {
        let rendered = try render(loaded, selection, on: ground)
        let people = if let people { people } else { try repository.people() }
        // Before anything is written.
        for patch in rendered.patches {
            let template = "\(patch.folder)/message.txt"
            let file = "\(loaded.folder)/\(template)"
            let message = String(decoding: patch.message, as: UTF8.self)
            if let fault = MailFault(of: message) {
                // The template has that line as it is, unless a name or a fragment made it.
                let lines = loaded.files[template]?.split(
                    separator: UInt8(ascii: "\n"),
                    omittingEmptySubsequences: false
                )
                let number = fault.line.flatMap { line in
                    lines?.firstIndex { $0.elementsEqual(line.utf8) }
                }
                let place = number.map { "\(file):\($0 + 1)" } ?? file
                throw Failure(.user, "\(place): has \(fault.what)\n\(fault.advice)")
            }
            if patch.author == nil { try SignOff.check(message, file: file, user: people.committer) }
        }
        return try commit(rendered, on: ground, signOff: signOff, by: people, authors: authors)
    }

    private func render(_ loaded: LoadedSeries, _ selection: Selection, on ground: GeneratedSeries?) throws
        -> RenderedSeries
    {
        let groundTree = ground?.tree ?? tree
        let changed = Set(ground?.commits.flatMap(\.files) ?? [])
        let known = blobs.read(
            loaded.series.basePaths(selection).filter { !changed.contains($0) },
            of: tree,
            in: repository
        ).filter { !changed.contains($0.key) }
        // A closure, not `read: read`: the compiler (6.3.1) crashes on a method of a noncopyable value.
        do {
            return try loaded.series.render(selection, known: known) { path in
                try repository.read(path, of: groundTree)
            }
        } catch let error as SeriesError {
            throw error.advising(try repository.places(of: error.lost, in: groundTree))
        }
    }

    private func commit(
        _ rendered: RenderedSeries,
        on ground: GeneratedSeries?,
        signOff: Bool,
        by people: People,
        authors: [String: Signature]
    ) throws -> GeneratedSeries {
        // Blobs that stay in this process's memory can't be written by others.
        let written =
            repository.keepsObjectsInMemory
            ? [:] : blobs.write(rendered.patches.flatMap(\.files), to: repository)
        var writtenCount = 0
        var commits: [GeneratedCommit] = []
        let base = ground?.tip ?? id
        let baseTree = ground?.tree ?? tree
        var parent = base
        var tree = baseTree
        for patch in rendered.patches {
            var edits = try patch.removed.map { file in
                try requireFile(file.path, file.was, in: tree, patch.folder)
                return TreeEdit.remove(path: file.path)
            }
            edits += try patch.files.map { file in
                if let was = file.was { try requireFile(file.path, was, in: tree, patch.folder) }
                let mode =
                    if let mode = file.mode {
                        FileMode(mode)
                    } else {
                        try repository.mode(at: file.path, inTree: tree) ?? .regular
                    }
                let blob =
                    if let id = written[writtenCount] { id } else { try repository.writeBlob(file.bytes) }
                writtenCount += 1
                return TreeEdit.upsert(path: file.path, blob: blob, mode: mode)
            }
            let changed = try repository.updateTree(tree, edits: edits)
            guard changed != tree else {
                // Git would make the commit, and `git am` would stop at the mail.
                throw Failure(
                    .user,
                    "patch \(patch.folder) changes nothing on this tree\nsay in series.yml by its 'if' when it belongs to the series, or leave it out"
                )
            }
            tree = changed
            let author =
                patch.author.map {
                    Signature(
                        name: $0.name,
                        email: $0.email,
                        time: Timestamp(seconds: $0.date, offsetMinutes: $0.offsetMinutes)
                    )
                } ?? authors[patch.folder] ?? people.author
            let text = String(decoding: patch.message, as: UTF8.self)
            let message = signOff ? SignOff.add(people.committer, to: text) : SignOff.withOneNewline(text)
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
                    files: patch.files.map(\.path) + patch.removed.map(\.path)
                )
            )
        }
        return GeneratedSeries(rendered: rendered, commits: commits, base: base, baseTree: baseTree)
    }

    /// What is replaced or removed as a whole has no sites that would not hold if it were something else.
    private func requireFile(_ path: String, _ was: String?, in tree: ObjectID, _ folder: String) throws {
        let entry = try repository.entry(at: path, inTree: tree)
        guard entry == nil || was != nil && entry?.id.description != was else { return }
        let what =
            entry == nil ? "it is not there" : "it is another file there, \(entry?.id.abbreviated ?? "")"
        throw Failure(
            .tree,
            "patch \(folder) replaces or removes \(path) as a whole, and \(what)\nlook at what became of it, and change 'files' of the patch in series.yml"
        )
    }
}

extension FileMode {
    fileprivate init(_ mode: Series.FileRow.Mode) {
        self =
            switch mode {
            case .regular: .regular
            case .executable: .executable
            case .symlink: .symbolicLink
            }
    }
}
