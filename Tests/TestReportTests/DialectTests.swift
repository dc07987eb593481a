// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import TestSupport
import Testing

@testable import TestReport

/// Fixtures/results: what others print, and what must come out.
@Suite struct DialectTests {
    private static let folder = Golden.folder().appendingPathComponent("results")

    private static func dialect(_ archive: Archive) throws -> KTAPParser.Dialect {
        switch try #require(archive["dialect"]) {
        case "plain\n": .plain
        case "kvm-unit-tests\n": .kvmUnitTests
        case "kpatch\n": .kpatch
        case let other: throw Unknown(dialect: other)
        }
    }

    private struct Unknown: Error {
        let dialect: String
    }

    private static func parse(_ archive: Archive) throws -> [TestResult] {
        var parser = KTAPParser(dialect: try dialect(archive))
        for line in try #require(archive["input"]).split(separator: "\n", omittingEmptySubsequences: false)
            .dropLast()
        {
            _ = parser.consume(String(line))
        }
        return parser.finish(.complete)
    }

    @Test(arguments: try Archive.all(in: folder))
    func fixture(file: URL) throws {
        let archive = try Archive(file)
        try archive.expect(ResultDump.text(try Self.parse(archive)), at: file)
    }

    /// Whatever single "not ok" or "FAIL" there is, the run as a whole fails; a fixture without any has none.
    @Test(arguments: try Archive.all(in: folder))
    func aFailureIsNeverLost(file: URL) throws {
        let archive = try Archive(file)
        let isSkip = { (line: Substring) in
            ["SKIP", "TODO", "XFAIL"].contains { line.uppercased().contains("# \($0)") }
        }
        let failing = try #require(archive["input"]).split(separator: "\n").filter {
            ($0.contains("not ok") || $0.hasPrefix("FAIL:")) && !isSkip($0)
        }
        let fails = try Self.parse(archive).contains(where: \.verdict.isFailure)
        #expect(failing.isEmpty || fails)
    }

    @Test(arguments: [
        ("page at 0x40201000 is present", "page at ADDR is present"),
        ("MSR 0x174", "MSR 0x174"),
        ("ffff888003c0a000 and 12345678", "ADDR and 12345678"),
        ("deadbeef01 defaced", "deadbeef01 defaced"),
        ("0x", "0x"),
        ("", ""),
        ("(0x7f3a00b2c000)", "(ADDR)"),
    ])
    func addressesAreNoPartOfAKey(name: String, key: String) {
        #expect(name.withoutAddresses == key)
    }
}

/// Results as the fixtures have them.
enum ResultDump {
    static func text(_ results: [TestResult], indent: String = "") -> String {
        results.map { result in
            var line = "\(indent)[\(result.verdict.rawValue)] \(result.name)"
            line += result.milliseconds.map { " (\($0) ms)" } ?? ""
            line += result.points.isEmpty ? "" : " {\(result.points.joined(separator: " "))}"
            line += result.reason.map { ": \($0)" } ?? ""
            let said = result.diagnostics.map { "\n\(indent)  | \($0)" }.joined()
            let dropped = result.droppedDiagnostics > 0 ? "\n\(indent)  | +\(result.droppedDiagnostics)" : ""
            return line + said + dropped + "\n" + text(result.children, indent: indent + "  ")
        }.joined()
    }
}
