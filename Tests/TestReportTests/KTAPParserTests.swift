// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import TestSupport
import Testing

@testable import TestReport

/// Every file Fixtures/ktap/NAME.ktap is fed to the parser; NAME.expected has what must come out. Lines that begin with
/// `#!` are for the test: how the machine ended, which tests the host expected, which dialect.
@Suite struct KTAPParserTests {
    private struct Input {
        var dialect = KTAPParser.Dialect.kpatch
        var ending = KTAPParser.StreamEnding.complete
        var expectedTests: [String] = []
        var lines: [String] = []

        init(_ file: URL) throws {
            for line in try String(contentsOf: file, encoding: .utf8).split(
                separator: "\n",
                omittingEmptySubsequences: false
            ) {
                let words = line.split(separator: " ", maxSplits: 2).map(String.init)
                switch (words.first, words.dropFirst().first, words.last) {
                case ("#!", "plain", _): dialect = .plain
                case ("#!", "crashed", let reason?): ending = .crashed(reason)
                case ("#!", "timed-out", let reason?): ending = .timedOut(reason)
                case ("#!", "expected", let names?):
                    expectedTests = names.split(separator: " ").map(String.init)
                case ("#!", _, _): Issue.record("unknown: \(line)")
                default: lines.append(String(line))
                }
            }
        }

        func parse() -> (live: [TestResult], final: [TestResult]) {
            var parser = KTAPParser(dialect: dialect, expectedTests: expectedTests)
            let live = lines.flatMap { parser.consume($0) }
            return (live, parser.finish(ending))
        }
    }

    @Test(arguments: try Golden.inputs(in: "ktap", withExtension: "ktap"))
    func fixture(file: URL) throws {
        let results = try Input(file).parse()
        let text = ResultDump.text(results.final)
        try Golden.expect(text, at: file.deletingPathExtension().appendingPathExtension("expected"))
        let again = try Input(file).parse()
        #expect(again.final == results.final)
    }

    /// Live verdicts may get worse in the end, never better.
    @Test(arguments: try Golden.inputs(in: "ktap", withExtension: "ktap"))
    func liveIsNeverWorseThanFinal(file: URL) throws {
        let results = try Input(file).parse()
        for (live, final) in zip(results.live, results.final) {
            #expect(live.name == final.name)
            #expect(live.verdict <= final.verdict)
        }
    }

    /// Whatever single line of a good run is lost, doubled or moved to another depth: what had failed never passes, and
    /// a run that lost a line of its structure fails.
    @Test func mutilatedRunsNeverGetBetter() throws {
        let file = Golden.folder().appendingPathComponent("ktap/all-pass.ktap")
        let input = try Input(file)
        #expect(input.parse().final.allSatisfy { $0.verdict == .pass })
        func isClean(_ lines: [String]) -> Bool {
            var changed = input
            changed.lines = lines
            return changed.parse().final.allSatisfy { $0.verdict == .pass }
        }
        for (index, line) in input.lines.enumerated() {
            let isStructure = ["ok", "1..", "# kpatch:"].contains { line.drop { $0 == " " }.hasPrefix($0) }
            guard isStructure else { continue }
            var lines = input.lines
            lines.remove(at: index)
            #expect(!isClean(lines), "without line \(index + 1): \(line)")
            lines = input.lines
            lines[index] = line.replacing("ok ", with: "not ok ").replacing("1..", with: "1..1").replacing(
                "end",
                with: ""
            )
            .replacing("start ", with: "start x")
            #expect(!isClean(lines), "changed line \(index + 1): \(line)")
            lines = input.lines
            lines.insert(line, at: index)
            #expect(!isClean(lines), "doubled line \(index + 1): \(line)")
        }
        for end in 0..<input.lines.count where input.lines[end...].contains(where: { !$0.isEmpty }) {
            #expect(!isClean(Array(input.lines[..<end])), "cut before line \(end + 1)")
        }
    }

    @Test func nothingAtAllIsACrash() {
        var parser = KTAPParser()
        #expect(parser.finish(.complete).map(\.verdict) == [.crashed])
        parser = KTAPParser(expectedTests: ["a", "b"])
        let results = parser.finish(.crashed("kernel panic"))
        #expect(results.map(\.verdict) == [.notExercised, .notExercised, .crashed])
        #expect(results.map(\.name) == ["a", "b", "(guest)"])
    }

    @Test func memoryIsBounded() {
        var parser = KTAPParser()
        _ = parser.consume("KTAP version 1")
        _ = parser.consume("1..1")
        _ = parser.consume("# kpatch: start mad")
        _ = parser.consume("  1..3")
        for number in 1...30_000 {
            _ = parser.consume("  # said something \(number)")
            _ = parser.consume("  ok \(number) x")
            _ = parser.consume("# points: L\(number)")
        }
        for depth in 0..<100 {
            _ = parser.consume(String(repeating: "  ", count: depth) + "KTAP version 1")
        }
        _ = parser.consume("ok 1 mad")
        _ = parser.consume("# kpatch: end")
        let results = parser.finish(.complete)
        #expect(results.first?.verdict.isFailure == true)
        // A level that never ended may add one more.
        #expect((results.first?.children.count ?? 0) <= 20_001)
        #expect((results.first?.points.count ?? 0) <= 64)
    }

    @Test func hugePlanIsRefused() {
        var parser = KTAPParser()
        _ = parser.consume("KTAP version 1")
        _ = parser.consume("1..999999999")
        let results = parser.finish(.complete)
        #expect(results.map(\.verdict) == [.crashed])
    }

    /// Whatever is thrown at it, it neither crashes nor passes.
    @Test func noiseNeverPasses() {
        var state: UInt64 = 0x2545_f491_4f6c_dd1d
        func random(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        let pieces = [
            "ok", "not ok", " 1", " 2", " a", " #", " SKIP", " TODO x", " 12 ms", "1..", "2",
            "KTAP version 1", "# ",
            "kpatch: start a", "kpatch: end", "points: L1", "Bail out!", "  ", "\\", "é", "#", "\u{0}",
        ]
        for _ in 0..<3000 {
            var parser = KTAPParser(expectedTests: ["real"])
            for _ in 0..<random(12) {
                let indent = String(repeating: " ", count: random(4))
                _ = parser.consume(
                    indent + (0..<random(5)).map { _ in pieces[random(pieces.count)] }.joined()
                )
            }
            let results = parser.finish(.complete)
            #expect(results.contains { $0.verdict.isFailure })
        }
    }
}
