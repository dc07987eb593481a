// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Git
import Testing

@Suite struct BranchTests {
    @Test func revisionsAreFoundOrExplained() throws {
        let scratch = try Scratch()
        try scratch.write("file", "x")
        let first = try scratch.commit("one")
        try scratch.git("tag", "-a", "-m", "tag", "v5.10.262")
        try scratch.git("tag", "of-a-blob", "HEAD:file")
        let second = try scratch.commit("two")
        let repository = try Repository.open(at: scratch.repository)
        #expect(try repository.commitID(of: "v5.10.262") == first)
        #expect(try repository.commitID(of: "main~1") == first)
        #expect(try repository.commitID(of: String(second.description.prefix(9))) == second)
        let typo = failure { _ = try repository.commitID(of: "v5.10.226") }
        #expect(typo?.kind == .revisionNotFound)
        #expect(typo?.advice == "did you mean 'v5.10.262'?")
        let nothing = failure { _ = try repository.commitID(of: "completely-else") }
        #expect(nothing?.advice.contains("git branch -a") == true)
        let blob = failure { _ = try repository.commitID(of: "of-a-blob") }
        #expect(blob?.kind == .revisionNotFound)
        #expect(blob?.message.contains("blob") == true)
        #expect(failure { _ = try repository.commitID(of: "a..b") }?.kind == .revisionNotFound)
        #expect(failure { _ = try repository.commitID(of: "") }?.kind == .revisionNotFound)
        #expect(try repository.tagNames() == ["of-a-blob", "v5.10.262"])
        #expect(try repository.branchNames() == ["main"])
    }

    @Test func ambiguousAbbreviationsAreReported() throws {
        let scratch = try Scratch()
        // Among some hundred objects two share their first four digits; it is the same two in every run.
        var seen: [Substring: String] = [:]
        var shared: Substring?
        for number in 0...100_000 {
            if shared != nil { break }
            let text = "\(number)\n"
            let digits = try ObjectID.ofBlob(Array(text.utf8)).description.prefix(4)
            if let other = seen[digits] {
                shared = digits
                try scratch.git("hash-object", "-w", "--stdin", input: Array(text.utf8))
                try scratch.git("hash-object", "-w", "--stdin", input: Array(other.utf8))
            }
            seen[digits] = text
        }
        let repository = try Repository.open(at: scratch.repository)
        let digits = String(try #require(shared))
        #expect(failure { _ = try repository.commitID(of: digits) }?.kind == .ambiguousRevision)
    }

    @Test func branchesMoveOnlyFromWhereTheyAreExpected() throws {
        let scratch = try Scratch()
        let first = try scratch.commit("one")
        let second = try scratch.commit("two")
        try scratch.git("checkout", "-q", "--detach")
        let repository = try Repository.open(at: scratch.repository)
        #expect(try repository.branchTarget("kpatch/a") == nil)
        #expect(try repository.move("kpatch/a", from: nil, to: first, reflog: "kpatch-gen: made") == .done)
        #expect(try repository.branchTarget("kpatch/a") == first)
        #expect(try repository.move("kpatch/a", from: nil, to: second) == .moved)
        #expect(
            try repository.move("kpatch/a", from: first, to: second, reflog: "kpatch-gen: moved") == .done
        )
        #expect(try repository.move("kpatch/a", from: first, to: first, recordFrom: second) == .moved)
        #expect(try repository.move("kpatch/a", from: second, to: first, recordFrom: first) == .moved)
        #expect(try scratch.id("kpatch/a") == second)
        #expect(try repository.move("gone", from: second, to: first) == .moved)
        try scratch.git("pack-refs", "--all")
        #expect(
            try repository.move("kpatch/a", from: second, to: first, reflog: "kpatch-gen: packed") == .done
        )
        let log = try scratch.git("reflog", "--format=%gs", "kpatch/a").text
        #expect(log == "kpatch-gen: packed\nkpatch-gen: moved\nkpatch-gen: made\n")
        #expect(try scratch.id("refs/kpatch-gen/kpatch/a") == first)
        for name in ["kpatch", "kpatch/a/b"] {
            let overlap = failure { _ = try repository.move(name, from: nil, to: first) }
            #expect(overlap?.kind == .invalidBranchName)
            #expect(overlap?.message.contains("kpatch/a") == true)
        }
        for name in ["", "-x", "a b", "a..b", "a.lock", "HEAD", "a//b"] {
            #expect(failure { _ = try repository.branchTarget(name) }?.kind == .invalidBranchName, "\(name)")
        }
        let noCommit = failure { _ = try repository.move("x", from: nil, to: try ObjectID.ofBlob([])) }
        #expect(noCommit?.kind == .objectMissing)
        try Data().write(to: URL(fileURLWithPath: scratch.repository + "/.git/refs/heads/kpatch/a.lock"))
        let locked = failure { _ = try repository.move("kpatch/a", from: first, to: second) }
        #expect(locked?.kind == .io)
        #expect(locked?.advice.contains("kpatch/a.lock") == true)
        #expect(try scratch.id("refs/kpatch-gen/kpatch/a") == first)
        #expect(try scratch.id("kpatch/a") == first)
    }

    @Test func checkedOutBranchesStay() throws {
        let scratch = try Scratch()
        try scratch.write("file", "x\n")
        let first = try scratch.commit("one")
        try scratch.write("file", "y\n")
        let second = try scratch.commit("two")
        try scratch.git("worktree", "add", "-q", "-b", "linked", scratch.folder + "/tree")
        try scratch.git("branch", "free")
        let repository = try Repository.open(at: scratch.repository)
        #expect(try repository.whereCheckedOut("main") == scratch.repository)
        #expect(try repository.whereCheckedOut("linked") == scratch.folder + "/tree")
        #expect(try repository.whereCheckedOut("free") == nil)
        let linked = try Repository.open(at: scratch.folder + "/tree")
        #expect(try linked.whereCheckedOut("main") == scratch.repository)
        let refused = failure {
            _ = try linked.move("main", from: second, to: first, recordFrom: .some(nil))
        }
        #expect(refused?.kind == .branchCheckedOut)
        #expect(refused?.message.contains(scratch.repository) == true)
        // A rebase that stopped has the branch in use, though HEAD is detached.
        try scratch.git("checkout", "-q", "-b", "other", first.description, at: scratch.folder + "/tree")
        try scratch.write("../tree/file", "z\n")
        try scratch.git("commit", "-qam", "three", at: scratch.folder + "/tree")
        let rebase = try scratch.run(["rebase", "main"], at: scratch.folder + "/tree")
        #expect(rebase.status != 0)
        #expect(try repository.whereCheckedOut("other") == scratch.folder + "/tree")
        #expect(try repository.whereCheckedOut("linked") == nil)
        // A bare repository's HEAD is no checkout.
        try scratch.git(
            "clone",
            "-q",
            "--bare",
            scratch.repository,
            scratch.folder + "/bare.git",
            at: scratch.folder
        )
        let bare = try Repository.open(at: scratch.folder + "/bare.git")
        #expect(try bare.move("main", from: second, to: first, recordFrom: .some(nil)) == .done)
        #expect(try bare.branchTarget("main") == first)
    }

    @Test func notesMoveWithTheBranch() throws {
        let scratch = try Scratch()
        let commit = try scratch.commit()
        let other = try scratch.commit()
        let repository = try Repository.open(at: scratch.repository)
        let reference = "refs/notes/kpatch-gen"
        #expect(try repository.note(on: commit, reference: reference) == nil)
        #expect(try repository.move("b", from: nil, to: commit, notes: [(commit, "series: x\n")]) == .done)
        #expect(
            try repository.move("b", from: commit, to: commit, notes: [(commit, "series: ü\n")]) == .done
        )
        #expect(try repository.note(on: commit, reference: reference) == "series: ü\n")
        #expect(
            try scratch.git("notes", "--ref=kpatch-gen", "show", commit.description).text == "series: ü\n"
        )
        // A live program's lock: waited for, then told; neither branch nor record has moved.
        let lock = scratch.repository + "/.git/\(reference).lock"
        try "".write(toFile: lock, atomically: false, encoding: .utf8)
        let locked = failure {
            _ = try repository.move("b", from: commit, to: other, notes: [(commit, "series: z\n")])
        }
        #expect(locked?.kind == .io)
        #expect(FileManager.default.fileExists(atPath: lock))
        try FileManager.default.removeItem(atPath: lock)
        #expect(try repository.note(on: commit, reference: reference) == "series: ü\n")
        #expect(try scratch.id("b") == commit)
        #expect(try scratch.id("refs/kpatch-gen/b") == commit)
        // Nothing to do leaves nothing behind.
        let before = try Scratch.snapshot(scratch.repository + "/.git/refs")
        #expect(try repository.move("b", from: commit, to: commit) == .done)
        #expect(try Scratch.snapshot(scratch.repository + "/.git/refs") == before)
    }

    @Test func recordsOfBranchesThatAreGoneMakeWay() throws {
        let scratch = try Scratch()
        let commit = try scratch.commit()
        let repository = try Repository.open(at: scratch.repository)
        #expect(try repository.move("a", from: nil, to: commit) == .done)
        #expect(try repository.names(below: "refs/kpatch-gen/") == ["a"])
        try scratch.git("pack-refs", "--all")
        try scratch.git("branch", "-D", "a")
        #expect(try repository.move("a/b", from: nil, to: commit) == .done)
        #expect(try repository.names(below: "refs/kpatch-gen/") == ["a/b"])
        try scratch.git("branch", "-D", "a/b")
        #expect(try repository.move("a", from: nil, to: commit) == .done)
        #expect(try repository.names(below: "refs/kpatch-gen/") == ["a"])
    }
}

/// Several runs of the program in one repository.
@Suite struct ParallelPublishingTests {
    @Test func notesOfSeveralWritersAreAllKept() async throws {
        let scratch = try Scratch()
        let commits = try (0..<8).map { try scratch.commit("change \($0)") }
        let path = scratch.repository
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, commit) in commits.enumerated() {
                group.addTask {
                    let repository = try Repository.open(at: path)
                    let notes = [(commit: commit, text: "\(commit)\n")]
                    #expect(try repository.move("b\(index)", from: nil, to: commit, notes: notes) == .done)
                }
            }
            try await group.waitForAll()
        }
        let repository = try Repository.open(at: path)
        for commit in commits {
            #expect(try repository.note(on: commit, reference: "refs/notes/kpatch-gen") == "\(commit)\n")
        }
    }
}

/// These change the environment, which is one for all tests.
@Suite(.serialized) struct IdentityTests {
    @Test func signaturesComeFromConfigurationAndEnvironment() throws {
        let scratch = try Scratch()
        let repository = try Repository.open(at: scratch.repository)
        let missing = failure { _ = try repository.defaultSignature() }
        #expect(missing?.kind == .missingIdentity)
        #expect(missing?.advice.contains("git config --global user.name") == true)
        try scratch.git("config", "user.name", "Ann")
        try scratch.git("config", "user.email", "ann@example.org")
        try scratch.git("config", "committer.name", "Carl")
        let time = Timestamp(seconds: 1, offsetMinutes: 2)
        #expect(
            try repository.defaultSignature(at: time)
                == Signature(name: "Ann", email: "ann@example.org", time: time)
        )
        #expect(try repository.defaultSignature(.committer, at: time).name == "Carl")
        #expect(try repository.configString("user.email") == "ann@example.org")
        #expect(try repository.configString("user.none") == nil)
        setenv("GIT_AUTHOR_NAME", "Eve", 1)
        setenv("GIT_AUTHOR_DATE", "@1112911993 -0330", 1)
        defer {
            unsetenv("GIT_AUTHOR_NAME")
            unsetenv("GIT_AUTHOR_DATE")
        }
        let eve = try repository.defaultSignature(at: time)
        #expect(eve.name == "Eve")
        #expect(eve.time == Timestamp(seconds: 1_112_911_993, offsetMinutes: -210))
        setenv("GIT_AUTHOR_DATE", "yesterday", 1)
        #expect(
            failure { _ = try repository.defaultSignature() }?.message.contains("GIT_AUTHOR_DATE") == true
        )
    }
}
