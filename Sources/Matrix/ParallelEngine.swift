// SPDX-License-Identifier: GPL-2.0-only

import Base
import Kernel
import SystemPackage

/// Runs cells by GNU parallel, here and on hosts that ssh reaches.
///
/// Folders go to a host and come back by parallel's own means (`--transferfile`, `--return`, `--cleanup`). A cell whose host is
/// lost has no folder, and is judged by the next matrix.
package struct ParallelEngine: CellEngine {
    package let station: TaskStation
    /// As parallel's --sshlogin takes them: `8/host`, `:` for this machine.
    package let hosts: [String]

    private static let pause = Duration.milliseconds(100)

    package init(_ station: TaskStation, hosts: [String]) {
        self.station = station
        self.hosts = hosts
    }

    package func run(
        _ cells: [IdentifiedCell],
        onStart: @escaping @Sendable (IdentifiedCell) -> Void,
        onEnd: @escaping @Sendable (IdentifiedCell, CellEnding) -> Void
    ) async throws {
        guard !cells.isEmpty else { return }
        let tasks = try CellTasks(cells, in: station.root)
        let arguments = self.arguments(tasks)
        do {
            try await withThrowingTaskGroup(of: ToolResult?.self) { group in
                group.addTask {
                    try await Tool("parallel").run(arguments, in: tasks.folder, environment: environment)
                }
                var open = Set(tasks.cells.indices)
                for cell in tasks.cells { onStart(cell) }
                func collect() async {
                    for index in open.sorted() where tasks.isDone(index) {
                        onEnd(tasks.cells[index], await tasks.collect(index, into: station.store))
                        open.remove(index)
                    }
                }
                var ended: ToolResult?
                while ended == nil {
                    group.addTask {
                        try await Task.sleep(for: Self.pause)
                        return nil
                    }
                    ended = try await group.next() ?? nil
                    await collect()
                }
                group.cancelAll()
                await collect()
                let said = ended?.errorText.lines.filter { !$0.isEmpty }.last.map { String($0).onOneLine }
                for index in open.sorted() {
                    let why = tasks.failure(index)
                    onEnd(tasks.cells[index], .failed(said.map { "\(why) (parallel: \($0))" } ?? why))
                }
            }
        } catch let error as ToolError {
            tasks.remove()
            throw error
        }
        tasks.remove()
    }

    private var environment: [String: String?] {
        // Its request to be cited is not for a log.
        var variables: [String: String?] = ["PARALLEL_SHELL": "/bin/sh"]
        if hosts.isEmpty, let home = station.program.home { variables["KPATCH_HOME"] = home }
        return variables
    }

    private func arguments(_ tasks: CellTasks) -> [String] {
        let isRemote = hosts.contains { !$0.hasSuffix(":") || $0.contains("@") }
        let quoted = CellProgram.quoted
        var words = [station.program.path, "cell", "in/{}", "--output", "out/{}"].map {
            $0.contains("{}") ? $0 : quoted($0)
        }
        words += station.program.arguments.map(quoted)
        var arguments = ["--will-cite", "--no-notice", "--plain", "--joblog", "joblog"]
        if let places = station.places { arguments += ["--jobs", "\(places)"] }
        for host in hosts { arguments += ["--sshlogin", host] }
        if isRemote {
            arguments += ["--transferfile", "in/{}", "--return", "out/{}", "--cleanup", "--workdir", "..."]
            if let home = station.program.home { words.insert("KPATCH_HOME=\(quoted(home))", at: 0) }
        }
        let command = words.joined(separator: " ") + (isRemote ? "" : " >log/{} 2>&1")
        return arguments + [command, ":::"] + tasks.cells.indices.map { "\($0)" }
    }
}
