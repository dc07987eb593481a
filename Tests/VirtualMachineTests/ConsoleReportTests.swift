// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import TestSupport
import Testing

@testable import VirtualMachine

/// Fixtures/reports: a report each, as the kernel prints it, without what printk puts before the lines; the tests put
/// that there, in each form in which consoles have it. Kind, title, frames and whether it is torn must not depend on it.
@Suite struct ConsoleReportTests {
    private static let folder = Golden.folder().appendingPathComponent("reports")

    /// What stands before a line.
    enum Dressing: String, CaseIterable, Sendable {
        case stamp, caller, spacedCaller, level, syslog, syslogWithoutStamp, nothing
        /// What dmesg(1) makes of it: -T, -x, --time-format iso, -d, -T -d, -H.
        case humanTime, facility, isoTime, difference, humanDifference, human
        /// /dev/kmsg, and extended netconsole with the kernel's version.
        case record, netconsole
        /// A CI system's time in front of the kernel's.
        case runner, pipeline, pipelineWithoutStamp
        /// A prompt, or a program's text without a line ending, in front of the first line.
        case prompt
        /// Another task's lines between.
        case interleaved

        /// Nothing of it tells whose a line is.
        static let stampless: Set<Self> = [.nothing, .syslogWithoutStamp, .isoTime, .pipelineWithoutStamp]

        func lines(_ log: [Substring]) -> [String] {
            log.enumerated().flatMap { index, line -> [String] in
                switch self {
                case .stamp: ["[   12.345678] \(line)"]
                case .caller: ["[   12.345678][   T88] \(line)"]
                case .spacedCaller: ["[   12.345678] [   T88] \(line)"]
                case .level: ["<4>[   12.345678] \(line)"]
                case .syslog: ["Jan  1 00:00:12 guest kernel: [   12.345678] \(line)"]
                case .syslogWithoutStamp: ["Jan  1 00:00:12 guest kernel: \(line)"]
                case .nothing: [String(line)]
                case .humanTime: ["[Sun Nov  9 03:55:16 2026] \(line)"]
                case .facility: ["kern  :warn  : [   12.345678] \(line)"]
                case .isoTime: ["2026-11-09T03:55:16,345678+00:00 \(line)"]
                case .record: ["4,\(index + 100),12345678,-,caller=T88;\(line)"]
                case .netconsole: ["6.12.9,4,\(index + 100),12345678,-;\(line)"]
                case .runner: ["2026-11-09T03:55:16.1234567Z <4>[   12.345678] \(line)"]
                case .difference: ["[   12.345678 <    0.000012>] \(line)"]
                case .humanDifference: ["[Sun Nov  9 03:55:16 2026 <    0.000012>] \(line)"]
                case .human: ["[\(index == 0 ? "Nov 9 03:55" : "  +0.000012")] \(line)"]
                case .pipeline: ["[2026-11-09T03:55:16.123Z] [   12.345678][   T88] \(line)"]
                case .pipelineWithoutStamp: ["[2026-11-09T03:55:16.123Z] \(line)"]
                case .prompt: [(index == 0 ? "guest login: " : "") + "[   12.345678] \(line)"]
                case .interleaved:
                    ["[   12.345678][   T88] \(line)", "[   12.345679][    T7] eth0: link \(index) is up"]
                }
            }
        }
    }

    private static func events(_ archive: Archive, _ dressing: Dressing) throws -> [ConsoleEvent] {
        let boot: [Substring] = [
            "Linux version 6.12.9 (kpatch@gen) #1 SMP", "Command line: console=ttyS0 panic=-1",
            "kvm: Nested Paging enabled",
            "SVM: kvm: Nested Virtualization enabled", "random: crng init done", "clocksource: hpet",
            "Run /init as init process",
            "kpatch: start mirror",
        ]
        let log = try #require(archive["log"]).split(separator: "\n", omittingEmptySubsequences: false)
            .dropLast()
        // What a program says has nothing before it on any console.
        let isUser = archive.comment.hasPrefix("what programs")
        // Whatever is on a console without stamps may be the kernel's.
        if isUser, Dressing.stampless.contains(dressing) { return [] }
        var monitor = ConsoleMonitor()
        for line in dressing.lines(boot) + (isUser ? log.map(String.init) : dressing.lines(Array(log))) {
            monitor.consume(line)
        }
        return monitor.events
    }

    static func text(_ events: [ConsoleEvent]) -> String {
        events.map { event in
            let lines: [String?] = [
                "[\(event.kind.rawValue)] \(event.title)",
                event.isCorrupted ? "corrupted" : nil,
                event.frames.isEmpty ? nil : "frames: \(event.frames.joined(separator: ", "))",
                event.alternatives.isEmpty ? nil : "or: \(event.alternatives.joined(separator: "; "))",
            ]
            return lines.compactMap(\.self).joined(separator: "\n  ") + "\n"
        }.joined()
    }

    @Test(arguments: try Archive.all(in: folder))
    func fixture(file: URL) throws {
        let archive = try Archive(file)
        try archive.expect(Self.text(try Self.events(archive, .stamp)), at: file)
    }

    @Test(arguments: try Archive.all(in: folder), Dressing.allCases)
    func whatStandsBeforeALineIsNoPartOfIt(file: URL, dressing: Dressing) throws {
        let archive = try Archive(file)
        let events = try Self.events(archive, dressing)
        #expect(Self.text(events) == archive["expected"])
        #expect(events.allSatisfy { $0.test == "mirror" })
    }

    /// No address, processor, task or number of a report is in its title.
    @Test(arguments: try Archive.all(in: folder))
    func titlesAreStable(file: URL) throws {
        let archive = try Archive(file)
        var other = archive
        for index in other.sections.indices where other.sections[index].name == "log" {
            other.sections[index].text = other.sections[index].text
                .replacing("mirror", with: "kworker/1:2").replacing("ffff88", with: "ffff8a")
                .replacing("CPU: 1", with: "CPU: 3").replacing("CPU#1", with: "CPU#3").replacing(
                    "T88",
                    with: "T99"
                )
                .replacing(" 88", with: " 4711").replacing("/88", with: "/4711").replacing(
                    ":88",
                    with: ":4711"
                )
        }
        let titles = { (archive: Archive) in try Self.events(archive, .stamp).map { [$0.title] + $0.frames } }
        #expect(try titles(other) == titles(archive))
    }

    /// Whichever line a report lacks, something is found as long as its first line is there, and nothing crashes.
    @Test(arguments: try Archive.all(in: folder))
    func tornReports(file: URL) throws {
        let archive = try Archive(file)
        let log = try #require(archive["log"]).split(separator: "\n", omittingEmptySubsequences: false)
        // Stamps are put before all of them here.
        guard !archive.comment.hasPrefix("what programs") else { return }
        let found = try !Self.events(archive, .stamp).isEmpty
        for end in 1...log.count {
            var monitor = ConsoleMonitor()
            for line in log[..<end] { monitor.consume("[    1.000000] \(line)") }
            if end == log.count { #expect(!monitor.events.isEmpty == found) }
        }
    }

    private func events(_ lines: String...) -> [ConsoleEvent] {
        var monitor = ConsoleMonitor()
        for line in lines { monitor.consume(line) }
        return monitor.events
    }

    @Test func aPanicBehindOtherTextIsFound() {
        for text in [
            "guest login: ", "sh-5.2# ls /tm", "vmalloc: allocation failure: 343 bytes",
            "** 93 printk messages dropped ** ",
        ] {
            let events = events(text + "[   76.471107] Kernel panic - not syncing: Fatal exception")
            #expect(events.map(\.title) == ["kernel panic: Fatal exception"])
        }
        #expect(events("guest login: Kernel panic - not syncing: x").map(\.kind) == [.panic])
    }

    /// Two processors that complain at once: each line tells whose it is.
    @Test func callersAreKeptApart() {
        let events = events(
            "[    1.000000][    T1] BUG: KASAN: use-after-free in first+0x1/0x2",
            "[    1.000000][    T2] BUG: KASAN: slab-out-of-bounds in second+0x1/0x2",
            "[    1.000001][    T1] Read of size 4 at addr ffff88800410a0d8 by task a/1",
            "[    1.000001][    T2] Write of size 8 at addr ffff88800410b0d8 by task b/2",
            "[    1.000002][    T2] Call Trace:",
            "[    1.000002][    T1] Call Trace:",
            "[    1.000003][    T1]  first+0x1/0x2",
            "[    1.000003][    T2]  second+0x1/0x2",
            "[    1.000004][    T1]  caller_of_first+0x1/0x2",
            "[    1.000004][    T2]  caller_of_second+0x1/0x2"
        )
        #expect(
            events.map(\.title) == [
                "KASAN: use-after-free Read in first", "KASAN: slab-out-of-bounds Write in second",
            ]
        )
        #expect(events.map(\.frames) == [["first", "caller_of_first"], ["second", "caller_of_second"]])
        #expect(events.allSatisfy { !$0.isCorrupted })
    }

    /// What a program writes to /dev/kmsg has another facility than the kernel's own words.
    @Test func programsInTheKernelsLogAreNotTheKernel() {
        let boot = (1...6).map { "<6>[    1.00000\($0)] x" }
        for line in ["<12>[    2.000000] WARNING: fs/a.c:1 is old", "<12>[    2.000000] BUG: in my program"] {
            var monitor = ConsoleMonitor()
            for line in boot + [line] { monitor.consume(line) }
            #expect(monitor.events == [])
        }
        var monitor = ConsoleMonitor()
        for line in (1...6).map({ "6,\($0),1,-;x" }) + ["12,9,2,-;BUG: in my program", "4,10,3,-;BUG: mine"] {
            monitor.consume(line)
        }
        #expect(monitor.events.map(\.firstLine) == ["BUG: mine"])
    }

    /// A task can call itself anything.
    @Test func namesOfTasksMayHaveLineEndings() {
        let events = events(
            "[ 1052.080846][   T41] INFO: task \u{fffd}\u{fffd}",
            "[ 1052.080846][   T41] \u{fffd}!:18088 blocked for more than 143 seconds.",
            "[ 1052.124530][   T41] Call Trace:",
            "[ 1052.124531][   T41]  sev_do_cmd+0x1/0x2"
        )
        #expect(events.map(\.title) == ["INFO: task hung in sev_do_cmd"])
    }

    @Test func aSecondBootIsAReboot() {
        #expect(events("SeaBIOS (version 1.16)", "[    0.000000] Linux version 6.12.9 x").isEmpty)
        let twice = events(
            "SeaBIOS (version 1.16)",
            "[    0.000000] Linux version 6.12.9 x",
            "[    5.000000] kvm: x",
            "SeaBIOS (version 1.16)",
            "[    0.000000] Linux version 6.12.9 x"
        )
        #expect(twice.map(\.title) == ["unexpected kernel reboot"])
        #expect(
            events("[  500.000000] kvm: x", "[  501.000000] kvm: y", "[    0.000000] Linux version 6.12.9 x")
                .count == 1
        )
    }

    @Test func memoryIsBounded() {
        var monitor = ConsoleMonitor()
        let long = String(repeating: "x", count: 4000)
        for number in 0..<300 {
            monitor.consume("[    1.000000] WARNING: CPU: 0 PID: 1 at a/b.c:12 f\(number)+0x1/0x2")
            for _ in 0..<60 { monitor.consume("[    1.000000]  \(long)") }
        }
        let bytes = monitor.events.flatMap(\.trace).reduce(0) { $0 + $1.utf8.count }
        #expect(monitor.events.count == 100)
        #expect(monitor.droppedEvents == 200)
        #expect(bytes <= 8 << 20)
        // Callers without number open no report each.
        var callers = ConsoleMonitor(maximumEvents: 1000)
        for number in 0..<500 {
            callers.consume("[    1.000000][T\(number)] BUG: KASAN: use-after-free in f+0x1/0x2")
        }
        #expect(callers.events.count == 500)
    }
}
