// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import TestSupport
import Testing

@testable import Kernel

/// Build logs and what is read from them.
@Suite struct DiagnosticsTests {
    @Test func readsLogs() throws {
        let logs = try Golden.inputs(in: "logs", withExtension: "log")
        #expect(logs.count >= 6)
        for log in logs {
            var output = BuildOutput(source: "/src/linux")
            var steps = 0
            for line in try String(contentsOf: log, encoding: .utf8).split(
                separator: "\n",
                omittingEmptySubsequences: false
            ) {
                if output.consume(String(line)) != nil { steps += 1 }
            }
            var text = "steps: \(steps)\nfault: \(output.infrastructure.map { "\($0)" } ?? "kernel")\n"
            for diagnostic in output.diagnostics {
                text += "\(diagnostic)\n"
                for line in diagnostic.context { text += "    \(line)\n" }
            }
            try Golden.expect(text, at: log.deletingPathExtension().appendingPathExtension("expected"))
        }
    }

    @Test(arguments: [
        ("  CC      init/main.o", "CC", "init/main.o"), ("  CC [M]  fs/x.o", "CC", "fs/x.o"),
        ("  HOSTCC  scripts/basic/fixdep", "HOSTCC", "scripts/basic/fixdep"),
    ])
    func readsSteps(line: String, action: String, target: String) {
        #expect(BuildOutput.step(line) == BuildOutput.Step(action: action, target: target))
    }

    @Test(arguments: [
        "    1 | #include", "CC init/main.o", "  lower case", "  ", "   CC x",
        "  Kernel: arch/x86/boot/bzImage is ready  (#1)",
    ])
    func othersAreNoSteps(line: String) {
        #expect(BuildOutput.step(line) == nil)
    }

    private func warning(_ file: String, _ line: Int, _ message: String, flag: String? = "-Wx")
        -> CompilerDiagnostic
    {
        CompilerDiagnostic(
            kind: .warning,
            file: file,
            line: line,
            column: 1,
            message: message,
            flag: flag,
            context: []
        )
    }

    @Test func aMovedWarningIsNotNew() {
        let baseline = [warning("a.c", 10, "m"), warning("b.c", 1, "m")]
        #expect([warning("a.c", 12, "m")].newWarnings(comparedTo: baseline).isEmpty)
        #expect([warning("c.c", 10, "m")].newWarnings(comparedTo: baseline).count == 1)
        #expect([warning("a.c", 10, "other")].newWarnings(comparedTo: baseline).count == 1)
        #expect([warning("a.c", 10, "m", flag: "-Wy")].newWarnings(comparedTo: baseline).count == 1)
    }

    @Test func aSecondOneOfAKindIsNew() {
        let baseline = [warning("a.c", 10, "m")]
        #expect(
            [warning("a.c", 10, "m"), warning("a.c", 20, "m")].newWarnings(comparedTo: baseline).map(\.line)
                == [20]
        )
    }

    @Test func aHeadersWarningCountsOnce() {
        let many = [warning("h.h", 5, "m"), warning("h.h", 5, "m"), warning("h.h", 5, "m")]
        #expect(many.newWarnings(comparedTo: many.prefix(1)).isEmpty)
        #expect(many.newWarnings(comparedTo: []).count == 1)
    }

    @Test func errorsAreNoWarnings() {
        let error = CompilerDiagnostic(
            kind: .error,
            file: "a.c",
            line: 1,
            column: 1,
            message: "m",
            flag: nil,
            context: []
        )
        #expect([error].newWarnings(comparedTo: []).isEmpty)
    }
}
