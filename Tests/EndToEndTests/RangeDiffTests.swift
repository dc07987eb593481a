// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import Testing

@Suite("range-diff") struct RangeDiffTests {
    private func compare(_ world: World, _ linux: FilePath, _ arguments: String...) async throws -> Outcome {
        try await unchanged(linux) {
            try await world.kpatchGen(["range-diff", "--tree", linux.string] + arguments)
        }
    }

    @Test("says what git range-diff says of the branches that apply makes")
    func sameAsGit() async throws {
        let world = try World()
        let linux = try await world.kernel()
        for variant in ["rfc-v1", "cap-from"] {
            expectSuccess(
                try await world.kpatchGen(
                    "apply",
                    "--variant",
                    variant,
                    "--tree",
                    linux.string,
                    "--branch",
                    variant
                )
            )
        }
        try write("*.c diff=cpp\n*.h diff=cpp\n", to: linux.appending(".git/info/attributes"))
        let expected = try await world.git(
            "range-diff",
            "--no-color",
            "--creation-factor=95",
            "main..rfc-v1",
            "main..cap-from",
            in: linux
        )
        #expect(expected.contains("KVM: x86: Support KVM VMs sharing SEV context"))
        // Variants, revisions, branches, ranges, in every mixture.
        for sides in [["rfc-v1", "cap-from"], ["v1", "refs/heads/cap-from"], ["main..rfc-v1", "cap-from"]] {
            let outcome = try await compare(world, linux, sides[0], sides[1])
            expectSuccess(outcome)
            #expect(outcome.output == expected + "\n", "\(sides)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: world["state/tmp"].string).isEmpty)
    }

    @Test("a variant with other values; commits by hand on top of a branch")
    func changes() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let outcome = try await compare(world, linux, "cap-from", "cap-from+naming=dependent+errno=enotty")
        expectSuccess(outcome)
        #expect(outcome.output.contains("dependent") && outcome.output.contains("-ENOTTY"), "\(outcome)")
        // Equal patches are told by git alone, and differing sides are no failure.
        let same = try await compare(world, linux, "enc-op", "enc-op")
        expectSuccess(same)
        #expect(same.lines.count == 3 && same.lines.allSatisfy { $0.contains(" = ") })

        expectSuccess(
            try await world.kpatchGen("apply", "--variant", "enc-op", "--tree", linux.string, "--branch", "b")
        )
        try await world.git("checkout", "-q", "b", in: linux)
        try await world.change("Makefile", in: linux) { $0 + "# by hand\n" }
        try await world.git("checkout", "-q", "main", in: linux)
        let byHand = try await compare(world, linux, "enc-op", "b")
        expectSuccess(byHand)
        #expect(byHand.lines.filter { $0.contains(" = ") }.count == 3, "\(byHand)")
        #expect(byHand.output.contains("> 4:") && byHand.output.contains("Change Makefile"), "\(byHand)")
    }

    @Test("a shallow clone, and colours only where somebody looks")
    func shallow() async throws {
        let world = try World()
        let linux = try await world.kernel()
        try await world.change("Makefile", in: linux) { $0 + "# more\n" }
        try await world.git(
            "clone",
            "-q",
            "--depth=1",
            "file://\(linux.string)",
            world["clone"].string,
            in: world.root
        )
        let outcome = try await compare(world, world["clone"], "cap-to", "cap-from")
        expectSuccess(outcome)
        #expect(!outcome.output.contains("\u{1b}"))
        // script(1) gives it a terminal.
        let script = "script -qec \"$1 range-diff cap-to cap-from --tree $2\" /dev/null </dev/null"
        let program = try World.program()
        let colored = try await world.shell(
            script,
            program,
            linux.string,
            environment: ["NO_COLOR": nil, "TERM": "xterm"]
        )
        #expect(colored.output.contains("\u{1b}["), "\(colored)")
        for no in [["NO_COLOR": "1", "TERM": "xterm"], ["TERM": "dumb"]] {
            let plain = try await world.shell(script, program, linux.string, environment: no)
            #expect(plain.status == 0 && !plain.output.contains("\u{1b}["), "\(plain)")
        }
    }

    @Test("no variable of git's changes it; a range without a commit is said to be one")
    func surroundings() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let plain = try await compare(world, linux, "v1", "enc-op")
        let arguments = ["range-diff", "v1", "enc-op", "--tree", linux.string]
        let changed = try await world.kpatchGen(
            arguments,
            environment: [
                "GIT_DIFF_OPTS": "--unified=0", "GIT_EXTERNAL_DIFF": "false", "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": "diff.noprefix", "GIT_CONFIG_VALUE_0": "true",
            ]
        )
        expectSuccess(changed)
        #expect(changed.output == plain.output)
        expectRefusal(
            try await compare(world, linux, "main..main", "enc-op"),
            2,
            "there is no commit in 'main..main'"
        )
    }

    @Test("what it can't compare")
    func refusals() async throws {
        let world = try World()
        let linux = try await world.kernel()
        expectRefusal(
            try await compare(world, linux, "v1", "nonsuch"),
            2,
            "'nonsuch' is neither a variant",
            "cap-to"
        )
        expectRefusal(
            try await compare(world, linux, "v1", "main"),
            2,
            "where the series on 'main' begins",
            "BASE..main"
        )
        expectRefusal(try await compare(world, linux, "v1", "main..gone"), 3, "'gone'")
        expectRefusal(
            try await compare(world, linux, "cap-to+errno=x", "v1"),
            2,
            "'x' is not a value of option errno"
        )
    }
}
