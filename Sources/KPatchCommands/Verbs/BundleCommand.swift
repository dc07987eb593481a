// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import Git
import Judging
import PatchSeries
import SystemPackage

struct BundleCommand: AsyncParsableCommand, BisectingCommand {
    static let configuration = CommandConfiguration(
        commandName: "bundle",
        abstract: "Puts a kernel and its tests into a folder that boots anywhere with plain QEMU.",
        discussion: """
            Builds what is missing, as 'test' does, and writes kernel, initramfs, configuration, symbols, patches, tests, a \
            manifest with checksums, a bill of materials (CycloneDX) and the script 'run' into --output, and all of it \
            into an archive alongside, FOLDER.tar.zst. 'run' needs QEMU and a shell; it prints KTAP and exits with the verdict. \
            The same inputs give the same bytes.
            """
    )

    @OptionGroup var selection: SelectionArguments
    @OptionGroup var tree: TreeArguments
    @OptionGroup var kernel: KernelArguments

    @OptionGroup var beneath: BareArguments

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The folder to write; an earlier bundle there is replaced.", valueName: "folder"),
        completion: .directory
    )
    var output: String

    @OptionGroup var format: FormatArguments

    var bisect: Bool { kernel.bisect }

    func validate() throws {
        if output.isEmpty { throw ValidationError("--output needs a folder") }
    }

    func run() async throws {
        let folder = FilePath(output)
        try Bundle.requireRoom(at: folder)
        let (loaded, selected) = try selection.load()
        let open = try tree.openInMemory()
        let run = TestRun(
            bed: try TestBed(loaded, isBare: beneath.bare, loading: SeriesArguments.load),
            maker: try kernel.maker(of: open, loaded.project, preset: "debug"),
            machine: MachineChoice(),
            filter: TestFilter(glob: nil)
        )
        let generation = try run.generate(selected, on: open.base, by: open.base.timelessPeople())
        for note in generation.rendered.notes { Terminal.note("note: \(note)") }
        let archive = try await run.maker.withLock {
            let prepared = try await run.prepare(open.base, generation)
            return try await Bundle(run, selected, generation, prepared).write(to: folder, open.base)
        }
        try format.format.print(
            text: [folder.appending("run").string, archive.string],
            json: BundleOutput(
                folder: folder.string,
                script: folder.appending("run").string,
                archive: archive.string
            )
        )
    }
}

/// What `bundle --format json` writes.
struct BundleOutput: Encodable {
    let folder: String
    /// The program in it that boots it.
    let script: String
    let archive: String
}
