// SPDX-License-Identifier: GPL-2.0-only

import Base
import Subprocess
import SystemPackage

/// Owns one run of QEMU on another host: its channels, its limits and its end.
actor SSHSession {
    private let machine: SSHMachine
    private let configuration: MachineConfiguration
    private let folder: String
    private let onEvent: @Sendable (MachineEvent) -> Void

    private let clock = ContinuousClock()
    private var started: ContinuousClock.Instant
    private var lastActivity: ContinuousClock.Instant
    private var panicked: ContinuousClock.Instant?
    private var transcript: Transcript
    private var stop: MachineSession.StopReason?
    /// Closed: the machine there is ended.
    private var lifeLine: FileDescriptor?

    init(
        machine: SSHMachine,
        configuration: MachineConfiguration,
        folder: String,
        onEvent: @escaping @Sendable (MachineEvent) -> Void
    ) {
        self.machine = machine
        self.configuration = configuration
        self.folder = folder
        self.onEvent = onEvent
        started = clock.now
        lastActivity = started
        transcript = Transcript(limits: configuration.limits)
    }

    /// Asks for the end; `run()` returns soon after.
    func interrupt() {
        stop = stop ?? .interrupted
        cut()
    }

    private func cut() {
        MachineChannels.close([lifeLine].compactMap(\.self))
        lifeLine = nil
    }

    /// What runs there: QEMU with its console on standard error and the results on standard output, ended when standard input
    /// ends. Its exit status is QEMU's.
    private func command(_ emulator: String) -> String {
        var configuration = configuration
        if case .linux(_, let initrd, let commandLine) = configuration.bootSource {
            configuration.bootSource = .linux(
                kernel: "$d/kernel",
                initrd: initrd == nil ? nil : "$d/initramfs",
                commandLine: commandLine
            )
        }
        let isDirect = self.configuration.entersDirectly
        configuration.qboot = nil
        let words = configuration.arguments(channels: ["-serial", "file:$d/console", "-serial", "stdio"])
        let places = Qboot.places.map { SSHMachine.quoted($0.string) }.joined(separator: " ")
        let firmware =
            isDirect
            ? "b=; for f in \(places); do if [ -z \"$b\" ] && [ -r $f ]; then b=\"-bios $f\"; fi; done; "
            : "b=; "
        return
            "d=\(folder); trap 'rm -rf \"$d\"' EXIT; mkfifo \"$d/console\" || exit; " + firmware
            // Not /dev/stderr: sshd may have made that a socket, which can't be opened.
            // This shell keeps it open for writing, so that its reader ends when all is over and not before.
            + "exec 3<&0 4<>\"$d/console\"; cat \"$d/console\" >&2 3<&- 4>&- & c=$!; \(emulator) "
            + words.map(SSHMachine.quotedWithFolder).joined(separator: " ")
            + " $b </dev/null 3<&- 4>&- & q=$!; "
            // The life line: whatever ends it ends QEMU.
            + "{ cat <&3 >/dev/null; kill -KILL $q; } 2>/dev/null 4>&- & w=$!; "
            + "s=0; wait $q || s=$?; exec 4>&-; wait $c; kill $w 2>/dev/null; exit $s"
    }

    func run() async throws(MachineError) -> MachineOutcome {
        let status: TerminationStatus
        do {
            let ends = try FileDescriptor.pipe()
            lifeLine = ends.writeEnd
            started = clock.now
            lastActivity = started
            status = try await Subprocess.run(
                .name("ssh"),
                arguments: Arguments(machine.arguments(command(machine.emulator))),
                input: .fileDescriptor(ends.readEnd, closeAfterSpawningProcess: true),
                output: .sequence,
                error: .sequence
            ) { execution in
                let watch = Task { await supervise(execution) }
                await withDiscardingTaskGroup { group in
                    group.addTask { await self.readResults(execution.standardOutput) }
                    group.addTask { await self.readConsole(execution.standardError) }
                }
                watch.cancel()
                await watch.value
            }.terminationStatus
        } catch let error as SubprocessError where error.code == .executableNotFound {
            throw .emulatorMissing("ssh")
        } catch {
            cut()
            throw .system(doing: "running ssh", reason: String(describing: error))
        }
        cut()
        let total = clock.now - started
        let last = transcript.console.lines.last { !$0.isEmpty } ?? "it said nothing"
        if status == .exited(255), stop == nil { throw .hostLost(machine.host, reason: last) }
        return transcript.outcome(ending(status, last), standardError: "", total: total)
    }

    /// Without QEMU's own word a reset is told from a power off by what the guest said last.
    private func ending(_ status: TerminationStatus, _ last: String) -> MachineOutcome.Ending {
        let hasSpoken = transcript.monitor.kernelVersion != nil || !transcript.results.isEmpty
        switch (status, stop) {
        case (_, .afterPanic): return .guestPanic
        case (_, .limit(let limit, let duration)):
            return transcript.monitor.sawPanic ? .guestPanic : .timedOut(limit, after: duration)
        case (_, .interrupted): return .interrupted
        case (.exited(0), _):
            if transcript.monitor.sawPanic { return .guestPanic }
            return transcript.results.last == "# kpatch: end" ? .poweredOff : .reset
        default:
            return .qemuFailed(status: "\(status)", standardError: hasSpoken ? "" : last)
        }
    }

    // MARK: - Channels

    private func readResults(_ stream: SubprocessOutputSequence) async {
        await read(stream) { transcript.consumeResults($0, at: lastActivity - started, onEvent) }
    }

    private func readConsole(_ stream: SubprocessOutputSequence) async {
        await read(stream) {
            transcript.consumeConsole($0, at: lastActivity - started, onEvent)
            if transcript.monitor.sawPanic { panicked = panicked ?? clock.now }
        }
    }

    private func read(_ stream: SubprocessOutputSequence, _ take: ([UInt8]?) -> Void) async {
        do {
            for try await chunk in stream {
                lastActivity = clock.now
                take(chunk.withUnsafeBytes { [UInt8]($0) })
            }
        } catch {
            onEvent(.warning("what \(machine.host) says can't be read any more: \(error)"))
        }
        take(nil)
    }

    // MARK: - Limits and the end

    private func supervise<Input: InputProtocol>(
        _ execution: Execution<Input, SequenceOutput, SequenceOutput>
    ) async {
        while !Task.isCancelled {
            stop = stop ?? reachedLimit(at: clock.now)
            if stop != nil {
                cut()
                // What hears no end of its input is ended here; the host's own end of it goes when it finds out.
                await execution.teardown(using: [.gracefulShutDown(allowedDurationToNextStep: .seconds(2))])
                return
            }
            // Cancelled when the machine ended by itself: the loop's condition sees it.
            try? await Task.sleep(for: .milliseconds(25))
        }
    }

    private func reachedLimit(at now: ContinuousClock.Instant) -> MachineSession.StopReason? {
        let limits = configuration.limits
        if let panicked, now - panicked >= limits.afterPanic { return .afterPanic }
        if now - started >= limits.total { return .limit(.total, limits.total) }
        if now - lastActivity >= limits.silence { return .limit(.silence, limits.silence) }
        return nil
    }
}
