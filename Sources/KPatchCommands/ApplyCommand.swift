// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Git
import PatchSeries

struct ApplyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Commits the patches on a branch, without a checkout.",
        discussion: """
            Places every site by structure on the base commit, writes blobs, trees and commits, and moves the branch last. \
            Neither a work tree nor an index is touched. What a commit was generated from is kept in a git note \
            (refs/notes/kpatch-gen), because the message is to be mailed.
            """
    )

    @OptionGroup var selection: SelectionArguments
    @OptionGroup var tree: TreeArguments

    @Option(name: .long, help: ArgumentHelp("The branch to make. (default: kpatch/<variant>, with the tree's tag for a tree at hand)", valueName: "name"))
    var branch: String?

    @Flag(name: .long, help: "Replace the branch if it exists.")
    var force = false

    @Flag(name: .long, help: "Show what would be committed; write nothing.")
    var dryRun = false

    @Flag(name: .long, help: "Add your Signed-off-by.")
    var signoff = false

    @OptionGroup var format: FormatArguments

    func run() throws {
        let (loaded, selected) = try selection.load()
        var open = try tree.open()
        let name = branch ?? (["kpatch", open.tag, selected.variant].compactMap { $0 }).joined(separator: "/")
        do {
            let current = try open.branchToReplace(name, force: force)
            if dryRun { try open.repository.useMemoryObjects() }
            let generation = try open.generate(loaded, selected, signOff: signoff)
            for note in generation.rendered.notes { Terminal.note("note: \(note)") }
            let outcome = try open.publish(generation, branch: name, current: current, selected, loaded, force: force, dryRun: dryRun)
            try report(outcome, generation, name, open.displayName)
        } catch {
            throw Failure(error)
        }
    }

    private func report(_ outcome: ApplyOutcome, _ generation: Generation, _ branch: String, _ tree: String) throws {
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
            var lines: [String] = []
            // An unchanged branch keeps its own commits; these differ from them by their dates.
            if case .unchanged = outcome {} else {
                lines += zip(generation.commits, generation.rendered.patches).map { commit, patch in
                    "\(commit.id.abbreviated) \(commit.subject) (\(patch.files.count) files, \(patch.files.map(\.sites.count).reduce(0, +)) sites)"
                }
            }
            lines.append("\(branch): \(verb); \(placed) sites placed on \(tree)")
            if case .replaced(let old) = outcome { lines.append("it was at \(old)") }
            try Terminal.output(lines.joined(separator: "\n"))
        }
    }
}

/// What became of the branch.
enum ApplyOutcome {
    case created
    case replaced(ObjectID)
    /// The branch has the same patches on the same base; only dates would differ.
    case unchanged
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
                commit: commit.id.description, tree: commit.tree.description, subject: commit.subject,
                files: patch.files.map { file in
                    File(path: file.path, isNew: file.isNew, sites: file.sites.map { Site(anchor: $0.anchor, template: $0.template, line: $0.line) })
                }
            )
        }
        notes = generation.rendered.notes
    }
}
