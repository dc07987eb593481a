// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import Judging
import Kernel
import PatchSeries
import TestReport
import VirtualMachine

struct BootCommand: AsyncParsableCommand, BisectingCommand {
    static let configuration = CommandConfiguration(
        commandName: "boot",
        abstract: "Boots the built kernel in a virtual machine, and off again.",
        discussion:
            "Builds what is missing first. Exit status 1 if the kernel doesn't come up and power off in order."
    )

    @OptionGroup var selection: SelectionArguments
    @OptionGroup var tree: TreeArguments
    @OptionGroup var kernel: KernelArguments
    @OptionGroup var bed: TestBedArguments
    @OptionGroup var machine: MachineArguments
    @OptionGroup var format: FormatArguments

    @Flag(name: .long, help: "Show the guest's console.")
    var console = false

    var bisect: Bool { kernel.bisect }

    func run() async throws {
        let (loaded, selected) = try selection.load()
        let bed = try bed.load(loaded)
        let open = try tree.openInMemory()
        let maker = try kernel.maker(of: open, loaded.project)
        let generation = try open.base.generate(loaded, selected, on: bed.ground(on: open.base))
        let outcome = try await maker.withLock {
            let built = try await maker.build(generation, on: open.base)
            let guest = GuestImage(output: built.output, project: loaded.project)
            let initramfs = try guest.pack(initProgram: try await guest.buildInit(), [])
            var run = MachineRun(
                kernel: built.bootImage,
                initramfs: initramfs,
                memoryMiB: maker.plan.profile.memoryMiB,
                plan: [],
                guest: bed.guest,
                choice: machine.choice,
                observer: maker.observer
            )
            run.isVerbose = console
            return try await run.run()
        }
        try report(outcome)
    }

    private func report(_ outcome: MachineRun.Outcome) throws {
        let ended = outcome.machine
        let accelerator = outcome.accelerator.accelerator.rawValue
        let version = ended.kernelVersion ?? "no kernel version seen"
        try format.format.print(
            text: (console ? ended.console.lines : [])
                + ended.events.map { "\($0.kind.rawValue): \($0.title)" }
                + ["\(version): \(ended.ending) after \(ended.total.inSeconds) (\(accelerator))"],
            json: BootOutput(outcome)
        )
        if ended.ending != .poweredOff || ended.findings.contains(where: { $0.verdict.isFailure }) {
            throw NegativeAnswer()
        }
    }
}

/// What `boot --format json` writes.
struct BootOutput: Encodable {
    struct Event: Encodable {
        let kind: String
        let title: String
        let line: String
    }

    let kernelVersion: String?
    let ending: String
    let milliseconds: Int
    let accelerator: String
    let acceleratorReason: String
    let events: [Event]

    init(_ outcome: MachineRun.Outcome) {
        kernelVersion = outcome.machine.kernelVersion
        ending = outcome.machine.ending.description
        milliseconds = outcome.machine.total.milliseconds
        accelerator = outcome.accelerator.accelerator.rawValue
        acceleratorReason = outcome.accelerator.reason
        events = outcome.machine.events.map {
            Event(kind: $0.kind.rawValue, title: $0.title, line: $0.firstLine)
        }
    }
}
