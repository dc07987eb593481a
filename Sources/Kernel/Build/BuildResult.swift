// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// Whose fault a failed build is.
public enum BuildFault: Sendable, Hashable {
    /// The tree does not compile or link.
    case kernel
    case infrastructure(InfrastructureFault)
}

/// How a build ended.
public enum BuildOutcome: Sendable, Hashable {
    /// The path of what was asked for: bzImage, a program.
    case success(image: FilePath)
    /// `summary` is the first error, on one line.
    case failure(BuildFault, summary: String)
}

/// A finished build, good or not.
public struct BuildResult: Sendable, Hashable {
    public let outcome: BuildOutcome
    /// Errors first, in the order they came; then warnings.
    public let diagnostics: [CompilerDiagnostic]
    public let duration: Duration
    /// Everything that was printed.
    public let log: FilePath
    /// Files that were made; 0 if all was up to date.
    public let steps: Int

    /// Of a build that had nothing to do.
    public init(upToDate image: FilePath, log: FilePath) {
        outcome = .success(image: image)
        diagnostics = []
        duration = .zero
        self.log = log
        steps = 0
    }

    init(
        outcome: BuildOutcome,
        diagnostics: [CompilerDiagnostic],
        duration: Duration,
        log: FilePath,
        steps: Int
    ) {
        self.outcome = outcome
        self.diagnostics = diagnostics
        self.duration = duration
        self.log = log
        self.steps = steps
    }

    public var warnings: [CompilerDiagnostic] { diagnostics.filter { $0.kind == .warning } }
    public var errors: [CompilerDiagnostic] { diagnostics.filter { $0.kind == .error } }

    public var isSuccess: Bool {
        if case .success = outcome { true } else { false }
    }
}

/// How far a build is.
public struct BuildProgress: Sendable, Hashable {
    /// Objects compiled so far.
    public let done: Int
    /// Of how many; nil if nobody knows. Never less than `done`.
    public let total: Int?
    /// What was made last: "CC", "arch/x86/kvm/svm/sev.o"; a file of the build folder is named relative to it, one of
    /// elsewhere by its name alone.
    public let action: String
    public let target: String
}

/// Why there is no build result.
public enum BuildError: Blamed, Hashable {
    case config(ConfigError)
    /// kbuild could not make a configuration at all.
    case configuration(BuildFault, summary: String, log: FilePath)
    /// kbuild can't work in such a path.
    case badPath(FilePath)
    /// The tree has no such thing.
    case noSuchSelftest(String, known: [String])
    case tool(ToolError)
    case file(FileError)
    /// The calling task was cancelled; no child is left.
    case interrupted

    public var fault: Fault {
        switch self {
        case .config(let error): error.fault
        case .configuration(.kernel, _, _), .noSuchSelftest: .tree
        case .configuration(.infrastructure, _, _), .badPath: .infrastructure
        case .tool(let error): error.fault
        case .file(let error): error.fault
        case .interrupted: .interruption
        }
    }

    public var description: String {
        switch self {
        case .config(let error):
            return error.description
        case .configuration(.kernel, let summary, let log):
            return "the kernel can't be configured: \(summary) (log: \(log))"
        case .configuration(.infrastructure(let fault), _, let log):
            return "\(fault) (log: \(log))"
        case .badPath(let path):
            return "kbuild can't work in \(path): a path with spaces, colons or quotes breaks it"
        case .noSuchSelftest(let name, let known):
            return "the tree has no KVM selftest '\(name)'; it has \(known.joined(separator: ", "))"
        case .tool(let error):
            return error.description
        case .file(let error):
            return error.description
        case .interrupted:
            return "interrupted"
        }
    }

    init(_ error: any Error) {
        switch error {
        case let error as BuildError: self = error
        case let error as ConfigError: self = .config(error)
        case ToolError.interrupted: self = .interrupted
        case let error as ToolError: self = .tool(error)
        case let error as FileError: self = .file(error)
        case is CancellationError: self = .interrupted
        default: self = .tool(.notStarted(command: "build", reason: "\(error)"))
        }
    }
}
