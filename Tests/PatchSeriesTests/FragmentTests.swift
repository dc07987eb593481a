// SPDX-License-Identifier: GPL-2.0-only

import Base
import TestSupport
import Testing

@testable import PatchSeries

/// What fragments leave behind for those who explain a patch: where each site's lines are, and who decided about them.
@Suite struct FragmentTests {
    /// Every value of the posted patch is a fragment, which moves what the patch's own templates put there.
    @Test(arguments: ["rfc-v1", "cap-to", "enc-op"])
    func sitesAreWhereTheirLinesAre(variant: String) throws {
        let series = try MirrorSeries.read()
        let selection = try Selection(variant: variant, settings: [], of: series)
        let rendered = try series.render(selection, read: try KernelTree("5.10").reader())
        var compared = 0
        for patch in rendered.patches {
            let source = try #require(series.patches.first { $0.folder == patch.folder })
            // The lines of prose are broken anew.
            for file in patch.files where file.path.hasSuffix(".c") || file.path.hasSuffix(".h") {
                let lines = String(decoding: file.bytes, as: UTF8.self).lines
                for site in file.sites {
                    let template = try #require(source.template(site.templatePath))
                    #expect(site.origins.count == site.body.count, "\(site.template)")
                    for (line, origin) in zip(site.body, site.origins) {
                        guard let origin, template.lines[origin].names.isEmpty else { continue }
                        let written = String(decoding: template.lines[origin].text, as: UTF8.self)
                        #expect(
                            lines[line] + "\n" == written,
                            "\(site.template): line \(line + 1) of \(file.path)"
                        )
                        compared += 1
                    }
                }
            }
        }
        #expect(compared > 50)
    }

    @Test func optionsDecideAboutTheirFragments() throws {
        let series = try MirrorSeries.read()
        let patch = try #require(series.patches.first { $0.folder == "0004-share-sev-context" })
        let held = try #require(patch.fragments.first { "\($0.setting)" == "destroy-lock=held" })
        func options(_ text: String) throws -> [String] {
            let line = try #require(
                held.template.lines.firstIndex { String(decoding: $0.text, as: UTF8.self).contains(text) }
            )
            return series.options(decidingAbout: [line], of: held.template.path, in: patch.folder).map(\.name)
        }
        #expect(try options("KPATCH_put_owner") == ["destroy-lock"])
        #expect(try options("release the KPATCH_mirror_member") == ["error-labels", "destroy-lock"])
    }

    /// A line of a Makefile that begins with "# if" is a comment, whoever reads it.
    @Test func commentsOpenNoBranch() throws {
        let text = "# if KPATCH_A were a condition\nx\n#if KPATCH_B\ny\n#endif\nz\n"
        let template = Template(path: "Makefile", bytes: Array(text.utf8))
        #expect(template.conditionNames(around: [1]) == [])
        #expect(template.conditionNames(around: [3]) == ["KPATCH_B"])
        #expect(template.conditionNames(around: [5]) == [])
        let rendered = try template.render(.init(conditions: ["KPATCH_B": true], values: ["KPATCH_A": "a"]))
        #expect(String(decoding: rendered.bytes, as: UTF8.self) == "# if a were a condition\nx\ny\nz\n")
    }

    /// The default of each option is what the patch is held with: the fixed variants need few fragments.
    @Test func theFixedPatchIsItsOwn() throws {
        let series = try MirrorSeries.read()
        for variant in series.fixed {
            let selection = try Selection(variant: variant.name, settings: [], of: series)
            let truths = selection.conditions()
            let chosen = Set(
                series.patches.flatMap(\.fragments).filter { truths[$0.condition] ?? false }.map(\.option)
            )
            #expect(
                chosen.isSubset(of: ["api", "direction", "docs-fields", "destroy-flush"]),
                "\(variant.name)"
            )
        }
    }
}
