// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import SystemPackage
import Testing

@Suite("apply") struct ApplyTests {
    @Test("makes the branch and touches nothing else", arguments: Variant.all)
    func makesBranch(_ variant: Variant) async throws {
        let world = try World()
        let linux = try await world.kernel()
        let base = try await world.git("rev-parse", "main", in: linux)
        let before = try Snapshot(linux)

        let outcome = try await world.kpatchGen("apply", "--variant", variant.name, "--tree", linux.string)

        expectSuccess(outcome)
        let branch = "kpatch/\(variant.name)"
        let changes = try Snapshot(linux).changes(since: before)
        let allowed = [
            ".git/objects", ".git/refs/heads/kpatch", ".git/refs/kpatch-gen", ".git/refs/notes",
            ".git/logs/refs/heads/kpatch",
            ".git/logs/refs/notes", ".git/logs/refs", ".git/kpatch-gen",
        ]
        #expect(changes.filter { path in !allowed.contains { path == $0 || path.hasPrefix($0 + "/") } } == [])
        #expect(try await world.git("status", "--porcelain", in: linux) == "")
        #expect(try await world.git("symbolic-ref", "HEAD", in: linux) == "refs/heads/main")
        #expect(try await world.git("fsck", "--strict", "--no-dangling", "--full", in: linux) == "")
        #expect(
            try await world.git("rev-list", "--count", "main..\(branch)", in: linux) == "\(variant.patches)"
        )
        #expect(try await world.git("rev-parse", "\(branch)~\(variant.patches)", in: linux) == base)
        #expect(try await world.git("rev-list", "--count", "--merges", branch, in: linux) == "0")
        #expect(
            try await world.git("log", "-1", "--format=%cn <%ce> %cd", "--date=raw", branch, in: linux)
                == "\(World.committer) \(World.committerDate)"
        )
        #expect(outcome.output.contains("\(branch): created"))
        let tip = try await world.git("rev-parse", "--short=12", branch, in: linux)
        #expect(outcome.output.contains(tip), "\(outcome)")
    }

    @Test("leaves a note that says what each commit was generated from", arguments: Variant.all)
    func leavesNotes(_ variant: Variant) async throws {
        let world = try World()
        let linux = try await world.kernel()
        expectSuccess(
            try await world.kpatchGen(
                "apply",
                "--variant",
                variant.name,
                "--tree",
                linux.string,
                "--branch",
                "b",
                "--set",
                "command-id=42"
            )
        )
        for depth in 0..<variant.patches {
            let note = try await world.git("notes", "--ref", "kpatch-gen", "show", "b~\(depth)", in: linux)
            for line in [
                "series: kvm-sev-mirror", "variant: \(variant.name)", "option: api=", "pinned: command-id=42",
                "templates: ", "tool: kpatch-gen ",
            ] {
                #expect(note.contains(line))
            }
        }
        let count = try await world.git("notes", "--ref", "kpatch-gen", "list", in: linux).split(
            separator: "\n"
        ).count
        #expect(count == variant.patches)
    }

    @Test("rfc-v1 has the message, author and date of the mail")
    func asPosted() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let mail = FilePath(#filePath).removingLastComponent().removingLastComponent().appending(
            "PatchSeriesTests/Fixtures/rfc-v1.patch"
        )
        // git's own reading of the mail is the judge.
        let info = try await world.shell(
            "git mailinfo \"$2\" \"$3\" < \"$1\"",
            mail.string,
            world["body"].string,
            world["patch"].string
        )
        try #require(info.status == 0, "\(info)")

        expectSuccess(
            try await world.kpatchGen("apply", "--variant", "rfc-v1", "--tree", linux.string, "--branch", "b")
        )

        let head = try await world.git(
            "log",
            "-1",
            "--format=Author: %an%nEmail: %ae%nSubject: %s%nDate: %aD",
            "b",
            in: linux
        )
        #expect(head == info.output.trimmingCharacters(in: .newlines))
        #expect(
            try await world.git("log", "-1", "--format=%b", "b", in: linux)
                == (try read(world["body"])).trimmingCharacters(in: .newlines)
        )
    }

    @Test("the user is the author of what is not as posted", arguments: ["cap-to", "cap-from", "enc-op"])
    func ownAuthor(_ variant: String) async throws {
        let world = try World()
        let linux = try await world.kernel()
        expectSuccess(
            try await world.kpatchGen(
                "apply",
                "--variant",
                variant,
                "--tree",
                linux.string,
                "--branch",
                "b",
                "--signoff"
            )
        )
        #expect(
            try await world.git("log", "-1", "--format=%an <%ae> %ad", "--date=raw", "b", in: linux)
                == "\(World.author) \(World.authorDate)"
        )
        let trailers = try await world.git(
            "log",
            "-1",
            "--format=%(trailers:key=Signed-off-by,valueonly)",
            "b",
            in: linux
        )
        #expect(trailers == World.committer)
    }

    @Test("a second run finds that nothing changed", arguments: Variant.all)
    func secondRun(_ variant: Variant) async throws {
        let world = try World()
        let linux = try await world.kernel()
        let arguments = ["apply", "--variant", variant.name, "--tree", linux.string]
        expectSuccess(try await world.kpatchGen(arguments))
        try await unchanged(linux) {
            // A later date would make other commits of the same patches.
            let later = ["GIT_COMMITTER_DATE": "1800000000 +0000", "GIT_AUTHOR_DATE": "1800000000 +0000"]
            let outcome = try await world.kpatchGen(arguments, environment: later)
            expectSuccess(outcome)
            #expect(outcome.output.contains("unchanged"))
            let forced = try await world.kpatchGen(arguments + ["--force"], environment: later)
            expectSuccess(forced)
            #expect(forced.output.contains("unchanged"))
        }
    }

    @Test("branch, record and notes come together, or none of them does")
    func together() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let arguments = ["apply", "--variant", "cap-to", "--tree", linux.string, "--branch", "b"]
        // Another git command is at the notes.
        let lock = linux.appending(".git/refs/notes/kpatch-gen.lock")
        try write("", to: lock)
        expectRefusal(try await world.kpatchGen(arguments), 4, "refs/notes/kpatch-gen", lock.string)
        #expect(
            try await world.git("for-each-ref", "--format=%(refname)", in: linux)
                == "refs/heads/main\nrefs/tags/v5.10.99"
        )
        try FileManager.default.removeItem(atPath: lock.string)
        expectSuccess(try await world.kpatchGen(arguments))
        let tip = try await world.git("rev-parse", "b", in: linux)
        // A branch that lost them gets them again.
        try await world.git("update-ref", "-d", "refs/notes/kpatch-gen", in: linux)
        try await world.git("update-ref", "-d", "refs/kpatch-gen/b", in: linux)
        let outcome = try await world.kpatchGen(arguments)
        expectSuccess(outcome)
        #expect(outcome.output.contains("unchanged"))
        #expect(try await world.git("rev-parse", "b", "refs/kpatch-gen/b", in: linux) == "\(tip)\n\(tip)")
        for commit in ["b", "b~1"] {
            #expect(
                try await world.git("notes", "--ref", "kpatch-gen", "show", commit, in: linux).contains(
                    "cap-to"
                )
            )
        }
    }

    @Test("a branch with other contents is replaced with --force only")
    func force() async throws {
        let world = try World()
        let linux = try await world.kernel()
        expectSuccess(
            try await world.kpatchGen("apply", "--variant", "cap-to", "--tree", linux.string, "--branch", "b")
        )
        let old = try await world.git("rev-parse", "b", in: linux)
        try await unchanged(linux) {
            expectRefusal(
                try await world.kpatchGen(
                    "apply",
                    "--variant",
                    "enc-op",
                    "--tree",
                    linux.string,
                    "--branch",
                    "b"
                ),
                3,
                "'b' exists already",
                old,
                "--force",
                "--branch"
            )
            let dry = try await world.kpatchGen(
                "apply",
                "--variant",
                "enc-op",
                "--tree",
                linux.string,
                "--branch",
                "b",
                "--force",
                "--dry-run"
            )
            expectSuccess(dry)
            #expect(dry.output.contains("dry run"))
        }
        let outcome = try await world.kpatchGen(
            "apply",
            "--variant",
            "enc-op",
            "--tree",
            linux.string,
            "--branch",
            "b",
            "--force"
        )
        expectSuccess(outcome)
        #expect(outcome.output.contains(old), "where it was is shown: \(outcome)")
        #expect(try await world.git("rev-parse", "b@{1}", in: linux) == old)
        #expect(try await world.git("rev-list", "--count", "main..b", in: linux) == "3")
        #expect(try await world.git("grep", "-l", "KVM_SEV_SHARE_ASID", "b", in: linux).contains("sev.c"))
    }

    @Test("a dry run shows the commits and writes nothing", arguments: Variant.all)
    func dryRun(_ variant: Variant) async throws {
        let world = try World()
        let linux = try await world.kernel()
        let arguments = ["apply", "--variant", variant.name, "--tree", linux.string, "--format", "json"]
        let dry = try await unchanged(linux) { try await world.kpatchGen(arguments + ["--dry-run"]) }
        expectSuccess(dry)
        let real = try await world.kpatchGen(arguments)
        expectSuccess(real)
        #expect(try dry.json().string("outcome") == "dry-run")
        #expect(
            try dry.json().string("tip") == real.json().string("tip"),
            "a dry run makes the commits of the real one"
        )
    }

    @Test("JSON says what git says", arguments: Variant.all)
    func json(_ variant: Variant) async throws {
        let world = try World()
        let linux = try await world.kernel()
        let outcome = try await world.kpatchGen(
            "apply",
            "--variant",
            variant.name,
            "--tree",
            linux.string,
            "--format",
            "json"
        )
        expectSuccess(outcome)
        let result = try outcome.json()
        #expect(result.string("outcome") == "created")
        let branch = try #require(result.string("branch"))
        #expect(branch == "kpatch/\(variant.name)")
        #expect(try await world.git("rev-parse", branch, in: linux) == result.string("tip"))
        #expect(try await world.git("rev-parse", "v5.10.99^{commit}", in: linux) == result.string("base"))
        let subjects = try await world.git("log", "--reverse", "--format=%s", "main..\(branch)", in: linux)
        #expect(
            result.objects("patches").compactMap { $0.string("subject") }
                == subjects.split(separator: "\n").map(String.init)
        )
        for patch in result.objects("patches") {
            let commit = try #require(patch.string("commit"))
            #expect(try await world.git("rev-parse", "\(commit)^{tree}", in: linux) == patch.string("tree"))
            let files = try await world.git(
                "diff-tree",
                "--no-commit-id",
                "--name-only",
                "-r",
                commit,
                in: linux
            )
            #expect(
                patch.objects("files").compactMap { $0.string("path") }.sorted()
                    == files.split(separator: "\n").map(String.init)
            )
            for file in patch.objects("files") {
                #expect(file.bool("isNew") == true || !file.objects("sites").isEmpty)
                for site in file.objects("sites") {
                    #expect((site.int("line") ?? 0) > 0)
                    // template is path:line of a marker.
                    let parts = (site.string("template") ?? "").split(separator: ":")
                    #expect(parts.count == 2 && parts[1].allSatisfy(\.isNumber), "\(parts)")
                }
            }
        }
        // Later commits would have other names: the branch's own are what counts.
        let later = ["GIT_COMMITTER_DATE": "1800000000 +0000", "GIT_AUTHOR_DATE": "1800000000 +0000"]
        let again = try await world.kpatchGen(
            ["apply", "--variant", variant.name, "--tree", linux.string, "--format", "json"],
            environment: later
        )
        #expect(try again.json().string("outcome") == "unchanged")
        #expect(try again.json().string("tip") == result.string("tip"))
        #expect(
            try again.json().objects("patches").map { $0.string("commit") }
                == result.objects("patches").map { $0.string("commit") }
        )
    }

    @Test("two runs at different times make different commits with the same trees")
    func deterministic() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let later = ["GIT_COMMITTER_DATE": "1800000000 +0000", "GIT_AUTHOR_DATE": "1800000000 +0000"]
        expectSuccess(
            try await world.kpatchGen(
                "apply",
                "--variant",
                "cap-from",
                "--tree",
                linux.string,
                "--branch",
                "a"
            )
        )
        expectSuccess(
            try await world.kpatchGen(
                "apply",
                "--variant",
                "cap-from",
                "--tree",
                linux.string,
                "--branch",
                "b",
                environment: later
            )
        )
        expectSuccess(
            try await world.kpatchGen(
                "apply",
                "--variant",
                "cap-from",
                "--tree",
                linux.string,
                "--branch",
                "c"
            )
        )
        #expect(
            try await world.git("rev-parse", "a^{tree}", in: linux)
                == (try await world.git("rev-parse", "b^{tree}", in: linux))
        )
        #expect(
            try await world.git("rev-parse", "a", in: linux)
                != (try await world.git("rev-parse", "b", in: linux))
        )
        #expect(
            try await world.git("rev-parse", "a", in: linux)
                == (try await world.git("rev-parse", "c", in: linux))
        )
    }

    @Test("a base other than HEAD, a folder inside the work tree, a pinned number")
    func selection() async throws {
        let world = try World()
        let linux = try await world.kernel()
        try await world.change("Makefile", in: linux) { $0 + "# more\n" }
        let inside = linux.appending("arch/x86").string
        let outcome = try await world.kpatchGen(
            "apply",
            "--variant",
            "cap-from",
            "--set",
            "capability-number=197",
            "--tree",
            inside,
            "--base",
            "v5.10.99",
            "--branch",
            "b"
        )
        expectSuccess(outcome)
        #expect(
            try await world.git("merge-base", "b", "main", in: linux)
                == (try await world.git("rev-parse", "v5.10.99", in: linux))
        )
        #expect(
            try await world.git(
                "grep",
                "-h",
                "KVM_CAP_VM_COPY_ENC_CONTEXT_FROM",
                "b",
                "--",
                "include/uapi",
                in: linux
            ).hasSuffix(" 197")
        )
    }
}
