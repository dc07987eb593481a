// SPDX-License-Identifier: GPL-2.0-only

import Generation
import Git
import Testing

/// What a person does to generated commits; the language is that of `RebaseCase`.
struct HandEdits {
    private struct Row {
        var message: String
        var tree: ObjectID
    }

    private var rows: [Row]

    init(_ commits: [Commit]) {
        rows = commits.map { Row(message: $0.message, tree: $0.tree) }
    }

    mutating func apply(_ line: String, old: Commit, in repository: borrowing Repository) throws {
        let parts = line.split(separator: ": ", maxSplits: 1).map(String.init)
        let words = parts[0].split(separator: " ").map(String.init)
        let index = try #require(words.count > 1 ? Int(words[1]) : nil, "\(line)") - 1
        switch words[0] {
        case "amend":
            for later in rows.indices.dropFirst(index) {
                rows[later].tree = try changed(rows[later].tree, words[2], parts[1], repository)
            }
        case "own":
            var tree = rows[index].tree
            let path = try #require(words.last)
            let subject = words.dropFirst(2).dropLast().joined(separator: " ")
            tree = try changed(tree, path, parts[1], repository)
            for later in rows.indices.dropFirst(index + 1) {
                rows[later].tree = try changed(rows[later].tree, path, parts[1], repository)
            }
            rows.insert(Row(message: "\(subject)\n", tree: tree), at: index + 1)
        case "message":
            let rest = rows[index].message.drop { $0 != "\n" }
            rows[index].message = parts[1] + rest
        case "mode":
            try edit(from: index, words[2], repository) { (blob: $0, mode: .executable) }
        case "delete":
            try edit(from: index, words[2], repository) { _ in nil }
        case "binary":
            let blob = try repository.writeBlob([0, 1, 2])
            try edit(from: index, words[2], repository) { _ in (blob, .regular) }
        case "link":
            let blob = try repository.writeBlob(Array("elsewhere".utf8))
            try edit(from: index, words[2], repository) { _ in (blob, .symbolicLink) }
        case "squash":
            let other = try #require(Int(words[2])) - 1
            rows[index].tree = rows[other].tree
            rows.remove(at: other)
        case "drop":
            let before = index == 0 ? old.tree : rows[index - 1].tree
            for change in try repository.diff(from: before, to: rows[index].tree) {
                let had = change.old.map { (blob: $0.id, mode: $0.mode) }
                try edit(from: index + 1, change.path, repository) { _ in had }
            }
            rows.remove(at: index)
        default: Issue.record("\(line)")
        }
    }

    private mutating func edit(
        from index: Int,
        _ path: String,
        _ repository: borrowing Repository,
        _ body: (ObjectID) -> (blob: ObjectID, mode: FileMode)?
    ) throws {
        for later in rows.indices.dropFirst(index) {
            guard let entry = try repository.entry(at: path, inTree: rows[later].tree) else { continue }
            let new = body(entry.id)
            let change: TreeEdit =
                new.map { .upsert(path: path, blob: $0.blob, mode: $0.mode) } ?? .remove(path: path)
            rows[later].tree = try repository.updateTree(rows[later].tree, edits: [change])
        }
    }

    private func changed(
        _ tree: ObjectID,
        _ path: String,
        _ rule: String,
        _ repository: borrowing Repository
    ) throws -> ObjectID {
        let sides = rule.split(separator: " => ", omittingEmptySubsequences: false).map {
            $0.replacing("\\n", with: "\n").replacing("\\t", with: "\t")
        }
        try #require(sides.count == 2, "\(rule)")
        guard let blob = try repository.blob(at: path, inTree: tree) else {
            // A file of one's own.
            let id = try repository.writeBlob(Array(sides[1].utf8))
            return try repository.updateTree(tree, edits: [.upsert(path: path, blob: id, mode: .regular)])
        }
        let text = String(decoding: blob.bytes, as: UTF8.self)
        try #require(text.contains(sides[0]), "\(path) has no '\(sides[0])'")
        let id = try repository.writeBlob(Array(text.replacing(sides[0], with: sides[1]).utf8))
        return try repository.updateTree(tree, edits: [.upsert(path: path, blob: id, mode: .regular)])
    }

    func commits(on base: Commit, by people: People, in repository: borrowing Repository) throws -> [Commit] {
        var commits: [Commit] = []
        for row in rows {
            let id = try repository.createCommit(
                tree: row.tree,
                parents: [commits.last?.id ?? base.id],
                author: people.author,
                committer: people.committer,
                message: row.message
            )
            commits.append(try repository.commit(id))
        }
        return commits
    }
}
