// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git
import Kernel
import PatchSeries
import SystemPackage

/// One side of a comparison.
package enum RangeDiffSide {
    /// To be generated on the tree's base.
    case selection(Selection)
    case commits(base: ObjectID, tip: ObjectID)
}

extension BaseCommit {
    /// Both sides as commits in a repository of their own, which sees the tree's objects and takes the new ones, so
    /// that nothing is written to the user's.
    package func ranges(_ sides: [RangeDiffSide], _ loaded: LoadedSeries, scratch folder: FilePath) throws
        -> [RangeDiff.Range]
    {
        let scratch = try borrowing(objectsAt: folder)
        var ranges: [RangeDiff.Range] = []
        for side in sides {
            switch side {
            case .commits(let base, let tip):
                ranges.append(.init(base: base.description, tip: tip.description))
            case .selection(let selection):
                let generation = try scratch.generate(loaded, selection, by: try repository.people())
                ranges.append(.init(base: id.description, tip: generation.tip.description))
            }
        }
        return ranges
    }

    private func borrowing(objectsAt folder: FilePath) throws -> BaseCommit {
        _ = try Repository.createBare(at: folder.string)
        let common = FilePath(repository.commonDirectory)
        let info = folder.appending("objects/info")
        try Files.makeFolder(info)
        try Files.write(
            Array("\(common.appending("objects"))\n".utf8),
            to: info.appending("alternates")
        )
        // Else git would look for the commits that were cut off.
        let shallow = common.appending("shallow")
        if Files.exists(shallow) {
            try Files.write(try Files.read(shallow), to: folder.appending("shallow"))
        }
        // The kernel's own attributes: hunks are headed by functions.
        try Files.makeFolder(folder.appending("info"))
        try Files.write(
            Array("*.c diff=cpp\n*.h diff=cpp\n".utf8),
            to: folder.appending("info/attributes")
        )
        let scratch = try Repository.open(at: folder.string)
        let commit = try scratch.commit(id)
        return BaseCommit(scratch, commit, displayName: displayName)
    }
}
