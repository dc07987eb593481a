// SPDX-License-Identifier: GPL-2.0-only

import Glibc
import SystemPackage

/// Why a lock wasn't had.
public enum LockError: Blamed, Hashable {
    /// Another run has what it stands for.
    case held(_ what: String, pid: Int32?, lock: FilePath)
    case file(FileError)

    public var fault: Fault {
        switch self {
        case .held: .infrastructure
        case .file(let error): error.fault
        }
    }

    public var description: String {
        switch self {
        case .held(let what, let pid, let lock):
            let holder = pid.map { "process \($0)" } ?? "another process"
            return "\(what) is in use by \(holder) (lock \(lock)); wait for it, or end it"
        case .file(let error):
            return error.description
        }
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
    public init(at path: FilePath, of what: String) throws(LockError) {
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
            throw .held(what, pid: holder, lock: path)
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
