// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// Gets kernel trees from a source and imports them.
public struct TreeFetcher: Sendable {
    let state: StateFolder
    let source: any TreeSource

    public init(state: StateFolder, source: any TreeSource) {
        self.state = state
        self.source = source
    }

    /// Fetches a series' newest source ("5.10"), or one version that the source
    /// still has ("5.10.259", "7.3-rc7"). What is imported already is not
    /// fetched again. When this throws or is cancelled, nothing is left behind.
    public func fetch(
        _ text: String,
        progress: @escaping TreeImport.Progress = { _ in }
    ) async throws -> ImportedTree {
        let asked = try KernelVersion(text)
        TemporaryFolders.sweep(state.temporary)
        let importer = TreeImport(state: state)
        // A full version needs no question to the source if it is there.
        if !asked.isSeries, let present = try await importer.existing(asked) { return present }
        let offer = try await source.offer(asked, progress: progress)
        if let present = try await importer.existing(offer.version) { return present }
        let work = try Files.makeTemporaryFolder(in: state.temporary, prefix: "fetch")
        defer { TreeImport.remove(work, progress) }
        let tree = try await source.obtain(offer, into: work, progress: progress)
        return try await state.withLock(.trees) {
            try await importer.folder(tree, offer.origin, progress)
        }
    }
}
