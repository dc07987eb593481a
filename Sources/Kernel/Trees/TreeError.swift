// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// Why a kernel tree can't be taken in.
public enum TreeError: Blamed, Hashable {
    /// Nothing there.
    case notFound(FilePath)
    /// Neither a folder nor an archive of a known kind.
    case unknownKind(FilePath)
    /// A folder or archive without what every kernel tree has.
    case notKernel(FilePath, missing: String)
    /// git did not take the files.
    case rejected(String)
    /// Files that a build left; the first is named.
    case notClean(FilePath, leftover: String)
    /// A member of an archive that no kernel tree has: a device, a name out of the archive, a size over a limit.
    case badArchive(FilePath, reason: String)
    case tool(ToolError)
    /// Files that can't be read or written; `.unusable`: that no tree should have.
    case file(FileError)
    case state(StateError)
    /// The calling task was cancelled.
    case interrupted

    public var fault: Fault {
        switch self {
        case .notFound, .unknownKind: .user
        case .notKernel, .notClean, .badArchive: .tree
        case .rejected: .infrastructure
        case .tool(let error): error.fault
        // What can't be taken is a fault of the tree here.
        case .file(let error): error.fault == .user ? .tree : error.fault
        case .state(let error): error.fault
        case .interrupted: .interruption
        }
    }

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
        case .notClean(let path, let leftover):
            return
                "\(path) holds what a build has left, such as \(leftover); run 'make mrproper' there, or import a copy "
                + "without: the tree's own Makefile isn't run by an import"
        case .badArchive(let path, let reason):
            return "\(path) is not unpacked: \(reason)".onOneLine
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
