// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import Matrix
import SystemPackage
import TestReport
import Testing

/// The logic of a matrix, with a judge that judges nothing and says so.
@Suite struct RunTests {
    @Test func whatIsKnownIsNotJudgedAgain() async throws {
        let place = try Place()
        let cells = try fakeCells(["a", "b"], trees: ["5.10", "6.1"])
        let first = try await judge(cells, place.store)
        #expect(first.judged.count == 4 && first.outcomes.allSatisfy { $0.verdict == .pass && !$0.isKnown })
        let second = try await judge(cells, place.store)
        #expect(second.judged.isEmpty && second.outcomes.allSatisfy(\.isKnown))
        let wider = try await judge(try fakeCells(["a", "b", "c"], trees: ["5.10"]), place.store)
        #expect(wider.judged == ["c, 5.10, fast, fake"])
        #expect(try await judge(cells, place.store, isAgain: true).judged.count == 4)
    }

    @Test func failuresComeFirstTheNextTime() async throws {
        let place = try Place()
        let cells = try fakeCells(["a", "b", "c"], trees: ["5.10"], failing: "c,*")
        #expect(try await judge(cells, place.store).judged.last?.hasPrefix("c,") == true)
        #expect(try await judge(cells, place.store, isAgain: true).judged.first?.hasPrefix("c,") == true)
    }

    /// What is built in one folder is built one after the other; other lanes go on meanwhile.
    @Test func oneCellOfALaneAtATime() async throws {
        let place = try Place()
        struct State {
            var running: [String: Int] = [:]
            var most = 0
            var clash = false
        }
        let state = Locked(State())
        let fake = FakeJudge(pause: .milliseconds(20)) { cell, isStart in
            state.withLock { state in
                state.running[cell.lane, default: 0] += isStart ? 1 : -1
                if (state.running[cell.lane] ?? 0) > 1 { state.clash = true }
                state.most = max(state.most, state.running.values.reduce(0, +))
            }
        }
        let cells = try fakeCells(["a", "b", "c", "d"], trees: ["5.10", "6.1", "6.12"])
        _ = try await judge(cells, place.store, places: 2, judge: fake)
        #expect(!state.value.clash && state.value.most == 2)
    }

    @Test func anInterruptedMatrixGoesOn() async throws {
        let place = try Place()
        let cells = try fakeCells((0..<10).map { "r\($0)" }, trees: ["5.10"])
        let store = place.store
        let task = Task {
            try await judge(cells, store, places: 1, judge: FakeJudge(pause: .milliseconds(50)))
        }
        while store.results().count < 3 { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        await #expect(throws: (any Error).self) { try await task.value }
        let done = store.results().count
        #expect((3..<10).contains(done))
        let rest = try await judge(cells, store)
        #expect(rest.judged.count == 10 - done && rest.outcomes.allSatisfy { $0.verdict == .pass })
        // Nothing half done is left.
        store.sweep()
        #expect(store.results().count == 10)
    }

    private func copy(_ source: FilePath, to target: FilePath) throws {
        try Files.makeFolder(target.removingLastComponent())
        try FileManager.default.copyItem(atPath: source.string, toPath: target.string)
    }

    @Test func aMatrixAsAFolder() async throws {
        let place = try Place()
        let cells = try fakeCells(["a", "b"], trees: ["5.10"], failing: "b,*")
        let outcomes = try await judge(cells, place.store).outcomes
        let folder = place.path.appending("out")
        try MatrixFolder.write(outcomes, from: place.store, to: folder)
        let read = try await MatrixFolder.read(folder)
        #expect(read.record.cells.map(\.verdict) == [.pass, .fail])
        #expect(read.results.count == 2 && read.refused.isEmpty)
        #expect(read.results.values.allSatisfy { $0.report?.accelerator.reason.contains("fake") == true })
        // Of the second cell, which nobody listed, nothing is lost.
        let first = place.path.appending("first")
        try MatrixFolder.write([outcomes[0]], from: place.store, to: first)
        let (key, other) = (outcomes[1].key.description, place.path.appending("both"))
        try copy(folder.appending("cells/\(key)"), to: first.appending("cells/\(key)"))
        #expect(try await MatrixFolder.read(first).record.cells.map(\.verdict) == [.pass, .fail])
        // Two results of one cell are not one.
        for name in ["1", "2"] { try copy(folder.appending("cells/\(key)"), to: other.appending(name)) }
        let refused = try await MatrixFolder.read(other).refused
        #expect(refused.count == 1 && refused[0].contains("second result"))
        // Another folder is left alone.
        let foreign = place.path.appending("foreign")
        try Files.makeFolder(foreign)
        try Files.write([1], to: foreign.appending("thesis.tex"))
        #expect(throws: MatrixError.self) {
            try MatrixFolder.write(outcomes, from: place.store, to: foreign)
        }
    }
}

/// What comes from elsewhere is not believed.
@Suite struct ForgeryTests {
    /// Each changes a good result folder, and says what the refusal must name.
    enum Forgery: String, CaseIterable {
        case cutReport, changedReport, cutManifest, betterVerdict, otherSchema, pathOut, missingFile, link,
            noReport

        func apply(to folder: FilePath) throws {
            let report = folder.appending("report.json")
            let manifest = folder.appending("cell.json")
            func edit(_ path: FilePath, _ change: (String) -> String) throws {
                let text = String(decoding: try Files.read(path), as: UTF8.self)
                let changed = change(text)
                #expect(changed != text)
                try Files.write(Array(changed.utf8), to: path)
            }
            switch self {
            case .cutReport: try edit(report) { String($0.prefix(100)) }
            // As long as before.
            case .changedReport: try edit(report) { $0.replacing("planted by", with: "flanted by") }
            case .cutManifest: try edit(manifest) { String($0.dropLast(30)) }
            case .betterVerdict:
                try edit(manifest) { $0.replacing(#""verdict" : "fail""#, with: #""verdict" : "pass""#) }
            case .otherSchema: try edit(manifest) { $0.replacing(#""schema" : 1"#, with: #""schema" : 9"#) }
            case .pathOut: try edit(manifest) { $0.replacing("report.json", with: "../../etc/passwd") }
            case .missingFile: try Files.remove(report)
            case .link:
                try Files.remove(report)
                try FileManager.default.createSymbolicLink(
                    atPath: report.string,
                    withDestinationPath: "/etc/hostname"
                )
            case .noReport:
                try edit(manifest) { text in
                    let start = text.firstRange(of: #""files" : ["#)
                    let end = text.firstRange(of: "]")
                    guard let start, let end else { return text }
                    return String(text[..<start.upperBound] + text[end.lowerBound...])
                }
            }
        }
    }

    @Test(arguments: Forgery.allCases) func isRefusedByName(forgery: Forgery) async throws {
        let place = try Place()
        let outcomes = try await judge(try fakeCells(["a"], trees: ["5.10"], failing: "*"), place.store)
            .outcomes
        let folder = place.path.appending("out")
        try MatrixFolder.write(outcomes, from: place.store, to: folder)
        let key = outcomes[0].identified.key.description
        let cell = folder.appending("cells").appending(key)
        #expect(try await MatrixFolder.read(folder).refused == [])
        try forgery.apply(to: cell)
        let read = try await MatrixFolder.read(folder)
        #expect(read.results.isEmpty && read.refused.count == 1)
        #expect(read.refused.first?.contains(key) == true, "\(read.refused)")
    }

    @Test func aDamagedStoreIsJudgedAgain() async throws {
        let place = try Place()
        let cells = try fakeCells(["a"], trees: ["5.10"])
        let outcome = try await judge(cells, place.store).outcomes[0]
        let manifest = place.store.folder(outcome.identified.key).appending("cell.json")
        try Files.write(Array(try Files.read(manifest).dropLast(9)), to: manifest)
        #expect(try await judge(cells, place.store).judged.count == 1)
        #expect(try await judge(cells, place.store).judged.count == 0)
    }

    @Test func aCellAloneIsAFolderOfResults() async throws {
        let place = try Place()
        let outcome = try await judge(try fakeCells(["a"], trees: ["5.10"]), place.store).outcomes[0]
        let read = try await MatrixFolder.read(place.store.folder(outcome.identified.key))
        #expect(read.record.cells.count == 1 && read.results.count == 1)
        let empty = place.path.appending("empty")
        try Files.makeFolder(empty)
        await #expect(throws: MatrixError.self) { try await MatrixFolder.read(empty) }
    }

    @Test func inputsFromElsewhere() async throws {
        let place = try Place()
        let cell = try fakeCells(["a"], trees: ["5.10"])[0]
        try CellInputs(cell: cell).write(to: place.path)
        #expect(try CellInputs(folder: place.path).cell == cell)
        let path = place.path.appending(CellInputs.fileName)
        for text in ["", "{}", #"{"schema": 2}"#, "[1]"] {
            try Files.write(Array(text.utf8), to: path)
            #expect(throws: MatrixError.self) { try CellInputs(folder: place.path) }
        }
    }
}
