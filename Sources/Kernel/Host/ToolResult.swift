// SPDX-License-Identifier: GPL-2.0-only

import Base
import Subprocess

/// How a child ended.
public enum ToolStatus: Sendable, Hashable, CustomStringConvertible {
    case exited(Int32)
    case signaled(Int32)

    init(_ status: TerminationStatus) {
        switch status {
        case .exited(let code): self = .exited(code)
        case .signaled(let number): self = .signaled(number)
        }
    }

    public var isSuccess: Bool { self == .exited(0) }

    public var description: String {
        switch self {
        case .exited(let code): "status \(code)"
        case .signaled(let number): "killed by signal \(number)"
        }
    }
}

/// What a child left behind.
public struct ToolResult: Sendable, Hashable {
    /// The command line, for messages.
    public let command: String
    public let status: ToolStatus
    /// Standard output.
    public let output: [UInt8]
    /// Standard error.
    public let errors: [UInt8]
    /// Bytes left out of the middle of the outputs, because there were too many.
    public let dropped: Int

    /// Standard output as text.
    public var outputText: String { String(decoding: output, as: UTF8.self) }
    /// Standard error as text.
    public var errorText: String { String(decoding: errors, as: UTF8.self) }

    /// This result if the child succeeded; for commands whose failure leaves no answer.
    @discardableResult
    public func required() throws(ToolError) -> ToolResult {
        guard status.isSuccess else {
            let lines = (errorText + outputText).split(separator: "\n").suffix(12).joined(separator: "\n")
            throw .failed(command: command, status: status, output: lines)
        }
        return self
    }
}

/// Why a child could not be run to its end.
public enum ToolError: Blamed, Hashable {
    /// No such program; `package` is the Debian package that has it, if known.
    case missing(tool: String, package: String?)
    /// The system refused to start it.
    case notStarted(command: String, reason: String)
    /// The calling task was cancelled; nothing of the child is left.
    case interrupted(command: String)
    /// It ended, but not well, and there is no answer without it.
    case failed(command: String, status: ToolStatus, output: String)

    public var fault: Fault {
        switch self {
        case .missing, .notStarted, .failed: .infrastructure
        case .interrupted: .interruption
        }
    }

    public var description: String {
        switch self {
        case .missing(let tool, let package):
            let advice = package.map { ": run " + DebianPackages.installCommand([$0]) } ?? ""
            return "\(tool) is not installed\(advice)"
        case .notStarted(let command, let reason):
            return "can't start \(command): \(reason)"
        case .interrupted(let command):
            return "interrupted: \(command)"
        case .failed(let command, let status, let output):
            return "\(command) failed (\(status))" + (output.isEmpty ? "" : ":\n" + output)
        }
    }
}
