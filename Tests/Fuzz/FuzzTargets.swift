// SPDX-License-Identifier: GPL-2.0-only

import Base
import CSource
import Glibc
import Importing
import Kernel
import PatchSeries
import TestReport
import VirtualMachine

/// The readers of what others wrote, each as libFuzzer calls it: any bytes, no crash, no hang, and what they promise of
/// their results. `.ci/fuzz` says by FUZZ_TARGET which.
enum FuzzTarget: String {
    case console, ktap, config, series, template, mbox

    static let chosen = getenv("FUZZ_TARGET").flatMap { FuzzTarget(rawValue: String(cString: $0)) }

    func read(_ bytes: [UInt8]) {
        switch self {
        case .console: Self.readConsole(bytes)
        case .ktap: Self.readKTAP(bytes)
        case .config: Self.readConfig(bytes)
        case .series: Self.readSeries(bytes)
        case .template: Self.readTemplate(bytes)
        case .mbox: Self.readMails(bytes)
        }
    }

    /// Titles and frames are for one line of a report.
    private static func readConsole(_ bytes: [UInt8]) {
        var transcript = Transcript(limits: MachineLimits())
        transcript.consumeConsole(bytes, at: .zero) { _ in }
        transcript.consumeConsole(nil, at: .zero) { _ in }
        for event in transcript.outcome(.poweredOff, standardError: "", total: .zero).events {
            precondition(!event.title.isEmpty && event.title.utf8.count < 10_000, "a title of no use")
            precondition(event.frames.count <= 5 && event.lineNumber > 0, "a report that is none")
        }
    }

    /// The first byte chooses the dialect.
    private static func readKTAP(_ bytes: [UInt8]) {
        let dialects: [KTAPParser.Dialect] = [.kpatch, .plain, .kvmUnitTests]
        let dialect = dialects[Int(bytes.first ?? 0) % dialects.count]
        var parser = KTAPParser(dialect: dialect, expectedTests: ["first", "second"])
        var splitter = LineSplitter()
        splitter.consume(Array(bytes.dropFirst())) { _ = parser.consume($0) }
        splitter.finish { _ = parser.consume($0) }
        _ = parser.takeSubtests()
        let results = parser.finish(.complete)
        precondition(results.allSatisfy { !$0.name.isEmpty }, "a test without a name")
    }

    private static func readConfig(_ bytes: [UInt8]) {
        _ = try? Profiles(yaml: String(decoding: bytes, as: UTF8.self))
        let config = DotConfig(bytes)
        guard let fragment = try? ConfigFragment(name: "fuzz", bytes) else { return }
        let merged = MergedFragments([fragment])
        _ = merged.unmet(in: config)
        // What a fragment asks for is there once it is applied.
        precondition(merged.unmet(in: DotConfig(merged.applied(to: bytes))).isEmpty, "a setting got lost")
    }

    /// What small series are placed on.
    private static let tree = [
        "Makefile": "VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 0\nEXTRAVERSION =\n",
        "include/small.h": "#define SMALL_ONE 1\n#define SMALL_TWO 2\nvoid small_extra(int x);\n",
        "kernel/small.c":
            "#include \"small.h\"\n\n/* Begins it. */\nint start(int x)\n{\n\tx++;\n\n\treturn x;\n}\n\nint stop(int x)\n{\n\treturn x;\n}\n",
    ]

    private static func readSeries(_ bytes: [UInt8]) {
        // A separator of files, so that templates and decisions can be reached as well.
        var files: [String: [UInt8]] = [:]
        for (number, part) in bytes.split(separator: 0x01, omittingEmptySubsequences: false).enumerated() {
            let names = [
                "series.yml", "0001-small/message.txt", "0001-small/kernel/small.c", "tests/tests.yml",
                "review.yml",
            ]
            guard number < names.count else { break }
            files[names[number]] = Array(part)
        }
        let reader = SeriesReader(files: files, root: "fuzz")
        guard let series = try? reader.read() else { return }
        for variant in series.variants.prefix(4) {
            guard let selection = try? Selection(variant: variant.name, settings: [], of: series) else {
                continue
            }
            _ = try? series.render(selection) { tree[$0].map { Array($0.utf8) } }
        }
    }

    private static func readTemplate(_ bytes: [UInt8]) {
        let template = Template(path: "a.c", bytes: bytes)
        let environment = Template.Environment(
            conditions: ["KPATCH_ONE": true, "KPATCH_TWO": false],
            values: ["KPATCH_NAME": "name"]
        )
        _ = try? template.render(environment)
    }

    private static func readMails(_ bytes: [UInt8]) {
        for mail in (try? RawMail.split(bytes, name: "fuzz")) ?? [] {
            _ = try? PatchText(Array(mail.bytes), name: "fuzz")
        }
        _ = try? PatchText(bytes, name: "fuzz")
    }
}

/// libFuzzer's entry.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let target = FuzzTarget.chosen else {
        print("FUZZ_TARGET names no target")
        exit(2)
    }
    target.read(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
