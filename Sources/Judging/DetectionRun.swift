// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git
import Kernel
import PatchSeries
import TestReport

/// Puts each defect back alone, and looks which tests fail.
package struct DetectionRun {
    package let run: TestRun
    /// Only the defects of these options; empty for all.
    package let options: [String]
    /// Whether what is finished is tried again.
    package let isAgain: Bool

    package init(run: TestRun, options: [String], isAgain: Bool) {
        self.run = run
        self.options = options
        self.isAgain = isAgain
    }

    /// Judges every kernel that was not judged yet. Interrupted, it goes on where it was.
    package func report(on base: borrowing BaseCommit) async throws -> DetectionReport {
        let trials = try trials(run.bed.loaded.series, run.bed.tests, base)
        let rows = try await run.maker.withLock { try await judge(base, trials) }
        let judged = zip(trials, rows)
        return DetectionReport(
            tree: base.displayName,
            profile: run.maker.plan.profile.name,
            controls: judged.filter { $0.0.kind == .control }.map(\.1),
            posted: judged.first { $0.0.kind == .posted }?.1,
            defects: judged.filter { $0.0.kind == .defect }.map(\.1)
        )
    }

    /// A kernel to be judged.
    private struct Trial {
        enum Kind {
            case control, posted, defect
        }

        let kind: Kind
        /// What is known before the tests ran.
        let row: Detection
        /// Nil for what no test can see, and for what the tree refuses.
        let selection: Selection?
    }

    /// The variants without a defect, the patch as posted, then the defects in the order of series.yml.
    private func trials(_ series: Series, _ tests: GuestTests, _ base: borrowing BaseCommit) throws -> [Trial]
    {
        let facts = try base.facts(series)
        let known = series.defects
        for name in options where !known.contains(where: { $0.option == name }) {
            let names = Set(known.map(\.option)).sorted().joined(separator: ", ")
            throw Failure(.user, "no option '\(name)' puts a defect in; there are: \(names)")
        }
        let wanted = known.filter { options.isEmpty || options.contains($0.option) }
        var trials: [Trial] = []
        var used: Set<String> = []
        for defect in wanted {
            let candidates = defect.unseen == nil ? try series.selections(with: defect) : []
            let (selection, refusal) = try placed(candidates, defect, facts, series)
            if let selection { used.insert(selection.variant) }
            trials.append(
                Trial(
                    kind: .defect,
                    row: Detection(
                        name: defect.setting.description,
                        defect: defect.symptom,
                        points: defect.points,
                        variant: selection?.variant ?? "",
                        unseen: defect.unseen,
                        refused: refusal
                    ),
                    selection: selection
                )
            )
        }
        var wholes: [Trial] = []
        for variant in series.fixed where used.contains(variant.name) || options.isEmpty {
            wholes.append(try whole(.control, variant.name, [], series, facts))
        }
        if let posted = series.posted, options.isEmpty {
            wholes.append(try whole(.posted, posted, tests.postedFails, series, facts))
        }
        return wholes + trials
    }

    private func whole(
        _ kind: Trial.Kind,
        _ variant: String,
        _ points: [String],
        _ series: Series,
        _ facts: FactSet
    ) throws(SeriesError) -> Trial {
        let plain = try Selection(variant: variant, settings: [], of: series)
        let (selection, refusal) = try placed([plain], nil, facts, series)
        return Trial(
            kind: kind,
            row: Detection(name: variant, defect: "", points: points, variant: variant, refused: refusal),
            selection: selection
        )
    }

    /// The first that the tree takes, or why it takes none: it has the feature, and decided.
    private func placed(
        _ selections: [Selection],
        _ defect: Defect?,
        _ facts: FactSet,
        _ series: Series
    ) throws(SeriesError) -> (Selection?, refusal: String?) {
        var refusal: String?
        for selection in selections {
            do {
                let settled = try SettledSelection(selection, in: facts, of: series)
                // The variant without it is the same patch then.
                if settled.decidedDefects.contains(where: { $0.setting == defect?.setting }) {
                    return (nil, "the tree's own defect, with and without it: its tests are expected to fail")
                }
                return (selection, nil)
            } catch {
                guard error.kind == .upstream else { throw error }
                // Not what to do about it: that is for who asked for it.
                let note = error.diagnostics.first?.notes.first ?? error.description
                refusal = refusal ?? note.split(separator: ";").first.map(String.init)
            }
        }
        return (nil, refusal)
    }

    /// One row per trial, in their order. The work goes variant by variant: the next kernel then differs by little.
    private func judge(_ base: borrowing BaseCommit, _ trials: [Trial]) async throws
        -> [Detection]
    {
        var store = TrialStore<Detection>(run.maker.state, "detection", tree: run.maker.tree)
        var rows = trials.map(\.row)
        // They name no review point: next to a defect they are no witnesses.
        let mute = Set(run.bed.tests.selftests.map(\.name))
        let order = trials.indices.filter { trials[$0].selection != nil }
            .sorted { (trials[$0].row.variant, $0) < (trials[$1].row.variant, $1) }
        for (count, index) in order.enumerated() {
            guard let selection = trials[index].selection else { continue }
            var row = trials[index].row
            let generation = try run.generate(selection, on: base)
            let key = try run.key(generation)
            var note = "known"
            if let known = store[key], !isAgain {
                row.failures = known.failures
                row.warnings = known.warnings
            } else {
                let clock = ContinuousClock()
                let start = clock.now
                (row.failures, row.warnings) = try await findings(base, selection, generation)
                try store.keep(row, as: key)
                note = (clock.now - start).inSeconds
            }
            if trials[index].kind != .control { row.failures.removeAll { mute.contains($0.program) } }
            rows[index] = row
            let names = row.failures.map(\.name).joined(separator: ", ")
            let inVariant = trials[index].kind == .defect ? " in \(row.variant)" : ""
            run.maker.observer.note(
                "\(count + 1) of \(order.count): \(row.name)\(inVariant): \(names.isEmpty ? "all pass" : names) (\(note))"
            )
        }
        return rows
    }

    /// What failed and what the compiler said. A kernel that doesn't build is a finding as well.
    private func findings(
        _ base: borrowing BaseCommit,
        _ selection: Selection,
        _ generation: GeneratedSeries
    ) async throws -> ([Detection.Failure], [String]) {
        let report: RunReport
        do {
            report = try await run.judge(run.prepare(base, generation), base, selection, generation).report
        } catch let error as any Blamed {
            guard error.fault == .verdict else { throw error }
            return ([], [error.description.split(separator: "\n").first.map(String.init) ?? ""])
        }
        if report.results.contains(where: { $0.verdict == .infrastructure }) {
            throw Failure(.infrastructure, "there was no machine to run the tests on")
        }
        return (report.failures, report.newWarnings)
    }
}
