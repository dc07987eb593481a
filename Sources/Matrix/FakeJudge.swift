// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage
import TestReport

/// Judges nothing, and says so: for trying out engines, histories and pages without kernels (`--judge fake`).
package struct FakeJudge: CellJudge {
    /// How long each cell takes; zero but for tests of schedules.
    package var pause: Duration
    /// Told when a cell is judged, and when it has been.
    package var observer: @Sendable (IdentifiedCell, _ isStart: Bool) -> Void

    package init(
        pause: Duration = .zero,
        observer: @escaping @Sendable (IdentifiedCell, _ isStart: Bool) -> Void = { _, _ in }
    ) {
        self.pause = pause
        self.observer = observer
    }

    package func identify(_ cells: [Cell]) async throws -> [IdentifiedCell] {
        try cells.map { cell in
            IdentifiedCell(
                cell: cell,
                key: try CellKey(of: [cell.judge.description, cell.series, cell.name]),
                lane: cell.tree,
                treeName: cell.ground
            )
        }
    }

    package func judge(_ cell: IdentifiedCell, jobs: Int?, into folder: FilePath) async throws -> Judgement {
        observer(cell, true)
        defer { observer(cell, false) }
        if pause > .zero { try await Task.sleep(for: pause) }
        var glob: String?
        if case .fake(let failing) = cell.cell.judge { glob = failing }
        let globs = glob?.split(separator: "|").map(String.init) ?? []
        let fails = globs.contains { Glob.matches($0, cell.cell.name) }
        let report = RunReport(
            toolVersion: Program.version,
            created: Timestamps.now(),
            tree: cell.treeName,
            variant: cell.cell.row,
            profile: cell.cell.profile,
            accelerator: "none",
            acceleratorReason: "a fake judge: nothing was built or booted",
            machineEnding: "no machine",
            results: [
                TestResult(
                    name: "fake",
                    verdict: fails ? .fail : .pass,
                    children: [
                        TestResult(name: "steady", verdict: .pass, milliseconds: 1),
                        TestResult(
                            name: "planted",
                            verdict: fails ? .fail : .pass,
                            reason: fails ? "planted by a fake judge" : nil,
                            milliseconds: 1
                        ),
                    ]
                )
            ]
        )
        try Files.write(
            Array(try report.written(as: .json).utf8),
            to: folder.appending(ResultFolder.reportName)
        )
        return Judgement(CellVerdict(of: report))
    }
}
