// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import Git
import Kernel
import SystemPackage

struct TreesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trees",
        abstract: "Shows the local kernel trees, fetches and imports them.",
        discussion: """
            Fetched and imported trees share one bare repository below $KPATCH_HOME (default: ~/.cache/kpatch-gen), \
            one root commit and tag each.
            """,
        subcommands: [ListTrees.self, FetchTree.self, ImportTree.self],
        defaultSubcommand: ListTrees.self
    )
}

struct ListTrees: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Shows the local trees.")

    @OptionGroup var format: FormatArguments

    func run() throws {
        let state = try StateFolder(environment: ProcessEnvironment.variables)
        let trees = try TreeOutput.all(state)
        if trees.isEmpty, format.format == .text {
            Terminal.note("no local trees; get one with: kpatch-gen trees fetch 5.10")
            return
        }
        try format.format.print(
            text: Columns.shown(trees.map { [$0.name, $0.version, String($0.base.prefix(12)), $0.source] })
                .lines,
            json: trees
        )
    }
}

/// A local tree, as `trees --format json` writes it.
struct TreeOutput: Encodable {
    let name: String
    let version: String
    let repository: String
    /// The commit that its tag names.
    let base: String
    /// Where it came from.
    let source: String

    static func all(_ state: StateFolder) throws -> [TreeOutput] {
        guard Files.exists(state.trees) else { return [] }
        let repository = try Repository.open(at: state.trees.string)
        let versions = try repository.tagNames().compactMap { tag in
            (try? KernelVersion(tag)).map { (tag, $0) }
        }
        return try versions.sorted { $0.1 < $1.1 }.map { tag, version in
            let commit = try repository.commit(try repository.commitID(of: "refs/tags/\(tag)"))
            let subject = commit.message.prefix { $0 != "\n" }
            return TreeOutput(
                name: tag,
                version: version.number,
                repository: state.trees.string,
                base: commit.id.description,
                source: String(subject)
            )
        }
    }
}

struct FetchTree: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch",
        abstract: "Gets a kernel's source from Debian's packages.",
        discussion: """
            Works through apt in a private root with the mirror that this machine's apt names already; signatures are \
            verified, the machine's own configuration is not touched. Which versions there are is kernel-config/suites.yml.
            """
    )

    @Argument(help: ArgumentHelp("The kernel, such as 5.10.", valueName: "version"))
    var version: String

    @OptionGroup var format: FormatArguments

    func run() async throws {
        let state = try StateFolder(environment: ProcessEnvironment.variables)
        let suites = try Suites(folder: ProjectFiles.locate().kernelConfig)
        let source = DebianSource(state: state, suites: suites)
        let tree = try await TreeProgressDisplay.during("fetch \(version)") { progress in
            try await TreeFetcher(state: state, source: source).fetch(version) { progress.show($0) }
        }
        try show(tree, state, format.format)
    }
}

struct ImportTree: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Takes a kernel tree from a folder or a tarball."
    )

    @Argument(
        help: ArgumentHelp("A folder, or a .tar, .tar.gz, .tar.xz, .tar.zst.", valueName: "path"),
        completion: .file()
    )
    var path: String

    @OptionGroup var format: FormatArguments

    func run() async throws {
        let state = try StateFolder(environment: ProcessEnvironment.variables)
        let tree = try await TreeProgressDisplay.during("import") { progress in
            try await TreeImport(state: state).run(
                FilePath(path),
                origin: FilePath(path).lastComponent?.string
            ) { progress.show($0) }
        }
        try show(tree, state, format.format)
    }
}

private func show(_ tree: ImportedTree, _ state: StateFolder, _ format: OutputFormat) throws {
    let already = tree.wasPresent ? " already" : ""
    try format.print(
        text: ["\(tree.tag) is a local tree\(already): \(tree.commit.prefix(12))"],
        json: try TreeOutput.all(state).filter { $0.name == tree.tag }
    )
}

/// Shows how far a fetch or import is.
private struct TreeProgressDisplay: Sendable {
    private let progress: Progress

    /// Does some work whose progress is shown; the line ends with it.
    static func during(_ title: String, _ work: (Self) async throws -> ImportedTree) async throws
        -> ImportedTree
    {
        let display = Self(progress: Progress(title))
        defer { display.progress.finish() }
        return try await work(display)
    }

    func show(_ step: TreeProgress) {
        switch step {
        case .updating(let suite): progress.update("reading the lists of \(suite)")
        case .downloading(let package, let done, let total):
            let share = total.map { $0 > 0 ? " of \($0 >> 20)" : "" } ?? ""
            progress.update("\(package): \(done >> 20)\(share) MiB")
        case .unpacking(let name): progress.update("unpacking \(name)")
        case .importing(let done, let total): progress.update("files imported", done: done, total: total)
        case .removing: progress.update("removing what was unpacked")
        }
    }

    func finish() { progress.finish() }
}
