// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import Git
import Glibc
import Kernel
import PatchSeries
import Rebase
import SystemPackage

struct RebaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebase",
        abstract: "Generates a branch anew on another base, or from newer templates, with hand edits kept.",
        discussion: """
            The patches are placed by structure on the new base; what a person changed in the generated commits, or \
            committed between and on top of them, is carried over by a 3-way merge of the few files concerned. The \
            bases need no common history. Without --variant the branch's own selection is taken, with the templates as \
            they are now.

            Nothing moves before all is done. A conflict stops the run with status 3 and the branch untouched: edit the \
            files that are named, then --continue, or --abort. A work tree and its index are never touched.
            """
    )

    @Argument(help: "The branch that 'apply' made. (default: the only one)", completion: .generatedBranches)
    var branch: String?

    @OptionGroup var repository: RepositoryArguments

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The new base: a commit, tag or branch. (default: the base of the branch)",
            valueName: "revision"
        ),
        completion: .revisions
    )
    var onto: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Where the series is. (default: in Templates, by the name that the branch was generated from)",
            valueName: "name|path"
        ),
        completion: .series
    )
    var series: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Another variant. (default: as the branch was generated)", valueName: "name"),
        completion: .variants
    )
    var variant: String?

    @OptionGroup var choice: ChoiceArguments

    @Flag(name: .customLong("continue"), help: "Go on after the conflicts were resolved.")
    var goOn = false

    @Flag(name: .long, help: "Throw a rebase away that waits for its conflicts to be resolved.")
    var abort = false

    @Flag(name: .long, help: "Show what would become of each commit; write nothing.")
    var dryRun = false

    @Flag(name: .long, help: "Show git range-diff of the old and the new commits, too.")
    var rangeDiff = false

    @OptionGroup var format: FormatArguments

    func validate() throws {
        let chosen = onto != nil || variant != nil || !choice.settings.isEmpty || choice.onUpstream != nil
        if goOn && abort { throw ValidationError("--continue and --abort exclude each other") }
        if goOn || abort, chosen || dryRun {
            throw ValidationError(
                "--\(goOn ? "continue" : "abort") is of the rebase under way: it takes no base, selection or --dry-run"
            )
        }
        if rangeDiff, dryRun {
            throw ValidationError("--range-diff can't see the commits of a --dry-run: nothing is written")
        }
    }

    func run() async throws {
        // Short, because the compiler (6.3.1) crashes on this as one function in a release build.
        guard let report = try work() else { return }
        guard rangeDiff, report.conflicts.isEmpty else { return try show(report, nil) }
        try show(report, await comparison(report))
    }

    /// All but the comparison; nil if there is nothing to report.
    private func work() throws -> RebaseReport? {
        let request = RebaseRequest(
            branch: branch,
            onto: onto,
            series: series.map(Self.absolute),
            variant: variant,
            settings: choice.settings,
            onUpstream: choice.onUpstream,
            command: "kpatch-gen rebase --tree \(Self.absolute(repository.tree))",
            load: SeriesArguments.load
        )
        guard !abort else {
            let open = try TreeArguments.openRepository(repository.tree)
            let name = try request.abort(in: open.repository)
            try Terminal.output("\(name): the rebase is thrown away; the branch is as it was")
            return nil
        }
        var found: RebaseStart?
        var open = try TreeArguments.open(repository.tree) { repository, _ in
            let start = try request.start(in: repository, continuing: goOn)
            found = start
            return start.onto
        }
        guard let start = found else { throw Failure(.infrastructure, "no base was chosen") }
        guard dryRun else {
            try open.base.repository.adoptSharing()
            return try request.run(start, on: open.base, continuing: goOn)
        }
        try open.base.useMemoryObjects()
        return try request.dryRun(start, on: open.base)
    }

    /// A folder as it is called from everywhere: --continue may come from another one.
    private static func absolute(_ name: String) -> String {
        guard Files.isFolder(FilePath(name)), let path = realpath(name, nil) else { return name }
        defer { free(path) }
        return String(cString: path)
    }

    private func show(_ report: RebaseReport, _ comparison: String?) throws {
        for note in report.notes { Terminal.note("note: \(note)") }
        try format.format.print(
            text: report.lines + (comparison == nil ? [] : [""]),
            json: RebaseOutput(report, comparison: comparison)
        )
        if format.format == .text, let comparison { try Terminal.output(comparison, isStyled: true) }
        if let next = report.next { throw Failure(.tree, next) }
    }

    private func comparison(_ report: RebaseReport) async throws -> String {
        let open = try TreeArguments.open(repository.tree, base: report.newBase.description)
        let scratch = try ScratchFolder(in: open.state.temporary, prefix: "range-diff")
        let folder = scratch.path.appending("repository.git")
        let ranges = try open.base.ranges(
            [
                .commits(base: report.oldBase, tip: report.oldTip),
                .commits(base: report.newBase, tip: report.newTip),
            ],
            report.loaded,
            scratch: folder
        )
        let text = try await RangeDiff(repository: folder).text(
            from: ranges[0],
            to: ranges[1],
            color: format.format == .text && Terminal.usesColor,
            creationFactor: 95
        )
        return String(decoding: text, as: UTF8.self)
    }
}
