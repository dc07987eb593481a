// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import Git
import Kernel
import PatchSeries
import SystemPackage

struct RangeDiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "range-diff",
        abstract: "Compares two variants, revisions or branches patch by patch (git range-diff).",
        discussion: """
            A side is a variant (cap-from), a variant with other values (cap-from+naming=dependent), a revision that was \
            mailed (v1), a branch that 'apply' made, or any commits as BASE..TIP. The first that fits counts. Variants \
            are generated on the tree's base, in a repository that is thrown away. The status is 0 whether they differ \
            or not.
            """
    )

    @Argument(help: "The older side.", completion: .sides)
    var old: String

    @Argument(help: "The newer side.", completion: .sides)
    var new: String

    @OptionGroup var series: SeriesArguments
    @OptionGroup var tree: TreeArguments

    @Option(
        name: .long,
        help: ArgumentHelp(
            "How much of a patch may differ before it counts as another one.",
            valueName: "percent"
        )
    )
    var creationFactor = 95

    func run() async throws {
        let loaded = try series.load()
        let open = try tree.open()
        let sides = [try open.base.repository.side(old, loaded), try open.base.repository.side(new, loaded)]
        let scratch = try ScratchFolder(in: open.state.temporary, prefix: "range-diff")
        let folder = scratch.path.appending("repository.git")
        let ranges = try open.base.ranges(sides, loaded, scratch: folder)
        let comparison = RangeDiff(repository: folder)
        for (name, range) in zip([old, new], ranges) where try await comparison.isEmpty(range) {
            throw Failure(
                .user,
                "there is no commit in '\(name.onOneLine)': nothing can be compared with it\ngive BASE..TIP, with commits between the two"
            )
        }
        let text = try await comparison.text(
            from: ranges[0],
            to: ranges[1],
            color: Terminal.usesColor,
            creationFactor: creationFactor
        )
        try Terminal.output(text, isStyled: true)
    }
}
