// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

extension StateFolder {
    /// A part of the state that only one run may change at a time.
    public enum Area: Sendable, Hashable {
        /// The shared repository.
        case trees
        /// apt's private root for a suite.
        case apt(suite: String)
        /// A tree's work tree and all of its build folders.
        case tree(String)

        var name: String {
            switch self {
            case .trees: "trees"
            case .apt(let suite): "apt-\(suite)"
            case .tree(let name): "tree-\(name)"
            }
        }
    }

    /// Runs `body` while no other run of the tool is in the same area.
    ///
    /// The lock is advisory (flock), ends with the process whatever happens,
    /// and is not handed to children.
    public func withLock<Result: Sendable>(
        _ area: Area,
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Result
    ) async throws -> Result {
        let lock = try StateLock(area, in: self)
        defer { lock.release() }
        return try await body()
    }
}

/// The lock of an area.
struct StateLock {
    private let lock: FileLock

    init(_ area: StateFolder.Area, in state: StateFolder) throws(StateError) {
        let path = state.locks.appending(try Self.fileName(area))
        do throws(LockError) {
            lock = try FileLock(at: path, of: area.name)
        } catch {
            throw .lock(error)
        }
    }

    func release() { lock.release() }

    private static func fileName(_ area: StateFolder.Area) throws(StateError) -> String {
        let name = area.name
        guard !name.contains("/") else { throw .badName(name) }
        return name + ".lock"
    }
}
