// SPDX-License-Identifier: GPL-2.0-only

import Base

/// A cell of a matrix and what became of it.
package struct CellOutcome: Sendable {
    package let identified: IdentifiedCell
    /// Nil where there is no answer.
    package let result: CellResult?
    /// Why not.
    package let problem: String?
    /// Whether the answer was there already.
    package let isKnown: Bool

    package init(
        identified: IdentifiedCell,
        result: CellResult?,
        problem: String? = nil,
        isKnown: Bool = false
    ) {
        self.identified = identified
        self.result = result
        self.problem = problem
        self.isKnown = isKnown
    }

    package var cell: Cell { identified.cell }
    /// Where its result lies. A machine with other tools makes another key of the same cell.
    package var key: CellKey { result?.key ?? identified.key }
    package var verdict: CellVerdict { result?.verdict ?? (problem == nil ? .missing : .infrastructure) }
    package var reason: String? { result?.reason ?? problem }
}

/// What is there, and what there is to do.
package struct MatrixForecast: Sendable {
    package let cells: [IdentifiedCell]
    /// What was judged already, by key.
    package let known: [CellKey: CellResult]
    /// What has to be judged, once for each key, in the order in which that is done.
    package let toJudge: [IdentifiedCell]
    /// What that takes by experience, in milliseconds of one place; nil if nothing alike was judged before.
    package let estimate: Int?
    /// Cells that no experience says anything about.
    package let unknown: Int

    package init(_ cells: [IdentifiedCell], store: ResultStore, isAgain: Bool) {
        self.cells = cells
        var known: [CellKey: CellResult] = [:]
        var toJudge: [IdentifiedCell] = []
        var seen: Set<CellKey> = []
        for cell in cells where seen.insert(cell.key).inserted {
            if !isAgain, let result = store.result(cell.key) {
                known[cell.key] = result
            } else {
                toJudge.append(cell)
            }
        }
        let experience = Experience(toJudge.isEmpty ? [] : store.results())
        let times = toJudge.filter { $0.refusal == nil }.map { experience.milliseconds($0.cell) }
        let found = times.compactMap(\.self)
        self.known = known
        self.toJudge = Schedule.order(toJudge, experience)
        estimate = found.isEmpty ? nil : found.reduce(0, +)
        unknown = times.count - found.count
    }
}

/// Judges a matrix: what isn't known yet, failures first.
package struct MatrixRun: Sendable {
    package let engine: any CellEngine
    package let store: ResultStore
    /// Called as a cell starts.
    package var onStart: @Sendable (IdentifiedCell) -> Void = { _ in }
    /// Called as a cell ends, with how many of the cells that had to be judged have.
    package var onEnd: @Sendable (CellOutcome, _ done: Int, _ total: Int) -> Void = { _, _, _ in }

    package init(engine: any CellEngine, store: ResultStore) {
        self.engine = engine
        self.store = store
    }

    /// One outcome for each cell, in their order.
    package func outcomes(of forecast: MatrixForecast) async throws -> [CellOutcome] {
        let ended = Locked<[CellKey: CellEnding]>([:])
        let total = forecast.toJudge.count
        let (onStart, onEnd) = (onStart, onEnd)
        try await engine.run(forecast.toJudge, onStart: onStart) { cell, ending in
            let done = ended.withLock { ended in
                ended[cell.key] = ending
                return ended.count
            }
            onEnd(Self.outcome(cell, ending), done, total)
        }
        let endings = ended.value
        return forecast.cells.map { cell in
            if let result = forecast.known[cell.key] {
                return CellOutcome(identified: cell, result: result, isKnown: true)
            }
            return Self.outcome(cell, endings[cell.key])
        }
    }

    private static func outcome(_ cell: IdentifiedCell, _ ending: CellEnding?) -> CellOutcome {
        switch ending {
        case .judged(let result): CellOutcome(identified: cell, result: result)
        case .failed(let why): CellOutcome(identified: cell, result: nil, problem: why)
        case nil: CellOutcome(identified: cell, result: nil)
        }
    }
}
