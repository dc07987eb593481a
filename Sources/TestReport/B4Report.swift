// SPDX-License-Identifier: GPL-2.0-only

import Base

/// What `b4 review` takes from a check command (misc/review-ci-example.py in b4): a column each for the tests, the
/// kernel's console and the compiler.
struct B4Report {
    struct Check: Encodable, Equatable {
        enum Status: String, Encodable {
            case pass, warn, fail
        }

        /// The column's header.
        let tool: String
        let status: Status
        /// A line.
        let summary: String
        /// For b4's detail view; left out if there is nothing to add.
        var details: String?
    }

    let checks: [Check]

    init(_ report: RunReport) {
        let what = "\(report.variant) on \(report.tree), profile \(report.profile)"
        let counts = report.counts
        // What was skipped or never tried is no pass: somebody has to look.
        let isOpen = counts[.pass] == 0 || counts[.notExercised] > 0
        let failed = report.results.contains { $0.verdict.isFailure } || report.results.isEmpty
        let findings = report.consoleEvents.filter(\.verdict.isFailure)
        let warnings = report.newWarnings
        checks = [
            Check(
                tool: "kpatch-tests",
                status: failed ? .fail : isOpen ? .warn : .pass,
                summary: "\(counts) (\(what))".onOneLine,
                details: TextReport(isColored: false).write(report)
            ),
            Check(
                tool: "kpatch-console",
                status: findings.isEmpty ? .pass : .fail,
                summary: findings.isEmpty
                    ? "the kernel had nothing to complain of"
                    : Self.first(findings.map(\.title)),
                details: Self.text(findings.flatMap { [$0.title] + $0.lines + [""] })
            ),
            Check(
                tool: "kpatch-warnings",
                status: warnings.isEmpty ? .pass : .warn,
                summary: warnings.isEmpty ? "no new compiler warnings" : Self.first(warnings),
                details: Self.text(warnings)
            ),
        ]
    }

    private static func first(_ lines: [String]) -> String {
        let more = lines.count > 1 ? ", and \(lines.count - 1) more" : ""
        return (lines.first ?? "").onOneLine + more
    }

    private static func text(_ lines: [String]) -> String? {
        lines.isEmpty ? nil : lines.map(\.onOneLine).joined(separator: "\n")
    }
}
