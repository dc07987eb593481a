// SPDX-License-Identifier: GPL-2.0-only

import Testing

@testable import TestReport

@Suite struct VerdictTests {
    @Test func severityGrows() {
        #expect(
            Verdict.allCases.sorted() == [
                .pass, .skip, .notExercised, .flaky, .infrastructure, .fail, .timedOut, .crashed,
            ]
        )
        #expect(
            Verdict.allCases.filter(\.isFailure) == [.flaky, .infrastructure, .fail, .timedOut, .crashed]
        )
        #expect(Verdict.allCases.filter(\.isBroken) == [.fail, .timedOut, .crashed])
        #expect(
            Verdict.allCases.map(\.rawValue) == [
                "pass", "skip", "not exercised", "flaky", "infrastructure", "fail", "timed out", "crashed",
            ]
        )
    }

    @Test func parentIsNeverBetter() {
        for own in Verdict.allCases {
            for child in Verdict.allCases {
                let verdict = Verdict.combined(own, [.pass, child])
                #expect(verdict >= own)
                #expect(verdict >= child)
            }
        }
        #expect(Verdict.combined(.pass, []) == .pass)
    }

    @Test func countsAreOfLeavesAndOfWorseParents() {
        let results = [
            TestResult(name: "a", verdict: .pass),
            TestResult(
                name: "b",
                verdict: .fail,
                children: [TestResult(name: "x", verdict: .pass), TestResult(name: "y", verdict: .fail)]
            ),
            TestResult(name: "c", verdict: .timedOut, children: [TestResult(name: "x", verdict: .pass)]),
            TestResult(name: "d", verdict: .notExercised),
        ]
        let counts = VerdictCounts(results)
        #expect(counts[.pass] == 3)
        #expect(counts.total == 6)
        #expect(counts.description == "3 passed, 1 failed, 1 timed out, 1 not exercised")
        #expect(VerdictCounts([]).description == "no tests")
    }
}
