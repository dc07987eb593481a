// SPDX-License-Identifier: GPL-2.0-only

import Base
import Glibc
import Synchronization
import SystemPackage
import Testing

@testable import Kernel

/// A Makefile that answers as kbuild does, in a source folder made for the test.
@Suite struct KernelBuildTests {
    private static let makefile = """
        VERSION = 5
        PATCHLEVEL = 10
        SUBLEVEL = 7
        EXTRAVERSION =

        tinyconfig:
        	@echo tinyconfig >> $(O)/calls
        	@printf 'CONFIG_BASE=y\\n# CONFIG_A is not set\\n' > $(O)/.config
        olddefconfig:
        	@sed -i -e /CONFIG_DROPPED/d -e s/CONFIG_LOW=.*/CONFIG_LOW=1/ $(O)/.config
        syncconfig:
        	@mkdir -p $(O)/include/config
        	@printf 'deps_config := \\\\\\n\\tKconfig\\n\\n' > $(O)/include/config/auto.conf.cmd
        headers:
        	@echo headers >> $(O)/calls
        	@mkdir -p $(O)/usr/include
        bzImage:
        	@echo '  CC      init/main.o'
        	@$(CC) -Wall $(KCFLAGS) -c $(CURDIR)/init/main.c -o $(O)/main.o
        	@echo '  LD      vmlinux'
        	@mkdir -p $(O)/arch/x86/boot
        	@env | grep -E '^(KBUILD|LOCALVERSION|LC_ALL|CFLAGS)' | sort > $(O)/arch/x86/boot/bzImage

        """

    private func build(_ scratch: Scratch) throws -> KernelBuild {
        let source = try scratch.kernelTree()
        try scratch.write(Self.makefile, to: "linux/Makefile")
        for name in ["kernel/configs/tiny.config", "arch/x86/configs/tiny.config"] {
            try scratch.write("", to: "linux/\(name)")
        }
        try scratch.write(
            "config DROPPED\n\tbool \"Dropped\"\n\tdepends on BASE && NET\nconfig LOW\n\tint \"Low\"\n",
            to: "linux/Kconfig"
        )
        return try KernelBuild(source: source, output: scratch["out"], jobs: 2, ccache: false)
    }

    private func fragment(_ text: String) throws -> ConfigFragment {
        try ConfigFragment(name: "f", text.utf8)
    }

    /// make would keep what is younger than any edit.
    @Test func tellsThatTheClockWasSetBack() async throws {
        let scratch = try Scratch()
        let build = try build(scratch)
        #expect(build.ahead == nil)
        _ = try await build.configure([fragment("CONFIG_A=y\n")])
        #expect(build.ahead == nil)
        var times = [
            timeval(tv_sec: time(nil) + 3600, tv_usec: 0), timeval(tv_sec: time(nil) + 3600, tv_usec: 0),
        ]
        #expect(utimes(scratch["out/.config"].string, &times) == 0)
        #expect(try #require(build.ahead) > .seconds(3500))
    }

    @Test func configuresOnceUntilSomethingChanges() async throws {
        let scratch = try Scratch()
        let build = try build(scratch)
        let fragments = [try fragment("CONFIG_A=y\n")]
        let first = try await build.configure(fragments)
        #expect(first.wasMade)
        #expect(try scratch.text("out/.config") == "CONFIG_BASE=y\nCONFIG_A=y\n")
        #expect(try await build.configure(fragments).wasMade == false)
        #expect(try scratch.text("out/calls") == "tinyconfig\n")

        #expect(try await build.configure([try fragment("CONFIG_A=y\nCONFIG_B=y\n")]).wasMade)
        #expect(try await build.configure(fragments).wasMade)
        try scratch.write("config DROPPED\n\tbool\n", to: "linux/Kconfig")
        #expect(try await build.configure(fragments).wasMade)
        try scratch.write("CONFIG_BASE=y\n", to: "out/.config")
        #expect(try await build.configure(fragments).wasMade)
        #expect(try await build.configure(fragments).wasMade == false)
    }

    @Test func aDroppedSymbolIsAnErrorWithItsReason() async throws {
        let scratch = try Scratch()
        let build = try build(scratch)
        let error = await #expect(throws: BuildError.self) {
            try await build.configure([
                try fragment(
                    "CONFIG_A=y\n\nCONFIG_DROPPED=y\nCONFIG_LOW=7\nCONFIG_NONE=y\n# CONFIG_NONE is not set\n"
                )
            ])
        }
        #expect(
            error?.description == """
                f:3: CONFIG_DROPPED=y was asked for, but it is not set: it depends on NET (Kconfig:1)
                f:4: CONFIG_LOW=7 was asked for, but it is 1
                """
        )
        // Not taken for good the next time.
        await #expect(throws: BuildError.self) {
            try await build.configure([try fragment("CONFIG_DROPPED=y\n")])
        }
    }

    @Test func aSymbolThatATestSeriesWouldBringMayBeMissing() async throws {
        let scratch = try Scratch()
        let build = try build(scratch)
        let unknown = "CONFIG_DROPPED_TOO=y\n"
        #expect(
            try await build.configure([try ConfigFragment(name: "o", isOptional: true, unknown.utf8)]).wasMade
        )
        // Where the tree has the symbol, it has to be as asked.
        let error = await #expect(throws: BuildError.self) {
            try await build.configure([
                try ConfigFragment(name: "o", isOptional: true, "CONFIG_DROPPED=y\n".utf8)
            ])
        }
        #expect(
            error?.description
                == "o:1: CONFIG_DROPPED=y was asked for, but it is not set: it depends on NET (Kconfig:1)"
        )
    }

    @Test func headersOfTheSameTreeAreMadeOnce() async throws {
        let scratch = try Scratch()
        let build = try build(scratch)
        for tree in ["one", "one", "two", "one", "one"] {
            #expect(try await build.headers(of: tree) == build.output.appending("usr/include"))
        }
        #expect(try scratch.text("out/calls") == "headers\nheaders\nheaders\n")
    }

    @Test func explainsEachSymbol() async throws {
        let scratch = try Scratch()
        let build = try build(scratch)
        let first = """
            # SPDX-License-Identifier: GPL-2.0-only
            #
            # About all of it.

            # Why A is
            # wanted.
            CONFIG_A=y
            CONFIG_LOW=7

            """
        let rows = try await build.explain([
            try ConfigFragment(name: "first", first.utf8),
            try ConfigFragment(name: "second", "# CONFIG_A is not set\n".utf8),
            try ConfigFragment(name: "third", isOptional: true, "CONFIG_DROPPED_TOO=y\n".utf8),
        ])
        #expect(rows.map(\.setting.symbol) == ["CONFIG_A", "CONFIG_LOW", "CONFIG_DROPPED_TOO"])
        #expect(rows.map(\.setting.fragment) == ["second", "first", "third"])
        #expect(rows[1].setting.reason == "Why A is wanted.")
        #expect(rows[0].answer == .asAsked && rows[0].overrides.map(\.fragment) == ["first"])
        #expect(rows[1].answer == .other("1", reasons: []))
        #expect(rows[2].answer == .notInTree && rows[2].setting.reason == "")
        // An explanation leaves no configuration behind that a build would take for good.
        await #expect(throws: BuildError.self) {
            try await build.configure([try ConfigFragment(name: "first", first.utf8)])
        }
    }

    /// A build that was interrupted leaves what it compiled and was warned of.
    @Test func theLogTellsWhatWasCompiled() throws {
        let scratch = try Scratch()
        let build = try build(scratch)
        try scratch.write(
            """
              CC      init/main.o
              CC      arch/x86/kvm/svm/sev.o
            \(build.source)/arch/x86/kvm/svm/sev.c:12:3: warning: unused variable 'x' [-Wunused-variable]
              AS      lib/clear.o

            """,
            to: "out/kpatch-build.log"
        )
        let record = try build.lastRecord()
        #expect(record.made == ["init/main.o", "arch/x86/kvm/svm/sev.o", "lib/clear.o"])
        #expect(record.warnings.map(\.file) == ["arch/x86/kvm/svm/sev.c"])
        #expect(record.warnings.map(\.target) == ["arch/x86/kvm/svm/sev.o"])
    }

    @Test func buildsReproduciblyWithWarningsAndProgress() async throws {
        let scratch = try Scratch()
        let build = try build(scratch)
        try scratch.write("static int unused;\nint start;\n", to: "linux/init/main.c")
        try Files.makeFolder(build.output)
        let seen = Mutex<[String]>([])
        let result = try await build.build(total: 1) { progress in
            seen.withLock {
                $0.append("\(progress.done)/\(progress.total ?? 0) \(progress.action) \(progress.target)")
            }
        }
        #expect(result.outcome == .success(image: scratch["out/arch/x86/boot/bzImage"]))
        #expect(
            result.warnings.map(\.description) == [
                "init/main.c:1:12: warning: 'unused' defined but not used [-Wunused-variable]"
            ]
        )
        #expect(result.errors.isEmpty)
        #expect(seen.withLock { $0 } == ["1/1 CC init/main.o", "1/1 LD vmlinux"])
        #expect(
            try scratch.text("out/arch/x86/boot/bzImage") == """
                KBUILD_BUILD_HOST=localhost
                KBUILD_BUILD_TIMESTAMP=Thu Jan  1 00:00:00 UTC 1970
                KBUILD_BUILD_USER=kpatch-gen
                KBUILD_BUILD_VERSION=1
                LC_ALL=C
                LOCALVERSION=

                """
        )
        #expect(try scratch.text("out/kpatch-build.log").contains("defined but not used"))
    }

    @Test func aKernelThatDoesNotCompileIsAResult() async throws {
        let scratch = try Scratch()
        let build = try build(scratch)
        try scratch.write("int f(void)\n{\n\treturn nope;\n}\n", to: "linux/init/main.c")
        let result = try await build.build()
        #expect(
            result.outcome
                == .failure(
                    .kernel,
                    summary: "init/main.c:3:16: error: 'nope' undeclared (first use in this function)"
                )
        )
        #expect(result.errors.map(\.file) == ["init/main.c", "bzImage"])
    }

    @Test func aMissingToolIsTheMachinesFault() async throws {
        let scratch = try Scratch()
        let build = try build(scratch)
        try scratch.write("bzImage:\n\tkpatch-no-such-flex -o x y\n", to: "linux/Makefile")
        let result = try await build.build()
        #expect(
            result.outcome
                == .failure(
                    .infrastructure(.missingTool("kpatch-no-such-flex", package: nil)),
                    summary: "kpatch-no-such-flex is not installed"
                )
        )
    }

    @Test func successWithoutAnImageIsNone() async throws {
        let scratch = try Scratch()
        let build = try build(scratch)
        try scratch.write("bzImage:\n\t@true\n", to: "linux/Makefile")
        #expect(try await build.build().isSuccess == false)
    }

    @Test(arguments: ["a b", "a:b", "a$b", "it's"])
    func refusesPathsThatBreakKbuild(name: String) throws {
        let scratch = try Scratch()
        #expect(throws: BuildError.badPath(scratch[name])) {
            try KernelBuild(source: scratch[name], output: scratch["out"], ccache: false)
        }
    }

    @Test func compilesStaticGuestPrograms() async throws {
        let scratch = try Scratch()
        let main = try scratch.write(
            "#include <probe.h>\n#include <stdio.h>\nint main(void) { puts(GREETING); return 3; }\n",
            to: "g/main.c"
        )
        try scratch.write("#define GREETING \"hello\"\n", to: "inc/probe.h")
        let result = try await GuestCompiler.compileGuest(
            sources: [main],
            includes: [scratch["inc"]],
            into: scratch["bin/main"]
        )
        #expect(result.outcome == .success(image: scratch["bin/main"]))
        let run = try await Tool(scratch["bin/main"].string).run([])
        #expect(run.outputText == "hello\n")
        #expect(run.status == .exited(3))
        // Static: no interpreter is named in the program.
        #expect(try !scratch.text("bin/main").contains("/lib64/ld-linux"))

        try scratch.write("int main(void) { return undefined_one(); }\n", to: "g/main.c")
        let broken = try await GuestCompiler.compileGuest(sources: [main], into: scratch["bin/other"])
        #expect(broken.errors.first?.message.contains("undefined_one") == true)
    }
}
