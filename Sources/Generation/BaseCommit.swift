// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git
import PatchSeries

/// The commit that patches are placed on, in its open repository.
package struct BaseCommit: ~Copyable {
    package var repository: Repository
    package let id: ObjectID
    package let tree: ObjectID
    /// What messages and reports call it.
    package let displayName: String
    package let blobs = BlobWorkers()

    /// - Parameter displayName: nil for the beginning of the commit's id.
    package init(_ repository: consuming Repository, _ commit: Commit, displayName: String? = nil) {
        self.repository = repository
        id = commit.id
        tree = commit.tree
        self.displayName = displayName ?? commit.id.abbreviated
    }

    /// Keeps new objects in memory from here on: for work that must leave the repository as it is.
    package mutating func useMemoryObjects() throws(GitError) {
        try repository.useMemoryObjects()
    }

    /// The facts of the base's tree, as far as a series asks for them.
    package func facts(_ series: Series, pinned: [String: UInt64] = [:]) throws -> FactSet {
        try FactSet(series, pinned: pinned) { path in try repository.read(path, of: tree) }
    }

    /// Where the sites of a series go in a tree of the repository; nothing is written.
    package func trial(_ series: Series, _ selections: [Selection], at tree: ObjectID) throws -> SeriesTrial {
        var paths: [String] = []
        for path in selections.flatMap(series.basePaths) where !paths.contains(path) { paths.append(path) }
        let known = blobs.read(paths, of: tree, in: repository)
        return try series.trial(of: selections, known: known) { path in
            try repository.read(path, of: tree)
        }
    }
}

extension Repository {
    /// The most bytes of a tree's file that are read: the largest of Linux has 24 million, and is a table of registers.
    static let fileLimit = Limits.raised(32 << 20)

    /// A file of a tree, as the modules that know no git want it; nil if it isn't there.
    package func read(_ path: String, of tree: ObjectID) throws(GitError) -> [UInt8]? {
        try blob(at: path, inTree: tree, limit: Self.fileLimit)?.bytes
    }
}
