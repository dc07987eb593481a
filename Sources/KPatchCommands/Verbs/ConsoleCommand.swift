// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import TestReport
import VirtualMachine

struct ConsoleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "console",
        abstract: "Names what the kernel complains of in a console log.",
        discussion: """
            The log may come from anywhere: a serial console, dmesg, syslog. Each complaint has a title that is the same \
            on every run, as in the reports of 'test'. Exit status 1 if there is one.
            """
    )

    @Argument(help: "The log; - is standard input.")
    var file = "-"

    @OptionGroup var format: FormatArguments

    func run() throws {
        var transcript = Transcript(limits: MachineLimits())
        try LogFile.read(file) { transcript.consumeConsole($0, at: .zero) { _ in } }
        let outcome = transcript.outcome(.poweredOff, standardError: "", total: .zero)
        if outcome.droppedEvents > 0 {
            Terminal.note("warning: \(outcome.droppedEvents) more complaints were only counted")
        }
        let none = "the kernel complains of nothing"
        try format.format.print(
            text: outcome.events.isEmpty ? [none] : outcome.events.flatMap(Self.lines),
            json: outcome.events.map(ConsoleOutput.init)
        )
        if !outcome.events.isEmpty { throw NegativeAnswer() }
    }

    private static func lines(_ event: ConsoleEvent) -> [String] {
        let torn = event.isCorrupted ? " (torn)" : ""
        let frames = event.frames.isEmpty ? [] : ["    frames: \(event.frames.joined(separator: ", "))"]
        return ["\(event.lineNumber): \(event.kind.rawValue): \(event.title.onOneLine)\(torn)"] + frames
    }
}

/// What `console --format json` writes.
struct ConsoleOutput: Encodable {
    let kind: String
    let title: String
    let alternatives: [String]
    let frames: [String]
    let isCorrupted: Bool
    let line: Int
    let firstLine: String
    let location: String?
    let test: String?

    init(_ event: ConsoleEvent) {
        kind = event.kind.rawValue
        title = event.title
        alternatives = event.alternatives
        frames = event.frames
        isCorrupted = event.isCorrupted
        line = event.lineNumber
        firstLine = event.firstLine
        location = event.location
        test = event.test
    }
}
