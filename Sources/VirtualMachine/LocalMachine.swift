// SPDX-License-Identifier: GPL-2.0-only

import Base
import Subprocess
import SystemPackage

/// QEMU on this host. No child process and no file is left when a run returns, and no QEMU if this process dies before
/// that, even by SIGKILL.
public struct LocalMachine: Machine {
    /// QEMU's program: a name that is looked up in PATH, or a path.
    public var emulator: String

    /// - Parameter emulator: another QEMU than the one that PATH has.
    public init(emulator: String = Architecture.x86.emulator) {
        self.emulator = emulator
    }

    public func chooseAccelerator() async throws(MachineError) -> AcceleratorChoice {
        var probe = AcceleratorProbe()
        probe.emulator = emulator
        return try await probe.choose()
    }

    public func emulatorVersion() async throws(MachineError) -> String {
        do {
            let result = try await Subprocess.run(
                emulator.contains("/") ? .path(FilePath(emulator)) : .name(emulator),
                arguments: ["--version"],
                output: .string(limit: 4096),
                error: .discarded
            )
            return EmulatorVersion.number(in: result.standardOutput)
        } catch let error as SubprocessError where error.code == .executableNotFound {
            throw .emulatorMissing(emulator)
        } catch {
            throw .system(doing: "asking \(emulator) for its version", reason: String(describing: error))
        }
    }

    public func run(
        _ configuration: MachineConfiguration,
        onEvent: @escaping @Sendable (MachineEvent) -> Void
    ) async throws(MachineError) -> MachineOutcome {
        let session = MachineSession(configuration: configuration, emulator: emulator, onEvent: onEvent)
        return try await endingInOrder { () async throws(MachineError) in
            try await session.run()
        } onCancel: {
            await session.interrupt()
        }
    }
}

/// What `qemu-system-… --version` prints.
enum EmulatorVersion {
    /// `7.2.22` of `QEMU emulator version 7.2.22 (Debian …)`; empty if there is no such word.
    static func number(in text: String) -> String {
        let words = text.split(whereSeparator: \.isWhitespace)
        return words.firstIndex(of: "version").flatMap { words.dropFirst($0 + 1).first }.map(String.init)
            ?? ""
    }
}
