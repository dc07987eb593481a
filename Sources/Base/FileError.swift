// SPDX-License-Identifier: GPL-2.0-only

import SystemPackage

/// A file operation that can't be done, with the path it was for.
public struct FileError: Blamed, Hashable {
    /// Why not.
    public enum Reason: Sendable, Hashable {
        /// The system refused it.
        case system(Errno)
        /// What is there is not to be taken: its kind, its name, or a size over its limit; as an end of a sentence
        /// about it.
        case unusable(String)
        /// The run is to end.
        case interrupted
    }

    /// What was tried, as a verb: "read", "rename".
    public let operation: String
    public let path: FilePath
    public let reason: Reason

    public init(operation: String, path: FilePath, reason: Reason) {
        self.operation = operation
        self.path = path
        self.reason = reason
    }

    public init(operation: String, path: FilePath, errno: Errno) {
        self.init(operation: operation, path: path, reason: .system(errno))
    }

    /// An error of SystemPackage, or one of these as it is.
    init(operation: String, path: FilePath, _ error: any Error) {
        if let error = error as? FileError {
            self = error
        } else {
            self.init(operation: operation, path: path, errno: error as? Errno ?? .ioError)
        }
    }

    /// Who has to act: the disk's owner, or whoever put there what can't be taken.
    public var fault: Fault {
        switch reason {
        case .system: .infrastructure
        case .unusable: .user
        case .interrupted: .interruption
        }
    }

    public var description: String {
        // A name in a foreign folder may hold anything.
        let tried = "can't \(operation) \(path)".onOneLine
        return switch reason {
        case .system(let errno): "\(tried): \(errno)"
        case .unusable(let why): "\(tried): \(why.onOneLine)"
        case .interrupted: "interrupted"
        }
    }
}
