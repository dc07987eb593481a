// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Git
import Testing

/// What a run leaves that is killed while it moves references, made here by hand; Tests/EndToEndTests kills real ones.
@Suite struct RecoveryTests {
    private let scratch: Scratch
    private let old: ObjectID
    private let new: ObjectID
    private var git: String { scratch.repository + "/.git/" }

    init() throws {
        scratch = try Scratch()
        old = try scratch.commit("old")
        new = try scratch.commit("new")
        let repository = try Repository.open(at: scratch.repository)
        #expect(try repository.move("b", from: nil, to: old, notes: [(old, "x\n")]) == .done)
    }

    /// The journal of a run that moves `b` from old to new, and its record.
    private func writeJournal() throws {
        try """
        kpatch-gen moves, format 1
        \(old) \(new) refs/kpatch-gen/b
        \(old) \(new) refs/heads/b

        """.write(toFile: git + "kpatch-gen/moves", atomically: false, encoding: .utf8)
    }

    private func lock(_ name: String, _ text: String = "") throws {
        try text.write(toFile: git + name + ".lock", atomically: false, encoding: .utf8)
    }

    private func locks() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: git + "refs").filter { $0.hasSuffix(".lock") }
    }

    private func recover() throws {
        try Repository.open(at: scratch.repository).recover()
    }

    @Test func aRecordWithoutItsBranchIsTakenBack() throws {
        try writeJournal()
        try scratch.git("update-ref", "refs/kpatch-gen/b", new.description)
        try recover()
        #expect(try scratch.id("refs/kpatch-gen/b") == old)
        #expect(try scratch.id("b") == old)
        #expect(!FileManager.default.fileExists(atPath: git + "kpatch-gen/moves"))
    }

    @Test func aBranchThatMovedIsDone() throws {
        try writeJournal()
        for name in ["refs/kpatch-gen/b", "refs/heads/b"] {
            try scratch.git("update-ref", name, new.description)
        }
        try recover()
        #expect(try scratch.id("refs/kpatch-gen/b") == new)
        #expect(!FileManager.default.fileExists(atPath: git + "kpatch-gen/moves"))
    }

    @Test func whatSomebodyElseMovedSinceStays() throws {
        try writeJournal()
        let third = try scratch.commit("third")
        try scratch.git("update-ref", "refs/kpatch-gen/b", third.description)
        try recover()
        #expect(try scratch.id("refs/kpatch-gen/b") == third)
    }

    @Test func locksOfTheDeadRunGo() throws {
        try writeJournal()
        try lock("refs/heads/b")
        try lock("refs/kpatch-gen/b", "\(new)\n")
        try recover()
        #expect(try locks() == [])
        #expect(
            try Repository.open(at: scratch.repository).move("b", from: old, to: new) == .done
        )
        #expect(try scratch.git("fsck", "--strict").text == "")
    }

    @Test func locksOfOthersStay() throws {
        // It was there before the journal.
        try lock("refs/heads/b")
        usleep(20_000)
        try writeJournal()
        // Somebody moves it elsewhere.
        try lock("refs/kpatch-gen/b", "\(try scratch.commit("third"))\n")
        // The run had nothing to do with it.
        try lock("refs/heads/main")
        try recover()
        #expect(try locks().sorted() == ["heads/b.lock", "heads/main.lock", "kpatch-gen/b.lock"])
    }

    @Test func aLockThatMovesIsAlive() async throws {
        try writeJournal()
        try lock("refs/heads/b")
        let path = git + "refs/heads/b.lock"
        let other = new
        async let git: Void = {
            // A git that is slow to write what it locked for.
            try await Task.sleep(for: .milliseconds(100))
            try "\(other)".write(toFile: path, atomically: false, encoding: .utf8)
        }()
        try recover()
        try await git
        #expect(try locks() == ["heads/b.lock"])
    }

    @Test func aJournalThatMakesNoSenseIsNamed() throws {
        for text in [
            "", "kpatch-gen moves, format 2\n", "kpatch-gen moves, format 1\n\(old) x\n",
            "kpatch-gen moves, format 1\n\(old) \(new) refs/../config\n",
        ] {
            try text.write(toFile: git + "kpatch-gen/moves", atomically: false, encoding: .utf8)
            let refused = failure { try recover() }
            #expect(refused?.message.contains("kpatch-gen/moves") == true, "\(text)")
        }
    }
}
