// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import TestSupport
import Testing

/// The series of docs/writing-a-series.md, which lies outside of Templates.
@Suite("a series of one's own") struct OwnSeriesTests {
    private static func series() throws -> String {
        let share = try #require(World.share, "KPATCH_SHARE is not set: set it to the project's folder")
        return "\(share)/Tests/Series/kvm-vm-seal"
    }

    @Test("every variant is applied on every tree", arguments: KernelTree.series)
    func apply(release: String) async throws {
        let world = try World()
        let tree = try KernelTree(release)
        let linux = try await world.clone(tree)
        for variant in ["vcpus", "full"] {
            let outcome = try await world.kpatchGen(
                ["apply", "--series", try Self.series(), "--variant", variant, "--tree", linux.string]
                    + ["--base", tree.tag]
            )
            expectSuccess(outcome)
            let branch = "kpatch/\(variant)"
            #expect(outcome.output.contains("\(branch): "), "\(outcome)")
            #expect(try await world.git("diff", "--check", tree.tag, branch, in: linux) == "")
            #expect(
                try await world.git("log", "--format=%s", "\(tree.tag)..\(branch)", in: linux)
                    == "KVM: selftests: Test KVM_CAP_VM_SEAL\nKVM: Add KVM_CAP_VM_SEAL"
            )
            // The two trees of the document's quirk.
            let list = release.hasPrefix("7.") ? "Makefile.kvm" : "Makefile"
            let makefile = try await world.git(
                "show",
                "\(branch):tools/testing/selftests/kvm/\(list)",
                in: linux
            )
            #expect(makefile.contains(" += vm_seal_test\n"))
        }
    }

    @Test("it is named by its path, wherever that is seen from")
    func path() async throws {
        let world = try World()
        let linux = try await world.kernel()
        try copyItem(FilePath(try Self.series()), to: world["mine"])
        for name in ["./mine", world["mine"].string, "mine/"] {
            let outcome = try await world.kpatchGen("list", "--series", name)
            expectSuccess(outcome)
            #expect(outcome.output.hasPrefix("kvm-vm-seal: "))
        }
        let refused = try await world.kpatchGen(
            "apply",
            "--series",
            "./mine",
            "--variant",
            "full",
            "--set",
            "hook=none",
            "--tree",
            linux.string
        )
        expectRefusal(refused, 2, "mine/series.yml", "devices-need-the-hook")
        expectRefusal(try await world.kpatchGen("list", "--series", "mine"), 2, "no series 'mine'", "./mine")
        expectRefusal(
            try await world.kpatchGen("list", "--series", "./yours"),
            2,
            "there is no yours/series.yml"
        )
    }
    @Test("a test for a profile that there isn't is an error, not a test that never runs")
    func misspeltProfile() async throws {
        let world = try World()
        let linux = try await world.kernel()
        try copyItem(FilePath(try Self.series()), to: world["mine"])
        let table = world["mine/tests/tests.yml"]
        let text = try String(contentsOfFile: table.string, encoding: .utf8)
        let line = try #require(
            text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex {
                $0.contains("name: vm_seal")
            }
        )
        try write(
            text.replacing("    timeout: 60\n", with: "    timeout: 60\n    profiles: [fsat]\n"),
            to: table
        )
        for verb in ["test", "matrix"] {
            let outcome = try await world.kpatchGen(
                [
                    verb, "--series", "./mine", "--variant", "full", "--tree", linux.string, "--profile",
                    "fast",
                ]
            )
            expectRefusal(outcome, 2, "mine/tests/tests.yml:\(line + 1)", "fsat", "did you mean fast")
        }
    }
}
