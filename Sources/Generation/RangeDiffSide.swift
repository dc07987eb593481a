// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git
import PatchSeries

extension Repository {
    /// What the user means by a side.
    package func side(_ text: String, _ loaded: LoadedSeries) throws -> RangeDiffSide {
        if let dots = text.firstRange(of: "..") {
            return .commits(
                base: try commitID(of: String(text[..<dots.lowerBound])),
                tip: try commitID(of: String(text[dots.upperBound...]))
            )
        }
        let series = loaded.series
        let words = text.split(separator: "+", omittingEmptySubsequences: false).map(String.init)
        let name = series.variant(mailedAs: words[0]) ?? words[0]
        if series.variants.contains(where: { $0.name == name }) {
            let settings = try words.dropFirst().map { word throws(SeriesError) in
                try Setting(parsing: word)
            }
            return .selection(try Selection(variant: name, settings: settings, of: series))
        }
        return try branch(text, series)
    }

    /// A branch that `apply` made: its record says on what it stands, or the notes which commits are the series.
    private func branch(_ name: String, _ series: Series) throws -> RangeDiffSide {
        if try generatedBranches().contains(name) {
            let branch = try generatedBranch(name)
            return .commits(base: branch.base.id, tip: branch.tip)
        }
        do {
            let tip = try commitID(of: name)
            if let base = try seriesBase(below: tip) { return .commits(base: base, tip: tip) }
        } catch {
            guard error.kind == .revisionNotFound else { throw error }
            let variants = series.variants.map(\.name).joined(separator: ", ")
            throw Failure(.user, "'\(name)' is neither a variant (\(variants)) nor a revision\n\(error)")
        }
        throw Failure(
            .user,
            "nothing says where the series on '\(name)' begins: its last 100 commits are not of kpatch-gen\ngive the base, too: BASE..\(name)"
        )
    }

    /// The commit below those that have a note of `apply`; there may be others on top, made by hand.
    private func seriesBase(below tip: ObjectID) throws(GitError) -> ObjectID? {
        var id = tip
        var isInSeries = false
        // No series is longer than this.
        for _ in 0..<100 {
            let isNoted = try note(on: id, reference: Origin.reference) != nil
            if isInSeries, !isNoted { return id }
            isInSeries = isNoted
            guard let parent = try commit(id).parents.first else { return nil }
            id = parent
        }
        return nil
    }
}
