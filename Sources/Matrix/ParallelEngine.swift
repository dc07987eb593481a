// SPDX-License-Identifier: GPL-2.0-only

import Base
import Kernel
import SystemPackage

/// Runs cells by GNU parallel, here and on hosts that ssh reaches.
///
/// Folders go to a host and come back by parallel's own means (`--transferfile`, `--return`, `--cleanup`). A cell whose host is
/// lost has no folder, and is judged by the next matrix.
package struct ParallelEngine: CellEngine {
    package let program: CellProgram
    package let store: ResultStore
    package let root: FilePath
    /// As parallel's --sshlogin takes them: `8/host`, `:` for this machine.
    package let hosts: [String]
    /// Cells at once on each host; nil: as many as it has processors.
    package let places: Int?

    private static let pause = Duration.milliseconds(100)

    package init(program: CellProgram, store: ResultStore, root: FilePath, hosts: [String], places: Int?) {
        self.program = program
        self.store = store
        self.root = root
        self.hosts = hosts
        self.places = places
    }

    package func run(
        _ cells: [IdentifiedCell],
        onStart: @escaping @Sendable (IdentifiedCell) -> Void,
        onEnd: @escaping @Sendable (IdentifiedCell, CellEnding) -> Void
    ) async throws {
        guard !cells.isEmpty else { return }
        let tasks = try CellTasks(SlurmEngine.alternating(cells), in: root)
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
                        onEnd(tasks.cells[index], await tasks.collect(index, into: store))
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
        if hosts.isEmpty, let home = program.home { variables["KPATCH_HOME"] = home }
        return variables
    }

    private func arguments(_ tasks: CellTasks) -> [String] {
        let isRemote = hosts.contains { !$0.hasSuffix(":") || $0.contains("@") }
        let quoted = CellProgram.quoted
        var words = [program.path, "cell", "in/{}", "--output", "out/{}"].map {
            $0.contains("{}") ? $0 : quoted($0)
        }
        words += program.arguments.map(quoted)
        var arguments = ["--will-cite", "--no-notice", "--plain", "--joblog", "joblog"]
        if let places { arguments += ["--jobs", "\(places)"] }
        for host in hosts { arguments += ["--sshlogin", host] }
        if isRemote {
            arguments += ["--transferfile", "in/{}", "--return", "out/{}", "--cleanup", "--workdir", "..."]
            if let home = program.home { words.insert("KPATCH_HOME=\(quoted(home))", at: 0) }
        }
        let command = words.joined(separator: " ") + (isRemote ? "" : " >log/{} 2>&1")
        return arguments + [command, ":::"] + tasks.cells.indices.map { "\($0)" }
    }
}
