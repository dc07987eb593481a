// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import Testing

@Suite("rebase of what can't be") struct RebaseRefusalTests {
    @Test("branches, bases and command lines")
    func refusals() async throws {
        let work = try await RebaseWorld()
        func refused(_ arguments: [String], _ status: Int32, _ words: String...) async throws {
            let before = try Snapshot(work.linux)
            let outcome = try await work.world.kpatchGen(["rebase", "--tree", work.linux.string] + arguments)
            // A lock's file stays, so that nobody waits for one that is gone.
            let changes = try Snapshot(work.linux).changes(since: before)
            #expect(changes.filter { !$0.hasPrefix(".git/kpatch-gen") } == [])
            #expect(outcome.status == status, "\(outcome)")
            for word in words { #expect(outcome.errors.contains(word), "'\(word)': \(outcome)") }
        }
        try await refused(["--onto", "v9.9"], 3, "there is no 'v9.9'", "git tag")
        try await refused(["--onto", "next", "none"], 2, "there is no branch 'none'", "generated: b")
        try await refused(
            ["--onto", "main", "next"],
            3,
            "nothing says what branch 'next' was generated from",
            "apply"
        )
        try await refused(["--continue", "--abort"], 2, "exclude each other")
        try await refused(["--continue", "--onto", "next"], 2, "takes no base")
        try await refused(["--continue"], 2, "no rebase is under way")
        try await work.git("checkout", "-q", "b")
        try await refused(
            ["--onto", "next"],
            3,
            "checked out in \(work.linux)",
            "switch --detach",
            "switch b"
        )
        try await work.git("checkout", "-q", "main")

        let empty = try await work.git(
            "commit-tree",
            "-m",
            "No kernel",
            "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
        )
        try await refused(["--onto", empty], 3, "Makefile")
        // One generated branch more: which?
        expectSuccess(
            try await work.world.kpatchGen(
                "apply",
                "--variant",
                "cap-to",
                "--tree",
                work.linux.string,
                "--branch",
                "c"
            )
        )
        try await refused(["--onto", "next"], 2, "which branch?", "b, c")
        try await work.git("checkout", "-q", "c")
        try await work.git("merge", "-q", "--no-ff", "-m", "A merge", "next")
        try await work.git("checkout", "-q", "main")
        try await refused(["--onto", "next", "c"], 3, "the merge", "git rebase -i")
        try await work.git("branch", "-f", "c", empty)
        try await refused(["--onto", "next", "c"], 3, "is not based on", "cherry-pick")
    }

    @Test("two at once")
    func twoAtOnce() async throws {
        let work = try await RebaseWorld()
        let locks = work.linux.appending(".git/kpatch-gen/locks")
        try makeFolder(locks)
        let held = try await work.world.shell(
            "flock \"$1\" \"$2\" rebase --tree \"$3\" --onto next b",
            locks.appending("b.lock").string,
            try World.program(),
            work.linux.string
        )
        expectRefusal(held, 4, "branch 'b' is in use by", "b.lock")
        // Two that begin together: one of them does it, and the other says so or has nothing left to do.
        let both = try await work.world.shell(
            "\"$1\" rebase --tree \"$2\" --onto next b & \"$1\" rebase --tree \"$2\" --onto next b; a=$?; wait $!; echo $a $?",
            try World.program(),
            work.linux.string
        )
        let statuses = Set((both.lines.last ?? "").split(separator: " "))
        #expect(statuses.contains("0") && statuses.isSubset(of: ["0", "4"]), "\(both)")
        #expect(try await work.isSound())
        #expect(try await work.git("rev-parse", "b~3") == work.git("rev-parse", "next"))
    }

    @Test("an interrupted run leaves the branch where it was or where it goes", arguments: ["INT", "KILL"])
    func interrupted(_ signal: String) async throws {
        let work = try await RebaseWorld()
        try await work.amend(1, RebaseWorld.sev) { text in
            text.replacingOccurrences(of: "\tif (params.flags ||", with: "\tif (params.flags != 0 ||")
        }
        var bases = [try await work.git("rev-parse", "next"), try await work.git("rev-parse", "main")]
        for step in 0..<12 {
            let old = try await work.git("rev-parse", "b")
            let killed = try await work.world.shell(
                "timeout -s \"$1\" \"$2\" \"$3\" rebase --tree \"$4\" --onto \"$5\" b",
                signal,
                "0.\(String(format: "%02d", 2 + step * 4))",
                try World.program(),
                work.linux.string,
                bases[0]
            )
            let tip = try await work.git("rev-parse", "b")
            if killed.status == 130 { #expect(killed.errors.contains("interrupted"), "\(killed)") }
            if tip == old {
                expectSuccess(try await work.rebase("--onto", bases[0], "b"))
            } else {
                expectSuccess(try await work.rebase("b"))
            }
            #expect(try await work.isSound())
            #expect(try await work.git("rev-parse", "b~3") == bases[0])
            #expect(try await work.file(RebaseWorld.sev).contains("params.flags != 0"))
            #expect(try await work.git("rev-list", "--count", "\(bases[0])..refs/kpatch-gen/b") == "3")
            bases.swapAt(0, 1)
        }
    }

    @Test("killed between the moves of the references")
    func halfPublished() async throws {
        let work = try await RebaseWorld()
        let old = try await work.git("rev-parse", "b")
        expectSuccess(try await work.rebase("--onto", "next"))
        let new = try await work.git("rev-parse", "b")
        // The record moved, the branch did not: whoever comes next takes that back, be it only to read.
        try await work.git("update-ref", "refs/heads/b", old)
        try write(
            """
            kpatch-gen moves, format 1
            \(old) \(new) refs/kpatch-gen/b
            \(old) \(new) refs/heads/b

            """,
            to: work.linux.appending(".git/kpatch-gen/moves")
        )
        try write("\(new)\n", to: work.linux.appending(".git/refs/heads/b.lock"))
        expectSuccess(try await work.world.kpatchGen("facts", "--tree", work.linux.string))
        #expect(try await work.git("rev-parse", "refs/kpatch-gen/b") == old)
        expectSuccess(try await work.rebase("--onto", "next"))
        #expect(try await work.git("rev-parse", "refs/kpatch-gen/b") == work.git("rev-parse", "b"))
        #expect(try await work.isSound())
    }

    @Test("a branch without its record, as a fetch brings it: by its notes, or not at all")
    func notesOnly() async throws {
        let work = try await RebaseWorld()
        try await work.git("update-ref", "-d", "refs/kpatch-gen/b")
        try await work.onBranch {
            try work.edit("Makefile") { $0 + "# mine\n" }
            try await work.git("commit", "-qam", "Mine")
        }
        expectSuccess(try await work.rebase("--onto", "next", "b"))
        #expect(try await work.subjects("next..b").count == 4)
        #expect(try await work.git("rev-parse", "refs/kpatch-gen/b") == work.git("rev-parse", "b~1"))
        // With a generated commit changed by hand nobody knows how it was.
        try await work.git("update-ref", "-d", "refs/kpatch-gen/b")
        try await work.git("checkout", "-q", "b")
        try await work.git("reset", "-q", "--hard", "b~1")
        try work.edit("tools/testing/selftests/kvm/.gitignore") { $0 + "/mine\n" }
        try await work.git("commit", "-qa", "--amend", "--no-edit")
        try await work.git("checkout", "-q", "main")
        expectRefusal(
            try await work.rebase("--onto", "main", "b"),
            3,
            "nothing says what branch 'b' was generated from",
            "git update-ref refs/kpatch-gen/b"
        )
    }

    @Test("notes that git copied to an amended commit, on a branch that was renamed")
    func copiedNotes() async throws {
        let work = try await RebaseWorld()
        try await work.git("config", "notes.rewriteRef", "refs/notes/*")
        try await work.onBranch {
            try work.edit(RebaseWorld.sev) { $0 + "/* mine */\n" }
            try await work.git("commit", "-qa", "--amend", "--no-edit")
            // Git did copy the note: that is what lies.
            #expect(
                try await work.git("notes", "--ref", "kpatch-gen", "show", "HEAD")
                    == work.git("notes", "--ref", "kpatch-gen", "show", "refs/kpatch-gen/b")
            )
            try await work.git("branch", "-m", "b", "v2")
        }
        let tip = try await work.git("rev-parse", "v2")
        let refused = try await work.rebase("--onto", "next", "v2")
        expectRefusal(refused, 3, "git update-ref refs/kpatch-gen/v2 refs/kpatch-gen/b", "git fetch REMOTE")
        #expect(try await work.git("rev-parse", "v2") == tip)
        // What it says is what helps.
        try await work.git("update-ref", "refs/kpatch-gen/v2", "refs/kpatch-gen/b")
        expectSuccess(try await work.rebase("--onto", "next", "v2"))
        #expect(try await work.file(RebaseWorld.sev, at: "v2").contains("/* mine */"))
    }

    @Test("a record that came without its notes, and one of other commits")
    func lyingRecords() async throws {
        let work = try await RebaseWorld()
        let record = try await work.git("rev-parse", "refs/kpatch-gen/b")
        let notes = try await work.git("rev-parse", "refs/notes/kpatch-gen")
        // The fetch of a part.
        try await work.git("update-ref", "-d", "refs/notes/kpatch-gen")
        expectRefusal(
            try await work.rebase("--onto", "next", "b"),
            3,
            "refs/notes/kpatch-gen) on the commits up to refs/kpatch-gen/b",
            "git fetch REMOTE"
        )
        try await work.git("update-ref", "refs/notes/kpatch-gen", notes)
        // Part of the series only, and commits that were made by git.
        for lie in ["\(record)~1", "main"] {
            try await work.git("update-ref", "refs/kpatch-gen/b", lie)
            expectRefusal(try await work.rebase("--onto", "next", "b"), 3, "nothing says what branch 'b'")
        }
        // The same commits with other dates are what was generated.
        try await work.git("update-ref", "refs/kpatch-gen/b", record)
        try await work.onBranch {
            try await work.git("config", "notes.rewriteRef", "refs/notes/*")
            try await work.git("rebase", "-q", "--force-rebase", "main")
        }
        try await work.git("update-ref", "refs/kpatch-gen/b", "b")
        expectSuccess(try await work.rebase("--onto", "next", "b"))
        #expect(try await work.isSound())
    }

    @Test("range-diff knows a branch whose first patch was edited by hand and that was rebased")
    func rangeDiffAfterwards() async throws {
        let work = try await RebaseWorld()
        try await work.amend(2, "Makefile") { $0 + "# mine\n" }
        expectSuccess(try await work.rebase("--onto", "next", "b"))
        expectSuccess(
            try await work.world.kpatchGen(
                "range-diff",
                "enc-op",
                "b",
                "--tree",
                work.linux.string,
                "--base",
                "next"
            )
        )
    }
}
