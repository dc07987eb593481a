// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import Git
import Importing
import PatchSeries

struct AbsorbCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "absorb",
        abstract: "Takes what was edited on a generated branch back into the templates.",
        discussion: """
            Edit the commits of a branch that 'apply' made, with git; absorb finds the template or fragment that each \
            edited line was written in, and edits it there. All other lines of the templates stay as they are, and names \
            stay names. What was edited of the kernel's own lines becomes a new site. The series is rendered with the \
            edits: it makes the branch's trees and messages to the byte, or nothing is written.

            An edit that could go to two places is refused with both named, unless --prefer says which; one that would \
            change other variants is refused with those named, unless --others says that it may.
            """
    )

    @Argument(
        help: ArgumentHelp("The branch. (default: the only generated one)", valueName: "branch"),
        completion: .revisions
    )
    var branch: String?

    @OptionGroup var repository: RepositoryArguments

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The series, if it is not in Templates under the name that the branch was generated from.",
            valueName: "name|path"
        ),
        completion: .series
    )
    var series: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Where to put a line that belongs to two places: own, where fewer selections have it, or shared.",
            valueName: "own|shared"
        )
    )
    var prefer: AbsorbPreference?

    @Flag(name: .long, help: "Let the edits change other variants, too; they are listed.")
    var others = false

    @Flag(name: .long, help: "Show what would be edited; write nothing.")
    var dryRun = false

    @OptionGroup var format: FormatArguments

    func run() throws {
        var name = ""
        var open = try TreeArguments.open(repository.tree) { repository, _ in
            name = try Self.branch(branch, in: repository)
            return try repository.generatedBranch(name).base.id
        }
        try open.base.useMemoryObjects()
        let found = try open.base.repository.generatedBranch(name)
        let loaded = try SeriesArguments.load(series ?? found.origin.series)
        guard loaded.series.name == found.origin.series else {
            throw Failure(
                .user,
                "'\(name)' was generated from series \(found.origin.series), not from \(loaded.series.name)\nsay with --series where \(found.origin.series) is"
            )
        }
        let absorption = try BranchAbsorption(
            found,
            loaded,
            on: open.base,
            prefer: prefer,
            allowsOthers: others
        )
        if !dryRun { try absorption.write(in: try TreeArguments.openRepository(repository.tree).repository) }
        let result = AbsorbOutput(absorption, folder: loaded.folder, isWritten: !dryRun)
        try format.format.print(text: result.text, json: result)
    }

    private static func branch(_ name: String?, in repository: borrowing Repository) throws -> String {
        let known = try repository.generatedBranches()
        if let name {
            guard try repository.branchTarget(name) != nil else { throw try repository.noBranch(name) }
            return name
        }
        guard let only = known.first, known.count == 1 else {
            throw Failure(
                .user,
                known.isEmpty
                    ? "no branch here was made by kpatch-gen apply"
                    : "which branch? there are \(known.count) generated ones: \(known.joined(separator: ", "))"
            )
        }
        return only
    }
}

extension AbsorbPreference: ExpressibleByArgument {}

/// What `absorb --format json` writes.
struct AbsorbOutput: Encodable {
    struct Edit: Encodable {
        let patch: String
        /// `path:line`, before the edit.
        let place: String
        let isNewSite: Bool
    }
    struct Other: Encodable {
        let variant: String
        let changes: [String]
    }

    let branch: String
    let series: String
    let files: [String]
    let edits: [Edit]
    let others: [Other]
    let isWritten: Bool

    init(_ absorption: BranchAbsorption, folder: String, isWritten: Bool) {
        branch = absorption.branch.name
        series = folder
        files = absorption.files.keys.sorted()
        edits = absorption.edits.map {
            Edit(patch: $0.patch, place: "\($0.place)", isNewSite: $0.isNewSite)
        }
        others = absorption.others.map { Other(variant: $0.variant, changes: $0.changes) }
        self.isWritten = isWritten
    }

    var text: [String] {
        guard !edits.isEmpty else { return ["\(branch): nothing was edited since it was generated"] }
        var lines = edits.map { "\($0.place): \($0.isNewSite ? "a new site" : "edited")" }
        lines += others.map { other in
            "\(other.variant): \(other.changes.isEmpty ? "unchanged" : "changed: \(other.changes.joined(separator: ", "))")"
        }
        let what =
            isWritten ? "renders to the branch" : "would render to the branch; nothing was written (dry run)"
        lines.append(
            "\(series): \(counted(files.count, "file")) \(isWritten ? "edited" : "to edit"); it \(what)"
        )
        return lines
    }
}
