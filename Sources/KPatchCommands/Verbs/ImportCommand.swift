// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import Git
import Importing
import Kernel
import PatchSeries
import SystemPackage

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Makes a series of somebody's patches: mails, patch files, commits, a quilt queue.",
        discussion: """
            Each change becomes a site that names the function, struct, table, statement or section it is in; what \
            can't be named is found by the lines around it, and listed. The series is rendered on the same base before \
            it gets its name: it makes the same trees and messages to the byte, or nothing is written.
            """
    )

    @Argument(
        help: ArgumentHelp(
            "An mbox, patch files in their order, a quilt folder, or a range of commits BASE..TIP.",
            valueName: "source"
        ),
        completion: .file()
    )
    var sources: [String]

    @OptionGroup var tree: TreeArguments

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The folder of the series, which is made.", valueName: "folder"),
        completion: .directory
    )
    var output: String

    @Option(
        name: .long,
        help: ArgumentHelp("What the series is called. (default: the folder's name)", valueName: "name")
    )
    var name: String?

    @OptionGroup var format: FormatArguments

    func run() async throws {
        let output = FilePath(output)
        try SeriesImport.requireFree(output)
        let state = try StateFolder(environment: ProcessEnvironment.variables)
        let source = try await ReadSource.read(sources, temporary: state.temporary)
        for note in source.notes { Terminal.note("note: \(note)") }
        let result = try write(source, to: output)
        try format.format.print(text: result.text(output), json: result)
    }

    private func write(_ source: ReadSource, to output: FilePath) throws -> ImportOutput {
        var head = SeriesHead(name: name ?? output.lastComponent?.string ?? "series", source)
        head.known = try KnownSeries.find(source, in: try ProjectFiles.locate())
        if let known = head.known {
            let variant = known.variant.map { ", variant \($0)" } ?? ""
            Terminal.note(
                "note: series \(known.name)\(variant) was made of this; what it knows of upstream goes along"
            )
        }
        var open = try open(source)
        try open.base.useMemoryObjects()
        let patches: [ImportedPatch]
        switch source.content {
        case .range(_, let tip):
            let base = try open.base.repository.commit(open.base.id)
            patches = try open.base.repository.patches(
                from: base,
                to: try open.base.repository.commit(named: tip).id
            )
        case .patches(let texts):
            let author = try open.base.repository.people().author
            patches = try open.base.repository.patches(
                texts,
                on: open.base.tree,
                of: base ?? open.base.displayName,
                fallback: author,
                fitting: { Self.localTrees(that: $0) }
            )
        }
        let made = try SeriesImport(head, patches, on: open.base, to: output, try ProjectFiles.locate())
        return ImportOutput(made, name: head.name, base: open.base.id, tree: open.base.displayName)
    }

    private var base: String? { tree.base }

    /// The tree at the base that the user, the range or the mails name.
    private func open(_ source: ReadSource) throws -> OpenTree {
        switch source.content {
        case .range(let from, _):
            guard base == nil else {
                throw Failure(
                    .user,
                    "a range has its base in its name: leave out --base, or write \(base ?? "")..TIP"
                )
            }
            return try TreeArguments.open(tree.tree, base: from)
        case .patches:
            guard base == nil, let named = source.baseCommit else { return try tree.open() }
            // Who mails a base may have it from anywhere.
            guard let open = try? TreeArguments.open(tree.tree, base: named) else {
                Terminal.note("note: the mail is made on \(named), which is not in '\(tree.tree)'")
                return try tree.open()
            }
            return open
        }
    }

    private static func localTrees(that patches: [TextPatch]) -> [String] {
        guard let names = try? TreeArguments.localNames() else { return [] }
        return names.filter { name in
            guard let open = try? TreeArguments.open(name, base: nil) else { return false }
            return patches.allSatisfy { open.base.repository.fits($0, tree: open.base.tree) }
        }
    }
}

/// What `import --format json` writes.
struct ImportOutput: Encodable {
    struct Patch: Encodable {
        let folder: String
        let subject: String
        let files: [File]
    }
    struct File: Encodable {
        let path: String
        let changes: Int
        let isWhole: Bool
        let byLines: [Place]
    }
    struct Place: Encodable {
        let line: Int
        let isWithin: Bool
    }

    let series: String
    let base: String
    let tree: String
    let patches: [Patch]
    /// Changes of lines in C, and how many of them could only be found by lines.
    let codeChanges: Int
    let codeByLines: Int

    init(_ made: SeriesImport, name: String, base: ObjectID, tree: String) {
        series = name
        self.base = base.description
        self.tree = tree
        patches = made.patches.map { patch in
            Patch(
                folder: patch.folder,
                subject: patch.subject,
                files: patch.files.map { file in
                    File(
                        path: file.path,
                        changes: file.changes,
                        isWhole: file.isWhole,
                        byLines: file.byLines.map { Place(line: $0.line, isWithin: $0.isWithin) }
                    )
                }
            )
        }
        let code = made.patches.flatMap(\.files).filter(\.isCode)
        codeChanges = code.reduce(0) { $0 + $1.changes }
        codeByLines = code.reduce(0) { $0 + $1.byLines.count }
    }

    func text(_ output: FilePath) -> [String] {
        var lines: [String] = []
        for patch in patches {
            let changes = patch.files.reduce(0) { $0 + $1.changes }
            lines.append(
                "\(patch.folder): \(counted(patch.files.count, "file")), \(counted(changes, "change"))"
            )
            for file in patch.files {
                lines += file.byLines.map { place in
                    "  \(file.path):\(place.line): found by \(place.isWithin ? "its lines in what is around it" : "its lines alone")"
                }
                if file.isWhole { lines.append("  \(file.path): kept whole") }
            }
        }
        lines.append(
            "\(output): \(counted(patches.count, "patch", "patches")); \(codeByLines) of \(counted(codeChanges, "change")) of C found by lines; renders the same on \(tree)"
        )
        return lines
    }
}
