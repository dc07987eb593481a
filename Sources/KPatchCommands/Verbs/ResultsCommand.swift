// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import TestReport

struct ResultsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "results",
        abstract: "Reads other people's test results, and writes them in any form of report.",
        discussion: """
            Takes KTAP, the output of kselftest and kunit (also out of a kernel's log), TAP 13 and 14, and what \
            kvm-unit-tests print. Whatever is wrong with the results themselves makes a verdict worse, never better. Exit \
            status 1 if a test fails, crashes or times out.
            """
    )

    @Argument(help: "The results; - is standard input.")
    var file = "-"

    @Option(name: .long, help: "ktap (any KTAP or TAP) or kvm-unit-tests.")
    var dialect = Dialect.ktap

    @Option(name: .long, help: "What was tested, for the report.")
    var name = "results"

    @Option(name: .long, help: "What to print.")
    var format = ReportFormat.text

    enum Dialect: String, ExpressibleByArgument, CaseIterable {
        case ktap
        case kvmUnitTests = "kvm-unit-tests"

        fileprivate var parser: KTAPParser {
            switch self {
            case .ktap: KTAPParser(dialect: .plain)
            case .kvmUnitTests: KTAPParser(dialect: .kvmUnitTests)
            }
        }
    }

    func run() throws {
        var parser = dialect.parser
        var splitter = LineSplitter(maximumLineBytes: 65536)
        try LogFile.read(file) { bytes in
            if let bytes {
                splitter.consume(bytes) { _ = parser.consume($0) }
            } else {
                splitter.finish { _ = parser.consume($0) }
            }
        }
        let report = RunReport(
            toolVersion: Program.version,
            created: Timestamps.now(),
            tree: name,
            variant: "-",
            profile: "-",
            accelerator: "none",
            acceleratorReason: "the results were read from \(file == "-" ? "standard input" : file)",
            machineEnding: "not seen",
            results: parser.finish(.complete)
        )
        let text = try report.written(as: format, isColored: format == .text && Terminal.usesColor)
        try Terminal.output(Array(text.utf8), isStyled: true)
        if report.verdict.isFailure { throw NegativeAnswer() }
    }
}
