// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import Testing

/// What git and people do to commits, notes and records between two runs: the hand edit is kept, or the run refused.
@Suite("rebase after the history was rewritten") struct RebaseRewriteTests {
    private static let mine = "/* mine */"

    /// A hand edit of the generated text in the middle commit.
    private func edited() async throws -> RebaseWorld {
        let work = try await RebaseWorld()
        try await work.amend(1, RebaseWorld.sev) { $0 + "\(Self.mine)\n" }
        return work
    }

    private func expectKept(_ work: RebaseWorld, _ branch: String = "b") async throws {
        #expect(try await work.file(RebaseWorld.sev, at: branch).contains(Self.mine))
        #expect(try await work.git("fsck", "--strict", "--no-dangling", "--full") == "")
    }

    @Test("every commit made anew, as git filter-repo and filter-branch do")
    func filtered() async throws {
        let work = try await edited()
        try await work.git("config", "notes.rewriteRef", "refs/notes/*")
        // All commits of the branch with another committer and a trailer; the base, too.
        let script = """
            FILTER_BRANCH_SQUELCH_WARNING=1 git filter-branch -f --msg-filter 'cat; echo; echo Filtered-by: X' --env-filter \
                'GIT_COMMITTER_NAME=Other' -- b 2>&1
            """
        let filtered = try await work.world.shell("cd \"$1\" && \(script)", work.linux.string)
        try #require(filtered.status == 0, "\(filtered)")
        let tip = try await work.git("rev-parse", "b")
        let outcome = try await work.rebase("--onto", "next", "b")
        // The base is another commit now: what was generated on it is not below the branch.
        if outcome.status == 0 {
            try await expectKept(work)
        } else {
            expectRefusal(outcome, 3, "b")
            #expect(try await work.git("rev-parse", "b") == tip)
        }
        // The record rewritten with it, as filter-repo does with all references: it proves nothing any more.
        try await work.git("update-ref", "refs/kpatch-gen/b", tip)
        expectRefusal(try await work.rebase("--onto", "next", "b"), 3, "nothing says what branch 'b'")
        #expect(try await work.git("rev-parse", "b") == tip)
    }

    @Test("the patches cherry-picked to another branch, notes copied with them")
    func cherryPicked() async throws {
        let work = try await edited()
        try await work.git("config", "notes.rewriteRef", "refs/notes/*")
        try await work.git("config", "notes.rewrite.cherry-pick", "true")
        try await work.git("checkout", "-q", "-b", "picked", "main")
        try await work.git("cherry-pick", "main..b")
        // By hand, as notes.rewriteRef doesn't hold for cherry-pick.
        for depth in 0..<3 {
            try await work.git(
                "notes",
                "--ref",
                "kpatch-gen",
                "copy",
                "-f",
                "refs/kpatch-gen/b~\(depth)",
                "picked~\(depth)"
            )
        }
        try await work.git("checkout", "-q", "main")
        let tip = try await work.git("rev-parse", "picked")
        expectRefusal(
            try await work.rebase("--onto", "next", "picked"),
            3,
            "nothing says what branch 'picked'",
            "git update-ref refs/kpatch-gen/picked"
        )
        #expect(try await work.git("rev-parse", "picked") == tip)
        // With the record of what they were picked from, the edit is known.
        try await work.git("update-ref", "refs/kpatch-gen/picked", "refs/kpatch-gen/b")
        expectSuccess(try await work.rebase("--onto", "next", "picked"))
        try await expectKept(work, "picked")
    }

    @Test("a copy of the repository, by cp and by clone")
    func copied() async throws {
        let work = try await edited()
        let copy = work.world["copy"]
        try copyItem(work.linux, to: copy)
        expectSuccess(
            try await work.world.kpatchGen("rebase", "--tree", copy.string, "--onto", "next", "b")
        )
        let made = try await work.world.git("show", "b:\(RebaseWorld.sev)", in: copy)
        #expect(made.contains(Self.mine))
        // A clone brings branches alone: refused, with the fetch that helps.
        let clone = work.world["clone"]
        try await work.world.git("clone", "-q", work.linux.string, clone.string, in: work.world.root)
        for branch in ["b", "next"] {
            try await work.world.git("branch", branch, "origin/\(branch)", in: clone)
        }
        let again = ["rebase", "--tree", clone.string, "--onto", "next", "b"]
        let refused = try await work.world.kpatchGen(again)
        expectRefusal(
            refused,
            3,
            "git fetch REMOTE '+refs/kpatch-gen/b:refs/kpatch-gen/b' '+refs/notes/kpatch-gen:refs/notes/kpatch-gen'"
        )
        try await work.world.git(
            "fetch",
            "-q",
            "origin",
            "+refs/kpatch-gen/b:refs/kpatch-gen/b",
            "+refs/notes/kpatch-gen:refs/notes/kpatch-gen",
            in: clone
        )
        expectSuccess(try await work.world.kpatchGen(again))
        let fetched = try await work.world.git("show", "b:\(RebaseWorld.sev)", in: clone)
        #expect(fetched.contains(Self.mine))
    }

    @Test(
        "a clock that jumps back by ten years, and on by twenty",
        arguments: ["1400000000 +0000", "2400000000 +0000"]
    )
    func clock(_ date: String) async throws {
        let work = try await edited()
        let jumped: [String: String?] = ["GIT_COMMITTER_DATE": date, "GIT_AUTHOR_DATE": date]
        let arguments = ["rebase", "--tree", work.linux.string, "--onto"]
        expectSuccess(try await work.world.kpatchGen(arguments + ["next", "b"], environment: jumped))
        try await expectKept(work)
        expectSuccess(try await work.world.kpatchGen(arguments + ["main", "b"]))
        try await expectKept(work)
        // Generated anew at another time it is the same still.
        let apply = ["apply", "--variant", "enc-op", "--tree", work.linux.string, "--branch", "c"]
        expectSuccess(try await work.world.kpatchGen(apply))
        let later = try await work.world.kpatchGen(apply, environment: jumped)
        expectSuccess(later)
        #expect(later.output.contains("unchanged"), "\(later)")
    }

    @Test("a rebase that waits where versions before kept it")
    func nestedState() async throws {
        let work = try await RebaseWorld()
        try await work.git("branch", "-m", "b", "topic/b")
        try await work.git("update-ref", "refs/kpatch-gen/topic/b", "refs/kpatch-gen/b")
        try await work.git("update-ref", "-d", "refs/kpatch-gen/b")
        try await work.git("checkout", "-q", "next")
        try work.edit(RebaseWorld.sev) { text in
            text.replacingOccurrences(
                of: "static int sev_flush_asids(void)",
                with: "static int sev_flush_asids(int x)"
            )
        }
        try await work.git("commit", "-qam", "Clash")
        try await work.git("checkout", "-q", "topic/b")
        try work.edit(RebaseWorld.sev) { text in
            text.replacingOccurrences(
                of: "static int sev_flush_asids(void)",
                with: "static int sev_flush_asids(long mine)"
            )
        }
        try await work.git("commit", "-qam", "Mine")
        try await work.git("checkout", "-q", "main")
        let stopped = try await work.rebase("--onto", "next", "topic/b")
        try #require(stopped.status == 3, "\(stopped)")
        let folder = work.linux.appending(".git/kpatch-gen/rebase")
        let nested = folder.appending("topic/b")
        try makeFolder(folder.appending("topic"))
        try FileManager.default.moveItem(atPath: folder.appending("topic%2Fb").string, toPath: nested.string)
        // Not lost, and not begun once more on top of it.
        expectRefusal(try await work.rebase("--onto", "next", "topic/b"), 3, "waits for its conflicts")
        expectRefusal(try await work.rebase("--continue", "topic/b"), 3, "conflict markers are left")
        expectSuccess(try await work.rebase("--abort", "topic/b"))
        #expect(!FileManager.default.fileExists(atPath: folder.appending("topic%2Fb").string))
        expectRefusal(try await work.rebase("--abort", "topic/b"), 2, "no rebase of 'topic/b' is under way")
    }
}
