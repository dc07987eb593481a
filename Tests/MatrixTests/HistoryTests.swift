// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import GRDB
import History
import Matrix
import SystemPackage
import TestReport
import Testing

@Suite struct HistoryTests {
    private func folder(_ place: Place, _ rows: [String], failing glob: String? = nil, isAgain: Bool = false)
        async throws -> MatrixFolder
    {
        let cells = try fakeCells(rows, trees: ["5.10", "6.1"], failing: glob)
        return try await MatrixFolder.of(
            judge(cells, place.store, isAgain: isAgain).outcomes,
            in: place.store
        )
    }

    @Test func aMatrixIsAddedOnce() async throws {
        let place = try Place()
        let history = try History(at: place.path.appending("history.sqlite"))
        let folder = try await folder(place, ["a", "b"])
        let first = try history.add(folder, named: "first")
        #expect(first.name == "first" && first.cells == 4 && first.knownCells == 0)
        #expect(try history.add(folder, named: "second").knownCells == 4)
        #expect(throws: HistoryError.self) { try history.add(folder, named: "first") }
        #expect(throws: HistoryError.self) { try history.requireFree("last~3") }
        #expect(try history.matrices().map(\.name) == ["first", "second"])
        let side = try history.side("last~1")
        #expect(side.name == "first" && side.cells.count == 4)
        #expect(side.cells[0].tests?["fake.steady"] == .init(.pass))
        // The results themselves are there once.
        let points = try history.timelines(tests: "fake.steady", cells: "a, 5.10*")
        #expect(points.map(\.points.count) == [1])
    }

    @Test func compareFindsWhatWasPlanted() async throws {
        let place = try Place()
        let history = try History(at: place.path.appending("history.sqlite"))
        // The glob is part of the judge, and so of the cells' names: compared are matrices of one judge.
        let good = ComparisonSide(try await folder(place, ["a", "b"]))
        #expect(!Comparison(good, good).isRegressed)
        let cells = good.cells.map { cell in
            guard cell.name.hasPrefix("b, 6.1") else { return cell }
            return ComparisonSide.CellState(
                name: cell.name,
                verdict: .fail,
                reason: nil,
                tests: ["fake.steady": .init(.pass), "fake.planted": .init(.fail, reason: "planted")]
            )
        }
        let bad = ComparisonSide(name: "bad", cells: cells)
        let worse = Comparison(good, bad)
        #expect(worse.isRegressed)
        #expect(worse.rows.map(\.change) == [.newFailure])
        #expect(worse.rows[0].test == "fake.planted" && worse.rows[0].cell.hasPrefix("b, 6.1"))
        #expect(Comparison(bad, bad).rows.map(\.change) == [.stillFailing])
        #expect(Comparison(bad, good).rows.map(\.change) == [.fixed])
        // A known issue is nobody's regression until its day.
        let issue = try history.add(
            known: "fake.*",
            in: "b, *",
            because: "planted",
            until: "2027-01-31",
            today: "2026-11-29"
        )
        #expect(issue.counts(on: "2027-01-31") && !issue.counts(on: "2027-02-01"))
        #expect(!Comparison(good, bad, known: [issue]).isRegressed)
        #expect(try history.knownIssues() == [issue])
    }

    /// Each change there is, by its two states.
    @Test(
        arguments: [
            (Verdict.pass, Verdict.fail, Comparison.Change.newFailure, true),
            (.fail, .crashed, .stillFailing, false),
            (.fail, .pass, .fixed, false), (.pass, .flaky, .flaky, true), (.flaky, .flaky, .flaky, false),
            (.pass, .notExercised, .missing, true), (.pass, .infrastructure, .missing, true),
            (.infrastructure, .fail, .newFailure, true), (nil, .pass, .new, false),
            (nil, .fail, .newFailure, true),
            (.pass, nil, .gone, false), (.skip, .timedOut, .newFailure, true),
            (.fail, .notExercised, .missing, true), (.flaky, .skip, .missing, true),
        ] as [(Verdict?, Verdict?, Comparison.Change, Bool)]
    )
    func changes(_ before: Verdict?, _ after: Verdict?, _ change: Comparison.Change, _ isRegression: Bool) {
        func side(_ verdict: Verdict?) -> ComparisonSide {
            var tests: [String: ComparisonSide.TestState] = ["other": .init(.pass)]
            tests["it"] = verdict.map { .init($0) }
            return ComparisonSide(
                name: "side",
                cells: [.init(name: "cell", verdict: .pass, reason: nil, tests: tests)]
            )
        }
        let comparison = Comparison(side(before), side(after))
        #expect(comparison.rows.map(\.change) == [change])
        #expect(comparison.isRegressed == isRegression)
        #expect(comparison.unchanged == 1)
    }

    private func changes(
        _ before: [String: ComparisonSide.TestState],
        _ after: [String: ComparisonSide.TestState]
    ) -> Comparison {
        func side(_ tests: [String: ComparisonSide.TestState]) -> ComparisonSide {
            ComparisonSide(
                name: "side",
                cells: [.init(name: "cell", verdict: .pass, reason: nil, tests: tests)]
            )
        }
        return Comparison(side(before), side(after))
    }

    /// A program that ends before its first subtest has its own verdict, and they are nowhere.
    @Test func subtestsOfAProgramThatWasSkippedAreMissing() {
        let before = ["mirror.copies": ComparisonSide.TestState(.pass), "gone.whole": .init(.pass)]
        let comparison = changes(before, ["mirror": .init(.skip, reason: "no SEV")])
        #expect(comparison.rows.map(\.change) == [.missing, .new, .gone])
        #expect(comparison.rows[0].test == "mirror.copies" && comparison.rows[0].reason == "no SEV")
        #expect(comparison.isRegressed)
        // A program's own pass says that it has these subtests no longer.
        #expect(!changes(before, ["mirror": .init(.pass)]).isRegressed)
    }

    @Test func anExpectedFailureIsNotFixed() {
        let expected = ComparisonSide.TestState(.skip, reason: "expected failure: TCG has no such trap")
        #expect(changes(["it": .init(.fail)], ["it": expected]).rows.map(\.change) == [.stillFailing])
        #expect(changes(["it": .init(.pass)], ["it": expected]).isRegressed)
    }

    @Test func wholeCells() {
        func side(_ verdict: CellVerdict?) -> ComparisonSide {
            let cell = verdict.map {
                ComparisonSide.CellState(name: "cell", verdict: $0, reason: nil, tests: nil)
            }
            let other = ComparisonSide.CellState(name: "other", verdict: .pass, reason: nil, tests: [:])
            return ComparisonSide(name: "side", cells: [other] + [cell].compactMap(\.self))
        }
        func change(_ before: CellVerdict?, _ after: CellVerdict?) -> (Comparison.Change?, Bool) {
            let comparison = Comparison(side(before), side(after))
            return (comparison.rows.first?.change, comparison.isRegressed)
        }
        #expect(change(.pass, .doesNotBuild) == (.newFailure, true))
        #expect(change(.doesNotBuild, .doesNotBuild) == (.stillFailing, false))
        #expect(change(.pass, .missing) == (.missing, true))
        #expect(change(.missing, .missing) == (.missing, false))
        #expect(change(.pass, nil) == (.gone, false))
        #expect(change(.pass, .upstream) == (.gone, false))
        #expect(change(nil, .doesNotApply) == (.newFailure, true))
        #expect(change(.upstream, .upstream) == (nil, false))
    }

    @Test func aBrokenBaseBetweenTwoGoodOnes() {
        let verdicts: [Verdict] = [.pass, .fail, .pass]
        let line = Timeline(
            cell: "c",
            test: "t",
            points: verdicts.enumerated().map { index, verdict in
                .init(
                    started: "2026-11-0\(index + 1)T00:00:00Z",
                    tree: "v\(index)",
                    key: "\(index)",
                    verdict: verdict
                )
            }
        )
        #expect(line.flips == 2 && line.flakes == 0 && line.failsSince == nil)
        #expect(line.firstFailure?.tree == "v1" && line.lastFailure?.tree == "v1")
        let still = Timeline(cell: "c", test: "t", points: Array(line.points.dropLast()))
        #expect(still.failsSince?.tree == "v1")
    }

    @Test func flakesPerWeek() {
        // The same kernel, three answers in two weeks.
        let points = [("2026-11-01", Verdict.pass), ("2026-11-08", .fail), ("2026-11-15", .pass)].map {
            Timeline.Point(started: $0.0 + "T00:00:00Z", tree: "v", key: "same", verdict: $0.1)
        }
        let line = Timeline(cell: "c", test: "t", points: points)
        #expect(line.flakes == 2 && line.flakesPerWeek == 1)
    }

    @Test(arguments: ["2026-02-29", "2026-13-01", "2026-1-1", "tomorrow", "2026-11-31", ""])
    func daysThatAreNone(text: String) { #expect(!KnownIssue.isDay(text)) }

    // MARK: - What can go wrong with a database

    @Test func aNewerDatabaseIsRefused() async throws {
        let place = try Place()
        let path = place.path.appending("history.sqlite")
        _ = try History(at: path)
        let queue = try DatabaseQueue(path: path.string)
        try await queue.write { db in
            try db.execute(sql: "PRAGMA user_version = 2")
        }
        try queue.close()
        let error = #expect(throws: HistoryError.self) { try History(at: path) }
        #expect(error?.description.contains("newer") == true && error?.fault == .user)
    }

    @Test func aFileThatIsNone() throws {
        let place = try Place()
        let path = place.path.appending("history.sqlite")
        try Files.write(Array(repeating: 0x41, count: 5000), to: path)
        let error = #expect(throws: HistoryError.self) { try History(at: path) }
        #expect(error?.description.contains("no history") == true)
    }

    @Test func twoMatricesIntoOneHistory() async throws {
        let place = try Place()
        let path = place.path.appending("history.sqlite")
        let folder = try await folder(place, (0..<20).map { "r\($0)" })
        try await withThrowingTaskGroup(of: Void.self) { group in
            for run in 0..<4 {
                group.addTask {
                    // A connection each, as processes have.
                    let history = try History(at: path)
                    for turn in 0..<5 { _ = try history.add(folder, named: "\(run)-\(turn)") }
                }
            }
            try await group.waitForAll()
        }
        let history = try History(at: path)
        #expect(try history.matrices().count == 20)
        #expect(try history.timelines(tests: "fake.steady", cells: nil).allSatisfy { $0.points.count == 1 })
    }

    /// SQLite's own limit of pages stands for the disk.
    @Test func aFullDiskLeavesTheHistoryAsItWas() async throws {
        let place = try Place()
        let path = place.path.appending("history.sqlite")
        let history = try History(at: path)
        let many = try await folder(place, (0..<60).map { "r\($0)" })
        // It takes no more than it has.
        try history.limitPages(to: 1)
        let error = #expect(throws: HistoryError.self) { try history.add(many, named: "big") }
        #expect(error?.description.contains("full") == true && error?.fault == .infrastructure)
        #expect(try History(at: path).matrices().isEmpty)
    }
}
