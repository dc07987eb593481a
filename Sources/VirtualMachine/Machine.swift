// SPDX-License-Identifier: GPL-2.0-only

/// A place where kernels are booted: QEMU on this host (`LocalMachine`), or whatever else can start one and hand over
/// what it says. A new place is a new type that conforms; it reads its channels with `Transcript`, so that limits and
/// verdicts are the same everywhere.
public protocol Machine: Sendable {
    /// What runs the guest's instructions there, and why.
    ///
    /// - Throws: `MachineError` if that can't be found out. That KVM doesn't work there is an answer, not an error.
    func chooseAccelerator() async throws(MachineError) -> AcceleratorChoice

    /// QEMU's version there, e.g. `7.2.22`: what it emulates, and what not, goes by that.
    ///
    /// - Throws: `MachineError` if it can't be asked.
    func emulatorVersion() async throws(MachineError) -> String

    /// Boots a kernel, tells what it says, and ends it at the latest when a limit is reached or the task is cancelled.
    /// Nothing of it is left when this returns.
    ///
    /// - Parameter onEvent: called for each event, the lines of a channel in their order, never concurrently with
    ///   itself. While it runs, the guest may have to wait.
    /// - Throws: `MachineError` if it can't be started. What becomes of a started machine is in the outcome.
    func run(
        _ configuration: MachineConfiguration,
        onEvent: @escaping @Sendable (MachineEvent) -> Void
    ) async throws(MachineError) -> MachineOutcome
}

extension Machine {
    /// Boots a kernel for its outcome alone.
    public func run(_ configuration: MachineConfiguration) async throws(MachineError) -> MachineOutcome {
        try await run(configuration) { _ in }
    }
}
