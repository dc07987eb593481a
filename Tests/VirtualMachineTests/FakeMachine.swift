// SPDX-License-Identifier: GPL-2.0-only

@testable import VirtualMachine

/// Stands in for a machine elsewhere: plays what a guest says. It shows that `Machine` and `Transcript` are all that a
/// new place needs; nothing is learnt from it about guests.
struct FakeMachine: Machine {
    var console: [[UInt8]] = []
    var results: [[UInt8]] = []
    var ending = MachineOutcome.Ending.poweredOff
    var warning: String?

    func chooseAccelerator() async throws(MachineError) -> AcceleratorChoice {
        AcceleratorChoice(accelerator: .kvm, reason: "the other host runs nested guests: using KVM")
    }

    func run(
        _ configuration: MachineConfiguration,
        onEvent: @escaping @Sendable (MachineEvent) -> Void
    ) async throws(MachineError) -> MachineOutcome {
        var transcript = Transcript(limits: configuration.limits)
        if let warning { onEvent(.warning(warning)) }
        for bytes in console { transcript.consumeConsole(bytes, at: .seconds(1), onEvent) }
        for bytes in results { transcript.consumeResults(bytes, at: .seconds(2), onEvent) }
        transcript.consumeConsole(nil, at: .seconds(3), onEvent)
        transcript.consumeResults(nil, at: .seconds(3), onEvent)
        return transcript.outcome(ending, standardError: "", total: .seconds(3))
    }
}
