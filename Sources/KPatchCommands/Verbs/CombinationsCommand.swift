// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import Git
import Judging
import Kernel
import PatchSeries

struct CombinationsCommand: AsyncParsableCommand, BisectingCommand {
    static let configuration = CommandConfiguration(
        commandName: "combinations",
        abstract: "Makes combinations of options that hold every pair of values, and tries them.",
        discussion: """
            Every two values that can stand together in a valid combination do so in one of the rows. Without --tree the \
            rows are printed as arguments for the other verbs. With --tree each is rendered, guest tests included; with \
            --compile the objects of arch/x86/kvm and virt/kvm are compiled, too, in a build folder of their own below \
            $KPATCH_HOME.

            On a tree that has the feature the rows are those of the variants that can stand alongside it; what the tree \
            has decided stays as they have it. A row that it refuses all the same is no failure.

            Exit status 1 if a row can't be rendered or doesn't compile, or has new warnings and no defect.
            """
    )

    @OptionGroup var series: SeriesArguments

    @Flag(name: [.long, .customLong("mended")], help: "Only values that put no defect back.")
    var fixed = false

    @Option(
        name: .long,
        help: ArgumentHelp("Render each row on this tree.", valueName: "path|name"),
        completion: .trees
    )
    var tree: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The commit of the tree to generate on.", valueName: "revision"),
        completion: .revisions
    )
    var base: String?

    @Flag(name: .long, help: "Compile the objects as well.")
    var compile = false

    @OptionGroup var kernel: KernelArguments

    @Option(name: .long, help: "text, json or markdown.")
    var format = DocumentFormat.text

    var bisect: Bool { kernel.bisect }

    func validate() throws {
        guard tree != nil || !compile else { throw ValidationError("--compile needs --tree") }
        guard tree != nil || format != .markdown else {
            throw ValidationError("markdown is for results: name a --tree")
        }
    }

    func run() async throws {
        let loaded = try series.load()
        guard let tree else { return try list(Combinations(loaded.series, fixed: fixed).rows) }
        try show(try await summary(loaded, tree))
    }

    // Apart from run() and show(): the compiler (6.3.1, release) crashes on all of it in one function.
    private func summary(_ loaded: LoadedSeries, _ tree: String) async throws -> CombinationSummary {
        let open = try TreeArguments.openInMemory(tree, base: base)
        let facts = try open.base.facts(loaded.series)
        let rows = try Combinations(loaded.series, fixed: fixed, in: facts).rows
        let trial = CombinationTrial(
            loaded: loaded,
            tests: try loaded.guestTests(),
            maker: compile ? try kernel.maker(of: open, loaded.project) : nil
        )
        return CombinationSummary(
            try await trial.run(rows, on: open.base) { result in try report(result) },
            tree: open.base.displayName,
            isFixed: fixed,
            isCompiled: compile
        )
    }

    private func show(_ summary: CombinationSummary) throws {
        try format.print(text: [summary.sentence], markdown: summary.markdown, json: summary)
        guard summary.failed == 0 else { throw NegativeAnswer() }
    }

    private func list(_ rows: [Combinations.Row]) throws {
        let lines = rows.map(\.arguments)
        try format.print(text: lines, markdown: lines, json: rows.map(CombinationOutput.init))
    }

    /// A line as soon as a row is done: a run takes long.
    private func report(_ result: CombinationResult) throws {
        if format == .text {
            try Terminal.output(result.line)
        } else {
            Terminal.note(result.line)
        }
    }
}

/// A row as JSON.
struct CombinationOutput: Encodable {
    let variant: String
    let settings: [Setting]
    let defects: [Setting]

    init(_ row: Combinations.Row) {
        variant = row.variant
        settings = row.settings
        defects = row.defects
    }
}
