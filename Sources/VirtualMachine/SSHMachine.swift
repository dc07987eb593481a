// SPDX-License-Identifier: GPL-2.0-only

import Base
import Dispatch
import Subprocess
import SystemPackage

/// QEMU on another host, by ssh: its QEMU, its KVM. Kernel and initramfs go to a folder below its /tmp that is gone when a run
/// returns; ssh's standard input is the machine's life line, so that nothing of it is left there when this process dies or the
/// connection breaks.
///
/// The host's keys and the way to it are the user's ssh configuration; nobody is asked for a password. The host is trusted no
/// more than a guest: what it prints is read as a guest's.
public struct SSHMachine: Machine {
    /// `USER@HOST`, `HOST`, or a name of ssh_config.
    public let host: String
    /// QEMU's program there.
    public var emulator = Architecture.x86.emulator
    /// ssh's options before the host's name.
    public var options: [String] = []

    /// How long a host that says nothing is believed in: ssh asks it three times.
    private static let silence = 5

    /// - Throws: `MachineError` for a name that ssh would take for an option or the shell for more than a name.
    public init(host: String) throws(MachineError) {
        let allowed = host.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                || "@._-:[]%".utf8.contains(byte)
        }
        guard allowed, !host.isEmpty, host.first != "-", host.utf8.count <= 255 else {
            throw .badHost(host)
        }
        self.host = host
    }

    public func emulatorVersion() async throws(MachineError) -> String {
        EmulatorVersion.number(in: try await ask("\(emulator) --version"))
    }

    public func chooseAccelerator() async throws(MachineError) -> AcceleratorChoice {
        // By the same guest as here: on many a host /dev/kvm opens and guests hang.
        let probe = ProbeFirmware.machine(image: "$d/probe", accelerator: .kvm)
        let command =
            "d=$(mktemp -d) && trap 'rm -rf \"$d\"' EXIT && cat >\"$d/probe\" && "
            + "if [ -r /dev/kvm ] && [ -w /dev/kvm ]; then s=0; timeout -k 1 4 \(emulator) "
            + probe.arguments(channels: []).map(Self.quotedWithFolder).joined(separator: " ")
            + " </dev/null >/dev/null 2>&1 || s=$?; echo status $s; else echo no device; fi"
        let answer = try await ask(command, input: ProbeFirmware.image)
        let words = answer.split(whereSeparator: \.isWhitespace).map(String.init)
        let reason: String
        switch (words.first, words.last.flatMap { UInt8($0) }) {
        case ("no", _): reason = "\(host): /dev/kvm can't be opened"
        case ("status", let status?) where status & 1 == 1 && status > 1:
            switch ProbeFirmware.Answer(rawValue: status >> 1) {
            case .nestedGuestRan:
                return AcceleratorChoice(
                    accelerator: .kvm,
                    reason: "\(host): KVM runs guests and their nested guests: using KVM"
                )
            case .noSVM: reason = "\(host): /dev/kvm opens, but its guests get no SVM"
            case .nestedGuestFailed: reason = "\(host): a nested guest did not exit as it should"
            case nil: reason = "\(host): a guest gave an unknown answer (\(status >> 1))"
            }
        case ("status", 124?), ("status", 137?):
            reason = "\(host): /dev/kvm opens, but a guest did not run within 4 s"
        case ("status", let status?):
            reason = "\(host): /dev/kvm opens, but QEMU could not run a guest (exit status \(status))"
        default: throw .system(doing: "asking \(host) for KVM", reason: "it answered '\(answer.prefix(200))'")
        }
        return AcceleratorChoice(accelerator: .tcg, reason: reason + ": using TCG")
    }

    public func run(
        _ configuration: MachineConfiguration,
        onEvent: @escaping @Sendable (MachineEvent) -> Void
    ) async throws(MachineError) -> MachineOutcome {
        let folder = try await send(configuration)
        let session = SSHSession(
            machine: self,
            configuration: configuration,
            folder: folder,
            onEvent: onEvent
        )
        let running = Task { () async -> Result<MachineOutcome, MachineError> in
            do throws(MachineError) {
                return .success(try await session.run())
            } catch {
                return .failure(error)
            }
        }
        let result = await withTaskCancellationHandler {
            await running.value
        } onCancel: {
            Task { await session.interrupt() }
        }
        return try result.get()
    }

    /// Brings kernel and initramfs there.
    ///
    /// - Returns: the folder that has them.
    private func send(_ configuration: MachineConfiguration) async throws(MachineError) -> String {
        guard case .linux(let kernel, let initrd, _) = configuration.bootSource else {
            throw .system(doing: "booting on \(host)", reason: "only kernels are booted there")
        }
        let folder = try await ask("umask 077; mktemp -d /tmp/kpatch-gen.XXXXXX").trimmed
        // It comes back in commands.
        guard folder.hasPrefix("/tmp/kpatch-gen."), folder.utf8.count == 22,
            folder.dropFirst(16).allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) })
        else {
            throw .system(doing: "making a folder on \(host)", reason: "it answered '\(folder.prefix(200))'")
        }
        do throws(MachineError) {
            for (file, name) in [(kernel, "kernel"), (initrd, "initramfs")] {
                guard let file else { continue }
                let descriptor: FileDescriptor
                do { descriptor = try FileDescriptor.open(file, .readOnly, options: .closeOnExec) } catch {
                    throw .system(doing: "reading \(file)", reason: String(describing: error))
                }
                _ = try await ask("cat >\(folder)/\(name)", from: descriptor)
            }
        } catch {
            // Why it could not be sent is the news.
            _ = try? await ask("rm -rf \(folder)")
            throw error
        }
        return String(folder)
    }

    // MARK: - ssh

    /// The command line of ssh for a command there.
    func arguments(_ command: String) -> [String] {
        [
            "-T", "-o", "BatchMode=yes", "-o", "ServerAliveInterval=\(Self.silence)", "-o",
            "ServerAliveCountMax=3", "-o", "ConnectTimeout=\(Self.silence * 2)",
        ] + options + ["--", host, "sh -c \(Self.quoted(command))"]
    }

    /// As a shell takes it for one word.
    static func quoted(_ word: String) -> String { "'" + word.replacing("'", with: "'\\''") + "'" }

    /// The same, but for `$d/`, which stands for a folder there.
    static func quotedWithFolder(_ word: String) -> String {
        guard let place = word.firstRange(of: "$d/") else { return quoted(word) }
        return quoted(String(word[..<place.lowerBound])) + "\"$d\"/"
            + quoted(String(word[place.upperBound...]))
    }

    /// What a command there prints.
    package func ask(_ command: String, input: [UInt8] = []) async throws(MachineError) -> String {
        try await said(command) { () throws -> Answer in
            let result = try await Subprocess.run(
                .name("ssh"),
                arguments: Arguments(arguments(command)),
                input: .array(input),
                output: .string(limit: 1 << 16),
                error: .string(limit: 1 << 16)
            )
            return Answer(result.terminationStatus, result.standardOutput, result.standardError)
        }
    }

    private func ask(_ command: String, from input: FileDescriptor) async throws(MachineError) -> String {
        try await said(command) { () throws -> Answer in
            let result = try await Subprocess.run(
                .name("ssh"),
                arguments: Arguments(arguments(command)),
                input: .fileDescriptor(input, closeAfterSpawningProcess: true),
                output: .string(limit: 1 << 16),
                error: .string(limit: 1 << 16)
            )
            return Answer(result.terminationStatus, result.standardOutput, result.standardError)
        }
    }

    private struct Answer {
        let status: TerminationStatus
        let output: String
        let errors: String

        init(_ status: TerminationStatus, _ output: String, _ errors: String) {
            self.status = status
            self.output = output
            self.errors = errors
        }
    }

    private func said(_ command: String, _ run: () async throws -> Answer) async throws(MachineError)
        -> String
    {
        let answer: Answer
        do {
            answer = try await run()
        } catch let error as SubprocessError where error.code == .executableNotFound {
            throw .emulatorMissing("ssh")
        } catch {
            throw .system(doing: "running ssh", reason: String(describing: error))
        }
        let reason = answer.errors.split(separator: "\n").last.map(String.init) ?? "it said nothing"
        switch answer.status {
        case .exited(0): return answer.output
        case .exited(255): throw .hostLost(host, reason: reason)
        default: throw .system(doing: "a command on \(host)", reason: "\(answer.status): \(reason)")
        }
    }
}
