// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git
import PatchSeries

extension BaseCommit {
    /// What other commits move, rename or take away under a series.
    ///
    /// - Parameters:
    ///   - name: what the user calls this base.
    ///   - bases: the others, with their names.
    package func drift(
        of series: Series,
        _ selections: [Selection],
        from name: String,
        to bases: [(name: String, commit: Commit)]
    ) throws -> DriftReport {
        let old = try trial(series, selections, at: tree)
        let rows = try bases.map { base in
            try Task.checkCancellation()
            let outcome: DriftReport.Row.Outcome
            var release: KernelVersion?
            do {
                let new = try trial(series, selections, at: base.commit.tree)
                outcome = .compared(Drift(from: old, to: new))
                release = new.facts.release
            } catch let error as SeriesError where error.kind == .base && bases.count > 1 {
                // A bad base alone is bad input; among many it is a line of the table.
                outcome = .unfit(error.diagnostics)
            }
            return DriftReport.Row(
                base: .init(revision: base.name, commit: base.commit.id, release: release),
                outcome: outcome
            )
        }
        let base = DriftReport.Base(revision: name, commit: id, release: old.facts.release)
        return DriftReport(series: series, from: base, bases: rows)
    }
}

/// What `drift` found, on one new base or several.
package struct DriftReport {
    package let series: Series
    package let from: Base
    package let bases: [Row]

    package struct Base {
        /// As the user named it, or the tag that a pattern found.
        package let revision: String
        package let commit: ObjectID
        /// nil where there is no kernel.
        package let release: KernelVersion?
    }

    package struct Row {
        package let base: Base
        package let outcome: Outcome

        package enum Outcome {
            case compared(Drift)
            /// No series can be tried there.
            case unfit([Diagnostic])
        }

        package var verdict: Verdict {
            switch outcome {
            case .unfit: .unfit
            case .compared(let drift): drift.isLeft ? drift.count(.failing) == 0 ? .holds : .fails : .merged
            }
        }
    }

    package var holds: Bool { bases.allSatisfy { $0.verdict == .holds } }

    /// What a new base means for the series.
    package enum Verdict: String {
        /// Everything that is tried has its place.
        case holds
        /// An anchor doesn't hold.
        case fails
        /// The base has the patch already: no variant is left to be placed.
        case merged
        /// No series can be tried there.
        case unfit
    }
}
