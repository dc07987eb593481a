// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
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
            "The branch to make. (default: kpatch/<variant>, with the tree's tag for a tree at hand)",
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
        do {
            let files = try selection.series.files()
            let open = try tree.open()
            open.blobs.readAhead(files.likelyPaths, of: open.baseTree, in: open.repository)
            let (loaded, selected) = try selection.load(files)
            let name =
                branch ?? (["kpatch", open.tag, selected.variant].compactMap { $0 }).joined(separator: "/")
            let current = try open.branchToReplace(name)
            if dryRun || current != nil {
                try replace(name, current, loaded, selected)
            } else {
                let generation = try open.generate(loaded, selected, signOff: signoff)
                try open.publish(generation, branch: name, current: nil, selected, loaded)
                try report(.created, generation, name, open.displayName)
            }
        } catch {
            throw Failure(error)
        }
    }

    /// Decides on objects in memory first: what is refused, unchanged or only tried leaves nothing behind.
    private func replace(_ name: String, _ current: ObjectID?, _ loaded: LoadedSeries, _ selected: Selection)
        throws
    {
        let trial = try tree.openInMemory()
        var generation = try trial.generate(loaded, selected, signOff: signoff)
        var outcome = try trial.outcome(generation, branch: name, current: current, force: force)
        if case .unchanged(let commits) = outcome {
            generation = generation.named(commits)
            if !dryRun {
                let open = try tree.open()
                try open.annotate(generation, branch: name, selected, loaded, onlyMissing: true)
                try open.record(generation.tip, asGeneratedOn: name)
            }
        } else if dryRun {
            outcome = .dryRun
        } else {
            let open = try tree.open()
            generation = try open.generate(loaded, selected, signOff: signoff)
            try open.publish(generation, branch: name, current: current, selected, loaded)
        }
        try report(outcome, generation, name, trial.displayName)
    }

    private func report(_ outcome: ApplyOutcome, _ generation: Generation, _ branch: String, _ tree: String)
        throws
    {
        for note in generation.rendered.notes { Terminal.note("note: \(note)") }
        switch format.format {
        case .json: try JSON.print(ApplyOutput(outcome, generation, branch: branch, tree: tree))
        case .text:
            let placed = generation.rendered.patches.flatMap(\.files).map(\.sites.count).reduce(0, +)
            let verb =
                switch outcome {
                case .created: "created"
                case .replaced: "replaced"
                case .unchanged: "unchanged, it holds this already"
                case .dryRun: "not written (dry run)"
                }
            var lines = zip(generation.commits, generation.rendered.patches).map { commit, patch in
                "\(commit.id.abbreviated) \(commit.subject) (\(counted(patch.files.count, "file")), \(counted(patch.files.map(\.sites.count).reduce(0, +), "site")))"
            }
            lines.append("\(branch): \(verb); \(placed) sites placed on \(tree)")
            if case .replaced(let old) = outcome { lines.append("it was at \(old)") }
            try Terminal.output(lines.joined(separator: "\n"))
        }
    }
}

/// "1 file", "2 files".
private func counted(_ count: Int, _ thing: String) -> String { "\(count) \(thing)\(count == 1 ? "" : "s")" }

/// What became of the branch.
enum ApplyOutcome {
    case created
    case replaced(ObjectID)
    /// The branch has the same patches on the same base, in these commits; only dates would differ.
    case unchanged([ObjectID])
    case dryRun

    var name: String {
        switch self {
        case .created: "created"
        case .replaced: "replaced"
        case .unchanged: "unchanged"
        case .dryRun: "dry-run"
        }
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
    }

    let tree: String
    let branch: String
    let outcome: String
    let base: String
    let tip: String
    let patches: [Patch]
    let notes: [String]

    init(_ outcome: ApplyOutcome, _ generation: Generation, branch: String, tree: String) {
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
                }
            )
        }
        notes = generation.rendered.notes
    }
}
