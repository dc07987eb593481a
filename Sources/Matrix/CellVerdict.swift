// SPDX-License-Identifier: GPL-2.0-only

import TestReport

/// What became of a cell: that of its report, or why there is none. Raw values are stable: results and histories hold them.
package enum CellVerdict: String, Sendable, Codable, CaseIterable {
    case pass, skip
    case notExercised = "not exercised"
    case flaky
    case fail
    case timedOut = "timed out"
    case crashed
    /// The compiler or linker refuses it.
    case doesNotBuild = "does not build"
    /// The tree has no place for a site.
    case doesNotApply = "does not apply"
    /// The tree has the feature already and refuses the variant: nothing is wrong with either.
    case upstream = "upstream's"
    /// There was no machine, no disk, no compiler: no answer, and it is asked again.
    case infrastructure
    /// It was not judged yet.
    case missing

    package init(_ verdict: Verdict) {
        self =
            switch verdict {
            case .pass: .pass
            case .skip: .skip
            case .notExercised: .notExercised
            case .flaky: .flaky
            case .infrastructure: .infrastructure
            case .fail: .fail
            case .timedOut: .timedOut
            case .crashed: .crashed
            }
    }

    /// Of a whole report: the worst of its tests, except that some that were skipped or not exercised don't hide that all others
    /// passed, as they don't change the exit status of `test`. They are counted and shown wherever the report is.
    package init(of report: RunReport) {
        let passes = report.namedResults.contains { $0.result.verdict == .pass }
        let isQuiet = report.verdict == .skip || report.verdict == .notExercised
        self = isQuiet && passes ? .pass : CellVerdict(report.verdict)
    }

    /// Whether the answer is no.
    package var isFailure: Bool {
        switch self {
        case .flaky, .fail, .timedOut, .crashed, .doesNotBuild, .doesNotApply: true
        case .pass, .skip, .notExercised, .upstream, .infrastructure, .missing: false
        }
    }

    /// Whether there is an answer, which needn't be asked for again.
    package var isAnswer: Bool { self != .infrastructure && self != .missing }

    /// One letter for a narrow table.
    package var letter: String {
        switch self {
        case .pass: "P"
        case .skip: "S"
        case .notExercised: "N"
        case .flaky: "~"
        case .fail: "F"
        case .timedOut: "T"
        case .crashed: "C"
        case .doesNotBuild: "B"
        case .doesNotApply: "A"
        case .upstream: "U"
        case .infrastructure: "I"
        case .missing: "?"
        }
    }
}
