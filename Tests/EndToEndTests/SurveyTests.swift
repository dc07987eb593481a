// SPDX-License-Identifier: GPL-2.0-only

import SystemPackage
import Testing

@Suite("survey") struct SurveyTests {
    @Test("every variant has a row, and nothing is written")
    func everyVariant() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let outcome = try await unchanged(linux) {
            try await world.kpatchGen(["survey", "--tree", linux.string, "--format", "json"])
        }
        expectSuccess(outcome)
        let tree = try #require(outcome.json().objects("trees").first)
        let rows = tree.objects("variants")
        #expect(rows.map { $0.string("variant") } == ["rfc-v1", "cap-to", "cap-from", "enc-op"])
        #expect(rows.allSatisfy { $0.string("refusal") == nil })
    }

    @Test("an anchor that is gone is a refusal, and status 1")
    func misfit() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let file = linux.appending("arch/x86/kvm/svm/sev.c")
        try write(try read(file).replacing("sev_flush_asids", with: "sev_flush_all"), to: file)
        _ = try await world.git("commit", "-qam", "Rename", in: linux)
        let outcome = try await world.kpatchGen(["survey", "--tree", linux.string, "--variant", "enc-op"])
        #expect(outcome.status == 1, "\(outcome)")
        #expect(outcome.output.contains("refused: "), "\(outcome)")
    }
}
