// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import Git
import PatchSeries

struct ApplyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Commits the patches on a branch, without a checkout.",
        discussion: """
            Places every site by structure on the base commit, writes blobs, trees and commits, and moves the branch last. \
            Neither a work tree nor an index is touched. What a commit was generated from is kept in a git note \
            (refs/notes/kpatch-gen), because the message is to be mailed.
            """
    )

    @OptionGroup var selection: SelectionArguments
    @OptionGroup var tree: TreeArguments

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The branch to make. (default: kpatch/<variant>, with the tree's tag for a local tree)",
            valueName: "name"
        )
    )
    var branch: String?

    @Flag(name: .long, help: "Replace the branch if it exists.")
    var force = false

    @Flag(name: .long, help: "Show what would be committed; write nothing.")
    var dryRun = false

    @Flag(name: .long, help: "Add your Signed-off-by.")
    var signoff = false

    @OptionGroup var format: FormatArguments

    func run() throws {
        let files = try selection.series.files()
        let open = try tree.open()
        if !dryRun { try open.base.repository.adoptSharing() }
        open.base.blobs.readAhead(files.likelyPaths, of: open.base.tree, in: open.base.repository)
        let (loaded, selected) = try selection.load(files)
        let name =
            branch ?? (["kpatch", open.tag, selected.variant].compactMap { $0 }).joined(separator: "/")
        let current = try open.base.repository.branchToReplace(name)
        guard dryRun || current != nil else {
            let generation = try open.base.generate(loaded, selected, signOff: signoff)
            if try open.base.repository.publish(generation, branch: name, current: nil, selected, loaded) {
                return try report(.created, generation, name, open.base.displayName)
            }
            return try replace(
                name,
                try open.base.repository.branchToReplace(name),
                loaded,
                selected,
                attempt: 1
            )
        }
        try replace(name, current, loaded, selected)
    }

    /// More runs than anybody starts at once.
    private static let attempts = 32

    /// Decides on objects in memory first: what is refused, unchanged or only tried leaves nothing behind.
    ///
    /// - Parameter attempt: how often the branch has moved while this run was at it. What others put there then decides;
    ///   of several runs that write the same each has to come to its turn.
    private func replace(
        _ name: String,
        _ current: ObjectID?,
        _ loaded: LoadedSeries,
        _ selected: Selection,
        attempt: Int = 0
    ) throws {
        let trial = try tree.openInMemory()
        var generation = try trial.base.generate(loaded, selected, signOff: signoff)
        var outcome = try trial.base.repository.outcome(
            generation,
            branch: name,
            current: current,
            force: force,
            isContested: attempt > 0
        )
        let open = try tree.open()
        if dryRun {
            if case .unchanged(let commits) = outcome {
                generation = generation.named(commits)
            } else {
                outcome = .dryRun
            }
        } else {
            if case .unchanged(let commits) = outcome {
                // Also for a branch whose run came no further than to move it, as that of an older version did.
                generation = generation.named(commits)
            } else {
                generation = try open.base.generate(loaded, selected, signOff: signoff)
            }
            guard
                try open.base.repository.publish(generation, branch: name, current: current, selected, loaded)
            else {
                guard attempt < Self.attempts else {
                    throw Failure(
                        .tree,
                        "branch '\(name)' moves while this runs\nsee who moves it with: git reflog \(name)"
                    )
                }
                return try replace(
                    name,
                    try open.base.repository.branchToReplace(name),
                    loaded,
                    selected,
                    attempt: attempt + 1
                )
            }
        }
        try report(outcome, generation, name, trial.base.displayName)
    }

    private func report(
        _ outcome: ApplyOutcome,
        _ generation: GeneratedSeries,
        _ branch: String,
        _ tree: String
    )
        throws
    {
        for note in generation.rendered.notes { Terminal.note("note: \(note)") }
        try format.format.print(
            text: lines(outcome, generation, branch, tree),
            json: ApplyOutput(outcome, generation, branch: branch, tree: tree)
        )
    }

    private func lines(
        _ outcome: ApplyOutcome,
        _ generation: GeneratedSeries,
        _ branch: String,
        _ tree: String
    )
        -> [String]
    {
        let placed = generation.rendered.patches.flatMap(\.files).map(\.sites.count).reduce(0, +)
        let verb =
            switch outcome {
            case .created: "created"
            case .replaced: "replaced"
            case .unchanged: "unchanged, it holds this already"
            case .dryRun: "not written (dry run)"
            }
        var lines = zip(generation.commits, generation.rendered.patches).map { commit, patch in
            let sites = patch.files.map(\.sites.count).reduce(0, +)
            let files = counted(patch.files.count + patch.removed.count, "file")
            return "\(commit.id.abbreviated) \(commit.subject) (\(files), \(counted(sites, "site")))"
        }
        lines.append("\(branch): \(verb); \(placed) sites placed on \(tree)")
        if case .replaced(let old) = outcome { lines.append("it was at \(old)") }
        return lines
    }
}

/// What `apply --format json` writes.
struct ApplyOutput: Encodable {
    struct Site: Encodable {
        let anchor: String
        let template: String
        let line: Int
    }
    struct File: Encodable {
        let path: String
        let isNew: Bool
        let sites: [Site]
    }
    struct Patch: Encodable {
        let commit: String
        let tree: String
        let subject: String
        let files: [File]
        /// Paths that are gone behind it.
        let removed: [String]
    }

    let tree: String
    let branch: String
    let outcome: String
    let base: String
    let tip: String
    let patches: [Patch]
    let notes: [String]

    init(_ outcome: ApplyOutcome, _ generation: GeneratedSeries, branch: String, tree: String) {
        self.tree = tree
        self.branch = branch
        self.outcome = outcome.name
        base = generation.base.description
        tip = generation.tip.description
        patches = zip(generation.commits, generation.rendered.patches).map { commit, patch in
            Patch(
                commit: commit.id.description,
                tree: commit.tree.description,
                subject: commit.subject,
                files: patch.files.map { file in
                    File(
                        path: file.path,
                        isNew: file.isNew,
                        sites: file.sites.map {
                            Site(anchor: $0.anchor, template: $0.template.description, line: $0.line)
                        }
                    )
                },
                removed: patch.removed.map(\.path)
            )
        }
        notes = generation.rendered.notes
    }
}
