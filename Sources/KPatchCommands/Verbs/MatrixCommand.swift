// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import History
import Kernel
import Matrix
import SystemPackage

struct MatrixCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "matrix",
        abstract: "Judges many cells: variants and values, by trees and bases, by profiles, by judges.",
        discussion: """
            What was judged already is not judged again: a cell is known by its patches, tree, configuration, tests, \
            toolchain and QEMU. An interrupted matrix goes on where it was; what failed last comes first. A variant that \
            a tree refuses because it has the feature is "upstream's", which is no failure. Results are folders below \
            $KPATCH_HOME/matrix; --output puts copies of this matrix's into a folder, with matrix.json.

            Exit status 1 if a cell fails; 4 if none does, and there was no machine for some.
            """
    )

    @OptionGroup var matrix: MatrixArguments
    @OptionGroup var machine: MachineArguments

    @Flag(name: [.customShort("n"), .long], help: "Only show the cells, and how long they would take.")
    var dryRun = false

    @Flag(name: .long, help: "Judge what is known, too.")
    var again = false

    @OptionGroup var engine: EngineArguments

    @Option(
        name: .long,
        help: ArgumentHelp(
            "At most so many cells at once. (default: what processors and memory bear)",
            valueName: "n"
        )
    )
    var places: Int?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Keep the matrix in this folder.", valueName: "folder"),
        completion: .directory
    )
    var output: String?

    @Option(
        name: .long,
        help: ArgumentHelp("What the history calls it. (default: the time)", valueName: "name")
    )
    var name: String?

    @OptionGroup var history: HistoryArguments
    @OptionGroup var format: FormatArguments

    func validate() throws {
        if let places, places < 1 { throw ValidationError("--places is at least 1") }
        if output?.isEmpty == true { throw ValidationError("--output needs a folder") }
    }

    func run() async throws {
        if let output { try MatrixFolder.requireRoom(at: FilePath(output)) }
        // What can't be kept is to be known before the work.
        if !dryRun {
            let history = try history.open()
            if let name { try history.requireFree(name) }
        }
        let (cells, notes) = try matrix.cells()
        for note in notes { Terminal.note("note: \(note)") }
        let bench = try await MatrixBench(cells: cells, machine: machine, places: places, replaces: again)
        if !dryRun { try await engine.recover(into: bench.store) }
        let forecast = MatrixForecast(
            try await bench.judge.identify(cells),
            store: bench.store,
            isAgain: again
        )
        try await finish(forecast, bench)
    }

    // Apart from run(): the compiler (6.3.1, release) crashes on all of it in one function.
    private func finish(_ forecast: MatrixForecast, _ bench: MatrixBench) async throws {
        let capacity = bench.capacity(forecast)
        Terminal.note(ForecastText(forecast: forecast, places: capacity.places).sentence)
        if dryRun { return try list(forecast) }
        var run = MatrixRun(engine: try await engine.engine(bench, capacity, machine), store: bench.store)
        run.onEnd = { outcome, done, total in
            let time = outcome.result.map { " (\(Duration.milliseconds($0.milliseconds).inSeconds))" } ?? ""
            let reason = outcome.reason.flatMap { $0.lines.first.map(String.init) }.map { ": \($0)" } ?? ""
            Terminal.note(
                "\(done)/\(total) \(outcome.cell.name): \(outcome.verdict.rawValue)\(time)\(reason)"
            )
        }
        let outcomes = try await run.outcomes(of: forecast)
        try show(outcomes, bench.store)
        try await remember(outcomes, bench.store)
        try judge(outcomes)
    }

    private func remember(_ outcomes: [CellOutcome], _ store: ResultStore) async throws {
        let folder = try await MatrixFolder.of(outcomes, in: store)
        for text in folder.refused { Terminal.error(text) }
        let addition = try history.open().add(folder, named: name)
        Terminal.note("the history has it as '\(addition.name)'")
    }

    private func list(_ forecast: MatrixForecast) throws {
        let outcomes = forecast.cells.map {
            CellOutcome(identified: $0, result: forecast.known[$0.key], isKnown: true)
        }
        let rows = outcomes.map { outcome in
            let refusal = outcome.identified.refusal?.verdict.rawValue
            let state = outcome.result.map { "known: \($0.verdict.rawValue)" } ?? refusal ?? "to be judged"
            return [outcome.cell.name, outcome.identified.treeName, state]
        }
        try format.format.print(
            text: Columns.shown(rows).lines,
            json: MatrixOutput(outcomes, try MatrixBench.storage())
        )
    }

    private func show(_ outcomes: [CellOutcome], _ store: ResultStore) throws {
        if let output { try MatrixFolder.write(outcomes, from: store, to: FilePath(output)) }
        let table = MatrixTable(outcomes: outcomes)
        try format.format.print(text: table.lines + [table.sentence], json: MatrixOutput(outcomes, store))
    }

    private func judge(_ outcomes: [CellOutcome]) throws {
        if outcomes.contains(where: \.verdict.isFailure) { throw NegativeAnswer() }
        if let lost = outcomes.first(where: { !$0.verdict.isAnswer }) {
            throw Failure(
                .infrastructure,
                "\(lost.cell.name) has no verdict: \(lost.reason ?? "it was not judged")"
            )
        }
    }
}

/// What verbs that judge cells work with.
struct MatrixBench {
    let judge: any CellJudge
    let store: ResultStore
    let places: Int?

    /// - Parameters:
    ///   - cells: those to be judged; cells of a fake judge only need no kernel's tools.
    ///   - replaces: whether what is known is to be judged again.
    init(cells: [Cell], machine: MachineArguments, places: Int? = nil, replaces: Bool = false) async throws {
        store = ResultStore(root: try Self.storage().root, replaces: replaces)
        store.sweep()
        self.places = places
        let isFake = !cells.isEmpty && cells.allSatisfy { if case .fake = $0.judge { true } else { false } }
        judge =
            if isFake {
                FakeJudge(pause: Self.fakePause)
            } else {
                try await KernelJudge(
                    open: { try TreeArguments.openInMemory($0, base: $1) },
                    load: { try SeriesArguments.load($0) },
                    machine: machine.choice,
                    observer: TerminalObserver()
                )
            }
    }

    /// How long a fake judge takes for a cell, so that there is time for something to go wrong (.ci/slurm-check).
    private static var fakePause: Duration {
        let text = ProcessEnvironment.variables["KPATCH_FAKE_MILLISECONDS"] ?? ""
        return .milliseconds(Int(text).map { min(max($0, 0), 600_000) } ?? 0)
    }

    /// Where cells are on their way to engines and back.
    static func tasks() throws -> FilePath {
        try StateFolder(environment: ProcessEnvironment.variables).root.appending("matrix/tasks")
    }

    static func storage() throws -> ResultStore {
        let state = try StateFolder(environment: ProcessEnvironment.variables)
        return ResultStore(root: state.root.appending("matrix/cells"))
    }

    func capacity(_ forecast: MatrixForecast) -> Capacity {
        let most = forecast.toJudge.map(\.memoryMiB).max() ?? 0
        let processors = HostResources.processors
        return Capacity(
            processors: processors,
            availableMiB: HostResources.availableMiB,
            cellMiB: most,
            limit: places
        )
    }
}
