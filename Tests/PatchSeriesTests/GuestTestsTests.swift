// SPDX-License-Identifier: GPL-2.0-only

import TestSupport
import Testing

@testable import PatchSeries

/// The guest tests of the series that is mailed.
@Suite struct GuestTestsTests {
    private func settled(_ variant: String, _ series: Series) throws -> SettledSelection {
        try SettledSelection(
            try Selection(variant: variant, settings: [], of: series),
            in: try FactSet(series, read: try KernelTree("5.10").reader()),
            of: series
        )
    }

    @Test(arguments: [
        ("cap-from", "mirror_capability", "mirror_command"),
        ("enc-op", "mirror_command", "mirror_capability"),
    ])
    func aVariantHasItsTests(variant: String, has: String, lacks: String) throws {
        let series = try MirrorSeries.read()
        let tests = try GuestTests(series, files: try MirrorSeries.files(), root: MirrorSeries.root)
        let names = tests.programs(for: try settled(variant, series)).map(\.name)
        #expect(names.contains("mirror_refusals"))
        #expect(names.contains(has))
        #expect(!names.contains(lacks))
        #expect(!tests.selftests.isEmpty)
    }

    /// Every program for every variant that it is for.
    @Test(arguments: MirrorSeries.variants)
    func programsRender(variant: String) throws {
        let series = try MirrorSeries.read()
        let files = try MirrorSeries.files()
        let settled = try settled(variant, series)
        let tests = try GuestTests(series, files: files, root: MirrorSeries.root)
        for program in tests.programs(for: settled) {
            let path = "tests/\(program.source)"
            let template = Template(path: path, bytes: try #require(files[path]))
            let text = String(decoding: try settled.render(template), as: UTF8.self)
            #expect(!text.contains("KPATCH_"), "\(path)")
            #expect(text.contains("int main("), "\(path)")
        }
    }

    /// The series' own selftest where the series has it, upstream's where the tree has them.
    @Test(arguments: [("enc-op", true), ("rfc-v1", false)])
    func selftestsHaveConditions(variant: String, has: Bool) throws {
        let series = try MirrorSeries.read()
        let tests = try GuestTests(series, files: try MirrorSeries.files(), root: MirrorSeries.root)
        let names = tests.selftests(for: try settled(variant, series)).map(\.name)
        #expect(names.contains("sync_regs_test"))
        #expect(names.contains("sev_share_context_test") == has)
        #expect(!names.contains("sev_migrate_tests"))
    }

    /// What a tree does wrong by itself is seen by those that speak of nothing else.
    @Test func defectsOfTheTreeHaveWitnesses() throws {
        let series = try MirrorSeries.read()
        let tests = try GuestTests(series, files: try MirrorSeries.files(), root: MirrorSeries.root)
        let defects = series.defects.filter { $0.setting == Setting("launch-state", "unchecked") }
        #expect(defects.count == 1)
        func witnesses(_ program: String) throws -> [String] {
            let program = try #require(tests.programs.first { $0.name == program })
            return program.witnesses(of: defects).keys.sorted()
        }
        #expect(try witnesses("mirror_refusals") == ["refuses_unlaunched_source"])
        #expect(
            try witnesses("mirror_fault") == ["failed_activate_is_no_source", "failed_start_is_no_source"]
        )
        #expect(try witnesses("mirror_lifetime").isEmpty)
    }

    @Test func aSeriesWithoutTestsHasNone() throws {
        let tests = try GuestTests(try MirrorSeries.read(), files: [:], root: "x")
        #expect(tests.programs.isEmpty)
        #expect(tests.selftests.isEmpty)
    }

    private func read(_ yaml: String) throws -> GuestTests {
        try GuestTests(
            try MirrorSeries.read(),
            files: ["tests/tests.yml": Array(yaml.utf8)],
            root: "x"
        )
    }

    @Test func whatBootsItIsData() throws {
        let tests = try read(
            """
            beneath: software-psp
            guest:
              kernel-arguments: [softpsp.enable=1, kvm_amd.sev=1]
              cpu: max,la57=off
            selftests:
              - {name: sev_smoke_test, summary: s, timeout: 60, memory-mib: 1024, counter: /sys/commands}
            """
        )
        #expect(tests.beneath == "software-psp")
        #expect(tests.guest.kernelArguments == ["softpsp.enable=1", "kvm_amd.sev=1"])
        #expect(tests.guest.cpu == "max,la57=off")
        #expect(tests.selftests.first?.memoryMiB == 1024)
        #expect(tests.selftests.first?.counter == "/sys/commands")
        #expect(tests.programs.isEmpty)
    }

    @Test(arguments: [
        ("guest: {cpu: max la57=off}", "x/tests/tests.yml:1: one word is expected here"),
        ("guest: {kernel-arguments: [a b]}", "x/tests/tests.yml:1: one word is expected here"),
        ("beneath: kvm-sev-mirror", "x/tests/tests.yml:1: 'beneath' names the series itself"),
        ("\nguest:\n  disk: 1", "x/tests/tests.yml:3: 'disk' is not known here"),
        (
            "selftests:\n  - {name: a, if: KPATCH_UPSTREM, summary: s, timeout: 60}",
            "x/tests/tests.yml:2: KPATCH_UPSTREM is not defined"
        ),
    ])
    func badInputHasItsPlace(yaml: String, message: String) {
        let error = #expect(throws: SeriesError.self) { try read(yaml) }
        #expect("\(error.map { "\($0)" } ?? "")".contains(message))
    }
}
