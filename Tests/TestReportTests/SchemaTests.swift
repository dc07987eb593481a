// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import TestSupport
import Testing

@testable import TestReport

/// What is written is held against its schema by Python's jsonschema (Debian: python3-jsonschema), which knows nothing
/// of this program. Without it these tests fail: nothing here is skipped in silence.
@Suite struct SchemaTests {
    private static func schema(_ format: ReportFormat) -> URL? {
        let fixtures = Golden.folder().appendingPathComponent("schemas")
        switch format {
        case .json:
            return URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("../../docs/test-report.schema.json")
        case .kcidb: return fixtures.appendingPathComponent("kcidb-5.3.schema.json")
        case .b4: return fixtures.appendingPathComponent("b4.schema.json")
        case .text, .ktap, .junit: return nil
        }
    }

    /// nil: valid; else what is wrong.
    private func problem(of text: String, against schema: URL) throws -> String? {
        let script = """
            import json, jsonschema, sys
            schema = json.load(open(sys.argv[1]))
            jsonschema.Draft202012Validator.check_schema(schema)
            errors = list(jsonschema.Draft202012Validator(schema).iter_errors(json.load(sys.stdin)))
            for error in errors: print(error.json_path, error.message[:200])
            """
        let process = Process()
        // Debian's own: another Python in PATH has other modules.
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = ["-c", script, schema.path]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        try input.fileHandleForWriting.close()
        let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            return "python3 -m jsonschema: \(process.terminationStatus)"
        }
        return said.isEmpty ? nil : said
    }

    private static let known = TestResult(
        name: "svm",
        verdict: .pass,
        children: [
            TestResult(name: "ASID 0", verdict: .skip, reason: "expected failure: TCG takes it"),
            TestResult(
                name: "page at 0x40201000",
                verdict: .pass,
                diagnostics: [String(repeating: "é", count: 20_000)]
            ),
            TestResult(name: "page at 0x40301000", verdict: .pass, milliseconds: 3),
            TestResult(name: "", verdict: .timedOut, reason: ""),
        ]
    )

    private static var reports: [RunReport] {
        var more = ReportTests.full
        more.results.append(known)
        more.commit = String(repeating: "0123456789", count: 4)
        more.newWarnings = ["a.c:1:2: warning: \"x\" \u{1b}[31m\u{0} [-Wx]"]
        more.consoleEvents.append(
            .init(
                kind: "KASAN",
                verdict: .fail,
                test: "mirror",
                lines: ["BUG: KASAN: x"],
                title: "KASAN: slab-use-after-free Read in sev_unmap",
                alternatives: ["KASAN: use-after-free Read in sev_unmap"],
                frames: ["sev_unmap", "kvm_put_kvm"],
                isCorrupted: true
            )
        )
        var empty = ReportTests.full
        empty.results = []
        empty.consoleEvents = []
        empty.kernelVersion = nil
        return [ReportTests.full, more, empty]
    }

    @Test(arguments: ReportFormat.allCases.filter { schema($0) != nil }, reports)
    func isValid(format: ReportFormat, report: RunReport) throws {
        let schema = try #require(Self.schema(format))
        let text = try report.written(as: format)
        let problem = try problem(of: text, against: schema)
        #expect(problem == nil)
    }

    /// The judge refuses what it should.
    @Test(arguments: [
        (ReportFormat.json, #""verdict" : "pass""#, #""verdict" : "passed""#),
        (.json, #""schema" : 2"#, #""schema" : 1"#),
        (.json, #""tree" :"#, #""Tree" :"#),
        (.kcidb, #""path" : "boots""#, #""path" : "boots up""#),
        (.kcidb, #""id" : "kpatch_gen:"#, #""id" : "kpatch-gen:"#),
        (.b4, #""status" : "pass""#, #""status" : "skip""#),
    ])
    func theJudgeSeesFaults(format: ReportFormat, right: String, wrong: String) throws {
        let schema = try #require(Self.schema(format))
        var report = ReportTests.full
        report.newWarnings = []
        report.consoleEvents = []
        let text = try report.written(as: format)
        #expect(text.contains(right))
        let problem = try problem(of: text.replacing(right, with: wrong), against: schema)
        #expect(problem != nil)
    }

    /// No key without a value, keys in order: docs/json.md.
    @Test func jsonIsAsDocumented() throws {
        let text = try ReportTests.full.written(as: .json)
        #expect(!text.contains("null"))
        #expect(text.hasSuffix("}\n"))
        let keys = text.split(separator: "\n").filter { $0.hasPrefix("  \"") }.map { $0.prefix { $0 != ":" } }
        #expect(keys == keys.sorted())
        #expect(keys.count > 10)
    }

    @Test func kcidbTellsWhoFailed() throws {
        let report = KCIDBReport(Self.reports[1], origin: "ci_of_mine")
        let status = Dictionary(uniqueKeysWithValues: report.tests.map { ($0.path, $0.status) })
        #expect(status["boots"] == .pass)
        // Its console has an oops; the one that only timed out has nothing to show.
        #expect(status["dies"] == .fail)
        #expect(status["slow"] == .error)
        #expect(status["last"] == .miss)
        #expect(status["signal"] == .skip)
        #expect(status["svm.page_at_ADDR"] == .pass)
        #expect(status["svm.page_at_ADDR-2"] == .pass)
        #expect(report.incidents.count == 3)
        #expect(Set(report.incidents.map(\.issueID)) == Set(report.issues.map(\.id)))
        #expect(Set(report.tests.map(\.id)).count == report.tests.count)
    }
}
