// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import TestSupport
import Testing

@testable import TestReport

@Suite struct DetectionTests {
    private static func row(_ name: String, _ failures: [Detection.Failure] = [], _ warnings: [String] = [])
        -> Detection
    {
        Detection(
            name: name,
            defect: "closing a mirror hangs",
            points: ["L2", "R5"],
            variant: "enc-op",
            failures: failures,
            warnings: warnings
        )
    }

    private static let named = Detection.Failure(name: "a.b", points: ["L2"], symptom: "hung | task")
    private static let stranger = Detection.Failure(name: "c", points: ["L3"], symptom: "leaked")

    @Test func onlyFailuresThatNameTheDefectCount() {
        #expect(Self.row("x", [Self.named]).verdict == .seen)
        #expect(Self.row("x", [Self.named, Self.stranger]).verdict == .others)
        #expect(Self.row("x", [], ["-Waddress"]).verdict == .compiler)
        #expect(Self.row("x").verdict == .missed)
        var blind = Self.row("x")
        blind.unseen = "words only"
        #expect(blind.verdict == .unseen)
    }

    @Test func failuresHaveAProgram() {
        #expect(Self.named.program == "a")
        #expect(Self.stranger.program == "c")
    }

    @Test func innermostFailuresAreTaken() {
        let report = RunReport(
            toolVersion: "0",
            created: "",
            tree: "t",
            variant: "v",
            profile: "p",
            accelerator: "tcg",
            acceleratorReason: "",
            machineEnding: "powered off",
            consoleEvents: [
                .init(kind: "lockdep", verdict: .fail, test: "a", lines: ["WARNING: x"]),
                .init(kind: "warning", verdict: .fail, lines: ["WARNING: at boot"]),
            ],
            results: [
                TestResult(
                    name: "a",
                    verdict: .fail,
                    children: [
                        TestResult(name: "good", verdict: .pass, points: ["L1"]),
                        TestResult(
                            name: "bad",
                            verdict: .fail,
                            points: ["L2"],
                            diagnostics: ["first", "second"]
                        ),
                    ]
                ),
                TestResult(name: "b", verdict: .crashed, reason: "signal 11", points: ["L4"]),
            ]
        )
        #expect(report.failures.map(\.name) == ["a.bad", "b", "(outside of tests)"])
        #expect(report.failures.map(\.symptom) == ["first", "signal 11", "WARNING: at boot"])
        #expect(report.failures.map(\.points) == [["L2"], ["L4"], []])
    }

    private static func page(_ defects: [Detection], posted: [String] = ["L2"]) -> DetectionReport {
        var blind = row("words=mixed")
        blind.unseen = "words only"
        return DetectionReport(
            tree: "v5.10.262",
            profile: "debug",
            controls: [Detection(name: "enc-op", defect: "", points: [])],
            posted: Detection(name: "rfc-v1", defect: "", points: posted, failures: [named, stranger]),
            defects: defects + [blind]
        )
    }

    @Test func thePage() throws {
        let report = Self.page([
            Self.row("lock=held", [Self.named]),
            Self.row("test=address", [], ["sev.c:1: warning: x [-Waddress]"]),
            Self.row("put=leaked", [Self.named, Self.stranger]), Self.row("flush=skipped"),
        ])
        #expect(!report.isProof)
        try Golden.expect(
            report.markdown(),
            at: Golden.folder().appendingPathComponent("reports/detection.md")
        )
    }

    @Test func whatTheTreeRefusesIsNoGap() {
        var decided = Self.row("lock=held")
        decided.refused = "the tree has decided: lock=released"
        #expect(decided.verdict == .refused)
        var report = Self.page([Self.row("put=leaked", [Self.named]), decided])
        report.controls.append(Detection(name: "cap", defect: "", points: [], refused: "already | merged"))
        report.posted = Detection(name: "rfc-v1", defect: "", points: ["L1"], refused: "already merged")
        #expect(report.isProof)
        let lines = report.markdown().split(separator: "\n")
        for line in [
            "1 of 1 are seen.", "`enc-op` without a defect passes.",
            "| `lock=held` | the tree has decided: lock=released |", "| `cap` | already \\| merged |",
            "| `rfc-v1` | already merged |",
        ] { #expect(lines.contains { $0 == line }, "\(line)") }
        #expect(!lines.contains("## The patch as posted"))
    }

    @Test func aProofIsWhole() {
        let good = Self.page([Self.row("lock=held", [Self.named])])
        #expect(good.isProof)
        #expect(!Self.page([Self.row("lock=held")]).isProof)
        #expect(!Self.page([Self.row("lock=held", [Self.named])], posted: ["L1"]).isProof)
        var control = good
        control.controls[0].failures = [Self.stranger]
        #expect(!control.isProof)
    }
}
