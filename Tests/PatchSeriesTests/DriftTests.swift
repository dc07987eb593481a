// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import PatchSeries
import TestSupport
import Testing

/// What a new base does to a series' sites.
///
/// Each file of Fixtures/drift says what differs from Fixtures/small.txtar: `-- series/path --` and `-- tree/path --`
/// for both bases, `-- from/path --` and `-- to/path --` for one of them, `-- remove to/path --` for what it lacks.
@Suite struct DriftTests {
    private static let folder = Fixtures.folder.appendingPathComponent("drift")

    static func cases() throws -> [String] {
        try Archive.all(in: folder).map { $0.deletingPathExtension().lastPathComponent }
    }

    @Test(arguments: try DriftTests.cases())
    func drift(name: String) throws {
        let url = Self.folder.appendingPathComponent("\(name).txtar")
        let archive = try Archive(url)
        var series: Files = [:]
        var trees: [String: Files] = ["from": [:], "to": [:]]
        let small = try Archive(Fixtures.folder.appendingPathComponent("small.txtar")).sections
        for (path, text) in small + archive.sections where path != "expected" {
            let words = path.split(separator: " ")
            let parts = words[words.count - 1].split(separator: "/", maxSplits: 1).map(String.init)
            try #require(parts.count == 2, "\(path)")
            let bytes = words.count == 1 ? Array(text.utf8) : nil
            switch parts[0] {
            case "series": series[parts[1]] = bytes
            case "tree": for side in ["from", "to"] { trees[side]?[parts[1]] = bytes }
            default: trees[parts[0]]?[parts[1]] = bytes
            }
        }
        let read = try SeriesReader(files: series, root: "small").read()
        let selections = try read.variants.map { try Selection(variant: $0.name, settings: [], of: read) }
        let (from, to) = (trees["from"] ?? [:], trees["to"] ?? [:])
        let drift = Drift(
            from: try read.trial(of: selections) { from[$0] },
            to: try read.trial(of: selections) { to[$0] }
        )
        try archive.expect(text(drift), at: url)
    }

    /// The software PSP has a place on every tree, and takes other forms on some.
    @Test(arguments: KernelTree.series)
    func fromTreeToTree(release: String) throws {
        let series = try ProjectSeries.psp.read()
        let selections = [try Selection(variant: "default", settings: [], of: series)]
        func trial(_ release: String) throws -> SeriesTrial {
            let read = try KernelTree(release).reader()
            return try series.trial(of: selections, read: read)
        }
        let (old, new) = (try trial("5.10"), try trial(release))
        let drift = Drift(from: old, to: new)
        #expect(drift.count(.failing) == 0 && drift.refusals.isEmpty)
        guard case .placed(let placement) = new.outcomes.first else {
            Issue.record("refused")
            return
        }
        let sites = placement.patches.flatMap(\.files).map { max(1, $0.sites.count) }.reduce(0, +)
        #expect(drift.sites.count - drift.count(.notUsedThere) == sites)
        #expect((drift.count(.unchanged) == drift.sites.count) == (release == "5.10"))
        // The line in the tree is where the line before the patches is.
        let read = try KernelTree(release).reader()
        for site in drift.sites {
            guard let side = site.to, let line = side.line else { continue }
            let lines = read(side.file)?.split(
                separator: UInt8(ascii: "\n"),
                omittingEmptySubsequences: false
            )
            #expect(line <= lines?.count ?? 0, "\(side)")
        }
    }

    private func text(_ drift: Drift) -> String {
        var lines: [String] = []
        for site in drift.sites {
            let shift = site.shift.map { " by \($0)" } ?? ""
            lines.append(
                "\(site.template):\(site.templateLine) \(site.change.rawValue)\(shift) [\(site.variants.joined(separator: " "))]"
            )
            for (name, side) in [("from", site.from), ("to", site.to)] {
                guard let side else { continue }
                lines.append("  \(name) \(side.file):\(side.line ?? 0) \(side.anchor)")
                lines += side.problem.map { "\($0)".split(separator: "\n").map { "    \($0)" } } ?? []
            }
            lines += site.renamings.map { "  \($0.from) is \($0.to): \($0.quirk ?? "no quirk")" }
        }
        lines += drift.facts.map {
            "\($0.from.fact): \($0.from.value) \($0.from.file):\($0.from.line) -> \($0.to.value) \($0.to.file):\($0.to.line)"
        }
        lines += drift.refusals.map {
            "\($0.variant) refused by \($0.isOfNewBase ? "to" : "from"): \($0.reason.map(\.description).joined())"
        }
        if !drift.isLeft { lines.append("nothing is left") }
        return lines.joined(separator: "\n") + "\n"
    }
}
