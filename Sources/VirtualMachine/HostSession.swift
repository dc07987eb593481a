// SPDX-License-Identifier: GPL-2.0-only

import Base
import Subprocess
import SystemPackage

/// Owns one run of a guest, or of tests, on a host that a shell reaches: its channels, its limits and its end. What is run there
/// writes the console to standard error, results to standard output, and ends when its standard input ends.
actor HostSession {
    private let shell: HostShell
    private let onEvent: @Sendable (MachineEvent) -> Void

    private var watch: LimitWatch
    private var transcript: Transcript
    private var stop: LimitWatch.StopReason?
    /// Closed: what runs there is ended.
    private var lifeLine: FileDescriptor?

    /// What init says last.
    private static let endMark = "# kpatch: end"

    private init(
        _ shell: HostShell,
        limits: MachineLimits,
        _ onEvent: @escaping @Sendable (MachineEvent) -> Void
    ) {
        self.shell = shell
        self.onEvent = onEvent
        watch = LimitWatch(limits)
        transcript = Transcript(limits: limits)
    }

    /// Runs a command there, and ends it at the latest when a limit is reached or the task is cancelled.
    static func run(
        _ shell: HostShell,
        _ command: String,
        limits: MachineLimits,
        _ onEvent: @escaping @Sendable (MachineEvent) -> Void
    ) async throws(MachineError) -> MachineOutcome {
        let session = HostSession(shell, limits: limits, onEvent)
        return try await endingInOrder { () async throws(MachineError) in
            try await session.run(command)
        } onCancel: {
            await session.interrupt()
        }
    }

    private func interrupt() {
        stop = stop ?? .interrupted
        cut()
    }

    private func cut() {
        MachineChannels.close([lifeLine].compactMap(\.self))
        lifeLine = nil
    }

    private func run(_ command: String) async throws(MachineError) -> MachineOutcome {
        let (program, arguments) = shell.words(command)
        let status: TerminationStatus
        do {
            let (near, far) = try SocketPair.make()
            lifeLine = near
            watch.start()
            status = try await Subprocess.run(
                .name(program),
                arguments: Arguments(arguments),
                input: .fileDescriptor(far, closeAfterSpawningProcess: true),
                output: .sequence,
                error: .sequence
            ) { execution in
                let supervision = Task { await supervise(execution) }
                await withDiscardingTaskGroup { group in
                    group.addTask { await self.readResults(execution.standardOutput) }
                    group.addTask { await self.readConsole(execution.standardError) }
                }
                supervision.cancel()
                await supervision.value
            }.terminationStatus
        } catch let error as SubprocessError where error.code == .executableNotFound {
            cut()
            throw .emulatorMissing(program)
        } catch {
            cut()
            throw .system(doing: "running \(program)", reason: String(describing: error))
        }
        cut()
        let total = watch.total
        let last = transcript.console.lines.last { !$0.isEmpty } ?? "it said nothing"
        if status == .exited(255), shell.host != nil, stop == nil {
            throw .hostLost(shell.name, reason: last)
        }
        return transcript.outcome(ending(status, last), standardError: "", total: total)
    }

    /// Without QEMU's own word a reset is told from a power off by what init said last.
    private func ending(_ status: TerminationStatus, _ last: String) -> MachineOutcome.Ending {
        let hasSpoken = transcript.monitor.kernelVersion != nil || !transcript.results.isEmpty
        switch (status, stop) {
        case (_, .afterPanic): return .guestPanic
        case (_, .limit(let limit, let duration)):
            return transcript.monitor.sawPanic ? .guestPanic : .timedOut(limit, after: duration)
        case (_, .interrupted): return .interrupted
        case (.exited(0), _):
            if transcript.monitor.sawPanic { return .guestPanic }
            return transcript.results.last == Self.endMark ? .poweredOff : .reset
        default:
            return .qemuFailed(status: "\(status)", standardError: hasSpoken ? "" : last)
        }
    }

    // MARK: - Channels

    private func readResults(_ stream: SubprocessOutputSequence) async {
        do {
            for try await chunk in stream {
                watch.hear()
                transcript.consumeResults(
                    chunk.withUnsafeBytes { [UInt8]($0) },
                    at: watch.untilLastActivity,
                    onEvent
                )
            }
        } catch {
            onEvent(.warning("what \(shell.name) says can't be read any more: \(error)"))
        }
        transcript.consumeResults(nil, at: watch.untilLastActivity, onEvent)
    }

    private func readConsole(_ stream: SubprocessOutputSequence) async {
        do {
            for try await chunk in stream {
                watch.hear()
                transcript.consumeConsole(
                    chunk.withUnsafeBytes { [UInt8]($0) },
                    at: watch.untilLastActivity,
                    onEvent
                )
                if transcript.monitor.sawPanic { watch.notePanic() }
            }
        } catch {
            onEvent(.warning("what \(shell.name) says can't be read any more: \(error)"))
        }
        transcript.consumeConsole(nil, at: watch.untilLastActivity, onEvent)
    }

    // MARK: - Limits and the end

    /// How long what is run there may take to end when its input has: somebody waits for a prompt, or nobody does.
    private var patience: Duration { stop == .interrupted ? .milliseconds(200) : .seconds(2) }

    private func supervise<Input: InputProtocol>(
        _ execution: Execution<Input, SequenceOutput, SequenceOutput>
    ) async {
        while !Task.isCancelled {
            stop = stop ?? watch.reached
            if stop != nil {
                cut()
                // The channels' ends cancel this; a host that doesn't hear is left to find out by itself.
                try? await Task.sleep(for: patience)
                if !Task.isCancelled {
                    await execution.teardown(using: [
                        .send(signal: .terminate, allowedDurationToNextStep: .milliseconds(300))
                    ])
                }
                return
            }
            // Cancelled when it ended by itself: the loop's condition sees it.
            try? await Task.sleep(for: .milliseconds(25))
        }
    }
}
