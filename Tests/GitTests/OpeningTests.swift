// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Git
import Testing

@Suite struct OpeningTests {
    @Test func opensFromASubfolderABareOneAndALinkedWorkTree() throws {
        let scratch = try Scratch()
        try scratch.write("a/b/file", "x")
        let commit = try scratch.commit()
        let inside = try Repository.open(at: scratch.repository + "/a/b")
        let (work, git, bareness, shallowness) =
            (inside.workingDirectory, inside.gitDirectory, inside.isBare, inside.isShallow)
        #expect(work == scratch.repository + "/")
        #expect(git == scratch.repository + "/.git/")
        #expect(!bareness && !shallowness)
        try scratch.git(
            "clone",
            "-q",
            "--bare",
            scratch.repository,
            scratch.folder + "/bare.git",
            at: scratch.folder
        )
        let bare = try Repository.open(at: scratch.folder + "/bare.git/objects")
        let (isBare, noWork) = (bare.isBare, bare.workingDirectory)
        #expect(isBare && noWork == nil)
        #expect(try bare.commitID(of: "main") == commit)
        try scratch.git("worktree", "add", "-q", "-b", "linked", scratch.folder + "/linked")
        let linked = try Repository.open(at: scratch.folder + "/linked")
        let common = linked.commonDirectory
        #expect(common == scratch.repository + "/.git/")
        #expect(try linked.commitID(of: "HEAD") == commit)
    }

    @Test func saysWhereThereIsNoRepository() throws {
        let scratch = try Scratch(initialize: false)
        let none = failure { _ = try Repository.open(at: scratch.folder) }
        #expect(none?.kind == .notARepository)
        #expect(none?.message.contains(scratch.folder) == true)
        #expect(none?.advice.contains("git init") == true)
        let nowhere = failure { _ = try Repository.open(at: scratch.folder + "/nowhere") }
        #expect(nowhere?.kind == .notARepository)
        #expect(nowhere?.message.contains("there is no") == true)
    }

    @Test func refusesSHA256() throws {
        let scratch = try Scratch(initialize: false)
        try scratch.git("init", "-q", "--object-format=sha256", scratch.repository, at: scratch.folder)
        let error = failure { _ = try Repository.open(at: scratch.repository) }
        #expect(error?.kind == .unsupportedRepository(key: "extensions.objectformat"))
        #expect(error?.message.contains("sha256") == true)
        #expect(error?.advice.contains("SHA-1") == true)
    }

    @Test(arguments: [
        ("extensions.refStorage", "reftable", "ref-format=files"),
        ("extensions.compatObjectFormat", "sha256", "compatObjectFormat"),
        ("extensions.somethingNew", "true", "clone"),
    ])
    func refusesExtensions(key: String, value: String, advice: String) throws {
        let scratch = try Scratch()
        try scratch.git("config", key, value)
        try scratch.git("config", "core.repositoryFormatVersion", "1")
        let error = failure { _ = try Repository.open(at: scratch.repository) }
        #expect(error?.kind == .unsupportedRepository(key: key.lowercased()))
        #expect(error?.advice.contains(advice) == true)
    }

    @Test func refusesALaterFormat() throws {
        let scratch = try Scratch()
        try scratch.git("config", "core.repositoryFormatVersion", "7")
        let error = failure { _ = try Repository.open(at: scratch.repository) }
        #expect(error?.kind == .unsupportedRepository(key: "core.repositoryformatversion"))
        #expect(error?.message.contains("7") == true)
    }

    @Test func reportsABrokenConfiguration() throws {
        let scratch = try Scratch()
        try Data("[core\n".utf8).write(to: URL(fileURLWithPath: scratch.repository + "/.git/config"))
        let error = failure { _ = try Repository.open(at: scratch.repository) }
        #expect(error?.message.contains("config") == true)
        #expect(error?.advice.contains("git config --list") == true)
    }

    @Test(arguments: ["sparse", "split"])
    func worksWithAnIndexThatLibgit2CantRead(kind: String) throws {
        let scratch = try Scratch()
        try scratch.write("a/file", "x\n")
        try scratch.write("b/file", "y\n")
        let commit = try scratch.commit()
        // The first sets extensions.worktreeConfig too.
        if kind == "sparse" { try scratch.git("sparse-checkout", "set", "--cone", "--sparse-index", "a") }
        if kind == "split" { try scratch.git("update-index", "--split-index") }
        try scratch.git("config", "extensions.worktreeConfig", "true")
        try scratch.git("config", "core.repositoryFormatVersion", "1")
        try scratch.git("config", "--worktree", "user.name", "From the work tree")
        let repository = try Repository.open(at: scratch.repository)
        #expect(try repository.configString("user.name") == "From the work tree")
        let tree = try repository.commit(commit).tree
        let blob = try repository.writeBlob(Array("z\n".utf8))
        let changed = try repository.updateTree(
            tree,
            edits: [.upsert(path: "b/file", blob: blob, mode: .regular)]
        )
        let text = String(decoding: try repository.diffText(from: tree, to: changed), as: UTF8.self)
        #expect(text.hasSuffix("@@ -1 +1 @@\n-y\n+z\n"))
    }

    @Test func worksInAShallowCloneAndSaysWhatIsMissing() throws {
        let scratch = try Scratch()
        try scratch.write("file", "one\n")
        let first = try scratch.commit()
        try scratch.write("file", "two\n")
        let second = try scratch.commit()
        let clone = scratch.folder + "/shallow"
        try scratch.git("clone", "-q", "--depth=1", "file://" + scratch.repository, clone, at: scratch.folder)
        let repository = try Repository.open(at: clone)
        let isShallow = repository.isShallow
        #expect(isShallow)
        #expect(try repository.commitID(of: "HEAD") == second)
        let tree = try repository.commit(second).tree
        let made = try repository.createCommit(
            tree: tree,
            parents: [second],
            author: Scratch.author,
            committer: Scratch.committer,
            message: "on top\n"
        )
        #expect(try repository.move("topic", from: nil, to: made) == .done)
        let sent = String(decoding: try repository.mail(for: made), as: UTF8.self)
        #expect(sent.contains("Subject: [PATCH] on top"))
        let parent = failure { _ = try repository.commitID(of: "HEAD~1") }
        #expect(parent?.advice.contains("--unshallow") == true)
        let missing = failure { _ = try repository.commit(first) }
        #expect(missing?.kind == .objectMissing)
        #expect(missing?.advice.contains("--unshallow") == true)
    }

    @Test func worksInAPartialCloneAndSaysWhatIsMissing() throws {
        let scratch = try Scratch()
        try scratch.write("file", "one\n")
        let commit = try scratch.commit()
        try scratch.git("config", "uploadpack.allowFilter", "true")
        let clone = scratch.folder + "/partial"
        try scratch.git(
            "clone",
            "-q",
            "--bare",
            "--filter=blob:none",
            "file://" + scratch.repository,
            clone,
            at: scratch.folder
        )
        try scratch.git("config", "core.repositoryFormatVersion", "1", at: clone)
        try scratch.git("config", "extensions.partialClone", "origin", at: clone)
        let repository = try Repository.open(at: clone)
        let isPartial = try repository.isPartial
        #expect(isPartial)
        let tree = try repository.commit(commit).tree
        let missing = failure { _ = try repository.blob(at: "file", inTree: tree) }
        #expect(missing?.kind == .objectMissing)
        #expect(missing?.advice.contains("partial") == true)
        let advised = try scratch.run(["archive", "HEAD"], at: clone)
        #expect(advised.status == 0)
        let second = try Repository.open(at: clone)
        #expect(try second.blob(at: "file", inTree: tree)?.bytes == Array("one\n".utf8))
    }
}

/// These change the user's configuration, which is one for all tests.
@Suite(.serialized, .enabled(if: geteuid() == 0, "only root can give a folder away"))
struct OwnershipTests {
    private func foreign() throws -> Scratch {
        let scratch = try Scratch()
        try scratch.write("file", "x")
        try scratch.commit()
        chown(scratch.repository, 12345, 12345)
        chown(scratch.repository + "/.git", 12345, 12345)
        return scratch
    }

    @Test func refusesAnotherUsersRepository() throws {
        let scratch = try foreign()
        let error = failure { _ = try Repository.open(at: scratch.repository) }
        #expect(error?.kind == .ownerMismatch)
        #expect(error?.message.contains("12345") == true)
        #expect(error?.advice.contains("safe.directory '\(scratch.repository)'") == true)
    }

    @Test(arguments: ["*", "REPOSITORY", "PARENT/*"])
    func respectsSafeDirectory(value: String) throws {
        let scratch = try foreign()
        let value = value.replacing("REPOSITORY", with: scratch.repository).replacing(
            "PARENT",
            with: scratch.folder
        )
        try scratch.git("config", "--global", "--add", "safe.directory", value, at: scratch.folder)
        defer {
            _ = try? scratch.run(["config", "--global", "--unset-all", "safe.directory"], at: scratch.folder)
        }
        // What may stand there differs from git to git (`/*` is of 2.46).
        if try scratch.run(["status"], at: scratch.repository).status == 0 {
            let repository = try Repository.open(at: scratch.repository)
            let isBare = repository.isBare
            #expect(!isBare)
        } else {
            #expect(value.hasSuffix("/*"))
            #expect(failure { _ = try Repository.open(at: scratch.repository) }?.kind == .ownerMismatch)
        }
        // An empty value takes back what came before it.
        try scratch.git("config", "--global", "--add", "safe.directory", "", at: scratch.folder)
        #expect(failure { _ = try Repository.open(at: scratch.repository) }?.kind == .ownerMismatch)
    }

    @Test func respectsWhoCalledSudo() throws {
        let scratch = try foreign()
        setenv("SUDO_UID", "12345", 1)
        defer { unsetenv("SUDO_UID") }
        let repository = try Repository.open(at: scratch.repository)
        let isBare = repository.isBare
        #expect(!isBare)
    }
}
