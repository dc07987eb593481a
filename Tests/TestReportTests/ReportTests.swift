// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import FoundationXML
import TestSupport
import Testing

@testable import TestReport

@Suite struct ReportTests {
    private static func report(
        _ results: [TestResult],
        findings: [RunReport.ConsoleFinding] = []
    ) -> RunReport {
        RunReport(
            toolVersion: "0.1.0",
            created: "2025-01-02T03:04:05Z",
            tree: "v5.10.262",
            variant: "enc-op",
            options: [.init(name: "api", value: "enc-op"), .init(name: "locking", value: "both")],
            profile: "debug",
            kernelVersion: "5.10.262-kpatch",
            accelerator: "tcg",
            acceleratorReason: "/dev/kvm opens, but a guest did not run within 2 s: using TCG",
            machineEnding: "kernel panic",
            consoleEvents: findings,
            results: results,
            phases: [.init(name: "build", milliseconds: 83_500), .init(name: "boot", milliseconds: 940)]
        )
    }

    /// What was written is read as it was; the order of options is the reader's.
    @Test func aReportIsReadAsItWasWritten() throws {
        var finding = RunReport.ConsoleFinding(
            kind: "KASAN",
            verdict: .fail,
            lines: ["BUG: KASAN"],
            frames: ["f"]
        )
        finding.stack = [.init(function: "f", file: "a.c", line: 3, isInlined: true)]
        var report = Self.full
        report.consoleEvents.append(finding)
        report.results[1].reproduce = "kpatch-gen test --tests mirror"
        let text = try report.written(as: .json)
        #expect(try RunReport(json: Array(text.utf8), named: "report.json") == report)
        // Reports of an earlier program, of the same schema.
        let old = text.replacing(/"stack" : \[[^\]]*\],?/, with: "").replacing(/,(\s*\})/) { "\($0.1)" }
        #expect(old != text)
        report.consoleEvents[report.consoleEvents.count - 1].stack = []
        #expect(try RunReport(json: Array(old.utf8), named: "report.json") == report)
    }

    static let full = report(
        [
            TestResult(name: "boots", verdict: .pass, milliseconds: 12),
            TestResult(
                name: "mirror",
                verdict: .fail,
                reason: "1 of 3 subtests: fail",
                milliseconds: 1234,
                points: ["L3"],
                diagnostics: ["the parent speaks"],
                children: [
                    TestResult(name: "copies", verdict: .pass, points: ["R1", "R2"]),
                    TestResult(
                        name: "refuses # & \"<vcpu>\"",
                        verdict: .fail,
                        points: ["L12"],
                        diagnostics: ["expected EINVAL (22)", "got 0 \u{1b}[31m red\u{7}"],
                        droppedDiagnostics: 3
                    ),
                    TestResult(name: "chain", verdict: .notExercised, reason: "SEV is not usable here"),
                ]
            ),
            TestResult(name: "slow", verdict: .timedOut, reason: "after 20 s"),
            TestResult(
                name: "dies",
                verdict: .crashed,
                reason: "kernel panic"
            ),
            TestResult(name: "signal", verdict: .skip, reason: "no hardware"),
            TestResult(name: "fails with a word", verdict: .fail, reason: "SKIP is not what it says"),
            TestResult(
                name: "last",
                verdict: .notExercised,
                reason: "never started: the run ended in 'dies'"
            ),
        ],
        findings: [
            .init(
                kind: "oops",
                verdict: .crashed,
                test: "dies",
                lines: ["BUG: kernel NULL pointer dereference, address: 0000000000000010"]
                    + (1...25).map { "[   12.4] line \($0)" }
            ),
            .init(kind: "warning", verdict: .pass, lines: ["WARNING: at x.c:1"]),
        ]
    )

    @Test(arguments: ReportFormat.allCases)
    func fullReport(format: ReportFormat) throws {
        let file = Golden.folder().appendingPathComponent("reports/full.\(format.rawValue)")
        try Golden.expect(try Self.full.written(as: format), at: file)
        #expect(try Self.full.written(as: format) == Self.full.written(as: format))
    }

    @Test func coloredText() throws {
        let file = Golden.folder().appendingPathComponent("reports/full.colored")
        let text = try Self.full.written(as: .text, isColored: true)
        try Golden.expect(text, at: file)
        // The same text but for the colours.
        let plain = text.replacing(try Regex("\u{1b}\\[[0-9;]*m"), with: "")
        #expect(try plain == Self.full.written(as: .text))
    }

    @Test(arguments: ReportFormat.allCases)
    func emptyReport(format: ReportFormat) throws {
        let report = Self.report([])
        #expect(report.exitStatus == 1)
        try Golden.expect(
            try report.written(as: format),
            at: Golden.folder().appendingPathComponent("reports/empty.\(format.rawValue)")
        )
    }

    /// A program that reads one of these must see what makes the run fail, even if every test passed.
    @Test(arguments: [ReportFormat.ktap, .junit, .kcidb, .b4])
    func failureOutsideOfTestsIsShown(format: ReportFormat) throws {
        let mark =
            switch format {
            case .text, .json: ""
            case .ktap: "not ok"
            case .junit: "<error"
            case .kcidb: #""status" : "FAIL""#
            case .b4: #""status" : "fail""#
            }
        // A guest without results is no kernel that failed: KCIDB has another word for it.
        let none = format == .kcidb ? #""status" : "ERROR""# : mark
        #expect(try Self.report([]).written(as: format).contains(none))
        let pass = [TestResult(name: "x", verdict: .pass)]
        let finding = RunReport.ConsoleFinding(kind: "panic", verdict: .crashed, lines: ["Kernel panic"])
        #expect(try !Self.report(pass).written(as: format).contains(mark))
        #expect(try Self.report(pass, findings: [finding]).written(as: format).contains(mark))
    }

    @Test func exitStatusFollowsTheWorst() {
        func status(_ verdicts: Verdict...) -> Int32 {
            Self.report(verdicts.map { TestResult(name: "x", verdict: $0) }).exitStatus
        }
        #expect(status(.pass) == 0)
        #expect(status(.pass, .skip, .notExercised) == 0)
        #expect(status(.pass, .fail) == 1)
        #expect(status(.timedOut) == 1)
        #expect(status(.crashed) == 1)
        let pass = [TestResult(name: "x", verdict: .pass)]
        let finding = RunReport.ConsoleFinding(kind: "lockdep", verdict: .fail, lines: [])
        #expect(Self.report(pass, findings: [finding]).exitStatus == 1)
    }

    @Test func controlCharactersStayOutOfXML() throws {
        let everything = String(String.UnicodeScalarView((0..<0x20).compactMap(Unicode.Scalar.init)))
        let nasty = everything + "]]>&<>\"'\u{7f}\u{fffe}\u{ffff}\u{10ffff}é"
        let report = Self.report([
            TestResult(name: nasty, verdict: .fail, reason: nasty, diagnostics: [nasty])
        ])
        let delegate = Reader()
        let parser = XMLParser(data: Data(try report.written(as: .junit).utf8))
        parser.delegate = delegate
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
        #expect(delegate.cases == 1)
    }

    /// A test that passes at last is no pass; one that fails again is as it was.
    @Test func whatPassesInASecondAttemptIsFlaky() throws {
        var test = TestResult(
            name: "mirror",
            verdict: .fail,
            reason: "1 of 2 failed",
            children: [
                TestResult(name: "one", verdict: .pass),
                TestResult(name: "two", verdict: .timedOut, reason: "after 3 s"),
            ]
        )
        test.add(
            attempt: TestResult(
                name: "mirror",
                verdict: .fail,
                children: [
                    TestResult(name: "one", verdict: .fail), TestResult(name: "two", verdict: .fail),
                ]
            )
        )
        #expect(test.verdict == .fail && test.children.map(\.verdict) == [.pass, .timedOut])
        test.add(
            attempt: TestResult(
                name: "mirror",
                verdict: .skip,
                children: [TestResult(name: "one", verdict: .skip), TestResult(name: "two", verdict: .skip)]
            )
        )
        #expect(test.verdict == .fail, "what was skipped did not pass")
        test.add(
            attempt: TestResult(
                name: "mirror",
                verdict: .pass,
                children: [
                    TestResult(name: "one", verdict: .pass), TestResult(name: "two", verdict: .pass),
                ]
            )
        )
        #expect(test.verdict == .flaky && test.children.map(\.verdict) == [.pass, .flaky])
        #expect(test.children[1].reason == "timed out (after 3 s), passed when run again")
        let report = Self.report([test])
        #expect(report.verdict == .flaky && report.exitStatus == 1)
        #expect(try report.written(as: .ktap).contains("not ok 1 mirror"))
    }

    /// What fails as it is expected to is no failure; what passes, or fails otherwise, is one.
    @Test func anExpectedFailureThatDoesNotComeIsReported() {
        func held(_ verdict: Verdict, against expected: Verdict = .fail) -> TestResult {
            var test = TestResult(
                name: "t",
                verdict: verdict,
                reason: "exit status 254",
                children: verdict == .fail ? [TestResult(name: "c", verdict: .fail)] : []
            )
            test.hold(against: expected, because: "TCG")
            return test
        }
        #expect(held(.fail).verdict == .skip && held(.fail).children[0].verdict == .skip)
        #expect(held(.fail).reason == "expected failure: TCG")
        #expect(held(.pass).verdict == .fail)
        #expect(held(.pass).reason == "passes, but was expected to fail: TCG")
        #expect(held(.timedOut).verdict == .timedOut)
        #expect(held(.timedOut).reason == "exit status 254; expected was: fail (TCG)")
        #expect(held(.timedOut, against: .timedOut).verdict == .skip)
        #expect(held(.infrastructure).verdict == .infrastructure)
    }

    /// Nobody's fault but the machine's: unless the kernel failed as well, that is what a run says.
    @Test func aRunWithoutAMachineIsNoVerdictOnTheKernel() {
        let lost = TestResult(name: "a", verdict: .infrastructure, reason: "QEMU died")
        #expect(Self.report([lost, TestResult(name: "b", verdict: .pass)]).exitStatus == 4)
        #expect(Self.report([lost, TestResult(name: "b", verdict: .fail)]).exitStatus == 1)
    }

    /// Only what failed, and of it only where there is nothing below that failed as badly.
    @Test func failuresSayHowToRunThemAgain() throws {
        var results = [
            TestResult(
                name: "mirror",
                verdict: .fail,
                children: [
                    TestResult(name: "one", verdict: .pass), TestResult(name: "two", verdict: .fail),
                ]
            ),
            TestResult(name: "dies", verdict: .crashed), TestResult(name: "ok", verdict: .pass),
            TestResult(name: "a name; rm", verdict: .fail),
        ]
        for index in results.indices { results[index].reproduce(by: "b/run --tests ") }
        #expect(results[0].reproduce == nil && results[0].children[0].reproduce == nil)
        #expect(results[0].children[1].reproduce == "b/run --tests mirror.two")
        #expect(results[1].reproduce == "b/run --tests dies")
        #expect(results[2].reproduce == nil)
        #expect(results[3].reproduce == nil, "no word of a shell")
        for format in [ReportFormat.text, .ktap, .junit, .json] {
            let text = try Self.report(results).written(as: format)
            #expect(text.contains("b/run --tests mirror.two"), "\(format)")
        }
    }

    @Test(arguments: [full, report([])])
    func junitIsWellFormed(report: RunReport) throws {
        let parser = XMLParser(data: Data(try report.written(as: .junit).utf8))
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
    }

    /// Whoever keeps results by name keeps each of them, also where a test is called as another would be.
    @Test func noNameIsGivenTwice() throws {
        let names = ["a", "a (2)", "a", "a-2", "a"]
        let report = Self.report(names.map { TestResult(name: $0, verdict: .pass) })
        #expect(Set(report.namedResults.map(\.name)).count == names.count)
        #expect(report.namedResults[2].name == "a (3)")
        let junit = try XMLDocument(xmlString: try report.written(as: .junit))
        let cases = try junit.nodes(forXPath: "//testcase/@name").compactMap(\.stringValue)
        #expect(Set(cases).count == names.count)
        let kcidb = try JSONSerialization.jsonObject(with: Data(try report.written(as: .kcidb).utf8))
        let tests = try #require((kcidb as? [String: Any])?["tests"] as? [[String: Any]])
        #expect(Set(tests.compactMap { $0["id"] as? String }).count == names.count)
    }

    @Test(arguments: [-1, .max]) func aTimeThatNothingTakesIsRefused(milliseconds: Int) throws {
        var report = Self.report([TestResult(name: "a", verdict: .pass, milliseconds: milliseconds)])
        let phase = RunReport.Phase(name: "boot", milliseconds: milliseconds)
        for _ in 0..<2 {
            let json = Array(try report.written(as: .json).utf8)
            let fault = #expect(throws: ReportFault.self) {
                try RunReport(json: json, named: "report.json")
            }
            #expect(fault?.description.contains("\(milliseconds) ms") == true)
            (report.results[0].milliseconds, report.phases) = (nil, [phase])
        }
    }

    @Test func jsonIsReadByOthers() throws {
        let data = Data(try Self.full.written(as: .json).utf8)
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(object["schema"] as? Int == 2)
        #expect(object["exitStatus"] as? Int == 1)
        let results = try #require(object["results"] as? [[String: Any]])
        #expect(results.count == 7)
        let children = try #require(results[1]["children"] as? [[String: Any]])
        #expect(children[1]["diagnostics"] as? [String] == Self.full.results[1].children[1].diagnostics)
    }

    /// What is written as KTAP says the same when it is read.
    @Test func ktapIsReadBack() throws {
        var parser = KTAPParser(dialect: .plain)
        for line in try Self.full.written(as: .ktap).split(separator: "\n") {
            _ = parser.consume(String(line))
        }
        func verdicts(_ results: [TestResult]) -> [String] {
            results.flatMap { ["\($0.name): \($0.verdict.rawValue)"] + verdicts($0.children) }
        }
        let read = parser.finish(.complete)
        #expect(verdicts(read) == verdicts(Self.full.resultsAndFindings))
        #expect(read[1].points == ["L3"])
        #expect(read[1].milliseconds == 1234)
        #expect(read[6].reason == Self.full.results[6].reason)
    }
}

/// Counts test cases.
private final class Reader: NSObject, XMLParserDelegate {
    var cases = 0

    func parser(
        _ parser: XMLParser,
        didStartElement elementName: String,
        namespaceURI: String?,
        qualifiedName: String?,
        attributes: [String: String]
    ) {
        cases += elementName == "testcase" ? 1 : 0
    }
}
