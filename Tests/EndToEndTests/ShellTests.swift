// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import Testing

/// What makes the program one of the shell's: completions, widths, suggestions.
@Suite("shell") struct ShellTests {
    @Test(
        "completions are asked of the program, which writes nothing",
        arguments: [
            (["apply"], "--variant", ["rfc-v1", "cap-to", "cap-from", "enc-op"]),
            (["apply"], "--set", ["owner=kvm-ref", "owner=file-ref", "api=enc-op"]),
            (["show"], "--option", ["owner", "api"]), (["show"], "--point", ["R14", "L1"]),
            (["build"], "--profile", ["fast", "debug"]),
            (["list"], "--series", ["kvm-sev-mirror", "software-psp"]),
            (["facts"], "--tree", ["linux"]), (["rebase"], "positional@0", ["kpatch/enc-op"]),
            (["range-diff"], "positional@1", ["enc-op", "kpatch/enc-op"]), (["drift"], "--to", ["main"]),
        ]
    )
    func completions(_ verb: [String], _ argument: String, _ expected: [String]) async throws {
        let world = try World()
        let linux = try await world.kernel()
        expectSuccess(try await world.kpatchGen("apply", "--variant", "enc-op", "--tree", "linux"))
        try FileManager.default.removeItem(atPath: world["state"].string)
        let before = try Snapshot(linux)
        let words = ["kpatch-gen"] + verb + ["--tree", "linux", argument]
        let outcome = try await world.kpatchGen(
            ["---completion"] + verb + ["--", argument, "\(words.count)", "0"] + words + [""]
        )
        expectSuccess(outcome)
        for name in expected { #expect(outcome.lines.contains(name), "\(outcome)") }
        #expect(try Snapshot(linux).changes(since: before) == [])
        #expect(!FileManager.default.fileExists(atPath: world["state"].string))
    }

    @Test("the scripts for three shells name the verbs", arguments: ["bash", "zsh", "fish"])
    func scripts(_ shell: String) async throws {
        let outcome = try await World().kpatchGen("--generate-completion-script", shell)
        expectSuccess(outcome)
        for word in ["range-diff", "---completion", "--on-upstream"] {
            #expect(
                outcome.output.contains(shell == "fish" ? word.replacing(/^--(?=o)/, with: "") : word),
                "\(outcome)"
            )
        }
    }

    @Test("what was meant by a verb or an option")
    func suggestions() async throws {
        let world = try World()
        expectRefusal(try await world.kpatchGen("aply"), 2, "no verb 'aply'", "did you mean apply, ")
        expectRefusal(
            try await world.kpatchGen("trees", "ftch", "5.10"),
            2,
            "no verb 'ftch'",
            "did you mean fetch?"
        )
        expectRefusal(
            try await world.kpatchGen("apply", "--varient", "enc-op", "--tree", "."),
            2,
            "no option '--varient'",
            "did you mean --variant"
        )
        expectRefusal(
            try await world.kpatchGen("show", "--optoin=owner"),
            2,
            "no option '--optoin'",
            "did you mean --option"
        )
    }

    @Test(
        "text follows COLUMNS; a table without a terminal has one line for each row",
        arguments: [60, 80, 100]
    )
    func width(_ width: Int) async throws {
        let world = try World()
        for arguments in [
            ["show", "--option", "owner"], ["show", "--point", "R14"], ["apply", "--help"], ["list"],
        ] {
            let outcome = try await world.kpatchGen(arguments, environment: ["COLUMNS": "\(width)"])
            expectSuccess(outcome)
            let long = outcome.lines.filter { $0.count > width }
            // A word that is longer alone, such as a rule's name with its place, stays whole.
            #expect(
                long.allSatisfy { $0.split(separator: " ").count <= 3 || $0.contains(".yml:") },
                "\(long)"
            )
        }
        let help = try await world.kpatchGen("apply", "--help")
        #expect(help.lines.allSatisfy { $0.count <= 80 }, "\(help)")
        let whole = try await world.kpatchGen("list")
        let narrow = try await world.kpatchGen("list", environment: ["COLUMNS": "60"])
        #expect(whole.lines.count < narrow.lines.count)
        #expect(
            try await world.kpatchGen("apply", "--tree", ".").errors.split(separator: "\n").allSatisfy {
                $0.count <= 80
            }
        )
    }
}
