// SPDX-License-Identifier: GPL-2.0-only

import Base

/// What a command's exit status says; see docs/user-guide.md.
public enum ExitStatus: Int32, Sendable {
    case done = 0
    /// The answer is no: tests failed, the kernel doesn't build.
    case negative = 1
    /// The command line, a series or the user's set-up is wrong.
    case usage = 2
    /// The tree can't take it: an anchor, a conflict, an unsupported repository.
    case tree = 3
    /// Something that the tool depends on failed: disk, network, compiler, QEMU.
    case infrastructure = 4
    /// Ctrl-C; the shell's 128 + SIGINT. Another signal's number takes its place when the process ends
    /// (`Interruption.status`).
    case interrupted = 130
    /// Whoever read standard output went away (`| head`): the shell's 128 + SIGPIPE. Nothing is to be said about it.
    case readerGone = 141

    /// The status for `git bisect run`: what says nothing about the commit is to be skipped.
    var forBisect: Int32 {
        switch self {
        case .tree, .infrastructure: 125
        case .done, .negative, .usage, .interrupted, .readerGone: rawValue
        }
    }
}

/// The answer is no, and was given.
struct NegativeAnswer: Error {}

extension ExitStatus {
    /// The one place where an error becomes a status.
    init(_ error: any Error) {
        switch error {
        case _ where Task.isCancelled, is CancellationError: self = .interrupted
        case is ReaderGone: self = .readerGone
        case is NegativeAnswer: self = .negative
        case let error as any Blamed: self.init(error.fault)
        default: self = .infrastructure
        }
    }

    private init(_ fault: Fault) {
        self =
            switch fault {
            case .user: .usage
            case .tree: .tree
            case .verdict: .negative
            case .infrastructure: .infrastructure
            case .interruption: .interrupted
            }
    }
}
