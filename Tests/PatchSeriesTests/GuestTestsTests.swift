// SPDX-License-Identifier: GPL-2.0-only

import Testing

@testable import PatchSeries

/// The guest tests of the series that is mailed.
@Suite struct GuestTestsTests {
    @Test(arguments: [
        ("cap-from", "mirror_capability", "mirror_command"),
        ("enc-op", "mirror_command", "mirror_capability"),
    ])
    func aVariantHasItsTests(variant: String, has: String, lacks: String) throws {
        let series = try MirrorSeries.read()
        let tests = try GuestTests(series, files: try MirrorSeries.files(), root: MirrorSeries.root)
        let names = tests.programs(for: try Selection(variant: variant, settings: [], of: series)).map(\.name)
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
        let selection = try Selection(variant: variant, settings: [], of: series)
        let facts = try FactSet(series, read: try KernelSource.reader())
        let tests = try GuestTests(series, files: files, root: MirrorSeries.root)
        for program in tests.programs(for: selection) {
            let path = "tests/\(program.source)"
            let template = Template(path: path, bytes: try #require(files[path]))
            let text = String(decoding: try series.render(template, selection, facts), as: UTF8.self)
            #expect(!text.contains("KPATCH_"), "\(path)")
            #expect(text.contains("int main("), "\(path)")
        }
    }

    @Test func aSeriesWithoutTestsHasNone() throws {
        let tests = try GuestTests(try MirrorSeries.read(), files: [:], root: "x")
        #expect(tests.programs.isEmpty)
        #expect(tests.selftests.isEmpty)
    }
}
