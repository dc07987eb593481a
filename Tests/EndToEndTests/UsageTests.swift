// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import SystemPackage
import Testing

@Suite("command line") struct UsageTests {
    @Test(
        "every verb has help",
        arguments: [
            [], ["doctor"], ["trees"], ["trees", "list"], ["trees", "fetch"], ["trees", "import"], ["list"],
            ["show"], ["facts"], ["render"], ["range-diff"], ["apply"],
            ["build"], ["boot"], ["test"], ["console"], ["results"],
        ]
    )
    func help(_ verb: [String]) async throws {
        let world = try World()
        for arguments in [verb + ["--help"], verb + ["-h"], ["help"] + verb] {
            let outcome = try await world.kpatchGen(arguments)
            expectSuccess(outcome)
            #expect(outcome.errors.isEmpty, "\(outcome)")
            #expect(outcome.output.contains("USAGE: kpatch-gen"), "\(outcome)")
        }
    }

    @Test("without a verb help is what is wanted; the version is a line")
    func bare() async throws {
        let world = try World()
        let outcome = try await world.kpatchGen()
        expectSuccess(outcome)
        #expect(outcome.output.contains("SUBCOMMANDS:") && outcome.errors.isEmpty, "\(outcome)")
        let version = try await world.kpatchGen("--version")
        expectSuccess(version)
        #expect(version.lines.count == 1)
    }

    @Test("help does not need a home folder, templates or a tree")
    func poorEnvironment() async throws {
        let world = try World()
        let outcome = try await world.kpatchGen(
            ["--help"],
            environment: ["HOME": nil, "KPATCH_HOME": nil, "KPATCH_SHARE": nil, "PATH": nil]
        )
        expectSuccess(outcome)
    }

    @Test(
        "wrong flags, values and verbs",
        arguments: [
            ["frobnicate"], ["apply", "--frobnicate"], ["apply"], ["apply", "--variant", "enc-op"],
            ["apply", "--tree", "."], ["list", "--format", "xml"],
            ["render", "--variant"], ["show"], ["show", "--variant", "enc-op", "--option", "api"],
            ["trees", "import"], ["trees", "fetch"], ["facts", "extra"],
            ["test", "--variant", "enc-op", "--tree", ".", "--format", "pdf"],
        ]
    )
    func wrongFlags(_ arguments: [String]) async throws {
        let world = try World()
        expectRefusal(try await world.kpatchGen(arguments), 2, "Usage: kpatch-gen")
    }

    private func refused(_ world: World, _ linux: FilePath, _ arguments: String...) async throws -> Outcome {
        try await unchanged(linux) {
            try await world.kpatchGen(["apply", "--tree", linux.string] + arguments)
        }
    }

    @Test("unknown names: what was meant")
    func unknownNames() async throws {
        let world = try World()
        let linux = try await world.kernel()
        expectRefusal(
            try await refused(world, linux, "--variant", "enc-po"),
            2,
            "no variant 'enc-po'",
            "did you mean enc-op?"
        )
        expectRefusal(
            try await refused(world, linux, "--variant", "enc-op", "--set", "directon=to"),
            2,
            "no option 'directon'",
            "did you mean direction?"
        )
        expectRefusal(
            try await refused(world, linux, "--variant", "enc-op", "--set", "api=encop"),
            2,
            "'encop' is not a value of option api",
            "did you mean enc-op?"
        )
        expectRefusal(
            try await refused(world, linux, "--variant", "enc-op", "--series", "kvm-sev-miror"),
            2,
            "no series 'kvm-sev-miror'",
            "kvm-sev-mirror"
        )
        expectRefusal(try await world.kpatchGen("show", "--variant", "cap-form"), 2, "did you mean cap-from")
        expectRefusal(
            try await world.kpatchGen("show", "--option", "ownr"),
            2,
            "no option 'ownr'",
            "owner"
        )
        expectRefusal(
            try await world.kpatchGen("apply", "--variant", "enc-op", "--tree", "5.10"),
            2,
            "'5.10' is neither a folder nor a local tree",
            "trees fetch 5.10"
        )
    }

    @Test("every wrong --set is reported at once")
    func wrongSettings() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let outcome = try await refused(
            world,
            linux,
            "--variant",
            "enc-op",
            "--set",
            "api=x",
            "--set",
            "what=ever",
            "--set",
            "command-id=many",
            "--set",
            "command-id=-1"
        )
        expectRefusal(
            outcome,
            2,
            "'x' is not a value of option api",
            "no option 'what'",
            "command-id is a number, 'many' is not",
            "'-1' is not"
        )
    }

    @Test("a --set that is none")
    func malformedSetting() async throws {
        let world = try World()
        let linux = try await world.kernel()
        for text in ["nothing", "=x"] {
            let outcome = try await refused(world, linux, "--variant", "enc-op", "--set", text)
            expectRefusal(outcome, 2, "'\(text)' is not of the form option=value")
        }
    }

    @Test("a combination that a rule forbids: which rule, where")
    func rule() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let outcome = try await refused(world, linux, "--variant", "rfc-v1", "--set", "direction=from")
        expectRefusal(outcome, 2, "rule one-label-is-the-posted-shape", "R13", "nearest valid choice")
        #expect(outcome.errors.contains(#/option\.yml:\d+/#), "\(outcome)")
    }
}

/// A copy of Templates that tests may spoil.
@Suite("faulty series") struct FaultySeriesTests {
    /// Runs `list` and `apply` on a copy of the templates in which a file was changed.
    private func refused(_ path: String, _ edit: (String) -> String) async throws -> Outcome {
        let world = try World()
        let linux = try await world.kernel()
        let share = try TemplatesCopy.make(in: world)
        let file = share.appending("Templates/kvm-sev-mirror").appending(path)
        let old = try read(file)
        let new = edit(old)
        try #require(new != old, "the edit changes nothing")
        try write(new, to: file)
        return try await unchanged(linux) {
            try await world.kpatchGen(
                "apply",
                "--variant",
                "enc-op",
                "--tree",
                linux.string,
                environment: ["KPATCH_SHARE": share.string]
            )
        }
    }

    private func line(_ text: String, in all: String) -> Int {
        all.prefix(upTo: all.range(of: text)?.lowerBound ?? all.startIndex).count { $0 == "\n" } + 1
    }

    @Test("series.yml that was cut in the middle")
    func half() async throws {
        let outcome = try await refused("series.yml") { String($0.prefix($0.count / 2)) }
        expectRefusal(outcome, 2, "series.yml")
        #expect(outcome.errors.contains(#/series\.yml:\d+/#), "\(outcome)")
    }

    @Test("series.yml that is empty, or not YAML")
    func notYAML() async throws {
        expectRefusal(try await refused("series.yml") { _ in "" }, 2, "series.yml")
        let outcome = try await refused("series.yml") {
            $0.replacingOccurrences(of: "variants:", with: "variants: [")
        }
        #expect(outcome.status == 2 && outcome.errors.contains(#/series\.yml:\d+/#), "\(outcome)")
    }

    @Test("an unknown key, with its line")
    func unknownKey() async throws {
        var expected = 0
        let outcome = try await refused("series.yml") { text in
            let new = text.replacingOccurrences(of: "\ntitle:", with: "\ntitel:")
            expected = line("titel:", in: new)
            return new
        }
        expectRefusal(outcome, 2, "series.yml:\(expected)", "titel")
    }

    @Test("an undefined name in a template, with its line")
    func undefinedName() async throws {
        var expected = 0
        let outcome = try await refused("0004-share-sev-context/arch/x86/kvm/svm/sev.c") { text in
            let new = text.replacingOccurrences(
                of: "KPATCH_is_mirror(struct kvm *kvm)",
                with: "KPATCH_no_such_name(struct kvm *kvm)"
            )
            expected = line("KPATCH_no_such_name", in: new)
            return new
        }
        expectRefusal(
            outcome,
            2,
            "0004-share-sev-context/arch/x86/kvm/svm/sev.c:\(expected)",
            "KPATCH_no_such_name"
        )
    }

    @Test("an #if that is not closed, and one that mixes names")
    func badCondition() async throws {
        let open = try await refused("0004-share-sev-context/arch/x86/kvm/svm/sev.c") {
            $0 + "#if KPATCH_AS_POSTED\n"
        }
        #expect(open.status == 2 && open.errors.contains(#/sev\.c:\d+/#), "\(open)")
        let mixed = try await refused("0004-share-sev-context/arch/x86/kvm/svm/sev.c") {
            $0.replacingOccurrences(
                of: "#if KPATCH_API_ENC_OP",
                with: "#if KPATCH_API_ENC_OP && CONFIG_KVM"
            )
        }
        #expect(mixed.status == 2 && mixed.errors.contains(#/sev\.c:\d+/#), "\(mixed)")
    }

    @Test("KPATCH_SHARE names a folder without templates")
    func noTemplates() async throws {
        let world = try World()
        expectRefusal(
            try await world.kpatchGen(["list"], environment: ["KPATCH_SHARE": world.root.string]),
            2,
            "KPATCH_SHARE",
            world.root.string,
            "Templates"
        )
    }
}

enum TemplatesCopy {
    /// A folder with a copy of Templates and kernel-config, for KPATCH_SHARE.
    static func make(in world: World) throws -> FilePath {
        let project = FilePath(#filePath).removingLastComponent().removingLastComponent()
            .removingLastComponent()
        let share = FilePath(World.share ?? project.string)
        let copy = world["share"]
        try makeFolder(copy)
        for name in ["Templates", "kernel-config"] {
            try copyItem(share.appending(name), to: copy.appending(name))
        }
        return copy
    }
}
