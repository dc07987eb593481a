// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import Testing

@Suite("rebase that stops") struct RebaseConflictTests {
    /// A branch whose hand edits meet the same lines on `next`.
    private func conflicting() async throws -> RebaseWorld {
        let work = try await RebaseWorld()
        // In a line that holds a number of the tree, and in the kernel's own text that `next` changes, too.
        try await work.amend(1, RebaseWorld.header) { text in
            text.replacingOccurrences(
                of: "KVM_SEV_SHARE_ASID = 21,",
                with: "KVM_SEV_SHARE_ASID = 21, /* mine */"
            )
        }
        try await work.onBranch {
            try work.edit(RebaseWorld.sev) { text in
                text.replacingOccurrences(
                    of: "\tstruct kvm_sev_cmd sev_cmd;\n",
                    with: "\tstruct kvm_sev_cmd sev_cmd; /* mine */\n"
                )
            }
            try await work.git("commit", "-qam", "Mine")
        }
        return work
    }

    private func folder(_ work: RebaseWorld, _ stop: Int) -> FilePath {
        work.linux.appending(".git/kpatch-gen/rebase/b/\(stop)")
    }

    /// Takes what is between `<<<<<<<` and `|||||||` of a file, changed.
    private func mend(_ file: FilePath, _ change: (String) -> String) throws {
        var lines: [Substring] = []
        var isOurs = true
        for line in try read(file).split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("<<<<<<< ") { continue }
            if line.hasPrefix("||||||| ") { isOurs = false }
            if isOurs { lines.append(line) }
            if line.hasPrefix(">>>>>>> ") { isOurs = true }
        }
        try write(change(lines.joined(separator: "\n")), to: file)
    }

    @Test("twice, is resolved and goes on")
    func goesOn() async throws {
        let work = try await conflicting()
        let old = try await work.git("rev-parse", "b")
        let record = try await work.git("rev-parse", "refs/kpatch-gen/b")

        let first = try await work.rebase("--onto", "next")
        #expect(first.status == 3, "\(first)")
        #expect(
            first.lines.contains { $0.contains(" clean ") }
                && first.lines.contains { $0.contains(" conflict ") }
        )
        let header = folder(work, 1).appending(RebaseWorld.header)
        for words in [
            "conflict: \(header):", "generated  \(RebaseWorld.header):", "by hand    \(RebaseWorld.header):",
            "in enum sev_cmd_id, before 'KVM_SEV_NR_MAX'", "0004-share-sev-context/\(RebaseWorld.header):",
            "decided by ", "review points ",
        ] {
            #expect(first.output.contains(words), "'\(words)': \(first)")
        }
        for words in ["branch 'b' is as it was", header.string, "--continue b", "--abort b"] {
            #expect(first.errors.contains(words), "'\(words)': \(first)")
        }
        #expect(try await work.git("rev-parse", "b") == old)
        #expect(try await work.git("rev-parse", "refs/kpatch-gen/b") == record)

        expectRefusal(
            try await work.rebase("--onto", "next"),
            3,
            "waits for its conflicts",
            "--continue b",
            "--abort b"
        )
        let left = try await work.rebase("--continue")
        expectRefusal(left, 3, "conflict markers are left", "\(header):")

        try mend(header) {
            $0.replacingOccurrences(
                of: "KVM_SEV_SHARE_ASID = 22,",
                with: "KVM_SEV_SHARE_ASID = 22, /* mine */"
            )
        }
        let second = try await work.rebase("--continue", "--format", "json")
        #expect(second.status == 3, "\(second)")
        let json = try second.json()
        #expect(json.string("outcome") == "conflict")
        #expect(
            json.objects("patches").map { $0.string("result") } == ["clean", "changed", "clean", "conflict"]
        )
        let sev = folder(work, 2).appending(RebaseWorld.sev)
        #expect(json.objects("conflicts").map { $0.string("file") } == [sev.string])
        #expect(json.objects("conflicts").first?.string("anchor") == nil)
        try mend(sev) {
            $0.replacingOccurrences(
                of: "struct kvm_sev_cmd sev_cmd;\n",
                with: "struct kvm_sev_cmd sev_cmd; /* mine */\n"
            )
        }

        // From another folder than it began in.
        let third = try await work.world.shell(
            "cd \"$1\" && exec \"$2\" rebase --tree . --continue b",
            work.linux.string,
            try World.program()
        )
        expectSuccess(third)
        #expect(try await work.isSound())
        #expect(try await work.file(RebaseWorld.header).contains("KVM_SEV_SHARE_ASID = 22, /* mine */"))
        let text = try await work.file(RebaseWorld.sev)
        #expect(text.contains("struct kvm_sev_cmd sev_cmd; /* mine */\n\tint drifted;\n"))
        #expect(try await work.subjects("next..b").last == "Mine")
        expectRefusal(try await work.rebase("--continue"), 2, "no rebase is under way")
    }

    @Test("a commit that is settled away is told, and a file that had no conflict is refused")
    func settledAway() async throws {
        let work = try await conflicting()
        #expect(try await work.rebase("--onto", "next").status == 3)
        try mend(folder(work, 1).appending(RebaseWorld.header)) { $0 }
        let strange = folder(work, 1).appending("include/uapi/linux/strange.h")
        try write("/* mine */\n", to: strange)
        expectRefusal(try await work.rebase("--continue"), 3, "there was no conflict in", strange.string)
        #expect(try read(strange) == "/* mine */\n")

        try FileManager.default.removeItem(atPath: strange.string)
        #expect(try await work.rebase("--continue").status == 3)
        try mend(folder(work, 2).appending(RebaseWorld.sev)) { $0 }
        let outcome = try await work.rebase("--continue")
        expectSuccess(outcome)
        #expect(outcome.lines.contains { $0.contains(" nothing left ") && $0.contains("Mine") }, "\(outcome)")
        #expect(!outcome.output.contains("already merged"))
        #expect(try await work.subjects("next..b").last != "Mine")
    }

    @Test("is thrown away, and the branch is as it was")
    func thrownAway() async throws {
        let work = try await conflicting()
        let refs = try await work.git("for-each-ref")
        #expect(try await work.rebase("--onto", "next").status == 3)
        let outcome = try await work.rebase("--abort")
        expectSuccess(outcome)
        #expect(outcome.output.contains("the branch is as it was"))
        #expect(try await work.git("for-each-ref") == refs)
        #expect(try await work.isSound())
        expectRefusal(try await work.rebase("--abort"), 2, "no rebase is under way")
        expectRefusal(try await work.rebase("--abort", "b"), 2, "no rebase of 'b' is under way")
    }

    @Test("a dry run tells of conflicts and leaves nothing")
    func dryRun() async throws {
        let work = try await conflicting()
        let outcome = try await unchanged(work.linux) { try await work.rebase("--onto", "next", "--dry-run") }
        #expect(outcome.status == 3, "\(outcome)")
        #expect(
            outcome.output.contains("conflict: \(RebaseWorld.header):") && outcome.errors.contains("dry run")
        )
    }

    @Test("and finds something else when it goes on")
    func changedMeanwhile() async throws {
        let work = try await conflicting()
        #expect(try await work.rebase("--onto", "next").status == 3)
        let file = folder(work, 1).appending(RebaseWorld.header)
        try mend(file) { $0 }
        try await work.git("branch", "-f", "b", "b~1")
        expectRefusal(try await work.rebase("--continue"), 3, "moved from", "--abort b")
        try await work.git("branch", "-f", "b", "b@{1}")
        try write("what is this\n", to: work.linux.appending(".git/kpatch-gen/rebase/b/state"))
        expectRefusal(try await work.rebase("--continue"), 3, "can't be read", "--abort")
        expectSuccess(try await work.rebase("--abort"))
    }

    @Test("a message, a file that is gone, a file that is no text")
    func otherConflicts() async throws {
        let work = try await RebaseWorld()
        try await work.onBranch {
            try await work.git("commit", "-q", "--allow-empty", "-m", "Empty on purpose")
            try work.edit("Makefile") { $0 + "# mine\n" }
            try await work.git("commit", "-qam", "Mine")
        }
        try await work.git("checkout", "-q", "next")
        try await work.git("rm", "-q", "Makefile.none", "--ignore-unmatch")
        try work.edit("Makefile") { _ in "VERSION = 5\nPATCHLEVEL = 10\nSUBLEVEL = 1\n\u{0}\n" }
        try await work.git("commit", "-qam", "Binary")
        try await work.git("checkout", "-q", "main")
        let outcome = try await work.rebase("--onto", "next")
        #expect(outcome.status == 3, "\(outcome)")
        #expect(outcome.output.contains("no text"), "\(outcome)")
        try write("VERSION = 6\n", to: folder(work, 1).appending("Makefile"))
        expectSuccess(try await work.rebase("--continue"))
        #expect(try await work.file("Makefile") == "VERSION = 6\n")
        #expect(try await work.subjects("next..b").contains("Empty on purpose"))
    }

    @Test("hand edits that the new base has already")
    func alreadyThere() async throws {
        let work = try await RebaseWorld()
        try await work.onBranch {
            try work.edit("Makefile") { $0 + "# the same\n" }
            try await work.git("commit", "-qam", "The same")
        }
        try await work.git("checkout", "-q", "next")
        try work.edit("Makefile") { $0 + "# the same\n" }
        try await work.git("commit", "-qam", "Somebody else's")
        try await work.git("checkout", "-q", "main")
        let outcome = try await work.rebase("--onto", "next")
        expectSuccess(outcome)
        #expect(
            outcome.lines.contains { $0.contains(" already merged ") && $0.contains("The same") },
            "\(outcome)"
        )
        #expect(try await work.subjects("next..b").count == 3)
    }
}
