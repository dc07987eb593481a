// SPDX-License-Identifier: GPL-2.0-only

import Base
import History
import Matrix
import SystemPackage
import TestReport

/// What a page is made of.
package struct PageSource: Sendable {
    package let matrix: MatrixFolder
    /// What the history knows of findings, by fingerprint.
    package var findings: [String: SeenFinding] = [:]
    package var trends: [Trend] = []
    /// Those that have expired as well.
    package var known: [KnownIssue] = []
    /// `2026-11-29`
    package var today: String
    /// Nil where nobody knows of one.
    package var review: PageReview?
    /// What became of it since an earlier matrix; nil if nobody asked.
    package var comparison: Comparison?

    package init(matrix: MatrixFolder, today: String) {
        self.matrix = matrix
        self.today = today
    }
}

/// What was said of the series, and what became of it.
package struct PageReview: Sendable {
    /// In the review's order.
    package let points: [(name: String, says: String)]
    /// How each row's selection stands to each point: `taken`.
    package let standings: [String: [String: String]]

    package init(points: [(name: String, says: String)], standings: [String: [String: String]]) {
        self.points = points
        self.standings = standings
    }
}

/// A cell on the page.
struct PageCell {
    let entry: MatrixFolder.Record.Entry
    let folder: ResultFolder?
    /// From 1, in the matrix' order.
    let number: Int
    let tests: [RunReport.NamedResult]
    let points: [(point: String, verdict: Verdict, tests: Int)]

    /// What its result shows; what only a list says is not believed.
    var verdict: CellVerdict {
        folder?.result.verdict ?? (entry.verdict == .infrastructure ? .infrastructure : .missing)
    }
    var reason: String? { folder?.result.reason ?? entry.reason }
    var page: String { "c/\(number).html" }

    static func all(_ matrix: MatrixFolder) -> [PageCell] {
        matrix.record.cells.enumerated().map { index, entry in
            let folder = matrix.results[entry.key]
            return PageCell(
                entry: entry,
                folder: folder,
                number: index + 1,
                tests: folder?.report?.namedResults ?? [],
                points: folder?.report?.pointVerdicts ?? []
            )
        }
    }
}

extension TestResult {
    /// Why it failed, or what it said first.
    var words: String? { reason ?? diagnostics.first }
}

extension CellVerdict {
    /// Its colour: a class of style.css.
    var style: String {
        switch self {
        case .pass: "ok"
        case .skip, .notExercised, .upstream: "none"
        case .flaky: "flaky"
        case .fail, .timedOut, .crashed, .doesNotBuild, .doesNotApply: "bad"
        case .infrastructure, .missing: "lost"
        }
    }
}
