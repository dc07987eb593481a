// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import Matrix
import SystemPackage

/// A folder that goes with the test.
final class Place: Sendable {
    let path: FilePath

    init() throws {
        path = FilePath(NSTemporaryDirectory()).appending("matrix-tests.\(UUID().uuidString.prefix(8))")
        try Files.makeFolder(path)
    }

    deinit {
        // A temporary folder that stays does no harm.
        try? Files.remove(path)
    }

    var store: ResultStore { ResultStore(root: path.appending("cells")) }
}

/// Cells that a fake judge judges: no kernel is built for them.
func fakeCells(_ rows: [String], trees: [String], failing glob: String? = nil) throws -> [Cell] {
    try MatrixPlan(
        series: "kvm-sev-mirror",
        columns: trees.map { tree in
            .init(tree: tree, base: nil, rows: rows.map { MatrixPlan.Row($0, []) })
        },
        profiles: ["fast"],
        judges: [.fake(failing: glob)]
    ).cells()
}

/// Judges them all, and says which were judged in which order.
func judge(
    _ cells: [Cell],
    _ store: ResultStore,
    isAgain: Bool = false,
    places: Int = 2,
    judge: FakeJudge = FakeJudge()
) async throws -> (outcomes: [CellOutcome], judged: [String]) {
    let store = ResultStore(root: store.root, replaces: isAgain)
    let forecast = MatrixForecast(try await judge.identify(cells), store: store, isAgain: isAgain)
    let capacity = Capacity(processors: places, availableMiB: nil, cellMiB: 0)
    let judged = Locked<[String]>([])
    var run = MatrixRun(
        engine: LocalEngine(judge: judge, store: store, capacity: capacity),
        store: store
    )
    run.onStart = { cell in judged.withLock { $0.append(cell.cell.name) } }
    return (try await run.outcomes(of: forecast), judged.value)
}
