// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Git
import Testing

@Suite struct WorkFolderTests {
    let scratch: Scratch
    let trees: [ObjectID]
    var folder: String { scratch.folder + "/deep/work" }
    var state: String { scratch.folder + "/work.state" }

    /// Three trees: a file becomes a folder, a link becomes a file, and back.
    init() throws {
        scratch = try Scratch()
        var commits: [ObjectID] = []
        for path in ["keep/a", "keep/b", "change", "gone/deep/only", "swap", "run"] {
            try scratch.write(path, path)
        }
        try FileManager.default.createSymbolicLink(
            atPath: scratch.repository + "/link",
            withDestinationPath: "keep"
        )
        commits.append(try scratch.commit())
        for path in ["gone", "swap", "link"] {
            try FileManager.default.removeItem(atPath: scratch.repository + "/" + path)
        }
        try scratch.write("swap/inside", "1")
        try scratch.write("link", "a file")
        try scratch.write("run", "run", executable: true)
        try scratch.write("change", "changed")
        commits.append(try scratch.commit())
        for path in ["swap", "link"] {
            try FileManager.default.removeItem(atPath: scratch.repository + "/" + path)
        }
        try scratch.write("swap", "back")
        try FileManager.default.createSymbolicLink(
            atPath: scratch.repository + "/link",
            withDestinationPath: "run"
        )
        try scratch.write("third/file", "3")
        commits.append(try scratch.commit())
        let repository = try Repository.open(at: scratch.repository)
        trees = try commits.map { try repository.commit($0).tree }
    }

    /// The tree that git makes of the folder.
    private func treeOfFolder() throws -> ObjectID {
        // A repository of its own, so that the index of the first one stays out of it.
        let other = scratch.folder + "/judge-\(UUID().uuidString)"
        try scratch.git("init", "-q", other, at: scratch.folder)
        let objects = ["--git-dir=\(other)/.git", "--work-tree=\(folder)"]
        _ = try scratch.run(objects + ["add", "-A", "-f", "."], at: folder)
        return try #require(ObjectID(hex: try scratch.run(objects + ["write-tree"], at: folder).line))
    }

    @Test func followsEveryChange() throws {
        let repository = try Repository.open(at: scratch.repository)
        for index in [0, 1, 2, 1, 0, 2, 0] {
            let summary = try repository.materialize(tree: trees[index], into: folder, stateFile: state)
            #expect(summary.written > 0 && summary.confirmed == 0)
            #expect(try treeOfFolder() == trees[index])
        }
        #expect(!FileManager.default.fileExists(atPath: folder + "/third"))
    }

    @Test func keepsTimesAndStrangers() throws {
        let repository = try Repository.open(at: scratch.repository)
        var calls: [Int] = []
        try repository.materialize(tree: trees[0], into: folder, stateFile: state) { done, total in
            calls.append(done)
            #expect(total == 7)
        }
        #expect(calls == [7])
        let past = Date(timeIntervalSince1970: 1_000_000)
        for path in ["keep/a", "change"] {
            try FileManager.default.setAttributes(
                [.modificationDate: past],
                ofItemAtPath: folder + "/" + path
            )
        }
        try Data().write(to: URL(fileURLWithPath: folder + "/keep/a.o"))
        try Data().write(to: URL(fileURLWithPath: folder + "/gone/deep/stranger.o"))
        #expect(
            try repository.materialize(tree: trees[0], into: folder, stateFile: state) == WorkFolderSummary()
        )
        try repository.materialize(tree: trees[1], into: folder, stateFile: state)
        func time(_ path: String) throws -> Date? {
            try FileManager.default.attributesOfItem(atPath: folder + "/" + path)[.modificationDate] as? Date
        }
        #expect(try time("keep/a") == past)
        #expect(try time("change") != past)
        #expect(FileManager.default.fileExists(atPath: folder + "/keep/a.o"))
        #expect(FileManager.default.fileExists(atPath: folder + "/gone/deep/stranger.o"))
        let verified = try repository.materialize(
            tree: trees[1],
            into: folder,
            stateFile: state,
            verify: true
        )
        #expect(verified.written == 0 && verified.deleted == 2 && verified.confirmed == 6)
        #expect(try time("keep/a") == past)
        #expect(try treeOfFolder() == trees[1])
        try Data("edited".utf8).write(to: URL(fileURLWithPath: folder + "/keep/a"))
        let mended = try repository.materialize(tree: trees[1], into: folder, stateFile: state, verify: true)
        #expect(mended.written == 1)
        #expect(try treeOfFolder() == trees[1])
    }

    /// The tree was only in another process's memory: a tree that stays and the few paths that differ say enough.
    @Test(arguments: [0, 1, 2])
    func aTreeThatIsGoneCostsLittle(next: Int) throws {
        var lost: ObjectID
        do {
            var repository = try Repository.open(at: scratch.repository)
            try repository.useMemoryObjects()
            let blob = try repository.writeBlob(Array("lost".utf8))
            lost = try repository.updateTree(
                trees[0],
                edits: [
                    .upsert(path: "keep/b", blob: blob, mode: .regular),
                    .upsert(path: "new/one", blob: blob, mode: .regular),
                ]
            )
            try repository.materialize(tree: lost, into: folder, stateFile: state, reference: trees[0])
            #expect(try treeOfFolder() == lost)
        }
        let past = Date(timeIntervalSince1970: 1_000_000)
        try FileManager.default.setAttributes([.modificationDate: past], ofItemAtPath: folder + "/keep/a")
        let repository = try Repository.open(at: scratch.repository)
        let summary = try repository.materialize(
            tree: trees[next],
            into: folder,
            stateFile: state,
            reference: trees[0]
        )
        #expect(try treeOfFolder() == trees[next])
        #expect(summary.written >= 1)
        if next == 0 { #expect(summary.written == 1 && summary.deleted == 1 && summary.confirmed == 0) }
        let time = try FileManager.default.attributesOfItem(atPath: folder + "/keep/a")[.modificationDate]
        #expect(time as? Date == past)
    }

    @Test func finishesWhatWasInterrupted() throws {
        let repository = try Repository.open(at: scratch.repository)
        for (from, through, to) in [(0, 1, 2), (1, 2, 0), (2, 0, 1), (0, 1, 0), (0, 2, 2)] {
            for count in 0..<6 {
                try? FileManager.default.removeItem(atPath: folder)
                try? FileManager.default.removeItem(atPath: state)
                try repository.materialize(tree: trees[from], into: folder, stateFile: state)
                // As if killed on the way: only some paths are as the second tree has them, one is half written.
                let changes = try repository.diff(from: trees[from], to: trees[through])
                let ordered = changes.filter { $0.new == nil } + changes.filter { $0.new != nil }
                for change in ordered.prefix(count) {
                    let path = folder + "/" + change.path
                    let parent = (path as NSString).deletingLastPathComponent
                    unlink(path)
                    if change.new == nil {
                        rmdir(parent)
                    } else {
                        try FileManager.default.createDirectory(
                            atPath: parent,
                            withIntermediateDirectories: true
                        )
                        try Data([1]).write(to: URL(fileURLWithPath: path))
                    }
                }
                let text = "kpatch-gen work folder, format 1\nchanging\n\(trees[from])\n\(trees[through])\n"
                try Data(text.utf8).write(to: URL(fileURLWithPath: state))
                try repository.materialize(tree: trees[to], into: folder, stateFile: state)
                #expect(try treeOfFolder() == trees[to], "\(from) \(through) \(to) \(count)")
            }
        }
    }

    @Test(arguments: [
        "", "nonsense\n",
        "kpatch-gen work folder, format 1\nholds\n0123456789012345678901234567890123456789\n",
    ])
    func startsOverWhereNothingIsKnown(text: String) throws {
        let repository = try Repository.open(at: scratch.repository)
        try repository.materialize(tree: trees[0], into: folder, stateFile: state)
        try Data("x".utf8).write(to: URL(fileURLWithPath: folder + "/keep/stranger"))
        try Data(text.utf8).write(to: URL(fileURLWithPath: state))
        let summary = try repository.materialize(tree: trees[2], into: folder, stateFile: state)
        #expect(summary.confirmed == 2)
        #expect(try treeOfFolder() == trees[2])
        #expect(
            try repository.materialize(tree: trees[2], into: folder, stateFile: state) == WorkFolderSummary()
        )
    }

    @Test func leavesFoldersAloneThatAreNotIts() throws {
        let repository = try Repository.open(at: scratch.repository)
        let before = try Scratch.snapshot(scratch.repository)
        let error = failure {
            try repository.materialize(tree: trees[0], into: scratch.repository, stateFile: state)
        }
        #expect(error?.message.contains(scratch.repository) == true)
        #expect(try Scratch.snapshot(scratch.repository) == before)
    }

    @Test func doesNotWriteThroughLinks() throws {
        let repository = try Repository.open(at: scratch.repository)
        try repository.materialize(tree: trees[0], into: folder, stateFile: state)
        let outside = scratch.folder + "/outside"
        try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: true)
        try Data("mine".utf8).write(to: URL(fileURLWithPath: outside + "/only"))
        try FileManager.default.removeItem(atPath: folder + "/gone/deep")
        try FileManager.default.createSymbolicLink(
            atPath: folder + "/gone/deep",
            withDestinationPath: outside
        )
        try repository.materialize(tree: trees[1], into: folder, stateFile: state)
        #expect(FileManager.default.fileExists(atPath: outside + "/only"))
        try repository.materialize(tree: trees[0], into: folder, stateFile: state)
        #expect(try String(contentsOfFile: outside + "/only", encoding: .utf8) == "mine")
        #expect(try treeOfFolder() == trees[0])
    }
}
