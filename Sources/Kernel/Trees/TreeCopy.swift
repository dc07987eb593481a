// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// Brings local trees from the repository of another machine, or of another state folder.
public struct TreeCopy: Sendable {
    private let state: StateFolder

    public init(_ state: StateFolder) {
        self.state = state
    }

    /// Fetches a tag with its commit and files, unless it is here already.
    ///
    /// - Parameters:
    ///   - reference: `refs/tags/v5.10.262`.
    ///   - repository: what git fetches from.
    ///   - note: told if another run holds the repository, which is waited for.
    public func fetch(_ reference: String, from repository: String, note: (String) -> Void) async throws {
        guard reference.wholeMatch(of: /refs\/tags\/v[0-9][0-9A-Za-z.+_-]{0,100}/) != nil,
            !reference.contains("..")
        else { throw Failure(.user, "'\(reference.onOneLine)' is not the tag of a local tree") }
        let git = GitTool(repository: state.trees)
        var isTold = false
        while true {
            do {
                return try await state.withLock(.trees) {
                    if !Files.exists(state.trees) { try await git.create(temporary: state.temporary) }
                    if try await git.commit(reference) != nil { return }
                    note("fetching \(reference) from \(repository.onOneLine)")
                    try await git([
                        "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--end-of-options",
                        repository,
                        "\(reference):\(reference)",
                    ]).required()
                }
            } catch let error as StateError {
                guard case .lock(.held) = error else { throw error }
                if !isTold { note("waiting: \(error)") }
                isTold = true
                try await Task.sleep(for: .seconds(1))
            }
        }
    }
}
