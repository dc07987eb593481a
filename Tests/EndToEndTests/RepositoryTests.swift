// SPDX-License-Identifier: GPL-2.0-only

import Glibc
import SystemPackage
import Testing

/// Repositories of all kinds: those that work, and those that are refused with what to do.
@Suite("repositories") struct RepositoryTests {
    private func apply(_ world: World, _ tree: FilePath, _ more: String...) async throws -> Outcome {
        try await world.kpatchGen(["apply", "--variant", "enc-op", "--tree", tree.string] + more)
    }

    @Test("a path that does not exist, and a file")
    func noPath() async throws {
        let world = try World()
        expectRefusal(
            try await apply(world, world["none"]),
            2,
            "none",
            "neither a folder nor a local tree",
            "trees import"
        )
        #expect(!(try await apply(world, world["none"])).errors.contains("trees fetch"))
        try write("", to: world["file"])
        expectRefusal(try await apply(world, world["file"]), 2, "neither a folder nor a local tree")
    }

    @Test("a folder that is not a repository")
    func notRepository() async throws {
        let world = try World()
        try write("VERSION = 5\n", to: world["plain/Makefile"])
        let outcome = try await unchanged(world["plain"]) { try await apply(world, world["plain"]) }
        expectRefusal(outcome, 3, "is not in a git repository", "git init")
    }

    @Test("a repository without a commit")
    func unborn() async throws {
        let world = try World()
        try await world.git("init", "-q", "-b", "main", "empty", in: world.root)
        let outcome = try await unchanged(world["empty"]) { try await apply(world, world["empty"]) }
        expectRefusal(outcome, 3, "nothing is checked out", "--base")
        for verb in [["facts"], ["render", "--variant", "enc-op"], ["drift", "--to", "v1.0"]] {
            let outcome = try await world.kpatchGen(verb + ["--tree", world["empty"].string])
            expectRefusal(outcome, 3, "nothing is checked out")
        }
    }

    @Test("a bare repository")
    func bare() async throws {
        let world = try World()
        let linux = try await world.kernel()
        try await world.git("clone", "-q", "--bare", linux.string, "bare.git", in: world.root)
        expectSuccess(try await apply(world, world["bare.git"]))
        #expect(try await world.git("fsck", "--strict", "--no-dangling", in: world["bare.git"]) == "")
        #expect(
            try await world.git("rev-list", "--count", "main..kpatch/enc-op", in: world["bare.git"]) == "3"
        )
    }

    @Test("a shallow clone")
    func shallow() async throws {
        let world = try World()
        let linux = try await world.kernel()
        try await world.change("Makefile", in: linux) { $0 + "# more\n" }
        try await world.git("clone", "-q", "--depth=1", "file://\(linux)", "shallow", in: world.root)
        try #require(
            try await world.git("rev-parse", "--is-shallow-repository", in: world["shallow"]) == "true"
        )
        expectSuccess(try await apply(world, world["shallow"]))
        expectSuccess(try await apply(world, world["shallow"]))
        #expect(try await world.git("fsck", "--strict", "--no-dangling", in: world["shallow"]) == "")
        #expect(
            try await world.git("rev-list", "--count", "origin/main..kpatch/enc-op", in: world["shallow"])
                == "3"
        )
        expectRefusal(
            try await apply(world, world["shallow"], "--base", "v5.10.99"),
            3,
            "v5.10.99",
            "shallow"
        )
    }

    @Test("a partial clone with its files, and one without")
    func partial() async throws {
        let world = try World()
        let linux = try await world.kernel()
        try await world.git("config", "uploadpack.allowFilter", "true", in: linux)
        try await world.git("clone", "-q", "--filter=blob:none", "file://\(linux)", "full", in: world.root)
        expectSuccess(try await apply(world, world["full"]))
        #expect(try await world.git("fsck", "--no-dangling", in: world["full"]) == "")

        try await world.git(
            "clone",
            "-q",
            "--filter=blob:none",
            "--no-checkout",
            "file://\(linux)",
            "hollow",
            in: world.root
        )
        let outcome = try await unchanged(world["hollow"]) { try await apply(world, world["hollow"]) }
        expectRefusal(outcome, 3, "partial", "git archive")
        // The advice works.
        try await world.git("archive", "-o", world["x.tar"].string, "HEAD", in: world["hollow"])
        expectSuccess(try await apply(world, world["hollow"]))
    }

    @Test("a repository of another user", .enabled(if: geteuid() == 0, "only root can give a file away"))
    func otherOwner() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let chown = try await world.shell("chown -R 4711 \"$1\"", linux.string)
        try #require(chown.status == 0, "\(chown)")
        let outcome = try await unchanged(linux) { try await apply(world, linux) }
        expectRefusal(outcome, 3, "belongs to user 4711", "safe.directory", linux.string)
        // The advice works.
        try await world.git("config", "--global", "--add", "safe.directory", linux.string, in: world.root)
        expectSuccess(try await apply(world, linux))
    }

    @Test("a SHA-256 repository")
    func sha256() async throws {
        let world = try World()
        try await world.git("init", "-q", "--object-format=sha256", "sha256", in: world.root)
        try await world.git("commit", "-q", "--allow-empty", "-m", "x", in: world["sha256"])
        let outcome = try await unchanged(world["sha256"]) { try await apply(world, world["sha256"]) }
        expectRefusal(outcome, 3, "sha256", "SHA-1")
    }

    @Test("a branch that is checked out, here or in a linked work tree")
    func checkedOut() async throws {
        let world = try World()
        let linux = try await world.kernel()
        try await world.git("worktree", "add", "-q", "-b", "side", world["side"].string, in: linux)
        // The state folder remembers which series were checked.
        expectSuccess(try await world.kpatchGen(["list"]))
        for tree in [linux, world["side"]] {
            for (branch, folder) in [("main", linux), ("side", world["side"])] {
                for more in [["--force"], ["--dry-run"]] {
                    let outcome = try await unchanged(world.root) {
                        try await world.kpatchGen(
                            ["apply", "--variant", "enc-op", "--tree", tree.string, "--branch", branch] + more
                        )
                    }
                    expectRefusal(
                        outcome,
                        3,
                        "'\(branch)' is checked out in \(folder)",
                        "--branch",
                        "git -C \(folder) switch --detach"
                    )
                }
            }
        }
        // From a linked work tree to a free branch.
        expectSuccess(try await apply(world, world["side"], "--branch", "free"))
        #expect(try await world.git("fsck", "--strict", "--no-dangling", in: linux) == "")
    }

    @Test("a dirty work tree stays as it is")
    func dirty() async throws {
        let world = try World()
        let linux = try await world.kernel()
        try write("int staged;\n", to: linux.appending("arch/x86/kvm/svm/sev.c"))
        try await world.git("add", "-A", in: linux)
        try write("int changed;\n", to: linux.appending("arch/x86/kvm/svm/svm.c"))
        try write("int untracked;\n", to: linux.appending("new.c"))
        let status = try await world.git("status", "--porcelain", in: linux)
        let index = try Snapshot(linux)
        expectSuccess(try await apply(world, linux))
        #expect(try await world.git("status", "--porcelain", in: linux) == status)
        #expect(
            try Snapshot(linux).changes(since: index).filter { !$0.hasPrefix(".git/") || $0 == ".git/index" }
                == []
        )
        #expect(
            try await world.git("grep", "-c", "int staged", "kpatch/enc-op", in: linux, allowing: 1) == ""
        )
    }

    @Test("an invalid branch name", arguments: ["a..b", "-b", "a b", "HEAD", "x.lock"])
    func branchName(_ name: String) async throws {
        let world = try World()
        let linux = try await world.kernel()
        let outcome = try await unchanged(linux) { try await apply(world, linux, "--branch=\(name)") }
        expectRefusal(outcome, 2, "not a valid name", "git-check-ref-format")
    }

    @Test("a branch whose name is the folder of another one")
    func branchFolder() async throws {
        let world = try World()
        let linux = try await world.kernel()
        try await world.git("branch", "topic/sev", in: linux)
        try await unchanged(linux) {
            expectRefusal(
                try await apply(world, linux, "--branch", "main/x"),
                2,
                "'main/x' can't exist alongside 'main'",
                "--branch"
            )
            expectRefusal(
                try await apply(world, linux, "--branch", "topic"),
                2,
                "'topic' can't exist alongside 'topic/sev'",
                "--branch"
            )
        }
    }

    @Test("a base that is not there, or not a commit")
    func unknownBase() async throws {
        let world = try World()
        let linux = try await world.kernel()
        try await unchanged(linux) {
            expectRefusal(
                try await apply(world, linux, "--base", "v5.10.9"),
                3,
                "v5.10.9",
                "did you mean 'v5.10.99'"
            )
            expectRefusal(
                try await apply(world, linux, "--base", "nothing-like-it"),
                3,
                "there is no 'nothing-like-it'",
                "git tag"
            )
            expectRefusal(try await apply(world, linux, "--base", "HEAD:Makefile"), 3, "blob")
            expectRefusal(
                try await apply(world, linux, "--base", String(repeating: "0", count: 40)),
                3,
                "0000"
            )
        }
    }

    @Test("nobody to commit as")
    func noIdentity() async throws {
        let world = try World()
        let linux = try await world.kernel()
        var nobody: [String: String?] = ["EMAIL": nil]
        for role in ["AUTHOR", "COMMITTER"] {
            for part in ["NAME", "EMAIL", "DATE"] { nobody["GIT_\(role)_\(part)"] = .some(nil) }
        }
        for verb in ["apply", "render"] {
            let outcome = try await unchanged(linux) {
                try await world.kpatchGen(
                    [verb, "--variant", "enc-op", "--tree", linux.string],
                    environment: nobody
                )
            }
            expectRefusal(outcome, 2, "user.name", "git config --global")
        }
    }

    @Test("an interrupted or parallel git command holds the branch's lock")
    func lockedReference() async throws {
        let world = try World()
        let linux = try await world.kernel()
        try makeFolder(linux.appending(".git/refs/heads/kpatch"))
        try write("", to: linux.appending(".git/refs/heads/kpatch/enc-op.lock"))
        let outcome = try await apply(world, linux)
        expectRefusal(outcome, 4, ".lock", "wait")
        #expect(try await world.git("fsck", "--no-dangling", in: linux) == "")
        #expect(
            try await world.git("for-each-ref", "--format=%(refname)", in: linux)
                == "refs/heads/main\nrefs/tags/v5.10.99"
        )
    }
}
