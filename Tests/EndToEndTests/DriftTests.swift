// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import Testing

/// What `drift` tells of a new base, and what its status says.
@Suite("drift") struct DriftTests {
    private static let sev = "arch/x86/kvm/svm/sev.c"

    private func drift(_ world: World, _ linux: FilePath, _ more: String...) async throws -> Outcome {
        try await unchanged(linux) {
            try await world.kpatchGen(["drift", "--tree", linux.string] + more)
        }
    }

    /// Three candidates: lines are put in front, then a function is renamed.
    private func candidates(_ world: World) async throws -> FilePath {
        let linux = try await world.kernel()
        try await world.git("tag", "v5.11-rc1", in: linux)
        try await world.change(Self.sev, in: linux) { "/* one */\n/* two */\n" + $0 }
        try await world.git("tag", "v5.11-rc2", in: linux)
        try await world.change(Self.sev, in: linux) {
            $0.replacingOccurrences(of: "sev_flush_asids(", with: "sev_flush_all(")
        }
        try await world.git("tag", "v5.11-rc10", in: linux)
        return linux
    }

    @Test("what moved, and by how much")
    func moved() async throws {
        let world = try World()
        let linux = try await candidates(world)
        let outcome = try await drift(world, linux, "--from", "v5.11-rc1", "--to", "v5.11-rc2")
        expectSuccess(outcome)
        #expect(outcome.output.hasPrefix("v5.11-rc1 (5.10."), "\(outcome)")
        #expect(outcome.output.contains("0004-share-sev-context/\(Self.sev)\n"), "\(outcome)")
        #expect(
            outcome.output.contains(#/:3 +\d+ -> +\d+ +\+2 +after function sev_flush_asids\n/#),
            "\(outcome)"
        )
        #expect(!outcome.output.contains("0004-share-sev-context/arch/x86/kvm/x86.c"), "\(outcome)")
        #expect(outcome.errors.isEmpty, "\(outcome)")
    }

    @Test("an anchor that no longer holds: status 1, and what looks like it")
    func fails() async throws {
        let world = try World()
        let linux = try await candidates(world)
        let outcome = try await drift(world, linux, "--from", "v5.11-rc1", "--to", "HEAD")
        #expect(outcome.status == 1, "\(outcome)")
        for word in [
            "-> fails", "after function sev_flush_asids: not found in \(Self.sev)", "candidates:",
            "sev_flush_all",
        ] {
            #expect(outcome.output.contains(word), "\(outcome)")
        }
        let json = try await drift(world, linux, "--from", "v5.11-rc1", "--to", "HEAD", "--format", "json")
        let document = try json.json()
        #expect(document.keys == ["bases", "from", "holds", "series"])
        let base = try #require(document.objects("bases").first)
        #expect(base.string("verdict") == "fails")
        let sites = base.objects("sites").filter { $0.string("change") == "failing" }
        #expect(sites.count == 1)
        #expect(sites.first?.object("to").string("problem")?.contains("not found") == true)
    }

    @Test("a pattern makes a table, in the order of the versions")
    func table() async throws {
        let world = try World()
        let linux = try await candidates(world)
        let outcome = try await drift(world, linux, "--from", "v5.10.99", "--to", "v5.11-rc*")
        // As --tree and --to, it takes a version for its newest release.
        let newest = try await drift(world, linux, "--from", "5.10", "--to", "v5.11-rc*")
        #expect(newest.status == outcome.status && newest.errors == outcome.errors, "\(newest)")
        #expect(newest.output.replacing("5.10 (", with: "v5.10.99 (") == outcome.output, "\(newest)")
        #expect(outcome.status == 1, "\(outcome)")
        let rows = outcome.output.split(separator: "\n").filter { $0.hasPrefix("v5.11-rc") }.map {
            $0.split(separator: " ", omittingEmptySubsequences: true)
        }.filter { $0.count > 2 }
        #expect(rows.map { $0[0] } == ["v5.11-rc1", "v5.11-rc2", "v5.11-rc10"], "\(outcome)")
        #expect(rows.map { $0[8] } == ["holds", "holds", "fails"], "\(outcome)")
    }

    @Test("bad input: no such tag, no such pattern, no kernel, a variant that isn't there")
    func badInput() async throws {
        let world = try World()
        let linux = try await candidates(world)
        expectRefusal(
            try await drift(world, linux, "--to", "v5.11-rc3"),
            3,
            "there is no 'v5.11-rc3'",
            "did you mean",
            "v5.11-rc1"
        )
        expectRefusal(try await drift(world, linux, "--to", "v4*"), 3, "no tag matches 'v4*'", "v5.11-rc10")
        expectRefusal(
            try await drift(world, linux, "--to", "HEAD", "--variant", "cap-form"),
            2,
            "did you mean cap-from"
        )
        expectRefusal(try await drift(world, linux), 2, "--to")
        try await world.git("rm", "-q", "Makefile", in: linux)
        try await world.git("commit", "-qm", "x", in: linux)
        expectRefusal(
            try await drift(world, linux, "--from", "HEAD^", "--to", "HEAD"),
            3,
            "not a kernel tree"
        )
    }
}
