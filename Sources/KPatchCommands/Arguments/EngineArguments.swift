// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Judging
import Matrix
import SystemPackage

/// Where cells run.
enum MatrixEngine: String, ExpressibleByArgument, CaseIterable {
    case local, parallel, slurm
}

/// Which engine runs cells, and what it is told.
struct EngineArguments: ParsableArguments {
    @Option(
        name: .long,
        help:
            "Where cells run: local (this machine, as many at once as it bears), parallel (GNU parallel, hosts by ssh) or slurm (a job array)."
    )
    var on = MatrixEngine.local

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A host for --on parallel, as its --sshlogin takes it: 8/host. Repeatable. (default: this machine)",
            valueName: "host"
        )
    )
    var host: [String] = []

    @Option(
        name: .long,
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "An argument of sbatch for --on slurm: --partition=lab. Repeatable.",
            valueName: "argument"
        )
    )
    var slurm: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "KPATCH_HOME on the nodes, %n for a node's name (slurm): trees are fetched there, builds stay there. (default: as here)",
            valueName: "folder"
        )
    )
    var nodeHome: String?

    func validate() throws {
        guard host.isEmpty || on == .parallel else { throw ValidationError("--host goes with --on parallel") }
        guard slurm.isEmpty || on == .slurm else { throw ValidationError("--slurm goes with --on slurm") }
        guard nodeHome == nil || on != .local else {
            throw ValidationError("--node-home goes with parallel and slurm")
        }
        if let nodeHome, !nodeHome.hasPrefix("/") { throw ValidationError("--node-home is an absolute path") }
    }

    /// Takes what a run that was killed left on its way, before it is asked what is known.
    func recover(into store: ResultStore) async throws {
        let count = await CellTasks.recover(in: try MatrixBench.tasks(), into: store)
        if count > 0 { Terminal.note("\(counted(count, "cell")) of a run that was killed had been finished") }
    }

    func engine(_ bench: MatrixBench, _ capacity: Capacity, _ machine: MachineArguments) async throws
        -> any CellEngine
    {
        if on == .local {
            return LocalEngine(judge: bench.judge, store: bench.store, capacity: capacity)
        }
        let station = TaskStation(
            program: try program(machine),
            store: bench.store,
            root: try MatrixBench.tasks(),
            places: bench.places
        )
        if on == .parallel { return ParallelEngine(station, hosts: host) }
        return SlurmEngine(station, options: slurm, observer: { Terminal.note($0) })
    }

    private func program(_ machine: MachineArguments) throws -> CellProgram {
        let path = try Files.linkTarget("/proc/self/exe").string
        var arguments = ["--accelerator", machine.accelerator.rawValue]
        if let limit = machine.timeLimit { arguments += ["--time-limit", "\(limit)"] }
        return CellProgram(path: path, arguments: arguments, home: nodeHome)
    }
}
