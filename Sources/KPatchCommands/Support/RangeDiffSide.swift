// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git
import Kernel
import PatchSeries
import SystemPackage

/// One side of a comparison.
enum RangeDiffSide {
    /// To be generated on the tree's base.
    case selection(Selection)
    case commits(base: ObjectID, tip: ObjectID)
}

extension OpenTree {
    /// What the user means by a side.
    func side(_ text: String, _ loaded: LoadedSeries) throws(Failure) -> RangeDiffSide {
        do {
            if let dots = text.firstRange(of: "..") {
                return .commits(
                    base: try repository.commitID(of: String(text[..<dots.lowerBound])),
                    tip: try repository.commitID(of: String(text[dots.upperBound...]))
                )
            }
            let series = loaded.series
            let words = text.split(separator: "+", omittingEmptySubsequences: false).map(String.init)
            let revision = series.revisions.first { "v\($0.number)" == words[0] }
            let name = revision?.variant ?? words[0]
            if series.variants.contains(where: { $0.name == name }) {
                let settings = try words.dropFirst().map { word throws(SeriesError) in
                    try Setting(parsing: word)
                }
                return .selection(try Selection(variant: name, settings: settings, of: series))
            }
            return try branch(text, series)
        } catch {
            throw Failure(error)
        }
    }

    /// A branch that `apply` made: its notes say which commits are the series.
    private func branch(_ name: String, _ series: Series) throws(Failure) -> RangeDiffSide {
        do {
            let tip = try repository.commitID(of: name)
            if let base = try seriesBase(below: tip) { return .commits(base: base, tip: tip) }
        } catch {
            guard error.kind == .revisionNotFound else { throw Failure(error) }
            let variants = series.variants.map(\.name).joined(separator: ", ")
            throw Failure(.usage, "'\(name)' is neither a variant (\(variants)) nor a revision\n\(error)")
        }
        throw Failure(
            .usage,
            "nothing says where the series on '\(name)' begins: its last 100 commits are not of kpatch-gen\ngive the base, too: BASE..\(name)"
        )
    }

    /// The commit below those that have a note of `apply`; there may be others on top, made by hand.
    private func seriesBase(below tip: ObjectID) throws(GitError) -> ObjectID? {
        var id = tip
        var isInSeries = false
        // No series is longer than this.
        for _ in 0..<100 {
            let isNoted = try repository.note(on: id, reference: Origin.reference) != nil
            if isInSeries, !isNoted { return id }
            isInSeries = isNoted
            guard let parent = try repository.commit(id).parents.first else { return nil }
            id = parent
        }
        return nil
    }

    /// Both sides as commits in a repository of their own, which sees the tree's objects and takes the new ones, so
    /// that nothing is written to the user's.
    func ranges(_ sides: [RangeDiffSide], _ loaded: LoadedSeries, scratch folder: FilePath) throws(Failure)
        -> [RangeDiff.Range]
    {
        let scratch = try borrowing(objectsAt: folder)
        var ranges: [RangeDiff.Range] = []
        for side in sides {
            switch side {
            case .commits(let base, let tip):
                ranges.append(.init(base: base.description, tip: tip.description))
            case .selection(let selection):
                let generation = try scratch.generate(loaded, selection, by: try people())
                ranges.append(.init(base: base.description, tip: generation.tip.description))
            }
        }
        return ranges
    }

    private func borrowing(objectsAt folder: FilePath) throws(Failure) -> OpenTree {
        do {
            _ = try Repository.createBare(at: folder.string)
            let common = FilePath(repository.commonDirectory)
            let info = folder.appending("objects/info")
            try Folder.make(info)
            try Folder.write(
                Array("\(common.appending("objects"))\n".utf8),
                to: info.appending("alternates")
            )
            // Else git would look for the commits that were cut off.
            let shallow = common.appending("shallow")
            if Files.exists(shallow) {
                try Folder.write(try Folder.read(shallow), to: folder.appending("shallow"))
            }
            // The kernel's own attributes: hunks are headed by functions.
            try Folder.make(folder.appending("info"))
            try Folder.write(
                Array("*.c diff=cpp\n*.h diff=cpp\n".utf8),
                to: folder.appending("info/attributes")
            )
            return OpenTree(
                repository: try Repository.open(at: folder.string),
                base: base,
                baseTree: baseTree,
                name: name,
                tag: tag,
                state: state
            )
        } catch {
            throw Failure(error)
        }
    }
}
