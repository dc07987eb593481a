// SPDX-License-Identifier: GPL-2.0-only

import Base
import Glibc
import Subprocess
import SystemPackage

/// A program that this module runs. All children are started here.
///
/// A child gets an argument array (no shell), LC_ALL=C, and a process group of
/// its own. When the calling task is cancelled the whole group gets TERM and,
/// if that is not enough, KILL, before the call returns.
public struct Tool: Sendable, Hashable {
    /// A name to be looked up in PATH, or an absolute path.
    public let name: String

    public init(_ name: String) {
        self.name = name
    }

    /// How long a group may take to end after TERM: whoever presses Ctrl-C gets a prompt within a second.
    static let grace: Duration = .milliseconds(300)

    /// Runs the program and captures what it writes.
    ///
    /// - Parameters:
    ///   - folder: the child's working folder; the caller's if nil.
    ///   - environment: changes to the inherited environment; nil removes a variable.
    ///   - input: the child's standard input, closed here after the start; empty if nil.
    ///   - limit: bytes kept of each output; of more the middle is dropped.
    /// - Returns: status and outputs. A status other than 0 is a result, not an error.
    public func run(
        _ arguments: [String],
        in folder: FilePath? = nil,
        environment: [String: String?] = [:],
        input: FileDescriptor? = nil,
        limit: Int = 64 << 20
    ) async throws(ToolError) -> ToolResult {
        let command = self.command(arguments)
        let configuration = self.configuration(arguments, folder, environment)
        let body: @Sendable (Captured) async throws -> (BoundedBytes, BoundedBytes) = { execution in
            let group = ProcessGroup(id: execution.processIdentifier.value)
            return await group.whileRunning {
                async let output = Self.capture(execution.standardOutput, limit: limit)
                async let errors = Self.capture(execution.standardError, limit: limit)
                let both = await (output, errors)
                await Self.endIfCancelled(group)
                return both
            }
        }
        do {
            let result: ExecutionResult<(BoundedBytes, BoundedBytes), SequenceOutput, SequenceOutput>
            if let input {
                result = try await Subprocess.run(
                    configuration,
                    input: .fileDescriptor(input, closeAfterSpawningProcess: true),
                    output: .sequence,
                    error: .sequence
                ) { try await body(Captured($0)) }
            } else {
                result = try await Subprocess.run(
                    configuration,
                    input: .none,
                    output: .sequence,
                    error: .sequence
                ) { try await body(Captured($0)) }
            }
            if Task.isCancelled { throw ToolError.interrupted(command: command) }
            var (output, errors) = result.closureResult
            return ToolResult(
                command: command,
                status: ToolStatus(result.terminationStatus),
                output: output.bytes(),
                errors: errors.bytes(),
                dropped: output.dropped + errors.dropped
            )
        } catch {
            throw translate(error, command, folder)
        }
    }

    /// Runs the program and hands over its output line by line as it comes,
    /// standard output and standard error as one stream in the order written. The child and all that it starts die with
    /// this process, even if that is killed.
    ///
    /// - Parameter onLine: called one line at a time, without the line's end.
    /// - Returns: how the child ended; a status other than 0 is a result, not an error.
    public func stream(
        _ arguments: [String],
        in folder: FilePath? = nil,
        environment: [String: String?] = [:],
        onLine: @escaping @Sendable (String) -> Void
    ) async throws(ToolError) -> ToolStatus {
        let command = self.command(arguments)
        do {
            let result = try await Subprocess.run(
                configuration(arguments, folder, environment),
                input: .none,
                output: .sequence,
                error: .combinedWithOutput
            ) { execution in
                let group = ProcessGroup(id: execution.processIdentifier.value)
                let output = execution.standardOutput
                await group.whileRunning {
                    await GroupGuard.watch(group) {
                        // Longer than any line of kbuild, as of a linker with all objects.
                        var lines = LineSplitter(maximumLineBytes: 1 << 20)
                        do {
                            for try await chunk in output {
                                chunk.withUnsafeBytes { lines.consume($0, onLine) }
                            }
                        } catch {
                            // Reading ends with an error when the task is cancelled;
                            // what else may fail shows in the child's status.
                        }
                        lines.finish(onLine)
                        await Self.endIfCancelled(group)
                    }
                }
            }
            if Task.isCancelled { throw ToolError.interrupted(command: command) }
            return ToolStatus(result.terminationStatus)
        } catch {
            throw translate(error, command, folder)
        }
    }

    /// Where PATH finds the program; nil if it does not.
    public func locate() -> FilePath? {
        if name.contains("/") {
            let path = FilePath(name)
            return Files.isExecutable(path) ? path : nil
        }
        let search = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
        return search.split(separator: ":").lazy
            .map { FilePath(String($0)).appending(name) }
            .first { $0.isAbsolute && Files.isExecutable($0) }
    }
}

extension Tool {
    /// The two streams of a child whatever its input is.
    private struct Captured: Sendable {
        let processIdentifier: ProcessIdentifier
        let standardOutput: SubprocessOutputSequence
        let standardError: SubprocessOutputSequence

        init<Input: InputProtocol>(_ execution: Execution<Input, SequenceOutput, SequenceOutput>) {
            processIdentifier = execution.processIdentifier
            standardOutput = execution.standardOutput
            standardError = execution.standardError
        }
    }

    private static func capture(_ stream: SubprocessOutputSequence, limit: Int) async -> BoundedBytes {
        var bytes = BoundedBytes(limit: limit)
        do {
            for try await chunk in stream {
                chunk.withUnsafeBytes { bytes.append($0) }
            }
        } catch {
            // See stream(): the status tells what went wrong.
        }
        return bytes
    }

    /// The library's own teardown stops as soon as the leader has ended;
    /// here its children are seen off too, while the leader is not reaped.
    private static func endIfCancelled(_ group: ProcessGroup) async {
        if Task.isCancelled { await group.terminate(grace: grace) }
    }

    private func command(_ arguments: [String]) -> String {
        ([name] + arguments).map { argument in
            let plain = argument.utf8.allSatisfy { byte in
                (byte >= 0x2b && byte <= 0x3a) || byte == 0x3d || byte == 0x5f || byte == 0x25
                    || (byte >= 0x40 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a)
            }
            return plain && !argument.isEmpty ? argument : "'\(argument)'"
        }.joined(separator: " ")
    }

    private func configuration(
        _ arguments: [String],
        _ folder: FilePath?,
        _ environment: [String: String?]
    ) -> Configuration {
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: Self.grace)
        ]
        var changes: [Environment.Key: String?] = ["LC_ALL": "C"]
        for (name, value) in environment { changes[Environment.Key(stringLiteral: name)] = value }
        return Configuration(
            executable: name.contains("/") ? .path(FilePath(name)) : .name(name),
            arguments: Arguments(arguments),
            environment: .inherit.updating(changes),
            workingDirectory: folder,
            platformOptions: options
        )
    }

    private func translate(_ error: any Error, _ command: String, _ folder: FilePath?) -> ToolError {
        if let error = error as? ToolError { return error }
        if Task.isCancelled || error is CancellationError { return .interrupted(command: command) }
        guard let error = error as? SubprocessError else {
            return .notStarted(command: command, reason: "\(error)")
        }
        if error.code == .executableNotFound || (name.contains("/") && !Files.exists(FilePath(name))) {
            let base = FilePath(name).lastComponent?.string ?? name
            return .missing(tool: name, package: DebianPackages.byCommand[base])
        }
        return .notStarted(command: command, reason: error.description)
    }
}
