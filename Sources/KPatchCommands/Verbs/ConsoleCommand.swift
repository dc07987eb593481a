// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Judging
import Kernel
import SystemPackage
import TestReport
import VirtualMachine

struct ConsoleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "console",
        abstract: "Names what the kernel complains of in a console log.",
        discussion: """
            The log may come from anywhere: a serial console, dmesg, syslog. Each complaint has a title that is the same \
            on every run, as in the reports of 'test'. --build shows their traces with file and line, and with the \
            functions that were inlined; it takes the build folder of that very kernel, whoever made it, and no debug \
            information. Exit status 1 if there is a complaint.
            """
    )

    @Argument(help: "The log; - is standard input.")
    var file = "-"

    @Option(
        name: .long,
        help: ArgumentHelp("The folder that the kernel was built in (kbuild's O=).", valueName: "folder"),
        completion: .directory
    )
    var build: String?

    @OptionGroup var format: FormatArguments

    func run() async throws {
        var transcript = Transcript(limits: MachineLimits())
        try LogFile.read(file) { transcript.consumeConsole($0, at: .zero) { _ in } }
        let outcome = transcript.outcome(.poweredOff, standardError: "", total: .zero)
        if outcome.droppedEvents > 0 {
            Terminal.note("warning: \(outcome.droppedEvents) more complaints were only counted")
        }
        let none = "the kernel complains of nothing"
        let decoded = try await decoded(outcome)
        try format.format.print(
            text: outcome.events.isEmpty
                ? [none]
                : zip(outcome.events, decoded).flatMap { event, finding in
                    Self.lines(event) + (build == nil ? [] : finding.lines.map { "    | \($0.onOneLine)" })
                },
            json: zip(outcome.events, decoded).map(ConsoleOutput.init)
        )
        if !outcome.events.isEmpty { throw NegativeAnswer() }
    }

    /// What was found, with the source of its traces if there is a build folder.
    private func decoded(_ outcome: MachineOutcome) async throws -> [RunReport.ConsoleFinding] {
        guard let build else { return outcome.findings }
        let folder = FilePath(build)
        guard Files.isFolder(folder) else { throw Failure(.user, "\(build) is no folder") }
        // kbuild's own link; without it the kernel was built in its source.
        let link = folder.appending("source")
        let source = Files.isLink(link) ? folder.pushing(try Files.linkTarget(link)) : folder
        let kernel = try KernelBuild(source: source, output: folder)
        return try await TraceDecoder(SourcePlaces(kernel))(outcome.findings)
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
    let stack: [RunReport.ConsoleFinding.SourceFrame]

    init(_ event: ConsoleEvent, _ finding: RunReport.ConsoleFinding) {
        kind = event.kind.rawValue
        title = event.title
        alternatives = event.alternatives
        frames = event.frames
        isCorrupted = event.isCorrupted
        line = event.lineNumber
        firstLine = event.firstLine
        location = event.location
        test = event.test
        stack = finding.stack
    }
}
