// SPDX-License-Identifier: GPL-2.0-only

import VirtualMachine

/// Stands in for a machine elsewhere: plays what a guest says. It shows that `Machine` and `Transcript` are all that a
/// new place needs; nothing is learnt from it about guests.
public struct FakeMachine: Machine {
    /// What the guest writes to its serial ports, in the pieces in which it comes.
    public var console: [String] = []
    public var results: [String] = []
    public var ending = MachineOutcome.Ending.poweredOff
    public var warning: String?

    public init(
        console: [String] = [],
        results: [String] = [],
        ending: MachineOutcome.Ending = .poweredOff,
        warning: String? = nil
    ) {
        self.console = console
        self.results = results
        self.ending = ending
        self.warning = warning
    }

    public func chooseAccelerator() async throws(MachineError) -> AcceleratorChoice {
        AcceleratorChoice(accelerator: .kvm, reason: "the other host runs nested guests: using KVM")
    }

    public func emulatorVersion() async throws(MachineError) -> String { "7.2.22" }

    public func run(
        _ configuration: MachineConfiguration,
        onEvent: @escaping @Sendable (MachineEvent) -> Void
    ) async throws(MachineError) -> MachineOutcome {
        var transcript = Transcript(limits: configuration.limits)
        if let warning { onEvent(.warning(warning)) }
        for text in console { transcript.consumeConsole(Array(text.utf8), at: .seconds(1), onEvent) }
        for text in results { transcript.consumeResults(Array(text.utf8), at: .seconds(2), onEvent) }
        transcript.consumeConsole(nil, at: .seconds(3), onEvent)
        transcript.consumeResults(nil, at: .seconds(3), onEvent)
        return transcript.outcome(ending, standardError: "", total: .seconds(3))
    }
}
