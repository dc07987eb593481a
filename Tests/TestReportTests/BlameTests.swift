// SPDX-License-Identifier: GPL-2.0-only

import Testing

@testable import TestReport

@Suite struct BlameTests {
    private func finding(_ kind: String, _ line: String, in test: String?, _ verdict: Verdict = .fail)
        -> RunReport.ConsoleFinding
    {
        .init(kind: kind, verdict: verdict, test: test, lines: [line])
    }

    @Test func aSplatIsTheFailureOfTheTestThatRan() {
        var results = [
            TestResult(name: "first", verdict: .pass), TestResult(name: "second", verdict: .notExercised),
        ]
        results.blame([
            finding("lockdep", "WARNING: possible recursive locking detected", in: "second"),
            finding("warning", "WARNING: at boot", in: nil),
            finding("warning", "only worth a look", in: "first", .pass),
        ])
        #expect(results.map(\.verdict) == [.pass, .fail])
        #expect(
            results[1].reason == "console: lockdep: WARNING: possible recursive locking detected"
        )
    }

    /// The report comes ten seconds later, in the middle of another test.
    @Test func aHungTaskIsTheFailureOfItsOwnTest() {
        var results = [
            TestResult(name: "mirror_refusals_test", verdict: .pass),
            TestResult(name: "mirror_other", verdict: .pass),
        ]
        let line = "INFO: task mirror_refusals:71 blocked for more than 10 seconds."
        results.blame([finding("hung task", line, in: "mirror_other")])
        #expect(results.map(\.verdict) == [.fail, .pass])
        results.blame([finding("hung task", "INFO: task kworker/0:1:9 blocked", in: "mirror_other")])
        #expect(results.map(\.verdict) == [.fail, .fail])
    }
}

@Suite struct PointTests {
    private func report(_ results: [TestResult]) -> RunReport {
        RunReport(
            toolVersion: "0",
            created: "",
            tree: "t",
            variant: "v",
            profile: "p",
            accelerator: "tcg",
            acceleratorReason: "",
            machineEnding: "powered off",
            results: results
        )
    }

    @Test func aPointHasTheWorstVerdictOfItsTests() {
        let points = report([
            TestResult(
                name: "a",
                verdict: .fail,
                children: [
                    TestResult(name: "one", verdict: .pass, points: ["R14b", "L3"]),
                    TestResult(name: "two", verdict: .fail, points: ["R2"]),
                ]
            ),
            TestResult(name: "b", verdict: .notExercised, points: ["L3", "R14", "L12"]),
        ]).points
        #expect(points.map(\.point) == ["R2", "R14", "R14b", "L3", "L12"])
        #expect(points.map(\.verdict) == [.fail, .notExercised, .pass, .notExercised, .notExercised])
        #expect(points[3].tests.map(\.name) == ["a.one", "b"])
    }

    @Test func linesAndTheirSummary() throws {
        let failed = TestResult(name: "two", verdict: .fail, points: ["R2"], diagnostics: ["got 0"])
        #expect(failed.line(in: "a") == "fail           a.two")
        let whole = TestResult(
            name: "a",
            verdict: .fail,
            reason: "1 of 2 failed",
            milliseconds: 12,
            children: [TestResult(name: "one", verdict: .pass, points: ["R2"]), failed]
        )
        #expect(whole.line() == "fail           a  12 ms: 1 of 2 failed")
        let text = try report([whole]).written(as: .text, isAfterLines: true)
        #expect(text.contains("fail           a.two\n    | got 0\n"))
        #expect(!text.contains("a.one"))
        #expect(text.contains("R2     fail           1 pass, 1 fail: a.two\n"))
    }
}
