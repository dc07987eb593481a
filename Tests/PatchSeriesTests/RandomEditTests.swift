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
        let edit: RandomEdit
        let patched: PatchedFile
        /// nil if the edit changes what the series asks of the tree: then another form of it is placed.
        let merge: MergeJudge.Case?
        /// Why it was refused.
        let refusal: SeriesError?
    }

    /// A series on a tree, and the files that it edits there.
    private struct Bench {
        let name: String
        let series: Series
        let facts: FactSet
        let selections: [Selection]
        private let tree: (String) -> [UInt8]?
        private let factFiles: Set<String>
        let originals: [String: RandomEdit.Original]
        /// How often a file is chosen: by its sites, and the small ones are quick to read.
        let choices: [String]

        init(_ project: ProjectSeries, _ tree: KernelTree, _ scratch: Scratch) throws {
            name = "\(project.root) on \(tree.tag)"
            series = try project.read()
            let read = try tree.reader()
            facts = try FactSet(series, read: read)
            var selections: [Selection] = []
            var sites: [String: Set<RandomEdit.Site>] = [:]
            for variant in series.variants.map(\.name) {
                let selection = try Selection(variant: variant, settings: [], of: series)
                // What the tree has already is refused, which KernelTreeTests looks at.
                if project.isMerged(variant, in: tree) { continue }
                selections.append(selection)
                let rendered = try series.render(selection, read: read)
                for file in rendered.patches.flatMap(\.files) where read(file.path) != nil {
                    for site in file.sites {
                        sites[file.path, default: []].insert(.init(line: site.line, anchor: site.anchor))
                    }
                }
            }
            self.selections = selections
            self.tree = read
            factFiles = Set(series.facts.flatMap { $0.files + $0.also })
            var files: Files = [:]
            for path in sites.keys { files[path] = read(path) }
            try scratch.write(files)
            let tags = try Ctags(Array(files.keys), in: scratch)
            var originals: [String: RandomEdit.Original] = [:]
            var choices: [String] = []
            for (path, bytes) in files.sorted(by: { $0.key < $1.key }) {
                let sorted = (sites[path] ?? []).sorted { ($0.line, $0.anchor) < ($1.line, $1.anchor) }
                let original = RandomEdit.Original(
                    path,
                    bytes,
                    tags[path],
                    sorted,
                    Self.numbers(facts, in: path)
                )
                originals[path] = original
                let weight = min(40, max(1, 4000 * sorted.count / original.lines.count))
                choices += Array(repeating: path, count: weight)
            }
            (self.originals, self.choices) = (originals, choices)
        }

        private static func numbers(_ facts: FactSet, in path: String) -> [RandomEdit.Number] {
            facts.answers.compactMap { answer in
                guard answer.file == path, case .number(let value) = answer.value else { return nil }
                return switch answer.question {
                case .nextMacro(let prefix): .init(prefix: prefix, enumeration: nil, value: value)
                case .nextEnumerator(let name, _):
                    .init(prefix: "KVM_SEV_", enumeration: name, value: value)
                default: nil
                }
            }
        }

        func original(_ path: String) -> [UInt8]? { tree(path) }

        /// The files in which the series takes numbers.
        var withNumbers: [String] { originals.filter { !$0.value.numbers.isEmpty }.keys.sorted() }

        /// The facts of the tree with another text of one file.
        func facts(_ path: String, _ bytes: [UInt8]) throws -> FactSet {
            guard factFiles.contains(path) else { return facts }
            return try FactSet(series) { $0 == path ? bytes : tree($0) }
        }

        /// A file with the series on it; no steps where it has nothing for it.
        func patched(_ path: String, _ bytes: [UInt8], _ selection: Selection, _ facts: FactSet) throws
            -> PatchedFile
        {
            let settled = try SettledSelection(selection, in: facts, of: series)
            return try PatchedFile(path, base: bytes, series, settled.environment, facts)
        }
    }

    /// What became of the edits.
    private struct Tally {
        var done = 0
        var refused = 0
        /// Of those after which places are as obvious as before and that git can merge: how many, and what was refused.
        var obvious = 0
        var needless: [String] = []
        var merged = 0
        /// Another place than git's, or other lines.
        var differing: [String] = []
        /// Sites about which ctags says nothing.
        var unknown = 0

        static func += (left: inout Tally, right: Tally) {
            left.done += right.done
            left.refused += right.refused
            left.obvious += right.obvious
            left.needless += right.needless
            left.merged += right.merged
            left.differing += right.differing
            left.unknown += right.unknown
        }
    }

    @Test func aSiteIsRightOrRefused() throws {
        let environment = ProcessInfo.processInfo.environment
        let seed = environment["KPATCH_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0..<1_000_000_000)
        let edits = environment["KPATCH_EDITS"].flatMap { Int($0) } ?? 300
        let cases = ProjectSeries.all.flatMap { project in KernelTree.series.map { (project, $0) } }
        var generator = SeededGenerator(seed: seed)
        var tally = Tally()
        for (index, (project, release)) in cases.enumerated() {
            let bench = try Bench(project, try KernelTree(release), try Scratch())
            let count = edits * (index + 1) / cases.count - edits * index / cases.count
            tally += try judge(bench, count, seed, &generator)
        }
        print(
            """
            random edits: KPATCH_SEED=\(seed) KPATCH_EDITS=\(edits): \(tally.done) edits, \(tally.refused) refused; \
            \(tally.merged) compared with a line merge, \(tally.differing.count) of them in other words or places; \
            \(tally.obvious) obvious, \(tally.needless.count) of them refused; ctags lost \(tally.unknown) times
            """
        )
        for line in tally.needless { print("refused: \(line)") }
        for line in tally.differing { print("differs: \(line)") }
        // Or the edits are all harmless, or all fatal, and nothing was tried.
        #expect(tally.refused > edits / 50 && tally.refused < edits / 2, "KPATCH_SEED=\(seed)")
        #expect(
            tally.needless.count * 100 <= max(100, tally.obvious),
            "KPATCH_SEED=\(seed): \(tally.needless)"
        )
    }

    private func judge(_ bench: Bench, _ edits: Int, _ seed: UInt64, _ generator: inout SeededGenerator)
        throws -> Tally
    {
        var trials: [Trial] = []
        var results: Files = [:]
        var tally = Tally()
        var unedited: [String: [UInt8]] = [:]
        while trials.count < edits {
            let selection = bench.selections[trials.count % bench.selections.count]
            let edit = try #require(RandomEdit.allCases.randomElement(using: &generator))
            guard let (path, site, lines) = edited(bench, edit, &generator),
                let base = bench.original(path)
            else { continue }
            let number = trials.count + 1
            let description =
                "KPATCH_SEED=\(seed), \(bench.name), edit \(number): \(edit) in \(path) near line \(site.line), \(selection.variant)"
            let bytes = Array(lines.joined(separator: "\n").utf8)
            let key = "\(selection.variant) \(path)"
            let before =
                try unedited[key]
                ?? bench.patched(path, base, selection, bench.facts).steps.last?.bytes ?? base
            unedited[key] = before
            var patched = PatchedFile()
            var refusal: SeriesError?
            var isSame = false
            do {
                let facts = try bench.facts(path, bytes)
                isSame = bench.series.truths(facts) == bench.series.truths(bench.facts)
                patched = try bench.patched(path, bytes, selection, facts)
            } catch let error as SeriesError where [.placement, .upstream].contains(error.kind) {
                refusal = error
                tally.refused += 1
                let located = error.diagnostics.allSatisfy {
                    !$0.file.isEmpty && $0.line > 0 && !$0.message.isEmpty
                }
                #expect(located && !error.diagnostics.isEmpty, "\(description): \(error)")
            }
            for (index, step) in patched.steps.enumerated() {
                results["\(number).\(index)/\(path)"] = step.bytes
            }
            let taken = bench.originals[path]?.numbers.first { number in
                edit == .takeNumber && lines.contains { $0.contains(number.prefix + "TAKEN") }
            }
            if let taken, let last = patched.steps.last, Self.takes(taken.value, last.bytes, bytes) {
                Issue.record("\(description): \(taken.value) is taken twice")
            }
            let result = refusal == nil ? patched.steps.last?.bytes ?? bytes : nil
            let merge = MergeJudge.Case(base: base, unedited: before, edited: bytes, patched: result)
            trials.append(
                Trial(
                    description: description,
                    path: path,
                    edit: edit,
                    patched: patched,
                    merge: isSame ? merge : nil,
                    refusal: refusal
                )
            )
        }
        tally.done = trials.count
        try judgeByMerge(trials, &tally)
        try judgeByCtags(trials, results, &tally)
        return tally
    }

    /// Whether a file has a line with a number that another text of it doesn't have.
    private static func takes(_ number: UInt64, _ bytes: [UInt8], _ other: [UInt8]) -> Bool {
        func lines(_ bytes: [UInt8]) -> Set<Substring> {
            Set(String(decoding: bytes, as: UTF8.self).split(separator: "\n"))
        }
        return lines(bytes).subtracting(lines(other)).contains { line in
            line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.contains { UInt64($0) == number }
        }
    }

    /// A file, and a site near which the edit can be made.
    private func edited(_ bench: Bench, _ edit: RandomEdit, _ generator: inout SeededGenerator) -> (
        path: String, site: RandomEdit.Site, lines: [String]
    )? {
        for _ in 0..<30 {
            // Few files have numbers.
            let choices = edit == .takeNumber ? bench.withNumbers : bench.choices
            guard let path = choices.randomElement(using: &generator), let original = bench.originals[path],
                let site = original.sites.randomElement(using: &generator)
            else { return nil }
            if let lines = edit.apply(to: original, near: site, &generator) { return (path, site, lines) }
        }
        return nil
    }

    private func judgeByMerge(_ trials: [Trial], _ tally: inout Tally) throws {
        let judged = trials.filter { $0.merge != nil }
        let verdicts = try MergeJudge(judged.compactMap(\.merge)).verdicts
        for (trial, verdict) in zip(judged, verdicts) {
            switch verdict {
            case .conflict: break
            case .refused:
                guard trial.edit.isHarmless else { continue }
                tally.obvious += 1
                tally.needless.append("\(trial.description): \(trial.refusal?.description ?? "")")
            case .lost(let line):
                tally.merged += 1
                Issue.record("\(trial.description): the tree's '\(line)' is gone")
            case .differs(let how):
                tally.merged += 1
                tally.differing.append("\(trial.description): \(how)")
            case .right:
                tally.merged += 1
                if trial.edit.isHarmless { tally.obvious += 1 }
            }
        }
    }

    private func judgeByCtags(_ trials: [Trial], _ results: Files, _ tally: inout Tally) throws {
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
                    guard let complaint = judge.complaint(placement) else { continue }
                    if judge.isLost(placement) {
                        tally.unknown += 1
                    } else {
                        Issue.record("\(trial.description): \(complaint)")
                    }
                }
            }
        }
    }
}
