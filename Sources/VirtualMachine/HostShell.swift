// SPDX-License-Identifier: GPL-2.0-only

import Base
import Subprocess
import SystemPackage

/// A POSIX shell on a host: this one, or another by ssh.
///
/// The host's keys and the way to it are the user's ssh configuration; nobody is asked for a password. The host is trusted no
/// more than a guest: what it prints is read as a guest's.
public struct HostShell: Sendable {
    /// `USER@HOST`, `HOST`, or a name of ssh_config; nil: this host.
    public let host: String?

    /// What messages call it.
    public var name: String { host ?? "this host" }

    /// Seconds that a host may say nothing before ssh asks it; three times without an answer end the connection.
    private static let silence = 5

    /// - Throws: `MachineError` for a name that ssh would take for an option, or a shell for more than a name.
    public init(host: String?) throws(MachineError) {
        self.host = host
        guard let host else { return }
        let allowed = host.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                || "@._-:[]%".utf8.contains(byte)
        }
        guard allowed, !host.isEmpty, host.first != "-", host.utf8.count <= 255 else {
            throw .badHost(host)
        }
    }

    /// The program that runs a command there, and its arguments.
    func words(_ command: String) -> (program: String, arguments: [String]) {
        guard let host else { return ("sh", ["-c", command]) }
        let options = [
            "BatchMode=yes", "ServerAliveInterval=\(Self.silence)", "ServerAliveCountMax=3",
            "ConnectTimeout=\(Self.silence * 2)",
        ]
        return (
            "ssh",
            ["-T"] + options.flatMap { ["-o", $0] } + ["--", host, "sh -c \(Self.quoted(command))"]
        )
    }

    /// As a shell takes it for one word.
    static func quoted(_ word: String) -> String { "'" + word.replacing("'", with: "'\\''") + "'" }

    /// The same, but for `$d/`, which stands for a folder there.
    static func quotedWithFolder(_ word: String) -> String {
        guard let place = word.firstRange(of: "$d/") else { return quoted(word) }
        return quoted(String(word[..<place.lowerBound])) + "\"$d\"/"
            + quoted(String(word[place.upperBound...]))
    }

    // MARK: - Short commands

    /// What a command there prints, at most 64 KiB.
    ///
    /// - Throws: `MachineError`: `hostLost` if the host can't be reached, `system` if the command fails.
    func ask(_ command: String, input: [UInt8] = []) async throws(MachineError) -> String {
        let (program, arguments) = words(command)
        return try await said(program) { () throws -> Answer in
            let result = try await Subprocess.run(
                .name(program),
                arguments: Arguments(arguments),
                input: .array(input),
                output: .string(limit: 1 << 16),
                error: .string(limit: 1 << 16)
            )
            return Answer(
                status: result.terminationStatus,
                output: result.standardOutput,
                errors: result.standardError
            )
        }
    }

    /// A folder below /tmp there with these files.
    ///
    /// - Parameter files: from a path here to a name there.
    /// - Returns: the folder; whoever gets it removes it.
    func send(_ files: [(path: FilePath, name: String)]) async throws(MachineError) -> String {
        let folder = try await ask("umask 077; mktemp -d /tmp/kpatch-gen.XXXXXX").trimmed
        // It comes back in commands.
        guard folder.hasPrefix("/tmp/kpatch-gen."), folder.utf8.count == 22,
            folder.dropFirst(16).allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) })
        else {
            throw .system(doing: "making a folder on \(name)", reason: "it answered '\(folder.prefix(200))'")
        }
        do throws(MachineError) {
            for (path, name) in files { try await send(path, to: "\(folder)/\(name)") }
        } catch {
            // Why it could not be sent is the news; if it's that somebody gave up, this has to be done all the same.
            await Task { _ = try? await ask("rm -rf \(folder)") }.value
            throw error
        }
        return String(folder)
    }

    private func send(_ file: FilePath, to path: String) async throws(MachineError) {
        let input: FileDescriptor
        do { input = try FileDescriptor.open(file, .readOnly, options: .closeOnExec) } catch {
            throw .system(doing: "reading \(file)", reason: String(describing: error))
        }
        let (program, arguments) = words("cat >\(path)")
        _ = try await said(program) { () throws -> Answer in
            let result = try await Subprocess.run(
                .name(program),
                arguments: Arguments(arguments),
                input: .fileDescriptor(input, closeAfterSpawningProcess: true),
                output: .string(limit: 1 << 16),
                error: .string(limit: 1 << 16)
            )
            return Answer(
                status: result.terminationStatus,
                output: result.standardOutput,
                errors: result.standardError
            )
        }
    }

    private struct Answer {
        let status: TerminationStatus
        let output: String
        let errors: String
    }

    private func said(_ program: String, _ run: () async throws -> Answer) async throws(MachineError)
        -> String
    {
        let answer: Answer
        do {
            answer = try await run()
        } catch let error as SubprocessError where error.code == .executableNotFound {
            throw .emulatorMissing(program)
        } catch {
            throw .system(doing: "running \(program)", reason: String(describing: error))
        }
        let reason = answer.errors.split(separator: "\n").last.map(String.init) ?? "it said nothing"
        switch answer.status {
        case .exited(0): return answer.output
        case .exited(255) where host != nil: throw .hostLost(name, reason: reason)
        default: throw .system(doing: "a command on \(name)", reason: "\(answer.status): \(reason)")
        }
    }
}
