// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import TestSupport
import Testing

@testable import PatchSeries

/// Whatever becomes of a file, each site goes where its anchor says or is refused.
///
/// `KPATCH_SEED=n` replays the run whose seed a failure names.
@Suite struct RandomEditTests {
    private static let edits = 200
    /// How often a file is chosen: the small ones are quick to read.
    private static let files = [
        ("arch/x86/kvm/svm/sev.c", 120), ("arch/x86/kvm/svm/svm.h", 30), ("include/linux/kvm_host.h", 20),
        ("arch/x86/include/asm/kvm_host.h", 8), ("arch/x86/kvm/svm/svm.c", 8), ("virt/kvm/kvm_main.c", 8),
        ("include/uapi/linux/kvm.h", 4), ("arch/x86/kvm/x86.c", 2),
    ]

    private struct Base {
        let lines: [String]
        let tags: [Ctags.Tag]
        /// 1-based.
        let siteLines: [Int]
    }

    private struct Trial {
        let description: String
        let path: String
        let patched: PatchedFile
    }

    /// A series, a tree's facts, and a base file for each path.
    private struct Bench {
        let series: Series
        let facts: FactSet
        let environments: [(variant: String, environment: Template.Environment)]
        let bases: [String: Base]

        init(_ scratch: Scratch) throws {
            let series = try MirrorSeries.read()
            let read = try KernelTree("5.10").reader()
            let facts = try FactSet(series, read: read)
            environments = try MirrorSeries.variants.map { variant in
                (
                    variant,
                    try series.environment(try Selection(variant: variant, settings: [], of: series), facts)
                )
            }
            let rendered = try series.render(
                try Selection(variant: "cap-from", settings: [], of: series),
                read: read
            )
            var files: Files = [:]
            for (path, _) in RandomEditTests.files { files[path] = read(path) }
            try scratch.write(files)
            let tags = try Ctags(Array(files.keys), in: scratch)
            bases = Dictionary(
                uniqueKeysWithValues: files.map { path, bytes in
                    let sites = rendered.patches.flatMap(\.files).filter { $0.path == path }.flatMap(\.sites)
                    let lines = String(decoding: bytes, as: UTF8.self).split(
                        separator: "\n",
                        omittingEmptySubsequences: false
                    )
                    return (
                        path,
                        Base(lines: lines.map(String.init), tags: tags[path], siteLines: sites.map(\.line))
                    )
                }
            )
            self.series = series
            self.facts = facts
        }
    }

    @Test func aSiteIsRightOrRefused() throws {
        let given = ProcessInfo.processInfo.environment["KPATCH_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 0..<1_000_000_000)
        var generator = SeededGenerator(seed: seed)
        let scratch = try Scratch()
        let bench = try Bench(scratch)
        let choices = Self.files.flatMap { path, weight in Array(repeating: path, count: weight) }

        var trials: [Trial] = []
        var results: Files = [:]
        var refused = 0
        while trials.count < Self.edits {
            let (variant, environment) = bench.environments[trials.count % bench.environments.count]
            let path = try #require(choices.randomElement(using: &generator))
            let edit = try #require(RandomEdit.allCases.randomElement(using: &generator))
            guard let base = bench.bases[path], let line = base.siteLines.randomElement(using: &generator),
                let lines = edit.apply(to: base.lines, base.tags, near: line, &generator)
            else { continue }
            let number = trials.count + 1
            let description =
                "KPATCH_SEED=\(seed), edit \(number): \(edit) in \(path) near line \(line), \(variant)"
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

        try scratch.write(results)
        let tags = try Ctags(Array(results.keys), in: scratch)
        for (index, trial) in trials.enumerated() {
            for (step, patch) in trial.patched.steps.enumerated() {
                let judge = PlacementJudge(
                    trial.path,
                    base: patch.base,
                    patched: patch.bytes,
                    tags["\(index + 1).\(step)/\(trial.path)"]
                )
                for placement in patch.placements {
                    if let complaint = judge.complaint(placement) {
                        Issue.record("\(trial.description): \(complaint)")
                    }
                }
            }
        }
        print("random edits: KPATCH_SEED=\(seed), \(trials.count) edits, \(refused) refused")
        // Or the edits are all harmless, or all fatal, and nothing was tried.
        #expect(
            refused > Self.edits / 50 && refused < Self.edits / 2,
            "KPATCH_SEED=\(seed): \(refused) refused"
        )
    }
}
