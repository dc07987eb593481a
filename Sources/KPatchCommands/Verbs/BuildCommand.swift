// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import Git
import Judging
import Kernel
import PatchSeries
import SystemPackage

struct BuildCommand: AsyncParsableCommand, BisectingCommand {
    static let configuration = CommandConfiguration(
        commandName: "build",
        abstract: "Builds a kernel with the patch in it.",
        discussion: """
            The tree has a work folder and a build folder per profile of its own below $KPATCH_HOME, so that the next \
            variant only compiles what differs; a kernel that is there already is not made again. Only warnings that \
            the base doesn't have count as new: where an object warns that follows from a file the patch changes, \
            that object of the base is compiled, too.
            """
    )

    @OptionGroup var selection: SelectionArguments
    @OptionGroup var tree: TreeArguments
    @OptionGroup var kernel: KernelArguments
    @OptionGroup var bed: TestBedArguments
    @OptionGroup var format: FormatArguments

    var bisect: Bool { kernel.bisect }

    func run() async throws {
        let (loaded, selected) = try selection.load()
        let bed = try bed.load(loaded)
        let open = try tree.openInMemory()
        let maker = try kernel.maker(of: open, loaded.project)
        let generation = try open.base.generate(loaded, selected, on: bed.ground(on: open.base))
        let built = try await maker.withLock { try await maker.build(generation, on: open.base) }
        try report(built, open.base.displayName, maker.plan.profile.name)
    }

    private func report(_ built: BuiltKernel, _ tree: String, _ profile: String) throws {
        try format.format.print(
            text: lines(built),
            json: BuildOutput(built, tree: tree, variant: selection.variant, profile: profile)
        )
    }

    private func lines(_ built: BuiltKernel) -> [String] {
        Columns.shown(built.phases.map { [$0.name, $0.duration.inSeconds] }).lines
            + built.newWarnings.map(\.description)
            + [
                "new warnings: \(built.newWarnings.count) (the base has \(built.baselineCount))",
                built.image.string,
            ]
    }
}

/// What `build --format json` writes.
struct BuildOutput: Encodable {
    struct Warning: Encodable {
        let file: String?
        let line: Int?
        let message: String
        let flag: String?
    }
    struct Phase: Encodable {
        let name: String
        let milliseconds: Int
    }

    let tree: String
    let variant: String
    let profile: String
    let image: String
    let log: String
    let newWarnings: [Warning]
    let baselineWarnings: Int
    let phases: [Phase]

    init(_ built: BuiltKernel, tree: String, variant: String, profile: String) {
        self.tree = tree
        self.variant = variant
        self.profile = profile
        image = built.image.string
        log = built.result.log.string
        newWarnings = built.newWarnings.map {
            Warning(file: $0.file, line: $0.line, message: $0.message, flag: $0.flag)
        }
        baselineWarnings = built.baselineCount
        phases = built.phases.map { Phase(name: $0.name, milliseconds: $0.duration.milliseconds) }
    }
}
