// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import Git
import History
import Matrix
import PatchSeries
import TestReport

struct BisectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bisect",
        abstract:
            "Finds what makes it fail: which values of options, which patch of the series, or which base.",
        discussion: """
            Over options: --variant is good, and with all of --set, or the values of another variant (--to), it fails; \
            delta debugging finds the fewest that still do. Over the patches of the series (--patches): the first with which it \
            fails, judged with those before it; --test names what passes without the series. Over bases: several --tree, or several --base of one tree in \
            their order, of which the last fails, or one that a matrix knows to fail; or --good and --bad, between which git chooses commits. Each step is a \
            cell of a matrix: what was judged is not judged again. A step that can't be had, or that nobody can judge, is \
            passed over.

            Exit status 0 if it was found, 1 if nothing fails, or what is said to be good does.
            """
    )

    @OptionGroup var series: SeriesArguments

    @Option(name: .long, help: ArgumentHelp("The variant.", valueName: "name"), completion: .variants)
    var variant: String

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("A value that may be to blame. Repeatable.", valueName: "option=value"),
        completion: .settings,
        transform: Setting.init(parsing:)
    )
    var settings: [Setting] = []

    @Option(
        name: .long,
        help: ArgumentHelp("Search in the values of this variant, which fails.", valueName: "name"),
        completion: .variants
    )
    var to: String?

    @Flag(name: .long, help: "Search in the patches of the series.")
    var patches = false

    @Option(
        name: .long,
        help: ArgumentHelp("The tree. Repeatable, oldest first.", valueName: "path|name"),
        completion: .trees
    )
    var tree: [String]

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A base to search in, a pattern of tags, or a range: v6.12..v6.13; oldest first. Repeatable.",
            valueName: "revision"
        ),
        completion: .revisions
    )
    var base: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp("A commit of the tree that is good.", valueName: "revision"),
        completion: .revisions
    )
    var good: String?

    @Option(name: .long, help: ArgumentHelp("One that fails.", valueName: "revision"), completion: .revisions)
    var bad: String?

    @Option(name: .long, help: ArgumentHelp("The profile.", valueName: "name"), completion: .profiles)
    var profile = "debug"

    @Option(name: .long, help: ArgumentHelp("Who judges, as for 'matrix'.", valueName: "judge"))
    var judge = "suite"

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Look at tests whose names match only. (default: the whole cell)",
            valueName: "glob"
        )
    )
    var test: String?

    @OptionGroup var machine: MachineArguments
    @OptionGroup var format: FormatArguments

    private enum Search { case options, patches, bases, commits }

    private var search: Search {
        if good != nil || bad != nil { return .commits }
        if patches { return .patches }
        return base.count > 1 || tree.count > 1 || base.contains(where: Repository.isPlural)
            ? .bases : .options
    }

    func validate() throws {
        guard !tree.isEmpty else { throw ValidationError("name a tree with --tree") }
        guard (good == nil) == (bad == nil) else { throw ValidationError("--good and --bad go together") }
        switch search {
        case .options:
            guard !settings.isEmpty || to != nil else {
                throw ValidationError("name values with --set or a variant with --to; or bases; or --patches")
            }
        case .patches:
            guard to == nil, tree.count == 1, base.count <= 1 else {
                throw ValidationError("--patches goes with one --tree and one --base, without --to")
            }
        case .bases:
            guard to == nil else { throw ValidationError("--to is for a search in options") }
            guard tree.count == 1 || base.isEmpty else {
                throw ValidationError("several --tree, or several --base of one tree")
            }
        case .commits:
            guard to == nil, base.isEmpty, tree.count == 1, !patches else {
                throw ValidationError(
                    "--good and --bad go with one --tree, without --base, --patches and --to"
                )
            }
        }
    }

    func run() async throws {
        let stem = Cell(
            series: series.series,
            variant: variant,
            tree: tree[0],
            base: base.first,
            profile: profile,
            judge: try Judge(parsing: judge)
        )
        let bench = try await MatrixBench(cells: [stem], machine: machine)
        let steps = BisectSteps(bench: bench, test: test)
        let found: [String]
        switch search {
        case .options: found = try await options(stem, steps)
        case .patches: found = try await patches(stem, steps)
        case .bases: found = try await bases(stem, steps)
        case .commits: found = try await commits(stem, steps)
        }
        let sentence =
            found.count == 1 ? found[0] : found.joined(separator: search == .options ? " with " : " or ")
        try format.format.print(
            text: ["it is \(sentence)", "\(steps.count) steps, \(steps.judged) judged now"],
            json: BisectOutput(found: found, steps: steps.rows)
        )
    }

    private func options(_ stem: Cell, _ steps: BisectSteps) async throws -> [String] {
        let loaded = try series.load().series
        let values = try candidates(loaded)
        // What the rules forbid is no step.
        func answer(_ chosen: [Setting]) async throws -> BisectAnswer {
            guard (try? Selection(variant: variant, settings: chosen, of: loaded)) != nil else {
                return .unknown
            }
            var cell = stem
            cell.settings = chosen.map(\.description)
            return try await steps.answer(cell)
        }
        guard try await answer(values) == .bad else {
            throw Failure(
                .verdict,
                "\(variant) with all of these values doesn't fail: there is nothing to search"
            )
        }
        guard try await answer([]) != .bad else {
            throw Failure(.verdict, "\(variant) fails without them, too: they are not to blame")
        }
        return try await DeltaDebugging.minimal(values, test: answer).map(\.description)
    }

    private func candidates(_ loaded: Series) throws -> [Setting] {
        var values = settings
        guard let to else { return values }
        let old = try Selection(variant: variant, settings: [], of: loaded)
        let new = try Selection(variant: to, settings: settings, of: loaded)
        values = loaded.options.compactMap { option in
            guard let value = new.options[option.name], value != old.options[option.name] else { return nil }
            return Setting(option.name, value)
        }
        guard !values.isEmpty else { throw Failure(.user, "\(to) has no other values than \(variant)") }
        return values
    }

    private func patches(_ stem: Cell, _ steps: BisectSteps) async throws -> [String] {
        let loaded = try series.load()
        let selection = try Selection(variant: variant, settings: settings, of: loaded.series)
        let open = try TreeArguments.openInMemory(tree[0], base: base.first)
        let people = try open.base.timelessPeople()
        let names = try open.base.generate(loaded, selection, by: people).commits.map(\.folder)
        var cell = stem
        cell.settings = settings.map(\.description)
        let template = cell
        // The whole series is a cell that a matrix may have judged.
        let outcome = try await BaseBisection.search(names.count + 1) { count in
            var cell = template
            cell.patches = count == names.count ? nil : count
            return try await steps.answer(cell)
        }
        guard let outcome else {
            throw Failure(.verdict, "\(cell.name) doesn't fail: there is nothing to search")
        }
        guard outcome.candidates != [0] else {
            throw Failure(.verdict, "\(cell.ground) fails without a patch, too: none of them is to blame")
        }
        return outcome.candidates.filter { $0 > 0 }.map { names[$0 - 1] }
    }

    private func bases(_ stem: Cell, _ steps: BisectSteps) async throws -> [String] {
        var cells: [Cell] = []
        if tree.count > 1 {
            for name in tree {
                var cell = stem
                cell.tree = name
                cell.base = nil
                cells.append(cell)
            }
        } else {
            for revision in try revisions() {
                var cell = stem
                cell.base = revision
                cells.append(cell)
            }
        }
        for index in cells.indices { cells[index].settings = settings.map(\.description) }
        let row = try await upToBroken(cells, steps)
        guard
            let outcome = try await BaseBisection.search(row.count, test: { try await steps.answer(row[$0]) })
        else {
            throw Failure(
                .verdict,
                "\(row.last?.ground ?? "the last one") doesn't fail: there is nothing to search"
            )
        }
        return outcome.candidates.map { row[$0].ground }
    }

    /// The bases up to the last that is known to fail, if the last of all doesn't: a matrix may have found a broken one
    /// between good ones.
    private func upToBroken(_ cells: [Cell], _ steps: BisectSteps) async throws -> [Cell] {
        guard let last = cells.last, try await steps.answer(last) == .good else { return cells }
        for (index, cell) in cells.enumerated().reversed() where try await steps.known(cell) == .bad {
            Terminal.note("\(cells[index + 1].ground) is good again: searching up to \(cell.ground)")
            return Array(cells[...index])
        }
        return cells
    }

    private func revisions() throws -> [String] {
        let open = try TreeArguments.openRepository(tree[0])
        return try open.repository.revisions(base)
    }

    private func commits(_ stem: Cell, _ steps: BisectSteps) async throws -> [String] {
        guard let good, let bad else { return [] }
        let path = try repositoryPath()
        var cell = stem
        cell.settings = settings.map(\.description)
        for (revision, expected) in [(bad, BisectAnswer.bad), (good, .good)] {
            cell.base = revision
            guard try await steps.answer(cell) == expected else {
                throw Failure(.verdict, "\(revision) is not \(expected.rawValue): there is nothing to search")
            }
        }
        let template = cell
        return try await CommitBisection(repository: path).search(good: good, bad: bad) { commit in
            var cell = template
            cell.base = commit
            return try await steps.answer(cell)
        }.candidates
    }

    private func repositoryPath() throws -> String {
        let open = try TreeArguments.openRepository(tree[0])
        return open.repository.gitDirectory
    }
}

/// What `bisect --format json` writes.
struct BisectOutput: Encodable {
    struct Step: Encodable, Sendable {
        let cell: String
        let verdict: CellVerdict
        let answer: BisectAnswer
        let isKnown: Bool
    }

    /// The values, or the base; several bases if nothing could be found out about some.
    let found: [String]
    let steps: [Step]
}

/// The steps of a search: cells of a matrix, one after the other.
final class BisectSteps: Sendable {
    private let bench: MatrixBench
    private let test: String?
    private let done = Locked<[BisectOutput.Step]>([])
    private let answers = Locked<[Cell: BisectAnswer]>([:])

    init(bench: MatrixBench, test: String?) {
        self.bench = bench
        self.test = test
    }

    var rows: [BisectOutput.Step] { done.value }
    var count: Int { rows.count }
    var judged: Int { rows.count { !$0.isKnown } }

    func answer(_ cell: Cell) async throws -> BisectAnswer {
        if let known = answers.value[cell] { return known }
        let forecast = MatrixForecast(
            try await bench.judge.identify([cell]),
            store: bench.store,
            isAgain: false
        )
        let engine = LocalEngine(judge: bench.judge, store: bench.store, capacity: bench.capacity(forecast))
        let outcomes = try await MatrixRun(engine: engine, store: bench.store).outcomes(of: forecast)
        guard let outcome = outcomes.first else { return .unknown }
        let answer = try await judgement(outcome)
        answers.withLock { $0[cell] = answer }
        done.withLock {
            $0.append(
                .init(cell: cell.name, verdict: outcome.verdict, answer: answer, isKnown: outcome.isKnown)
            )
        }
        Terminal.note("\(cell.name): \(outcome.verdict.rawValue), \(answer.rawValue)")
        return answer
    }

    /// What is known of a cell already; nil if nothing is.
    func known(_ cell: Cell) async throws -> BisectAnswer? {
        let cells = try await bench.judge.identify([cell])
        let forecast = MatrixForecast(cells, store: bench.store, isAgain: false)
        guard let identified = cells.first, let result = forecast.known[identified.key] else { return nil }
        return try await judgement(CellOutcome(identified: identified, result: result, isKnown: true))
    }

    private func judgement(_ outcome: CellOutcome) async throws -> BisectAnswer {
        switch outcome.verdict {
        case .upstream, .doesNotApply, .infrastructure, .missing: return .unknown
        case .doesNotBuild: return test == nil ? .bad : .unknown
        case _: break
        }
        guard let test else { return outcome.verdict.isFailure ? .bad : .good }
        let folder = try await ResultFolder.read(bench.store.folder(outcome.key))
        let matches = (folder.report?.namedResults ?? []).filter { Glob.matches(test, $0.name) }
        guard !matches.isEmpty else { return .unknown }
        return matches.contains { $0.result.verdict.isFailure } ? .bad : .good
    }
}
