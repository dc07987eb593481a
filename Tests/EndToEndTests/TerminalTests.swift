// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import SystemPackage
import Testing

/// script(1) gives the program a terminal, and passes on what it writes there.
@Suite("what a terminal gets") struct TerminalTests {
    private static let hostile = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{202e}"

    private func onTerminal(_ world: World, _ arguments: String...) async throws -> Outcome {
        let words = ([try World.program()] + arguments).map { "'\($0)'" }.joined(separator: " ")
        try write("exec \(words)\n", to: world["command"])
        return try await world.shell(
            "script -qec 'bash command' /dev/null </dev/null",
            environment: ["TERM": "xterm", "NO_COLOR": nil]
        )
    }

    /// Nothing but line ends, tabs and colours.
    private func expectHarmless(
        _ text: String,
        _ comment: Comment,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let plain = text.replacing(/\u{1b}\[[0-9;]*m/, with: "").replacing("\r\n", with: "\n")
            // The line of progress.
            .replacing("\r\u{1b}[K", with: "")
        #expect(TerminalText.isSafe(Array(plain.utf8)), comment, sourceLocation: sourceLocation)
    }

    @Test("of a series: its words, and errors that quote them")
    func series() async throws {
        let world = try World()
        let share = try #require(World.share, "KPATCH_SHARE is not set: set it to the project's folder")
        try copyItem(FilePath("\(share)/Tests/Series/kvm-vm-seal"), to: world["mine"])
        let manifest = world["mine/series.yml"]
        let text = try read(manifest)
        let title = try #require(text.firstMatch(of: /\ntitle: (.*)/)?.output.1)
        try write(
            text.replacing("title: \(title)", with: "title: \"owned \\e]0;owned\\a\\e[2J\\u202E\""),
            to: manifest
        )
        let shown = try await onTerminal(world, "list", "--series", "./mine")
        #expect(shown.output.contains("^[]0;owned^G^[[2J<U+202E>"), "\(shown)")
        expectHarmless(shown.output, "\(shown)")
        // A pipe is a machine's: nothing is lost.
        let piped = try await world.kpatchGen("list", "--series", "./mine")
        #expect(piped.output.contains(Self.hostile), "\(piped)")
        let json = try await world.kpatchGen("list", "--series", "./mine", "--format", "json")
        #expect(try json.jsonArray().first?.string("title")?.contains(Self.hostile) == true, "\(json)")
        // Standard error is read by people wherever it goes.
        for arguments in [
            ["show", "--series", "./mine", "--option", Self.hostile],
            ["list", "--series", "./\(Self.hostile)"],
            [Self.hostile], ["facts", "--tree", "./\(Self.hostile)"], ["list", "--\(Self.hostile)"],
        ] {
            let refused = try await world.kpatchGen(arguments)
            #expect(refused.status != 0)
            expectHarmless(refused.errors, "\(refused)")
        }
    }

    @Test("of a tree and its commits: lines, subjects, names of files")
    func tree() async throws {
        let work = try await RebaseWorld()
        let (world, linux) = (work.world, work.linux)
        try await work.onBranch {
            try write("x\n", to: linux.appending("new\(Self.hostile).c"))
            try work.edit(RebaseWorld.sev) { $0 + "/* \(Self.hostile) */\n" }
            try await work.git("add", "-A")
            try await work.git("commit", "-qm", "Mine \(Self.hostile)")
            try work.edit(RebaseWorld.header) {
                $0.replacingOccurrences(
                    of: "\n\tKVM_SEV_NR_MAX,",
                    with: "\tKVM_SEV_MINE, /* \(Self.hostile) */\n\n\tKVM_SEV_NR_MAX,"
                )
            }
            try await work.git("commit", "-qam", "Number \(Self.hostile)")
        }
        for arguments in [["--dry-run"], ["--range-diff"]] {
            let words = ["rebase", "--tree", linux.string, "--onto", "next", "b"] + arguments
            let command = ([try World.program()] + words).joined(separator: " ")
            let outcome = try await world.shell(
                "script -qec '\(command)' /dev/null </dev/null",
                environment: ["TERM": "xterm", "NO_COLOR": nil]
            )
            #expect(outcome.output.contains("[2J"), "\(outcome)")
            expectHarmless(outcome.output, "\(outcome)")
        }
    }
}
