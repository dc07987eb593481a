// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// How a cell ended where it was run.
package enum CellEnding: Sendable {
    /// Its folder lies in the store under its key.
    case judged(CellResult)
    /// There was no machine, no disk, no compiler; why.
    case failed(String)
}

/// Runs cells somewhere, and brings their folders into the store. It schedules nothing beyond "run these here".
package protocol CellEngine: Sendable {
    /// Runs all of them.
    ///
    /// - Parameters:
    ///   - cells: in the order in which they are wanted.
    ///   - onStart: called when one starts, with where it runs, if that isn't here.
    ///   - onEnd: called once for each, as it ends.
    /// - Throws: what stops the whole matrix: an interruption, an engine that isn't there.
    func run(
        _ cells: [IdentifiedCell],
        onStart: @escaping @Sendable (IdentifiedCell) -> Void,
        onEnd: @escaping @Sendable (IdentifiedCell, CellEnding) -> Void
    ) async throws
}

extension CellEngine {
    /// Judges a cell in this process and keeps its folder.
    static func judge(_ cell: IdentifiedCell, by judge: any CellJudge, jobs: Int?, _ store: ResultStore)
        async throws
        -> CellResult
    {
        let folder = try store.makeFolder()
        do {
            let result = try await CellRun(judge: judge, jobs: jobs).fill(folder, cell)
            return try await store.keep(folder, as: result)
        } catch {
            // What went wrong is the news, not what is left of it.
            try? Files.remove(folder)
            throw error
        }
    }
}

/// The whole of a cell, as every engine runs it: out comes a filled folder.
package struct CellRun: Sendable {
    package let judge: any CellJudge
    package let jobs: Int?

    package init(judge: any CellJudge, jobs: Int?) {
        self.judge = judge
        self.jobs = jobs
    }

    /// Judges the cell; `cell.json` is the caller's to write (`ResultFolder.seal`).
    package func fill(_ folder: FilePath, _ cell: IdentifiedCell) async throws -> CellResult {
        let clock = ContinuousClock()
        let start = clock.now
        let started = Timestamps.now()
        let judgement: Judgement =
            if let refusal = cell.refusal {
                Judgement(refusal.verdict, reason: refusal.reason)
            } else {
                try await judge.judge(cell, jobs: jobs, into: folder)
            }
        return CellResult(
            cell,
            judgement,
            host: HostName.here,
            started: started,
            milliseconds: (clock.now - start).milliseconds
        )
    }
}
