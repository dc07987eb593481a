// SPDX-License-Identifier: GPL-2.0-only

import Base
import CSource
import Foundation
import TestSupport
import Testing

@testable import PatchSeries

/// Whatever becomes of a file, each site goes where its anchor says or is refused.
///
/// `KPATCH_SEED=n` replays the run whose seed a failure names; `KPATCH_EDITS=n` makes a longer one.
@Suite struct RandomEditTests {
    private struct Trial {
        let description: String
        let path: String
        let patched: PatchedFile
    }

    /// A series on a tree, and the files that it edits there.
    private struct Bench {
        let name: String
        let series: Series
        let facts: FactSet
        let environments: [(variant: String, environment: Template.Environment)]
        let originals: [String: RandomEdit.Original]
        /// How often a file is chosen: by its sites, and the small ones are quick to read.
        let choices: [String]

        init(_ project: ProjectSeries, _ tree: KernelTree, _ scratch: Scratch) throws {
            name = "\(project.root) on \(tree.tag)"
            series = try project.read()
            let read = try tree.reader()
            facts = try FactSet(series, read: read)
            var environments: [(String, Template.Environment)] = []
            var sites: [String: Set<RandomEdit.Site>] = [:]
            for variant in series.variants.map(\.name) {
                let selection = try Selection(variant: variant, settings: [], of: series)
                // What the tree has already is refused, which KernelTreeTests looks at.
                if project.isMerged(variant, in: tree) { continue }
                let settled = try SettledSelection(selection, in: facts, of: series)
                environments.append((variant, settled.environment))
                let rendered = try series.render(selection, read: read)
                for file in rendered.patches.flatMap(\.files) where read(file.path) != nil {
                    for site in file.sites {
                        sites[file.path, default: []].insert(.init(line: site.line, anchor: site.anchor))
                    }
                }
            }
            self.environments = environments
            var files: Files = [:]
            for path in sites.keys { files[path] = read(path) }
            try scratch.write(files)
            let tags = try Ctags(Array(files.keys), in: scratch)
            var originals: [String: RandomEdit.Original] = [:]
            var choices: [String] = []
            for (path, bytes) in files.sorted(by: { $0.key < $1.key }) {
                let sorted = (sites[path] ?? []).sorted { ($0.line, $0.anchor) < ($1.line, $1.anchor) }
                let original = RandomEdit.Original(path, bytes, tags[path], sorted)
                originals[path] = original
                let weight = min(40, max(1, 4000 * sorted.count / original.lines.count))
                choices += Array(repeating: path, count: weight)
            }
            (self.originals, self.choices) = (originals, choices)
        }
    }

    @Test func aSiteIsRightOrRefused() throws {
        let environment = ProcessInfo.processInfo.environment
        let seed = environment["KPATCH_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0..<1_000_000_000)
        let edits = environment["KPATCH_EDITS"].flatMap { Int($0) } ?? 300
        let cases = ProjectSeries.all.flatMap { project in KernelTree.series.map { (project, $0) } }
        var generator = SeededGenerator(seed: seed)
        var (done, refused) = (0, 0)
        for (index, (project, release)) in cases.enumerated() {
            let bench = try Bench(project, try KernelTree(release), try Scratch())
            let count = edits * (index + 1) / cases.count - edits * index / cases.count
            let result = try judge(bench, count, seed, &generator)
            (done, refused) = (done + count, refused + result)
        }
        print("random edits: KPATCH_SEED=\(seed), \(done) edits, \(refused) refused")
        // Or the edits are all harmless, or all fatal, and nothing was tried.
        #expect(refused > edits / 50 && refused < edits / 2, "KPATCH_SEED=\(seed): \(refused) refused")
    }

    /// How many edits were refused.
    private func judge(_ bench: Bench, _ edits: Int, _ seed: UInt64, _ generator: inout SeededGenerator)
        throws -> Int
    {
        var trials: [Trial] = []
        var results: Files = [:]
        var refused = 0
        while trials.count < edits {
            let (variant, environment) = bench.environments[trials.count % bench.environments.count]
            let path = try #require(bench.choices.randomElement(using: &generator))
            let edit = try #require(RandomEdit.allCases.randomElement(using: &generator))
            guard let original = bench.originals[path],
                let site = original.sites.randomElement(using: &generator),
                let lines = edit.apply(to: original, near: site, &generator)
            else { continue }
            let number = trials.count + 1
            let description =
                "KPATCH_SEED=\(seed), \(bench.name), edit \(number): \(edit) in \(path) near line \(site.line), \(variant)"
            var patched = PatchedFile()
            do {
                let bytes = Array(lines.joined(separator: "\n").utf8)
                patched = try PatchedFile(path, base: bytes, bench.series, environment, bench.facts)
            } catch let error as SeriesError where error.kind == .placement {
                refused += 1
                let located = error.diagnostics.allSatisfy {
                    !$0.file.isEmpty && $0.line > 0 && !$0.message.isEmpty
                }
                #expect(located && !error.diagnostics.isEmpty, "\(description): \(error)")
            }
            for (index, step) in patched.steps.enumerated() {
                results["\(number).\(index)/\(path)"] = step.bytes
            }
            trials.append(Trial(description: description, path: path, patched: patched))
        }
        let scratch = try Scratch()
        try scratch.write(results)
        let tags = try Ctags(Array(results.keys), in: scratch)
        for (index, trial) in trials.enumerated() {
            for (number, step) in trial.patched.steps.enumerated() {
                let judge = PlacementJudge(
                    trial.path,
                    base: step.base,
                    patched: step.bytes,
                    tags["\(index + 1).\(number)/\(trial.path)"]
                )
                for placement in step.placements {
                    if let complaint = judge.complaint(placement) {
                        Issue.record("\(trial.description): \(complaint)")
                    }
                }
            }
        }
        return refused
    }
}
