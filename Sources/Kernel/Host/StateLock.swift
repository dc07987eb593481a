// SPDX-License-Identifier: GPL-2.0-only

import Base
import Glibc
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
        lock = try FileLock(at: state.locks.appending(try Self.fileName(area)), of: area.name)
    }

    func release() { lock.release() }

    private static func fileName(_ area: StateFolder.Area) throws(StateError) -> String {
        let name = area.name
        guard !name.contains("/") else { throw .badName(name) }
        return name + ".lock"
    }
}

/// A held lock. Its file stays behind: removing it would let a third run lock
/// a new file of the same name while a second waits for the old one.
public struct FileLock: Sendable {
    private let file: FileDescriptor

    /// Takes the lock, or says who holds it. A holder that is ending, killed perhaps, gets two seconds for that.
    ///
    /// - Parameters:
    ///   - path: the lock's file; folders are made as needed.
    ///   - what: is locked, for messages.
    /// - Throws: `held`, `file`.
    public init(at path: FilePath, of what: String) throws(StateError) {
        do throws(FileError) {
            try Files.makeFolder(path.removingLastComponent())
        } catch {
            throw .file(error)
        }
        do {
            file = try FileDescriptor.open(
                path,
                .readWrite,
                options: [.create, .closeOnExec],
                permissions: FilePermissions(rawValue: 0o666)
            )
        } catch {
            throw .file(FileError(operation: "open", path: path, errno: error as? Errno ?? .ioError))
        }
        var isHeld = flock(file.rawValue, LOCK_EX | LOCK_NB) == 0
        for _ in 0..<200 where !isHeld && errno == EWOULDBLOCK && !Task.isCancelled {
            usleep(10_000)
            isHeld = flock(file.rawValue, LOCK_EX | LOCK_NB) == 0
        }
        guard isHeld else {
            let refusal = Errno(rawValue: errno)
            defer { try? file.close() }  // nothing was written
            guard refusal == .wouldBlock else {
                throw .file(FileError(operation: "lock", path: path, errno: refusal))
            }
            // Who holds it is for the message only; it may not have written its id yet.
            let holder = (try? Files.read(path)).flatMap { bytes in
                Int32(String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
            }
            throw .held(area: what, pid: holder, lock: path)
        }
        // For the other's message only: a full disk must not stop this run here.
        _ = ftruncate(file.rawValue, 0)
        _ = try? file.writeAll(toAbsoluteOffset: 0, Array("\(getpid())\n".utf8))
    }

    /// Ends the lock.
    public func release() {
        // Closing ends it; nothing is left to be lost.
        try? file.close()
    }
}
