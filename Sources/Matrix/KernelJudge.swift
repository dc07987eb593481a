// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git
import Judging
import Kernel
import PatchSeries
import SystemPackage
import TestReport
import VirtualMachine

/// Judges cells as `test` does: builds, boots, runs the tests.
package struct KernelJudge: CellJudge {
    /// Opens a tree at a base, with new objects in memory.
    package typealias TreeOpener = @Sendable (_ tree: String, _ base: String?) throws -> OpenTree
    /// Reads a series by its name or path.
    package typealias SeriesLoader = @Sendable (_ name: String) throws -> LoadedSeries

    private let open: TreeOpener
    private let load: SeriesLoader
    private let machine: MachineChoice
    private let observer: any WorkObserver
    private let toolchain: Toolchain
    private let emulator: String

    /// - Parameters:
    ///   - open: finds trees.
    ///   - load: finds series.
    ///   - observer: told what long work does, with the cell's name in front.
    package init(
        open: @escaping TreeOpener,
        load: @escaping SeriesLoader,
        machine: MachineChoice,
        observer: any WorkObserver
    ) async throws {
        self.open = open
        self.load = load
        self.machine = machine
        self.observer = observer
        toolchain = try await Toolchain.here()
        emulator = try await Toolchain.emulator()
    }

    // MARK: - What a cell is made of

    package func identify(_ cells: [Cell]) async throws -> [IdentifiedCell] {
        var identified: [Cell: IdentifiedCell] = [:]
        var series: [String: LoadedSeries] = [:]
        // Each tree is opened once, however many cells it has.
        for (place, group) in Dictionary(grouping: cells, by: Place.init).sorted(by: { $0.key < $1.key }) {
            let tree = try open(place.tree, place.base)
            for cell in group {
                try Task.checkCancellation()
                let loaded = try series[cell.series] ?? load(cell.series)
                series[cell.series] = loaded
                identified[cell] = try identify(cell, on: tree, loaded)
            }
        }
        return cells.compactMap { identified[$0] }
    }

    private struct Place: Hashable, Comparable {
        let tree: String
        let base: String?

        init(_ cell: Cell) {
            tree = cell.tree
            base = cell.base
        }

        static func < (left: Place, right: Place) -> Bool {
            (left.tree, left.base ?? "") < (right.tree, right.base ?? "")
        }
    }

    private func identify(_ cell: Cell, on tree: borrowing OpenTree, _ loaded: LoadedSeries) throws
        -> IdentifiedCell
    {
        let run = try testRun(cell, on: tree, loaded, jobs: nil, observer: observer)
        let selection = try selection(cell, loaded)
        let treeName = cell.base ?? tree.base.displayName
        let memory = run.maker.plan.profile.memoryMiB
        var parts = [
            "schema \(CellResult.schema)", Program.signature, loaded.series.name, selection.summary,
            cell.judge.description,
        ]
        parts += selection.options.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        do {
            let generation = try generate(cell, run, selection, tree)
            parts += [try run.key(generation), emulator, toolchain.library]
            parts += toolchain.tools.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            parts += ["accelerator \(machine.accelerator.rawValue)", "limit \(machine.timeLimit ?? 0)"]
            if case .selftests = cell.judge {
                let table = loaded.project.kernelConfig.appending("selftests.yml")
                parts.append(String(decoding: try Files.read(table, limit: 1 << 20), as: UTF8.self))
            }
            return IdentifiedCell(
                cell: cell,
                key: try CellKey(of: parts),
                lane: tree.name,
                treeName: treeName,
                memoryMiB: memory,
                source: tree.tag.map {
                    CellInputs.Source(repository: tree.state.trees.string, reference: "refs/tags/\($0)")
                }
            )
        } catch let error as any Blamed {
            guard error.fault == .tree else { throw error }
            let verdict = (error as? SeriesError)?.kind == .upstream ? CellVerdict.upstream : .doesNotApply
            // Templates and the base decide that, and nothing else.
            parts += ["refused", loaded.digest.description, tree.base.tree.description]
            return IdentifiedCell(
                cell: cell,
                key: try CellKey(of: parts),
                lane: tree.name,
                treeName: treeName,
                refusal: .init(verdict, error.description)
            )
        }
    }

    private func generate(
        _ cell: Cell,
        _ run: TestRun,
        _ selection: Selection,
        _ tree: borrowing OpenTree
    ) throws -> GeneratedSeries {
        let whole = try run.generate(selection, on: tree.base, by: tree.base.timelessPeople())
        return cell.patches.map(whole.first) ?? whole
    }

    private func selection(_ cell: Cell, _ loaded: LoadedSeries) throws(SeriesError) -> Selection {
        var settings: [Setting] = []
        for text in cell.settings { settings.append(try Setting(parsing: text)) }
        return try Selection(variant: cell.variant, settings: settings, of: loaded.series)
    }

    private func testRun(
        _ cell: Cell,
        on tree: borrowing OpenTree,
        _ loaded: LoadedSeries,
        jobs: Int?,
        observer: any WorkObserver
    ) throws -> TestRun {
        var glob: String?
        var upstream: UpstreamTests?
        switch cell.judge {
        case .suite(let tests): glob = tests
        case .selftests(let tests):
            upstream = UpstreamTests(
                source: .selftests,
                globs: [tests],
                table: try UpstreamTable(folder: loaded.project.kernelConfig, file: "selftests.yml")
            )
        case .fake: throw MatrixError.input("a fake judge judges no kernels, and no other judge goes with it")
        }
        let plan = try KernelPlan(profile: cell.profile, in: loaded.project.kernelConfig, jobs: jobs)
        var run = TestRun(
            bed: try TestBed(loaded, isBare: false, loading: load),
            maker: KernelMaker(state: tree.state, tree: tree.name, plan: plan, observer: observer),
            machine: machine,
            filter: TestFilter(glob: glob)
        )
        run.upstream = upstream
        // As many machines as the cell has processors, no more: others run alongside.
        run.pool = jobs.map { .ofThisHost(machines: $0) }
        return run
    }

    // MARK: - The judgement

    package func judge(_ identified: IdentifiedCell, jobs: Int?, into folder: FilePath) async throws
        -> Judgement
    {
        let cell = identified.cell
        let tree = try open(cell.tree, cell.base)
        let loaded = try load(cell.series)
        let told = CellObserver(cell.name, observer)
        var run = try testRun(cell, on: tree, loaded, jobs: jobs, observer: told)
        // No other verb builds a part of a series.
        run.reproduction = cell.patches == nil ? Reproduction.command(cell) : nil
        let selection = try selection(cell, loaded)
        let generation = try generate(cell, run, selection, tree)
        try keepPatches(generation, tree.base, folder)
        let maker = run.maker
        do {
            let outcome = try await Self.waiting(for: maker, told) {
                let prepared = try await run.prepare(tree.base, generation)
                try Files.write(
                    Files.read(prepared.kernel.output.appending(".config"), limit: ResultFolder.fileLimit),
                    to: folder.appending(ResultFolder.configName)
                )
                return try await run.judge(prepared, tree.base, selection, generation)
            }
            return try keep(outcome, generation, folder)
        } catch let error as any Blamed {
            guard error.fault == .verdict else { throw error }
            return Judgement(.doesNotBuild, reason: error.description, commit: generation.tip.description)
        }
    }

    /// Does the work when nobody else works on the tree: another run may, for as long as a cell takes.
    private static func waiting<Result: Sendable>(
        for maker: KernelMaker,
        _ observer: any WorkObserver,
        _ body: () async throws -> Result
    ) async throws -> Result {
        var isWaiting = false
        while true {
            var hasLock = false
            do {
                return try await maker.withLock {
                    hasLock = true
                    return try await body()
                }
            } catch let error as StateError {
                guard case .lock(.held) = error, !hasLock else { throw error }
                if !isWaiting { observer.note("waiting: \(error)") }
                isWaiting = true
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    private func keep(_ outcome: TestRun.Outcome, _ generation: GeneratedSeries, _ folder: FilePath) throws
        -> Judgement
    {
        let report = outcome.report
        for (format, name) in [
            (ReportFormat.json, ResultFolder.reportName), (.text, "report.txt"), (.junit, "junit.xml"),
            (.kcidb, "kcidb.json"),
        ] { try Files.write(Array(try report.written(as: format).utf8), to: folder.appending(name)) }
        try Files.write(
            Array((outcome.console.joined(separator: "\n") + "\n").utf8),
            to: folder.appending(ResultFolder.consoleName)
        )
        guard report.verdict != .infrastructure else {
            throw MatrixError.engine("there was no machine to run the tests on, in three attempts")
        }
        return Judgement(CellVerdict(of: report), commit: generation.tip.description)
    }

    /// The patches as mails, and where each of their sites went.
    private func keepPatches(_ generation: GeneratedSeries, _ base: borrowing BaseCommit, _ folder: FilePath)
        throws
    {
        var mails: [UInt8] = []
        for (index, commit) in generation.changing.enumerated() {
            var options = MailOptions()
            options.number = index + 1
            options.total = generation.changing.count
            mails += try base.repository.mail(for: commit.id, options)
        }
        try Files.write(mails, to: folder.appending(ResultFolder.patchesName))
        let sites = generation.rendered.patches.prefix(generation.commits.count).flatMap { patch in
            patch.files.flatMap { file in
                file.sites.map { SiteRow(patch: patch.folder, path: file.path, $0) }
            }
        }
        try Files.write(Array(try JSONText.of(sites).utf8), to: folder.appending(ResultFolder.sitesName))
    }
}

/// Where a site went: what `sites.json` has.
package struct SiteRow: Codable, Sendable, Hashable {
    package let patch: String
    package let path: String
    /// As the template says it.
    package let anchor: String
    /// In the tree, from 1; nil for a site of a new file.
    package let line: Int?

    init(patch: String, path: String, _ site: PlacedSite) {
        self.patch = patch
        self.path = path
        anchor = site.anchor
        if case .at(_, let treeLine) = site.place { line = treeLine } else { line = nil }
    }
}

/// Commands that do by hand what became of a cell.
package enum Reproduction {
    /// The one that judges it again, without the last word, which is a test's name.
    static func command(_ cell: Cell) -> String {
        let last = if case .selftests = cell.judge { "--selftests kvm/" } else { "--tests " }
        return words("test", cell) + " " + last
    }

    /// The one that makes a folder with kernel and tests, which plain QEMU runs; nil for what no bundle has.
    package static func bundle(_ cell: Cell) -> String? {
        guard case .suite = cell.judge, cell.patches == nil else { return nil }
        return words("bundle", cell) + " --output bundle"
    }

    private static func words(_ verb: String, _ cell: Cell) -> String {
        var words = ["kpatch-gen", verb, "--series", cell.series, "--variant", cell.variant]
        for setting in cell.settings { words += ["--set", setting] }
        words += ["--tree", cell.tree]
        if let base = cell.base { words += ["--base", base] }
        words += ["--profile", cell.profile]
        return words.map(quoted).joined(separator: " ")
    }

    /// As a shell takes it for one word.
    private static func quoted(_ word: String) -> String {
        let plain = word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./=,+:".contains($0)) }
        return plain && !word.isEmpty
            ? word
            : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
                + "'"
    }
}

/// Tells of the work on one cell of several.
private struct CellObserver: WorkObserver {
    let name: String
    let inner: any WorkObserver

    init(_ name: String, _ inner: any WorkObserver) {
        self.name = name
        self.inner = inner
    }

    func note(_ text: String) { inner.note("\(name): \(text)") }
    func progress(_ title: String, _ detail: String) { inner.progress("\(name): \(title)", detail) }
    func end(_ title: String) { inner.end("\(name): \(title)") }
}
