// SPDX-License-Identifier: GPL-2.0-only

import Base
import FoundationEssentials

/// Why a file is no report that can be believed.
public struct ReportFault: Blamed, Equatable {
    public var fault: Fault { .user }
    /// What is wrong, behind the file's name.
    public let description: String
}

extension RunReport {
    /// The most tests, subtests included, that a report may have, and how deep they may stand.
    private static let testLimit = Limits.raised(100_000)
    private static let depthLimit = 16

    /// Reads what `written(as: .json)` wrote, on whichever machine. What the results make of it must be what it says of
    /// itself: a report is not believed to have passed.
    ///
    /// - Parameter name: what messages call the file.
    public init(json bytes: [UInt8], named name: String) throws(ReportFault) {
        let document: JSONReport
        do {
            document = try JSONDecoder().decode(JSONReport.self, from: Data(bytes))
        } catch {
            throw ReportFault(
                description: "\(name) is not a report.json of 'kpatch-gen test', or only a part of one"
            )
        }
        guard document.findings.schema == JSONReport.schema else {
            throw ReportFault(
                description:
                    "\(name) has schema \(document.findings.schema), and this program reads schema \(JSONReport.schema)"
            )
        }
        var count = 0
        for result in document.report.results { try Self.check(result, &count, depth: 1, name) }
        for phase in document.report.phases { try Self.check(phase.milliseconds, name) }
        self = document.report
        guard verdict == document.findings.verdict else {
            throw ReportFault(
                description:
                    "\(name) says '\(document.findings.verdict.rawValue)', and its results make '\(verdict.rawValue)': it was changed"
            )
        }
        let counts = self.counts
        guard Verdict.allCases.allSatisfy({ document.findings.counts[$0.rawValue] == counts[$0] }) else {
            throw ReportFault(
                description: "\(name) doesn't have the number of results that it says: it was changed"
            )
        }
    }

    private static func check(
        _ result: TestResult,
        _ count: inout Int,
        depth: Int,
        _ name: String
    ) throws(ReportFault) {
        count += 1
        guard count <= testLimit, depth <= depthLimit else {
            throw ReportFault(
                description:
                    "\(name) has more than \(testLimit) tests, or tests more than \(depthLimit) deep (\(Limits.hint))"
            )
        }
        if let milliseconds = result.milliseconds { try check(milliseconds, name) }
        for child in result.children { try check(child, &count, depth: depth + 1, name) }
    }

    private static func check(_ milliseconds: Int, _ name: String) throws(ReportFault) {
        guard TestResult.milliseconds.contains(milliseconds) else {
            throw ReportFault(description: "\(name) has a time of \(milliseconds) ms, which nothing takes")
        }
    }
}

extension RunReport {
    /// A test that counts, with the name that a history knows it by.
    public struct NamedResult: Sendable {
        /// `program.subtest`, without addresses; with a number behind it where a report has the name twice.
        public let name: String
        public let result: TestResult
    }

    /// The tests that `counts` counts, and what the console showed outside of tests, each with a name of its own.
    public var namedResults: [NamedResult] {
        var names = DistinctNames()
        var all: [NamedResult] = []
        func add(_ result: TestResult, _ parents: String) {
            let name = (parents.isEmpty ? "" : "\(parents).") + result.name.withoutAddresses.onOneLine
            for child in result.children { add(child, name) }
            if let worst = result.children.map(\.verdict).max(), result.verdict <= worst { return }
            all.append(NamedResult(name: names.take(name), result: result))
        }
        for result in resultsAndFindings { add(result, "") }
        return all
    }

    /// How long a phase of these names took in all, in milliseconds; nil if there was none.
    public func milliseconds(ofPhases matches: (String) -> Bool) -> Int? {
        let found = phases.filter { matches($0.name) }
        return found.isEmpty ? nil : found.reduce(0) { $0 + $1.milliseconds }
    }

    /// What each review point came to, in the order of the review.
    public var pointVerdicts: [(point: String, verdict: Verdict, tests: Int)] {
        points.map { ($0.point, $0.verdict, $0.tests.count) }
    }
}
