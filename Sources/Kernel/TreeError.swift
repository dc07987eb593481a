// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// Why a kernel tree can't be taken in.
public enum TreeError: Error, Hashable, CustomStringConvertible {
    /// Nothing there.
    case notFound(FilePath)
    /// Neither a folder nor an archive of a known kind.
    case unknownKind(FilePath)
    /// A folder or archive without what every kernel tree has.
    case notKernel(FilePath, missing: String)
    /// git did not take the files.
    case rejected(String)
    case tool(ToolError)
    /// Files that can't be read or written; `.unusable`: that no tree should have.
    case file(FileError)
    case state(StateError)
    /// The calling task was cancelled.
    case interrupted

    public var description: String {
        switch self {
        case .notFound(let path):
            return "\(path) does not exist"
        case .unknownKind(let path):
            return "\(path) is neither a folder nor a .tar, .tar.gz, .tar.xz or .tar.zst archive"
        case .notKernel(let path, let missing):
            return "\(path) is not a kernel tree: \(missing)"
        case .rejected(let reason):
            return "git fast-import refused the tree: \(reason)"
        case .tool(let error):
            return error.description
        case .file(let error):
            return error.description
        case .state(let error):
            return error.description
        case .interrupted:
            return "interrupted; nothing of the tree was kept"
        }
    }

    /// Any error of this module as one of these.
    init(_ error: any Error) {
        switch error {
        case let error as TreeError: self = error
        case ToolError.interrupted: self = .interrupted
        case let error as ToolError: self = .tool(error)
        case let error as FileError: self = .file(error)
        case let error as StateError: self = .state(error)
        case is CancellationError: self = .interrupted
        default: self = .rejected("\(error)")
        }
    }
}
