// SPDX-License-Identifier: GPL-2.0-only

/// Runs a machine in a task of its own, which cancellation does not reach: it is asked to end, and does so in order, step by
/// step.
func endingInOrder(
    _ run: @escaping @Sendable () async throws(MachineError) -> MachineOutcome,
    onCancel interrupt: @escaping @Sendable () async -> Void
) async throws(MachineError) -> MachineOutcome {
    let running = Task { () async -> Result<MachineOutcome, MachineError> in
        do throws(MachineError) {
            return .success(try await run())
        } catch {
            return .failure(error)
        }
    }
    let result = await withTaskCancellationHandler {
        await running.value
    } onCancel: {
        Task { await interrupt() }
    }
    return try result.get()
}
