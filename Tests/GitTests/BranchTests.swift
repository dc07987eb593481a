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
        #expect(try repository.use(of: "main")?.folder == scratch.repository)
        #expect(try repository.use(of: "linked")?.folder == scratch.folder + "/tree")
        #expect(try repository.use(of: "free")?.folder == nil)
        let linked = try Repository.open(at: scratch.folder + "/tree")
        #expect(try linked.use(of: "main")?.folder == scratch.repository)
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
        #expect(try repository.use(of: "other")?.folder == scratch.folder + "/tree")
        #expect(try repository.use(of: "linked")?.folder == nil)
        #expect(try repository.use(of: "other")?.kind == .rebased)
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

    /// Whether we and `git branch -f` agree on who may move a branch.
    private func isHeldForGit(_ branch: String, _ scratch: Scratch) throws -> Bool {
        let status = try scratch.run(["branch", "-f", branch, branch], at: scratch.repository).status
        let held = try Repository.open(at: scratch.repository).use(of: branch) != nil
        #expect(held == (status != 0), "\(branch)")
        return status != 0
    }

    @Test func branchesThatGitHoldsAreThoseThatGitRefuses() throws {
        let scratch = try Scratch()
        let tree = scratch.folder + "/tree"
        for number in 0..<4 {
            try scratch.write("file", "\(number)\n")
            try scratch.commit("\(number)")
        }
        for name in ["bisected", "below", "above", "gone"] { try scratch.git("branch", name) }
        // Not among the commits that are rebased below.
        try scratch.git("branch", "free", "main~2")
        try scratch.git("worktree", "add", "-q", tree, "bisected")
        try scratch.git("bisect", "start", "HEAD", "HEAD~3", at: tree)
        #expect(try isHeldForGit("bisected", scratch))
        try scratch.git("bisect", "reset", at: tree)
        try scratch.git("switch", "-q", "--detach", at: tree)
        #expect(try !isHeldForGit("bisected", scratch))
        // `below` is between: --update-refs moves it, too.
        try scratch.git("switch", "-q", "above", at: tree)
        try "x".write(toFile: tree + "/other", atomically: false, encoding: .utf8)
        try scratch.git("add", "other", at: tree)
        try scratch.git("commit", "-qm", "other", at: tree)
        try scratch.git("branch", "-f", "below", "above")
        try "y".write(toFile: tree + "/other", atomically: false, encoding: .utf8)
        try scratch.git("commit", "-qam", "more", at: tree)
        let stopped = try scratch.run(
            ["-c", "sequence.editor=sed -i '$abreak'", "rebase", "-q", "-i", "--update-refs", "main~1"],
            at: tree
        )
        #expect(
            FileManager.default.fileExists(atPath: scratch.repository + "/.git/worktrees/tree/rebase-merge"),
            "\(stopped)"
        )
        #expect(try isHeldForGit("above", scratch))
        #expect(try isHeldForGit("below", scratch))
        #expect(try Repository.open(at: scratch.repository).use(of: "below")?.kind == .movedByRebase)
        #expect(try !isHeldForGit("free", scratch))
        try scratch.git("rebase", "--abort", at: tree)
        // A work tree whose folder somebody deleted.
        try scratch.git("switch", "-q", "gone", at: tree)
        try FileManager.default.removeItem(atPath: tree)
        #expect(try isHeldForGit("gone", scratch))
        let use = try Repository.open(at: scratch.repository).use(of: "gone")
        #expect(use?.isGone == true)
        #expect(use?.remedy == "git worktree prune")
        try scratch.git("worktree", "prune")
        #expect(try !isHeldForGit("gone", scratch))
        // HEAD as old gits made it.
        let head = scratch.repository + "/.git/HEAD"
        try FileManager.default.removeItem(atPath: head)
        try FileManager.default.createSymbolicLink(atPath: head, withDestinationPath: "refs/heads/main")
        #expect(try isHeldForGit("main", scratch))
    }

    @Test func namesThatAreNotUTF8AreNoReasonToStop() throws {
        let scratch = try Scratch()
        let commit = try scratch.commit()
        let refs = scratch.repository + "/.git/packed-refs"
        try Data(Array("\(commit) refs/heads/gr".utf8) + [0xfc, 0xdf] + Array("e\n".utf8))
            .write(to: URL(fileURLWithPath: refs))
        #expect(try scratch.git("branch", "--list").bytes.contains(0xfc))
        let repository = try Repository.open(at: scratch.repository)
        #expect(try repository.branchNames() == ["main"])
        #expect(try repository.move("b", from: nil, to: commit) == .done)
    }

    @Test func anAlternateThatIsGoneIsNamed() throws {
        let scratch = try Scratch()
        let commit = try scratch.commit()
        let clone = scratch.folder + "/clone"
        try scratch.git("clone", "-q", "--shared", scratch.repository, clone, at: scratch.folder)
        let repository = try Repository.open(at: clone)
        try FileManager.default.moveItem(atPath: scratch.repository, toPath: scratch.folder + "/elsewhere")
        let missing = failure { _ = try repository.commit(commit) }
        #expect(missing?.kind == .objectMissing)
        #expect(missing?.advice.contains(scratch.repository + "/.git/objects") == true)
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

/// These change the environment, which is one for all tests. Git is the judge: `git var`.
@Suite(.serialized) final class IdentityTests {
    private static let variables = [
        "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_AUTHOR_DATE", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL",
        "GIT_COMMITTER_DATE", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM",
        "GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_0", "GIT_CONFIG_VALUE_0", "GIT_CONFIG_PARAMETERS", "EMAIL",
    ]

    /// What whoever runs the tests has set, as `make check` does where git knows nobody.
    private let outside: [(String, String)]

    init() {
        outside = Self.variables.compactMap { name in getenv(name).map { (name, String(cString: $0)) } }
        for name in Self.variables { unsetenv(name) }
    }

    deinit {
        for (name, value) in outside { setenv(name, value, 1) }
    }

    private func with(_ values: [String: String], _ body: () throws -> Void) rethrows {
        for (name, value) in values { setenv(name, value, 1) }
        defer { for name in Self.variables { unsetenv(name) } }
        try body()
    }

    /// What git says in this process's environment, without the time unless that is fixed.
    private func git(_ scratch: Scratch) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["git", "-C", scratch.repository, "var", "GIT_AUTHOR_IDENT"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .newlines)
    }

    private func ours(_ scratch: Scratch) throws -> Signature {
        try Repository.open(at: scratch.repository).defaultSignature()
    }

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
    }

    @Test(arguments: [
        "@1112911993 -0330", "1112911993 +0200", "2005-04-07T22:13:13", "Thu, 07 Apr 2005 22:13:13 +0200",
        "@1 +0000", "1112911993", "2005.04.07 22:13:13 +0545", "20050407T221313",
        "yesterday", "1112911993 +9999", "1112911993 +2400", "-5 +0000", "nonsense", "@1112911993 +020",
    ])
    func datesAreReadAsGitReadsThem(_ text: String) throws {
        let scratch = try Scratch()
        try with(["GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@b", "GIT_AUTHOR_DATE": text, "TZ": "UTC"]) {
            let judged = try git(scratch)
            guard !judged.isEmpty else {
                let refused = failure { _ = try ours(scratch) }
                #expect(refused?.kind == .badDate)
                #expect(refused?.message.contains("GIT_AUTHOR_DATE") == true)
                return
            }
            let time = try ours(scratch).time
            let words = judged.split(separator: " ")
            #expect("\(time.seconds)" == words[words.count - 2])
            let zone = try #require(Int(words[words.count - 1]))
            #expect(time.offsetMinutes == zone / 100 * 60 + zone % 100)
        }
    }

    @Test func configurationIsThatOfGit() throws {
        let scratch = try Scratch()
        let other = scratch.folder + "/other.config"
        try "[user]\n\tname = Other\n\temail = other@example.org\n".write(
            toFile: other,
            atomically: false,
            encoding: .utf8
        )
        let conditional = scratch.folder + "/conditional.config"
        try """
        [user]
        \tname = First
        \temail = first@example.org
        [includeIf "hasconfig:remote.*.url:https://example.org/**"]
        \tpath = \(other)
        """.write(toFile: conditional, atomically: false, encoding: .utf8)
        try scratch.git("remote", "add", "origin", "https://example.org/linux.git")
        let environments: [[String: String]] = [
            ["GIT_CONFIG_GLOBAL": other],
            ["GIT_CONFIG_GLOBAL": conditional],
            ["GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "include.path", "GIT_CONFIG_VALUE_0": other],
            ["GIT_CONFIG_PARAMETERS": "'user.name'='Param' 'user.email'='p@example.org'"],
            ["GIT_AUTHOR_NAME": " .<Eve> 'E',", "GIT_AUTHOR_EMAIL": "<eve@example.org>"],
        ]
        for environment in environments {
            try with(environment.merging(["GIT_AUTHOR_DATE": "@5 +0000"]) { $1 }) {
                let person = try ours(scratch)
                #expect(try git(scratch) == "\(person.person) 5 +0000", "\(environment)")
            }
        }
        try scratch.git("config", "includeIf.onbranch:main.path", other)
        try with(["GIT_AUTHOR_DATE": "@5 +0000"]) {
            let (judged, person) = (try git(scratch), try ours(scratch).person)
            #expect(judged == "Other <other@example.org> 5 +0000")
            #expect(person == "Other <other@example.org>")
        }
    }
}
