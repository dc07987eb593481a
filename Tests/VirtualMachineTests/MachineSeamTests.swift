// SPDX-License-Identifier: GPL-2.0-only

import Base
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import VirtualMachine

/// A machine that isn't QEMU on this host is used as that one is.
@Suite struct MachineSeamTests {
    private var configuration: MachineConfiguration {
        MachineConfiguration(bootSource: .linux(kernel: "/boot/vmlinuz", initrd: nil, commandLine: ""))
    }

    @Test func anotherPlaceGivesEventsAndAnOutcome() async throws {
        let machine: any Machine = FakeMachine(
            console: [
                "Linux version 6.12.1 (x)\n[ 1.0] Kernel pa", "nic - not syncing: x",
            ],
            results: ["KTAP version 1\r\n1..", "0"],
            ending: .guestPanic,
            warning: "the other host's clock is wrong"
        )
        #expect(try await machine.chooseAccelerator().accelerator == .kvm)
        let events = Mutex<[MachineEvent]>([])
        let outcome = try await machine.run(configuration) { event in events.withLock { $0.append(event) } }
        #expect(outcome.kernelVersion == "6.12.1")
        #expect(outcome.events.map(\.kind) == [.panic])
        #expect(outcome.results == ["KTAP version 1", "1..0"])
        #expect(outcome.untilFirstResult == .seconds(2))
        let shown = events.withLock { $0 }
        #expect(shown.first == .warning("the other host's clock is wrong"))
        // A line without an end comes when its channel ends.
        let lines = shown.dropFirst().map(text)
        #expect(
            lines == [
                "Linux version 6.12.1 (x)", "KTAP version 1", "[ 1.0] Kernel panic - not syncing: x", "1..0",
            ]
        )
    }

    private func text(_ event: MachineEvent) -> String {
        switch event {
        case .console(let line), .result(let line): line.text
        case .warning(let text): text
        }
    }

    /// The same bounds as anywhere.
    @Test func resultsAreBoundedThere() async throws {
        var configuration = configuration
        configuration.limits.resultBytes = 10
        let machine = FakeMachine(results: ["one\ntwo\nthree\nx\n"])
        let outcome = try await machine.run(configuration)
        #expect(outcome.results == ["one", "two"])
        #expect(outcome.droppedResultBytes == 8)
    }

    @Test func errorsSayWhoIsAtFault() {
        let errors: [any Blamed] = [
            MachineError.emulatorMissing("qemu"), MachineError.system(doing: "x", reason: "y"),
        ]
        #expect(errors.allSatisfy { $0.fault == .infrastructure })
    }

    @Test(arguments: [
        (#"{"QMP": {"version": {"qemu": {"major": 7}}, "capabilities": ["oob"]}}"#, QMPMessage.greeting),
        (#"{"QMP":{}}"#, .greeting),
        (
            #"{"timestamp": {"seconds": 1}, "event": "SHUTDOWN", "data": {"guest": true, "reason": "guest-reset"}}"#,
            .shutdown(reason: "guest-reset")
        ),
        (#"{"data":{"reason":"guest-\u0070anic"},"event":"SHUTDOWN"}"#, .shutdown(reason: "guest-panic")),
        (#"{"event": "SHUTDOWN"}"#, .shutdown(reason: "none")),
        (#"{"event": "STOP", "data": {"reason": "SHUTDOWN"}}"#, .other),
        (#"{"return": {}}"#, .other),
        (#"{"QMP": "#, .other),
        ("", .other),
    ])
    func qmp(line: String, message: QMPMessage) {
        #expect(QMPMessage(line) == message)
    }
}
