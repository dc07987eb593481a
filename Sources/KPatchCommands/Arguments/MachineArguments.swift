// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Judging

/// How the virtual machine is run.
struct MachineArguments: ParsableArguments {
    @Option(name: .long, help: "auto (KVM where a guest proves that it works, else TCG), kvm or tcg.")
    var accelerator = MachineChoice.Accelerators.auto

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Seconds the machine may run in all. (default: the tests' own limits and a minute)",
            valueName: "seconds"
        )
    )
    var timeLimit: Int?

    func validate() throws {
        if let timeLimit, timeLimit < 1 { throw ValidationError("--time-limit is at least 1 second") }
    }

    var choice: MachineChoice { MachineChoice(accelerator: accelerator, timeLimit: timeLimit) }
}

extension MachineChoice.Accelerators: ExpressibleByArgument {}
