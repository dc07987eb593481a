// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// Runs cells in this process, as many at once as the machine bears.
package struct LocalEngine: CellEngine {
    package let judge: any CellJudge
    package let store: ResultStore
    package let capacity: Capacity

    package init(judge: any CellJudge, store: ResultStore, capacity: Capacity) {
        self.judge = judge
        self.store = store
        self.capacity = capacity
    }

    package func run(
        _ cells: [IdentifiedCell],
        onStart: @escaping @Sendable (IdentifiedCell) -> Void,
        onEnd: @escaping @Sendable (IdentifiedCell, CellEnding) -> Void
    ) async throws {
        var schedule = Schedule(cells)
        try await withThrowingTaskGroup(of: (IdentifiedCell, CellEnding).self) { group in
            var running = 0
            while true {
                try Task.checkCancellation()
                while running < capacity.places {
                    let width = schedule.width
                    guard let cell = schedule.next() else { break }
                    running += 1
                    let jobs = capacity.jobs(width: width)
                    onStart(cell)
                    group.addTask { (cell, try await ending(of: cell, jobs: jobs)) }
                }
                guard let (cell, ending) = try await group.next() else { break }
                running -= 1
                schedule.end(cell)
                onEnd(cell, ending)
            }
        }
    }

    private func ending(of cell: IdentifiedCell, jobs: Int) async throws -> CellEnding {
        do {
            return .judged(try await Self.judge(cell, by: judge, jobs: jobs, store))
        } catch let error as any Blamed {
            guard error.fault != .interruption, !Task.isCancelled else { throw error }
            // What one cell lacks need not stop the others: a full disk stops each of them by itself.
            return .failed(error.description)
        }
    }
}
