// SPDX-License-Identifier: GPL-2.0-only

import Base
import Kernel
import SystemPackage

/// Runs cells as the tasks of a Slurm job array, one task for a cell with its build and all of its boots.
///
/// Slurm decides what runs where; a task whose node dies is put into its queue again (`--requeue`). Results are looked for by
/// their files, and the queue is asked with `squeue`: `sbatch --wait` notices an end up to half a minute late.
package struct SlurmEngine: CellEngine {
    package let station: TaskStation
    /// More arguments of sbatch, such as `--partition=lab`.
    package let options: [String]
    package let observer: @Sendable (String) -> Void

    /// How often is looked for results, and how often the queue is asked.
    private static let pause = Duration.milliseconds(300)
    private static let queuePause = Duration.seconds(2)
    /// How long slurmctld may not answer: it may be started again meanwhile.
    private static let patience = Duration.seconds(120)

    package init(
        _ station: TaskStation,
        options: [String],
        observer: @escaping @Sendable (String) -> Void
    ) {
        self.station = station
        self.options = options
        self.observer = observer
    }

    package func run(
        _ cells: [IdentifiedCell],
        onStart: @escaping @Sendable (IdentifiedCell) -> Void,
        onEnd: @escaping @Sendable (IdentifiedCell, CellEnding) -> Void
    ) async throws {
        guard !cells.isEmpty else { return }
        let tasks = try CellTasks(cells, in: station.root)
        let job: String
        do {
            try tasks.keep(endingBy: ["scancel", "--name=\(tasks.name)"])
            job = try await submit(tasks)
        } catch {
            tasks.remove()
            throw error
        }
        do {
            try await follow(job, tasks, onStart: onStart, onEnd: onEnd)
        } catch {
            // A task of its own: in a cancelled one nothing can be run.
            await Task { _ = try? await Tool("scancel").run([job]) }.value
            // What is finished meanwhile is taken by the next run.
            throw error
        }
        // A task that was queued again for nothing, as its node came back.
        _ = try? await Tool("scancel").run(["--quiet", job])
        tasks.remove()
    }

    private func submit(_ tasks: CellTasks) async throws -> String {
        let script = tasks.folder.appending("task.sh")
        try Files.write(Array(self.script(tasks.folder).utf8), to: script, executable: true)
        let limit = station.places.map { "%\($0)" } ?? ""
        let arguments =
            [
                "--parsable", "--array=0-\(tasks.cells.count - 1)\(limit)", "--requeue",
                "--job-name=\(tasks.name)",
                "--output=\(tasks.folder.appending("log"))/%a", "--open-mode=append",
            ] + options + [script.string]
        let output = try await Tool("sbatch").run(arguments).required().outputText
        // "17", or "17;cluster".
        let id = String(output.trimmed.prefix { $0.isASCII && $0.isNumber })
        guard !id.isEmpty else { throw MatrixError.engine("sbatch gave no job: \(output.onOneLine)") }
        observer("Slurm job \(id): \(counted(tasks.cells.count, "cell"))")
        return id
    }

    private func script(_ folder: FilePath) -> String {
        let quoted = CellProgram.quoted
        let home = station.program.home.map { home in
            "KPATCH_HOME=\(home.split(separator: "%n", omittingEmptySubsequences: false).map { quoted(String($0)) }.joined(separator: "\"${SLURMD_NODENAME:-$(hostname -s)}\""))\nexport KPATCH_HOME\n"
        }
        let words =
            [station.program.path, "cell"].map(quoted)
            + [
                "\(quoted(folder.appending("in").string))/\"$SLURM_ARRAY_TASK_ID\"",
                "--output \(quoted(folder.appending("out").string))/\"$SLURM_ARRAY_TASK_ID\"",
                "--jobs \"${SLURM_CPUS_PER_TASK:-1}\"",
            ] + station.program.arguments.map(quoted)
        return "#!/bin/sh\n\(home ?? "")exec \(words.joined(separator: " "))\n"
    }

    private func follow(
        _ job: String,
        _ tasks: CellTasks,
        onStart: @Sendable (IdentifiedCell) -> Void,
        onEnd: @Sendable (IdentifiedCell, CellEnding) -> Void
    ) async throws {
        let clock = ContinuousClock()
        var open = Set(tasks.cells.indices)
        var started: Set<Int> = []
        var states: [Int: SlurmState] = [:]
        var lost: [Int: Int] = [:]
        var asked: ContinuousClock.Instant?
        var answered = clock.now
        while !open.isEmpty {
            try Task.checkCancellation()
            for index in open.sorted() where tasks.isDone(index) {
                if started.insert(index).inserted { onStart(tasks.cells[index]) }
                onEnd(tasks.cells[index], await tasks.collect(index, into: station.store))
                open.remove(index)
            }
            if open.isEmpty { break }
            if asked.map({ clock.now - $0 >= Self.queuePause }) ?? true {
                asked = clock.now
                if let now = try await queue(job) {
                    answered = clock.now
                    for (index, state) in now where state != states[index] {
                        tell(state, tasks.cells, index, was: states[index])
                        if state == .running, started.insert(index).inserted { onStart(tasks.cells[index]) }
                    }
                    states = now
                    for index in open where now[index] == nil {
                        // A network's file system may show the folder a moment after the queue has forgotten the task.
                        lost[index, default: 0] += 1
                        guard lost[index, default: 0] > 3, !tasks.isDone(index) else { continue }
                        onEnd(tasks.cells[index], .failed(tasks.failure(index)))
                        open.remove(index)
                    }
                } else if clock.now - answered > Self.patience {
                    throw MatrixError.engine(
                        "squeue doesn't answer since \(Self.patience.inShortSeconds): is slurmctld running?"
                    )
                }
            }
            try await Task.sleep(for: Self.pause)
        }
    }

    private func tell(_ state: SlurmState, _ cells: [IdentifiedCell], _ index: Int, was: SlurmState?) {
        guard state == .waiting, was == .running else { return }
        observer("\(cells[index].cell.name): its node is gone, and it waits for another one")
    }

    /// The tasks that Slurm still has; nil if it doesn't answer.
    private func queue(_ job: String) async throws -> [Int: SlurmState]? {
        let result = try await Tool("squeue").run([
            "--noheader", "--array", "--jobs=\(job)", "--format=%K %T",
        ])
        guard result.status.isSuccess else {
            // A job of which nothing is left is forgotten after some minutes.
            return result.errorText.contains("Invalid job id") ? [:] : nil
        }
        var states: [Int: SlurmState] = [:]
        for line in result.outputText.lines {
            let words = line.split(separator: " ")
            guard words.count == 2, let index = Int(words[0]) else { continue }
            states[index] = SlurmState(String(words[1]))
        }
        return states
    }
}

/// What squeue says of a task, as far as it matters here.
enum SlurmState: Equatable {
    case waiting, running

    init(_ text: String) {
        switch text {
        case "RUNNING", "COMPLETING", "SUSPENDED", "STAGE_OUT": self = .running
        case _: self = .waiting
        }
    }
}
