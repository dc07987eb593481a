// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import Generation
import Git
import Kernel
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Judging

/// What is compiled, and of which tree, until it is known which warnings are new: on a tree of two files whose Makefile
/// answers as kbuild does, with the real make and gcc.
@Suite struct KernelMakerTests {
    private static let makefile = #"""
        VERSION = 5
        PATCHLEVEL = 10
        SUBLEVEL = 7
        EXTRAVERSION =

        .PHONY: a.o b.o
        bzImage: $(O)/a.o $(O)/b.o
        	@echo '  LD      vmlinux'
        	@echo LD >> $(O)/calls
        	@mkdir -p $(O)/arch/x86/boot
        	@cat $(O)/a.o $(O)/b.o > $(O)/arch/x86/boot/bzImage
        a.o b.o: %.o: $(O)/%.o
        $(O)/%.o: %.c
        	@echo '  CC      $*.o'
        	@grep -q patched $< && echo 'CC patched $*' >> $(O)/calls || echo 'CC $*' >> $(O)/calls
        	@gcc -Wall -MMD -MF $(O)/.$*.d -c $(CURDIR)/$*.c -o $@
        	@sed 's/^.*: /deps_$*.o := /' $(O)/.$*.d > $(O)/.$*.o.cmd
        -include $(wildcard $(O)/.*.d)
        tinyconfig:
        	@echo config >> $(O)/calls
        	@echo CONFIG_A=y > $(O)/.config
        olddefconfig:
        syncconfig:
        	@mkdir -p $(O)/include/config
        	@printf 'deps_config := \\\n\tKconfig\n\n' > $(O)/include/config/auto.conf.cmd

        """#

    private struct Notes: WorkObserver {
        let texts = Shared()
        final class Shared: Sendable { let list = Mutex<[String]>([]) }
        func note(_ text: String) { texts.list.withLock { $0.append(text) } }
        func progress(_ title: String, _ detail: String) {}
        func end(_ title: String) {}
    }

    /// A repository with a base and what patches make of it.
    private final class World {
        let folder: FilePath
        let notes = Notes()

        init(base: [String: String]) async throws {
            _ = TestHome.path
            folder = try Files.makeTemporaryFolder(
                in: FilePath(NSTemporaryDirectory()),
                prefix: "judging-tests"
            )
            try await git(["init", "--quiet", folder.appending("repo").string])
            var files = base
            files["Makefile"] = KernelMakerTests.makefile
            files["Kconfig"] = ""
            try await commit(files, tag: "base")
        }

        // A temporary folder that stays does no harm.
        deinit { try? Files.remove(folder) }

        func commit(_ files: [String: String], tag: String) async throws {
            let work = folder.appending("repo")
            for (name, text) in files { try Files.write(Array(text.utf8), to: work.appending(name)) }
            let at = ["-C", work.string, "-c", "user.name=T", "-c", "user.email=t@example.com"]
            try await git(at + ["add", "--all"])
            try await git(at + ["commit", "--quiet", "--message", tag])
            try await git(at + ["tag", tag])
            try await git(at + ["checkout", "--quiet", "base"])
        }

        private func git(_ arguments: [String]) async throws {
            try await Tool("git").run(arguments).required()
        }

        /// Builds what a tag names over the base.
        func build(_ tag: String) async throws -> BuiltKernel {
            let repository = try Repository.open(at: folder.appending("repo").string)
            let commit = try repository.commit(try repository.commitID(of: "refs/tags/base"))
            let tree = try repository.commit(try repository.commitID(of: "refs/tags/\(tag)")).tree
            let fragment = try ConfigFragment(name: "f.config", "CONFIG_A=y\n".utf8)
            let profile = try #require(
                try Profiles(yaml: "p: {summary: x, fragments: [f], memory-mib: 1}")["p"]
            )
            let maker = KernelMaker(
                state: StateFolder(root: folder.appending("state")),
                tree: "t",
                plan: KernelPlan(profile: profile, fragments: [fragment], jobs: 1),
                observer: notes
            )
            return try await maker.build(tree, over: commit.tree, on: BaseCommit(repository, commit))
        }

        var output: FilePath { folder.appending("state/build/t/p") }

        /// What make did since this was asked last.
        func calls() throws -> [String] {
            let path = output.appending("calls")
            guard Files.exists(path) else { return [] }
            defer { try? Files.remove(path) }
            return String(decoding: try Files.read(path), as: UTF8.self).split(separator: "\n").map(
                String.init
            )
        }
    }

    private static let quiet = "int f(void) { return 0; }\n"
    private static let loud = "static int unused;\n"

    @Test func withoutAWarningTheBaseIsNotBuilt() async throws {
        let world = try await World(base: ["a.c": Self.quiet, "b.c": Self.quiet])
        try await world.commit(["a.c": "/* patched */ int g;\n"], tag: "patch")
        let built = try await world.build("patch")
        #expect(built.newWarnings.isEmpty && built.baselineCount == 0)
        #expect(try world.calls() == ["config", "CC patched a", "CC b", "LD"])
    }

    @Test func nothingIsMadeOfWhatIsThere() async throws {
        let world = try await World(base: ["a.c": Self.quiet, "b.c": Self.loud])
        try await world.commit(["a.c": "/* patched */ int g;\n"], tag: "patch")
        try await world.commit(["a.c": "/* patched */ int h;\n"], tag: "other")
        let first = try await world.build("patch")
        _ = try world.calls()
        let second = try await world.build("patch")
        #expect(try world.calls() == [])
        #expect(second.phases.map(\.name) == ["build: nothing has changed"])
        #expect(second.image == first.image && second.baselineCount == 1)
        // Another patch, and back.
        _ = try await world.build("other")
        #expect(try world.calls() == ["CC patched a", "LD"])
        _ = try await world.build("patch")
        #expect(try world.calls() == ["CC patched a", "LD"])
        // Whatever happens to the image or the configuration, make is asked again.
        try Files.remove(first.image)
        _ = try await world.build("patch")
        #expect(try world.calls() == ["LD"])
        try Files.write(Array("CONFIG_A=y\n# by hand\n".utf8), to: world.output.appending(".config"))
        _ = try await world.build("patch")
        let calls = try world.calls()
        #expect(calls == ["config", "LD"])
    }

    @Test func aWarningOfAnObjectThatThePatchDoesNotReachIsTheBases() async throws {
        let world = try await World(base: ["a.c": Self.quiet, "b.c": Self.loud])
        try await world.commit(["a.c": "/* patched */ int g;\n"], tag: "patch")
        let built = try await world.build("patch")
        #expect(built.newWarnings.isEmpty && built.baselineCount == 1)
        #expect(try world.calls() == ["config", "CC patched a", "CC b", "LD"])
    }

    @Test func onlyTheObjectsThatWarnedAreCompiledWithoutThePatch() async throws {
        let world = try await World(base: ["a.c": Self.loud, "b.c": Self.quiet])
        try await world.commit(
            [
                "a.c": "/* patched */ static int unused;\nstatic int fresh;\n",
                "b.c": "/* patched */ int b;\n",
            ],
            tag: "patch"
        )
        try await world.commit(["a.c": "/* patched */ static int unused;\n"], tag: "other")
        let built = try await world.build("patch")
        #expect(built.newWarnings.count == 1)
        #expect(built.newWarnings.first?.message.contains("fresh") == true)
        #expect(built.baselineCount == 1)
        let calls = try world.calls()
        #expect(calls.prefix(4) == ["config", "CC patched a", "CC patched b", "LD"])
        #expect(calls.filter { $0 == "CC a" }.count == 1)
        #expect(!calls.contains("CC b"))
        #expect(world.notes.texts.list.withLock { $0.count } == 1)
        // The base's are known now.
        let other = try await world.build("other")
        #expect(other.newWarnings.isEmpty && other.baselineCount == 1)
        #expect(try !world.calls().contains("CC a"))
        // And so is the result for the first.
        #expect(try await world.build("patch").newWarnings.count == 1)
    }

    @Test func aHeaderReachesThoseThatIncludeIt() async throws {
        let world = try await World(base: [
            "a.c": Self.quiet, "b.c": "#include \"b.h\"\n" + Self.loud, "b.h": "int x;\n",
        ])
        try await world.commit(["b.h": "static int fresh;\n"], tag: "patch")
        let built = try await world.build("patch")
        #expect(built.newWarnings.map(\.file) == ["b.h"] && built.baselineCount == 1)
        #expect(try world.calls().filter { $0 == "CC b" }.count >= 2)
    }

    @Test func aFileThatThePatchAddsNeedsNoBase() async throws {
        let world = try await World(base: ["a.c": Self.quiet, "b.c": Self.quiet])
        try await world.commit(["b.c": "/* patched */\n" + Self.loud], tag: "patch")
        let changes = try {
            let repository = try Repository.open(at: world.folder.appending("repo").string)
            let tree = try repository.commit(try repository.commitID(of: "refs/tags/patch")).tree
            return try repository.diff(from: nil, to: tree)
        }()
        let built = try await world.build("patch")
        let kernel = try KernelBuild(
            source: world.folder.appending("state/worktrees/t/source"),
            output: world.output
        )
        let suspects = WarningSuspects(built.newWarnings, of: changes.filter { $0.path == "b.c" }, in: kernel)
        #expect(suspects.warnings.count == 1 && suspects.objects.isEmpty && !suspects.needsWholeBase)
        // A patch that changes how things are built may be to blame for any of them.
        let all = WarningSuspects(built.newWarnings, of: changes, in: kernel)
        #expect(all.warnings.count == 1)
    }

    @Test func aKernelThatDoesNotCompileIsAVerdict() async throws {
        let world = try await World(base: ["a.c": Self.quiet, "b.c": Self.quiet])
        try await world.commit(["a.c": "/* patched */ int g\n"], tag: "patch")
        for _ in 0..<2 {
            let error = await #expect(throws: Failure.self) { _ = try await world.build("patch") }
            #expect(error?.fault == .verdict)
        }
    }
}
