// SPDX-License-Identifier: GPL-2.0-only

import Logging
import Subprocess

/// Runs virtual machines.
public enum Machine {
    /// Boots a machine, streams what it says, and ends it at the latest when a limit is reached or the task is
    /// cancelled. No child process and no file is left when it returns, and no QEMU if this process dies before that,
    /// even by SIGKILL.
    ///
    /// - Parameters:
    ///   - logger: gets QEMU's command line (debug) and the steps of a forced end (info).
    ///   - onConsoleLine: called for every line of the first serial port, in order, never concurrently with itself
    ///     or `onResultLine`. While it runs, the guest waits.
    ///   - onResultLine: the same for the second serial port, up to `MachineLimits.resultBytes`.
    /// - Throws: `MachineError` if QEMU can't be started. What becomes of a started machine is in the outcome.
    public static func run(
        _ configuration: MachineConfiguration,
        logger: Logger,
        onConsoleLine: @escaping @Sendable (MachineLine) -> Void = { _ in },
        onResultLine: @escaping @Sendable (MachineLine) -> Void = { _ in }
    ) async throws(MachineError) -> MachineOutcome {
        let session = MachineSession(
            configuration: configuration,
            logger: logger,
            onConsoleLine: onConsoleLine,
            onResultLine: onResultLine
        )
        // A task of its own, which cancellation does not reach: it is to end QEMU in order, step by step.
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
}
