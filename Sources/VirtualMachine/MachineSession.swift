// SPDX-License-Identifier: GPL-2.0-only

import Base
import Subprocess
import SystemPackage

/// Owns one run of QEMU: its channels, its limits and its end.
actor MachineSession {
    private let configuration: MachineConfiguration
    private let emulator: String
    private let onEvent: @Sendable (MachineEvent) -> Void

    private var watch: LimitWatch
    private var transcript: Transcript
    private var qmpSplitter = LineSplitter(maximumLineBytes: 65536)
    private var standardError: [UInt8] = []

    private var writers: [FileDescriptor] = []
    private var emulatorIsUp = false
    private var emulatorClosedQMP = false
    private var shutdownReason: String?
    private var stop: LimitWatch.StopReason?

    /// How long QEMU may take for `quit`, then for SIGTERM, before SIGKILL.
    private static let patience = Duration.milliseconds(500)
    private static let standardErrorLimit = 16384

    init(
        configuration: MachineConfiguration,
        emulator: String,
        onEvent: @escaping @Sendable (MachineEvent) -> Void
    ) {
        self.configuration = configuration
        self.emulator = emulator
        self.onEvent = onEvent
        watch = LimitWatch(configuration.limits)
        transcript = Transcript(limits: configuration.limits)
    }

    /// Asks for the end; `run()` returns soon after.
    func interrupt() {
        stop = stop ?? .interrupted
    }

    // MARK: - The run

    func run() async throws(MachineError) -> MachineOutcome {
        let channels: MachineChannels
        do {
            channels = try MachineChannels()
        } catch {
            throw .system(doing: "opening the machine's channels", reason: error.description)
        }
        writers = [channels.consoleWriter, channels.resultWriter]
        defer {
            closeWriters()
            channels.closeReaders()
        }
        let arguments = configuration.arguments(
            consolePath: MachineChannels.path(of: channels.consoleWriter),
            resultPath: MachineChannels.path(of: channels.resultWriter)
        )
        watch.start()
        let status = try await runEmulator(arguments, channels)
        let total = watch.total
        let ending = MachineOutcome.Ending(
            shutdownReason: shutdownReason,
            stop: stop,
            sawPanic: transcript.monitor.sawPanic,
            status: status,
            hasDebugExit: configuration.debugExit,
            standardError: errorText
        )
        return transcript.outcome(ending, standardError: errorText, total: total)
    }

    private func runEmulator(
        _ arguments: [String],
        _ channels: MachineChannels
    ) async throws(MachineError) -> TerminationStatus {
        let executable: Executable = emulator.contains("/") ? .path(FilePath(emulator)) : .name(emulator)
        var farEnd: FileDescriptor? = channels.qmpForEmulator
        defer { MachineChannels.close([farEnd].compactMap(\.self)) }
        do {
            let result = try await Subprocess.run(
                executable,
                arguments: Arguments(arguments),
                input: .fileDescriptor(channels.qmpForEmulator, closeAfterSpawningProcess: false),
                output: .fileDescriptor(channels.qmpForEmulator, closeAfterSpawningProcess: false),
                error: .sequence
            ) { execution in
                // QEMU has it as 0 and 1 now; while it is open here, its death would go unseen.
                MachineChannels.close([farEnd].compactMap(\.self))
                farEnd = nil
                await follow(execution, channels)
            }
            return result.terminationStatus
        } catch let error as SubprocessError where error.code == .executableNotFound {
            throw .emulatorMissing(emulator)
        } catch {
            throw .system(doing: "running \(emulator)", reason: String(describing: error))
        }
    }

    /// Reads all channels to their ends, with a watch on the limits alongside.
    private func follow<Input, Output>(
        _ execution: Execution<Input, Output, SequenceOutput>,
        _ channels: MachineChannels
    ) async {
        let supervision = Task { await superviseUntilStopped(execution, channels) }
        await OrphanGuard.watch(execution.processIdentifier.value, warn: warn) {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.readQMP(channels) }
                group.addTask { await self.readConsole(channels.console) }
                group.addTask { await self.readResults(channels.results) }
                group.addTask { await self.readStandardError(execution.standardError) }
            }
        }
        supervision.cancel()
        await supervision.value
    }

    private func closeWriters() {
        MachineChannels.close(writers)
        writers = []
    }

    // MARK: - Channels

    private func readQMP(_ channels: MachineChannels) async {
        while let bytes = await channels.qmp.next() {
            var lines: [String] = []
            qmpSplitter.consume(bytes) { lines.append($0) }
            for line in lines {
                switch QMPMessage(line) {
                case .greeting:
                    emulatorIsUp = true
                    // QEMU has opened the pipes: from here on, its end is theirs.
                    closeWriters()
                    channels.command(QMPMessage.enableEvents)
                case .shutdown(let reason):
                    shutdownReason = shutdownReason ?? reason
                case .other:
                    break
                }
            }
        }
        emulatorClosedQMP = true
        closeWriters()
    }

    private func readConsole(_ channel: GuestChannel) async {
        while let bytes = await channel.next() {
            watch.hear()
            transcript.consumeConsole(bytes, at: watch.untilLastActivity, onEvent)
            if transcript.monitor.sawPanic { watch.notePanic() }
        }
        transcript.consumeConsole(nil, at: watch.untilLastActivity, onEvent)
    }

    private func readResults(_ channel: GuestChannel) async {
        while let bytes = await channel.next() {
            watch.hear()
            transcript.consumeResults(bytes, at: watch.untilLastActivity, onEvent)
        }
        transcript.consumeResults(nil, at: watch.untilLastActivity, onEvent)
    }

    private func readStandardError(_ stream: SubprocessOutputSequence) async {
        do {
            for try await chunk in stream {
                let room = Self.standardErrorLimit - standardError.count
                chunk.withUnsafeBytes { standardError.append(contentsOf: $0.prefix(room)) }
            }
        } catch {
            warn("what QEMU says can't be read any more: \(error)")
        }
    }

    private func warn(_ text: String) {
        onEvent(.warning(text))
    }

    private var errorText: String {
        var splitter = LineSplitter()
        var lines: [String] = []
        splitter.consume(standardError) { lines.append($0) }
        splitter.finish { lines.append($0) }
        return lines.joined(separator: "\n")
    }

    // MARK: - Limits and the end

    /// Watches the limits until the watch is cancelled or the machine had to be ended.
    private func superviseUntilStopped<Input, Output>(
        _ execution: Execution<Input, Output, SequenceOutput>,
        _ channels: MachineChannels
    ) async {
        while !Task.isCancelled {
            stop = stop ?? watch.reached
            if stop != nil {
                await end(execution, channels)
                return
            }
            // Cancelled when the machine ended by itself: the loop's condition sees it.
            try? await Task.sleep(for: .milliseconds(25))
        }
    }

    /// The ladder: `quit`, SIGTERM, SIGKILL.
    private func end<Input, Output>(
        _ execution: Execution<Input, Output, SequenceOutput>,
        _ channels: MachineChannels
    ) async {
        if emulatorIsUp {
            channels.command(QMPMessage.quit)
            let deadline = ContinuousClock.now + Self.patience
            while !emulatorClosedQMP, ContinuousClock.now < deadline {
                // Not cancelled before the channels close, which ends the loop as well.
                try? await Task.sleep(for: .milliseconds(10))
            }
        }
        await execution.teardown(using: [
            .send(signal: .terminate, allowedDurationToNextStep: Self.patience)
        ])
    }
}
