// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git
import Kernel
import VirtualMachine

/// What a command's exit status says; see docs/user-guide.md.
public enum ExitStatus: Int32, Sendable {
    case done = 0
    /// The answer is no: tests failed, the kernel doesn't build.
    case negative = 1
    /// The command line, a series or the user's set-up is wrong.
    case usage = 2
    /// The tree can't take it: an anchor, a conflict, an unsupported repository.
    case tree = 3
    /// Something that the tool stands on failed: disk, network, compiler, QEMU.
    case infrastructure = 4
    /// Ctrl-C; the shell's 128 + SIGINT. Another signal's number takes its place when the process ends
    /// (`Interruption.status`).
    case interrupted = 130
    /// Whoever read standard output went away (`| head`): the shell's 128 + SIGPIPE. Nothing is to be said about it.
    case readerGone = 141

    init(_ fault: Fault) {
        self =
            switch fault {
            case .user: .usage
            case .tree: .tree
            case .verdict: .negative
            case .infrastructure: .infrastructure
            case .interruption: .interrupted
            }
    }

    /// The status for `git bisect run`: what says nothing about the commit is to be skipped.
    var forBisect: Int32 {
        switch self {
        case .tree, .infrastructure: 125
        case .done, .negative, .usage, .interrupted, .readerGone: rawValue
        }
    }
}

/// Why a command gives up: a message for people and the exit status.
struct Failure: Error, CustomStringConvertible {
    let status: ExitStatus
    let description: String

    init(_ status: ExitStatus, _ description: String) {
        self.status = status
        self.description = description
    }

    /// Any module's error as this program reports it: the one place that decides who failed.
    init(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case is CancellationError: self.init(.interrupted, "interrupted")
        case let error as GitError: self.init(Self.status(error.kind), error.description)
        case let error as TreeError: self.init(Self.status(error), "\(error)")
        case let error as FetchError: self.init(Self.status(error), "\(error)")
        case let error as RecipientError: self.init(Self.status(error), "\(error)")
        case let error as StateError: self.init(Self.status(error), "\(error)")
        case let error as BuildError: self.init(Self.status(error), "\(error)")
        case let error as FileError: self.init(error.fault == .user ? .usage : .infrastructure, "\(error)")
        case ToolError.interrupted: self.init(.interrupted, "interrupted")
        case let error as any Blamed: self.init(ExitStatus(error.fault), error.description)
        default: self.init(.infrastructure, "\(error)")
        }
        if Task.isCancelled { self = Failure(.interrupted, "interrupted") }
    }

    private static func status(_ kind: GitError.Kind) -> ExitStatus {
        switch kind {
        case .invalidBranchName, .missingIdentity: .usage
        case .diskFull, .io, .other: .infrastructure
        case .notARepository, .unsupportedRepository, .ownerMismatch, .revisionNotFound, .ambiguousRevision,
            .objectMissing,
            .objectCorrupt, .pathNotFound, .branchExists, .tagExists, .branchCheckedOut, .refMoved:
            .tree
        }
    }

    private static func status(_ error: FetchError) -> ExitStatus {
        switch error {
        case .notVersion, .unknownVersion, .notInSuite: .usage
        case .tree(let error): status(error)
        default: .infrastructure
        }
    }

    private static func status(_ error: RecipientError) -> ExitStatus {
        switch error {
        case .missing, .unreadable: .tree
        case .tool, .file: .infrastructure
        }
    }

    private static func status(_ error: StateError) -> ExitStatus {
        switch error {
        case .noHome, .badName: .usage
        case .held, .file: .infrastructure
        }
    }

    private static func status(_ error: BuildError) -> ExitStatus {
        switch error {
        case .interrupted: .interrupted
        // What the fragments ask for is not in this tree, or can't be had together.
        case .config(.unmet), .configuration(.kernel, _, _), .noSuchSelftest: .tree
        case .config(.malformed): .usage
        case .badPath, .configuration(.infrastructure, _, _), .tool, .file: .infrastructure
        }
    }

    private static func status(_ error: TreeError) -> ExitStatus {
        switch error {
        case .notFound, .unknownKind: .usage
        case .notKernel: .tree
        case .file(let error): error.fault == .user ? .tree : .infrastructure
        default: .infrastructure
        }
    }
}
