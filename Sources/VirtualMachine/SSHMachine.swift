// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// QEMU on another host, by ssh: its QEMU, its KVM. Kernel and initramfs go to a folder below its /tmp that is gone when a run
/// returns; ssh's standard input is the machine's life line, so that nothing of it is left there when this process dies or the
/// connection breaks.
public struct SSHMachine: Machine {
    public let shell: HostShell
    /// QEMU's program there.
    public var emulator = Architecture.x86.emulator

    /// - Parameter host: `USER@HOST`, `HOST`, or a name of ssh_config.
    /// - Throws: `MachineError` for what can't be a name.
    public init(host: String) throws(MachineError) { shell = try HostShell(host: host) }

    public func emulatorVersion() async throws(MachineError) -> String {
        EmulatorVersion.number(in: try await shell.ask("\(emulator) --version"))
    }

    public func chooseAccelerator() async throws(MachineError) -> AcceleratorChoice {
        // By the same guest as here: on many a host /dev/kvm opens and guests hang.
        let probe = ProbeFirmware.machine(image: "$d/probe", accelerator: .kvm)
        let words = probe.arguments(channels: []).map(HostShell.quotedWithFolder).joined(separator: " ")
        let command =
            "d=$(mktemp -d) && trap 'rm -rf \"$d\"' EXIT && cat >\"$d/probe\" && "
            + "if [ -r /dev/kvm ] && [ -w /dev/kvm ]; then s=0; timeout -k 1 \(Self.probeSeconds) \(emulator) "
            + words + " </dev/null >/dev/null 2>&1 || s=$?; echo status $s; else echo no device; fi"
        let answer = try await shell.ask(command, input: ProbeFirmware.image)
        let (accelerator, reason) = try verdict(answer)
        return AcceleratorChoice(accelerator: accelerator, reason: "\(shell.name): \(reason)")
    }

    private static let probeSeconds = 4

    private func verdict(_ answer: String) throws(MachineError) -> (Accelerator, String) {
        let words = answer.split(whereSeparator: \.isWhitespace)
        if words.first == "no" { return (.tcg, "/dev/kvm can't be opened: using TCG") }
        guard words.first == "status", let status = words.last.flatMap({ UInt8($0) }) else {
            throw .system(
                doing: "asking \(shell.name) for KVM",
                reason: "it answered '\(answer.prefix(200))'"
            )
        }
        // timeout(1)'s own.
        if status == 124 || status == 137 {
            return (.tcg, "/dev/kvm opens, but a guest did not run within \(Self.probeSeconds) s: using TCG")
        }
        switch status & 1 == 1 ? ProbeFirmware.Answer(rawValue: status >> 1) : nil {
        case .nestedGuestRan: return (.kvm, "KVM runs guests and their nested guests: using KVM")
        case .noSVM: return (.tcg, "/dev/kvm opens, but its guests get no SVM: using TCG")
        case .nestedGuestFailed:
            return (.tcg, "/dev/kvm opens, but a nested guest did not exit as it should: using TCG")
        case nil:
            return (.tcg, "/dev/kvm opens, but QEMU could not run a guest (exit status \(status)): using TCG")
        }
    }

    public func run(
        _ configuration: MachineConfiguration,
        onEvent: @escaping @Sendable (MachineEvent) -> Void
    ) async throws(MachineError) -> MachineOutcome {
        guard case .linux(let kernel, let initrd, _) = configuration.bootSource else {
            throw .system(doing: "booting on \(shell.name)", reason: "only kernels are booted there")
        }
        let files = [(kernel, "kernel")] + (initrd.map { [($0, "initramfs")] } ?? [])
        let folder = try await shell.send(files)
        return try await HostSession.run(
            shell,
            command(configuration, folder),
            limits: configuration.limits,
            onEvent
        )
    }

    /// QEMU with its console on standard error and the results on standard output, ended when standard input ends. The status
    /// is QEMU's.
    private func command(_ original: MachineConfiguration, _ folder: String) -> String {
        var configuration = original
        if case .linux(_, let initrd, let commandLine) = configuration.bootSource {
            configuration.bootSource = .linux(
                kernel: "$d/kernel",
                initrd: initrd == nil ? nil : "$d/initramfs",
                commandLine: commandLine
            )
        }
        configuration.qboot = nil
        let words = configuration.arguments(channels: ["-serial", "file:$d/console", "-serial", "stdio"])
        let places = Qboot.places.map { HostShell.quoted($0.string) }.joined(separator: " ")
        let firmware =
            original.entersDirectly
            ? "for f in \(places); do if [ -z \"$b\" ] && [ -r $f ]; then b=\"-bios $f\"; fi; done; " : ""
        return "d=\(folder); b=; trap 'rm -rf \"$d\"' EXIT; mkfifo \"$d/console\" || exit; " + firmware
            // Not /dev/stderr: sshd may have made that a socket, which can't be opened. This shell keeps it open for
            // writing, so that its reader ends when all is over and not before.
            + "exec 3<&0 4<>\"$d/console\"; cat \"$d/console\" >&2 3<&- 4>&- & c=$!; "
            + "\(emulator) " + words.map(HostShell.quotedWithFolder).joined(separator: " ")
            + " $b </dev/null 3<&- 4>&- & q=$!; "
            // The life line: whatever ends it ends QEMU.
            + "{ cat <&3 >/dev/null; kill -KILL $q; } 2>/dev/null 4>&- & w=$!; "
            + "s=0; wait $q || s=$?; exec 4>&-; wait $c; kill $w 2>/dev/null; exit $s"
    }
}
