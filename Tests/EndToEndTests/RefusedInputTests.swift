// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import Testing

/// Input that git would read otherwise than it is meant, which is the user's to put right: status 2, nothing written.
@Suite("refused as the user's") struct RefusedInputTests {
    private func series(in world: World) throws -> FilePath {
        let share = try #require(World.share, "KPATCH_SHARE is not set: set it to the project's folder")
        try copyItem(FilePath("\(share)/Tests/Series/kvm-vm-seal"), to: world["mine"])
        return world["mine"]
    }

    @Test(
        "a line of a message where git am would cut, by file and line",
        arguments: ["---", "diff --git a/x b/x", "Index: x", "From 1234 Mon Sep 17 00:00:00 2001"]
    )
    func message(line: String) async throws {
        let world = try World()
        let linux = try await world.kernel()
        let file = try series(in: world).appending("0001-seal/message.txt")
        let text = try read(file)
        try write(text + "\n\(line)\n", to: file)
        let number = text.split(separator: "\n", omittingEmptySubsequences: false).count + 1
        for verb in ["render", "apply"] {
            expectRefusal(
                try await world.kpatchGen(
                    [verb, "--series", "./mine", "--variant", "full"] + ["--tree", linux.string]
                ),
                2,
                "mine/0001-seal/message.txt:\(number): has the line '\(line)'"
            )
        }
        #expect(try await world.git("branch", "--list", "kpatch/*", in: linux) == "")
    }

    @Test("a date that git can't read", arguments: ["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"])
    func date(variable: String) async throws {
        let world = try World()
        let linux = try await world.kernel()
        for date in ["next week", "nonsense"] {
            expectRefusal(
                try await world.kpatchGen(
                    ["apply", "--variant", "enc-op", "--tree", linux.string],
                    environment: [variable: date]
                ),
                2,
                "git can't read \(variable)"
            )
        }
        #expect(try await world.git("branch", "--list", "kpatch/*", in: linux) == "")
    }

    @Test("a patch that changes nothing on this tree")
    func empty() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let series = try series(in: world)
        let manifest = try read(series.appending("series.yml"))
        let last = "  - folder: 0002-selftest\n"
        try #require(manifest.contains(last))
        try write(
            manifest.replacingOccurrences(of: last, with: last + "  - folder: 0003-nothing\n"),
            to: series.appending("series.yml")
        )
        try write("KVM: Do nothing\n\nOn this tree.\n", to: series.appending("0003-nothing/message.txt"))
        // 5.10 has no such member.
        try write(
            """
            /* SPDX-License-Identifier: GPL-2.0-only */

            #if KPATCH_HAVE_MAX_VCPUS
            /* kpatch: before function kvm_destroy_vm */
            static int nothing;

            /* kpatch: end */
            #endif

            """,
            to: series.appending("0003-nothing/virt/kvm/kvm_main.c")
        )
        for verb in ["render", "apply"] {
            expectRefusal(
                try await world.kpatchGen(
                    [verb, "--series", "./mine", "--variant", "vcpus"] + ["--tree", linux.string]
                ),
                2,
                "0003-nothing changes nothing on this tree"
            )
        }
        #expect(try await world.git("branch", "--list", "kpatch/*", in: linux) == "")
    }
}
