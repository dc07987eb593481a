// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Kernel
import Matrix
import SystemPackage

struct CellCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cell",
        abstract: "Judges one cell of a matrix: a folder in, a folder out.",
        discussion: """
            What engines run, on whichever machine. IN has inputs.json, which says which cell, and where a local tree is \
            fetched from if it isn't here; OUT gets the report, the \
            console, the configuration, the patches, and cell.json with their checksums last. 'history add' and 'report' \
            take such folders.

            Exit status 0 if there is a verdict, whichever; 4 if there was no machine, disk or compiler for one.
            """
    )

    @Argument(help: ArgumentHelp("The folder with inputs.json.", valueName: "in"), completion: .directory)
    var input: String

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The folder to write; one of the same cell is replaced.", valueName: "folder"),
        completion: .directory
    )
    var output: String

    @OptionGroup var machine: MachineArguments

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "How many compilers run at once. (default: the number of processors)",
            valueName: "n"
        )
    )
    var jobs: Int?

    @OptionGroup var format: FormatArguments

    func validate() throws {
        if let jobs, jobs < 1 { throw ValidationError("--jobs is at least 1") }
        if output.isEmpty { throw ValidationError("--output needs a folder") }
    }

    func run() async throws {
        let inputs = try CellInputs(folder: FilePath(input))
        let cell = inputs.cell
        let target = Files.absolute(FilePath(output))
        if Files.exists(target), try !Files.names(in: target).isEmpty,
            !Files.exists(target.appending(ResultFolder.manifestName))
        {
            throw Failure(.user, "\(target) holds something else than a result: name another folder")
        }
        if let source = inputs.source {
            let state = try StateFolder(environment: ProcessEnvironment.variables)
            try await TreeCopy(state).fetch(source.reference, from: source.repository) { Terminal.note($0) }
        }
        let bench = try await MatrixBench(cells: [cell], machine: machine)
        let result = try await fill(target, cell, bench)
        try format.format.print(text: ["\(cell.name): \(result.verdict.rawValue)"], json: result)
    }

    /// In a folder alongside first: whoever looks finds a whole result or none.
    private func fill(_ target: FilePath, _ cell: Cell, _ bench: MatrixBench) async throws -> CellResult {
        guard let identified = try await bench.judge.identify([cell]).first else {
            throw Failure(.user, "\(cell.name) is nothing that can be judged")
        }
        let parent = target.removingLastComponent()
        let work = try Files.makeTemporaryFolder(
            in: parent,
            prefix: ".\(target.lastComponent?.string ?? "cell")"
        )
        do {
            let result = try await CellRun(judge: bench.judge, jobs: jobs).fill(work, identified)
            try await ResultFolder.seal(work, result)
            try Files.remove(target)
            try Files.rename(work, to: target)
            return result
        } catch {
            // What went wrong is the news, not what is left of it.
            try? Files.remove(work)
            throw error
        }
    }
}
