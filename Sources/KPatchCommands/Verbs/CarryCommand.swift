// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import Git
import Rebase
import SystemPackage

struct CarryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "carry",
        abstract: "Carries commits that were not generated to another kernel, by structure.",
        discussion: """
            Each commit is taken over as it is, message and author to the byte; its changes are placed by what they stand in \
            and between: a file that was renamed, a function that went to another file, a list that is sorted are followed. \
            What the new kernel has already, wholly or in part, is said. Where a place isn't certain there is a conflict, \
            never a guess; docs/carry.md has the rules. The kernels need no common history.

            Without --branch nothing is written: the answer is which patches will hurt.

            Exit status 0 if all patches have their place, 3 if there is a conflict; then no branch moves.
            """
    )

    @Argument(
        help: ArgumentHelp("Commits A..B, or a branch whose patches begin at --from.", valueName: "source"),
        completion: .revisions
    )
    var source: String?

    @OptionGroup var repository: RepositoryArguments

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The kernel that the patches are on: the commit below the first.",
            valueName: "revision"
        ),
        completion: .revisions
    )
    var from: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The kernel to carry them to.", valueName: "revision"),
        completion: .revisions
    )
    var to: String?

    @Option(name: .long, help: ArgumentHelp("The branch to make there.", valueName: "name"))
    var branch: String?

    @Flag(name: .long, help: "Replace the branch if it exists.")
    var force = false

    @Flag(name: .long, help: "Refuse what may not fit where it is put (the warnings).")
    var strict = false

    /// For benchmarks: a process start is not what is to be measured.
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Lines of SOURCE FROM TO, blanks between them: carries each, says in a line of JSON what came of it.",
            valueName: "file",
            visibility: .hidden
        )
    )
    var batch: String?

    @OptionGroup var format: FormatArguments

    func validate() throws {
        if batch != nil {
            if source != nil || from != nil || to != nil || branch != nil {
                throw ValidationError("--batch has its sources and kernels in its file")
            }
        } else if source == nil || to == nil {
            throw ValidationError(
                "say what to carry, and where to: kpatch-gen carry A..B --tree PATH --to REVISION"
            )
        }
        if force, branch == nil { throw ValidationError("--force is of the --branch that is to be replaced") }
    }

    func run() throws {
        if let batch { return try runBatch(batch) }
        guard let source, let to else { return }
        var open = try TreeArguments.open(repository.tree) { repository, _ in try repository.commitID(of: to)
        }
        if branch != nil { try open.base.repository.adoptSharing() }
        let current = try branch.flatMap { try open.base.repository.branchToReplace($0) }
        if branch == nil { try open.base.useMemoryObjects() }
        let range = try open.base.repository.carryRange(source, from: from)
        let run = try open.base.repository.carry(
            range,
            onto: try open.base.repository.commit(open.base.id),
            isStrict: strict
        )
        let outcome: CarryOutcome
        if run.tip == nil {
            outcome = .conflict
        } else if let branch {
            outcome = try open.base.repository.publish(run, branch: branch, current: current, force: force)
        } else {
            outcome = .shown
        }
        let report = CarryReport(
            tree: open.name,
            source: source,
            branch: branch,
            outcome: outcome,
            from: range.from,
            to: open.base.id,
            toName: to,
            run: run
        )
        try format.format.print(text: report.lines, json: CarryOutput(report))
        let count = run.commits.count { $0.result == .conflict }
        guard count > 0 else { return }
        let what = count == 1 ? "a patch has" : "\(count) patches have"
        throw Failure(.tree, "\(what) no certain place on \(to); nothing was written")
    }

    private func runBatch(_ file: String) throws {
        let named = try TreeArguments.openRepository(repository.tree)
        let text = try String(decoding: Files.read(FilePath(file)), as: UTF8.self)
        for (index, line) in text.lines.enumerated() where !line.trimmed.isEmpty {
            let fields = line.split(separator: " ").map(String.init)
            guard fields.count == 3 else {
                throw Failure(.user, "\(file):\(index + 1): not SOURCE FROM TO\nwrite three revisions")
            }
            let start = ContinuousClock.now
            let range = try named.repository.carryRange(fields[0], from: fields[1])
            let base = try named.repository.commit(try named.repository.commitID(of: fields[2]))
            let run = try named.repository.carry(range, onto: base)
            let time = (ContinuousClock.now - start).tenthMilliseconds
            let results = run.commits.map(\.result.rawValue).joined(separator: " ")
            try Terminal.output(
                "{\"source\": \"\(fields[0])\", \"result\": \"\(results)\", \"tree\": \"\(run.tree)\", \"milliseconds\": \(time)}"
            )
        }
    }
}

/// What there is to say of a range that was carried.
struct CarryReport {
    let tree: String
    let source: String
    let branch: String?
    let outcome: CarryOutcome
    let from: ObjectID
    let to: ObjectID
    let toName: String
    let run: CarryRun
}
