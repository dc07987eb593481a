// SPDX-License-Identifier: GPL-2.0-only

import SystemPackage
import TestSupport
import Testing

/// What `detect` says where nothing is to be built; the defects themselves are judged by real kernels (`make detection`).
@Suite("what the tests see of known defects") struct DetectTests {
    @Test("where the tree has decided, nothing is tried, its own defect included", .timeLimit(.minutes(1)))
    func decided() async throws {
        let world = try World()
        let tree = try KernelTree("7.3")
        let linux = try await world.clone(tree)
        let outcome = try await world.kpatchGen(
            ["detect", "--tree", linux.string, "--base", tree.tag, "--format", "json"]
                + ["--option", "launch-state", "--option", "toctou"]
        )
        expectSuccess(outcome)
        let json = try outcome.json()
        let defects = json.objects("defects")
        #expect(defects.map { $0.string("name") } == ["toctou=unlocked", "launch-state=unchecked"])
        #expect(defects.allSatisfy { $0.string("verdict") == "not on this tree" }, "\(outcome)")
        let reasons = defects.map { $0.string("refused") ?? "" }
        #expect(reasons.first == "the tree has decided: toctou=locked", "\(outcome)")
        #expect(reasons.last?.hasPrefix("the tree's own defect") == true, "\(outcome)")
        #expect(json.objects("controls").isEmpty, "\(outcome)")
    }
}
