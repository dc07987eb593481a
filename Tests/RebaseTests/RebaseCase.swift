// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import Git
import PatchSeries
import SystemPackage
import TestSupport
import Testing

@testable import Generation
@testable import Rebase

/// A rebase without a process, a branch or a kernel tree: objects in, objects and conflicts out.
///
/// Files of a case, on top of those of Fixtures/common.txtar: `series/PATH`, of the series; `tree/PATH`, of both bases,
/// `old/PATH` and `new/PATH`, of one of them; `templates/PATH`, of the series as it is at the time of the rebase;
/// `resolve/PATH`, what a person makes of a conflict. One that is named `remove …` is not there.
///
/// `branch` says what a person did to the generated commits, in order:
///
///     amend N PATH: OLD => NEW    in commit N and those behind it (\n for a newline)
///     message N: TEXT             instead of its subject
///     mode N PATH                 makes a file executable
///     delete N PATH, binary N PATH, link N PATH
///     own N SUBJECT PATH: OLD => NEW    a commit of one's own behind commit N
///     drop N                      of a patch whose files no other one touches
///     squash N M                  M goes into N
struct RebaseCase {
    let archive: Archive
    let url: URL
    private var files: [String: [String: [UInt8]]] = [:]

    init(_ url: URL, common: URL) throws {
        self.url = url
        archive = try Archive(url)
        for (name, text) in try Archive(common).sections + archive.sections {
            let isRemoved = name.hasPrefix("remove ")
            let words = name.replacing("remove ", with: "").split(separator: "/", maxSplits: 1).map(
                String.init
            )
            guard words.count == 2 else { continue }
            let bytes = isRemoved ? nil : Array(text.utf8)
            switch words[0] {
            case "tree": for side in ["old", "new"] { files[side, default: [:]][words[1]] = bytes }
            case "series":
                for side in ["series", "templates"] { files[side, default: [:]][words[1]] = bytes }
            default: files[words[0], default: [:]][words[1]] = bytes
            }
        }
    }

    private static let people = People(
        author: Signature(name: "Ann", email: "ann@example.org", time: Timestamp(seconds: 1_000_000_000)),
        committer: Signature(name: "Ann", email: "ann@example.org", time: Timestamp(seconds: 1_000_000_000))
    )

    /// What comes of it, for the section `expected`.
    func result() throws -> String {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("rebase-case-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("r.git").path
        _ = try Repository.createBare(at: path)
        let before = try series("series", below: folder)
        let now = try series("templates", below: folder)
        let branch = try branch(before, in: try Repository.open(at: path))

        let repository = try Repository.open(at: path)
        let new = try repository.commit(try commit(files["new"] ?? [:], in: repository))
        let base = BaseCommit(repository, new, displayName: "new")
        let start = RebaseStart(branch: "b", onto: new.id, name: "new")
        let selection = try Selection(variant: "plain", settings: try settings("now"), of: now.series)
        var resolutions: Resolutions = [:]
        var text = ""
        for round in 0..<3 {
            let plan = try base.plan(branch, now, selection, start, resolutions, by: Self.people)
            if round > 0 { text += "then:\n" }
            text += try describe(plan, in: base.repository)
            guard !plan.run.conflicts.isEmpty, let settled = files["resolve"] else { break }
            for conflict in plan.run.conflicts { resolutions[conflict.key] = .some(settled[conflict.path]) }
        }
        return text
    }

    private func settings(_ name: String) throws -> [Setting] {
        try (archive["set \(name)"] ?? "").split(separator: "\n").map { try Setting(parsing: String($0)) }
    }

    private func series(_ side: String, below folder: URL) throws -> LoadedSeries {
        let root = folder.appendingPathComponent("\(side)/small")
        for (path, bytes) in files[side] ?? [:] {
            let file = root.appendingPathComponent(path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(bytes).write(to: file)
        }
        let project = ProjectFiles(root: FilePath(folder.path))
        return try LoadedSeries(SeriesFiles(root.path, of: project))
    }

    private func commit(_ files: [String: [UInt8]], in repository: borrowing Repository) throws -> ObjectID {
        var edits: [TreeEdit] = []
        for (path, bytes) in files.sorted(by: { $0.key < $1.key }) {
            edits.append(.upsert(path: path, blob: try repository.writeBlob(bytes), mode: .regular))
        }
        return try repository.createCommit(
            tree: try repository.updateTree(try repository.emptyTree(), edits: edits),
            parents: [],
            author: Self.people.author,
            committer: Self.people.committer,
            message: "Base\n"
        )
    }

    /// The branch as generated, and as a person left it.
    private func branch(_ loaded: LoadedSeries, in repository: consuming Repository) throws -> GeneratedBranch
    {
        let old = try repository.commit(try commit(files["old"] ?? [:], in: repository))
        let base = BaseCommit(repository, old, displayName: "old")
        let selection = try Selection(variant: "plain", settings: try settings("before"), of: loaded.series)
        let generation = try base.generate(loaded, selection, by: Self.people)
        let patches = try Origin(loaded, selection, generation).notes(generation).map { note in
            GeneratedBranch.Patch(
                commit: try base.repository.commit(note.commit),
                origin: try #require(Origin(note: note.text))
            )
        }
        var hand = HandEdits(patches.map(\.commit))
        for line in (archive["branch"] ?? "").split(separator: "\n") {
            try hand.apply(String(line), old: old, in: base.repository)
        }
        let commits = try hand.commits(on: old, by: Self.people, in: base.repository)
        let last = try #require(patches.last)
        return GeneratedBranch(
            name: "b",
            tip: commits.last?.id ?? old.id,
            generatedTip: last.commit.id,
            isRecorded: true,
            base: old,
            patches: patches,
            commits: commits,
            origin: last.origin
        )
    }

    private func describe(_ plan: RebasePlan, in repository: borrowing Repository) throws -> String {
        var lines: [String] = []
        for patch in plan.run.patches {
            let carried = patch.carried.isEmpty ? "" : " (\(patch.carried.joined(separator: ", ")))"
            let squashed = patch.squashed.isEmpty ? "" : " with \(patch.squashed.joined(separator: ", "))"
            lines.append("\(patch.result.rawValue): \(patch.subject)\(carried)\(squashed)")
        }
        for conflict in plan.run.conflicts {
            lines.append("conflict in \(conflict.path), \(conflict.kind):")
            lines += quoted(conflict.file.marked(conflict.labels.withoutIDs))
        }
        for detail in plan.details {
            let theirs = detail.theirs.map { "\($0.path):\($0.line)" } ?? "-"
            lines.append(
                "place: marker \(detail.line), generated \(detail.ours.map(String.init) ?? "-"), by hand \(theirs), site \(detail.anchor ?? "-"), options \(detail.options.joined(separator: " "))"
            )
            lines.append("because: \(detail.reason)")
        }
        guard plan.run.conflicts.isEmpty else { return lines.map { $0 + "\n" }.joined() }
        var parent = plan.sides.generation.baseTree
        for commit in plan.run.commits {
            let paths = try repository.diff(from: parent, to: commit.tree).map(\.path)
            let message = commit.message.split(separator: "\n").joined(separator: " / ")
            lines.append("commit: \(message): \(paths.joined(separator: ", "))")
            parent = commit.tree
        }
        for change in try repository.diff(from: plan.sides.generation.baseTree, to: parent) {
            guard let new = change.new else {
                lines.append("\(change.path): deleted")
                continue
            }
            lines.append("\(change.path)\(new.mode == .regular ? "" : " \(new.mode)"):")
            lines += try quoted(repository.bytes(of: new.id, path: change.path))
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private func quoted(_ bytes: [UInt8]) -> [String] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            .dropLast().map { "| \($0)" }
    }
}

extension MergeLabels {
    /// Commit ids hold the moment that the test runs.
    fileprivate var withoutIDs: MergeLabels {
        MergeLabels(
            ancestor: "as generated",
            ours: ours,
            theirs: theirs.split(separator: " ").dropFirst().joined(separator: " ")
        )
    }
}
