// SPDX-License-Identifier: GPL-2.0-only

/// Who is at fault when something can't be done: what decides who has to act, and the exit status of the program.
public enum Fault: Sendable, Equatable {
    /// The command line, a series or the user's set-up is wrong.
    case user
    /// The kernel tree can't take it: an anchor, a conflict, an unsupported repository.
    case tree
    /// What was asked has "no" for an answer: the kernel doesn't build, a test fails.
    case verdict
    /// Something that the tool depends on failed: disk, network, compiler, QEMU.
    case infrastructure
    /// The user, or a signal, ended it.
    case interruption
}

/// An error that says who is at fault. Its description is for people: what happened, where, and what helps.
public protocol Blamed: Error, CustomStringConvertible {
    /// Who has to act.
    var fault: Fault { get }
}
