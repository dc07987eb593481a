// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import TestSupport
import Testing

@testable import VirtualMachine

/// Every file Fixtures/console/NAME.log is fed to the monitor; NAME.expected has the events that must come out.
@Suite struct ConsoleMonitorTests {
    private func monitor(_ log: String) -> ConsoleMonitor {
        var monitor = ConsoleMonitor()
        for line in log.split(separator: "\n", omittingEmptySubsequences: false) {
            monitor.consume(String(line))
        }
        return monitor
    }

    private func dump(_ monitor: ConsoleMonitor) -> String {
        let head = "kernel \(monitor.kernelVersion ?? "none"), panic \(monitor.sawPanic)\n"
        return monitor.events.reduce(head) { text, event in
            var line = "\n[\(event.kind.rawValue)] line \(event.lineNumber)"
            line += event.test.map { " in \($0)" } ?? ""
            line += event.location.map { " at \($0)" } ?? ""
            let title = "  = \(event.title)\(event.isCorrupted ? " (corrupted)" : "")\n"
            return text + "\(line): \(event.firstLine)\n" + title + event.trace.map { "  | \($0)\n" }.joined()
        }
    }

    @Test(arguments: try Golden.inputs(in: "console", withExtension: "log"))
    func fixture(file: URL) throws {
        let text = dump(monitor(try String(contentsOf: file, encoding: .utf8)))
        try Golden.expect(text, at: file.deletingPathExtension().appendingPathExtension("expected"))
    }

    @Test(arguments: ["healthy", "user-noise"])
    func harmlessLogsHaveNoEvents(name: String) throws {
        let file = Golden.folder().appendingPathComponent("console/\(name).log")
        #expect(monitor(try String(contentsOf: file, encoding: .utf8)).events == [])
    }

    /// Each kind has a log that shows it, so a rule that stops matching is seen.
    @Test func everyKindIsCovered() throws {
        let logs = try Golden.inputs(in: "console", withExtension: "log").map {
            try String(contentsOf: $0, encoding: .utf8)
        }
        let reports = try Archive.all(in: Golden.folder().appendingPathComponent("reports")).compactMap {
            try Archive($0)["log"]
        }
        let kinds = (logs + reports).flatMap { monitor($0).events.map(\.kind) }
        #expect(Set(kinds) == Set(ConsoleEvent.Kind.allCases))
    }

    @Test(arguments: [
        "", "<4>", "[    0.000000] ", "[   12.345678][    T1] ", "<2>[   12.345678] [  T123] ",
        "[    1.0][    C0] ",
    ])
    func stampsAreStripped(prefix: String) {
        let monitor = monitor(prefix + "Kernel panic - not syncing: x")
        #expect(monitor.events.map(\.firstLine) == ["Kernel panic - not syncing: x"])
    }

    @Test(arguments: ["[drm] BUG: x", "[ ] BUG: x", "x BUG: y", "[1.0 BUG: x"])
    func otherBracketsAreNot(line: String) {
        #expect(monitor(line).events == [])
    }

    @Test func traceAndEventsAreBounded() {
        let trace = String(repeating: "[    1.0]  func+0x1/0x2\n", count: 200)
        #expect(
            monitor("WARNING: CPU: 0 PID: 1 at a/b.c:12 f+0x1/0x2\n" + trace).events.first?.trace.count == 60
        )
        let many = monitor(String(repeating: "WARNING: CPU: 0 PID: 1 at a/b.c:12 f+0x1/0x2\n", count: 1000))
        #expect(many.events.count == 100)
        #expect(many.droppedEvents == 900)
    }

    @Test func panicBeyondTheBoundIsStillSeen() {
        let flood = String(repeating: "BUG: x\n", count: 200)
        #expect(monitor(flood + "Kernel panic - not syncing: y").sawPanic)
    }
}
