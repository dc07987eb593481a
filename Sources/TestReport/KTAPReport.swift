// SPDX-License-Identifier: GPL-2.0-only

import Base

/// Writes a report as KTAP (Documentation/dev-tools/ktap.rst), for programs that read test results.
struct KTAPReport {
    func write(_ report: RunReport) -> String {
        let lines = list(report.resultsAndFindings, indent: "", header: header(report))
        return lines.joined(separator: "\n") + "\n"
    }

    private func header(_ report: RunReport) -> [String] {
        [
            "# tree: \(report.tree), variant: \(report.variant), profile: \(report.profile)",
            "# kernel: \(report.kernelVersion ?? "unknown"), machine: \(report.accelerator.name), \(report.machineEnding)",
        ].map(\.onOneLine)
    }

    private func list(_ results: [TestResult], indent: String, header: [String]) -> [String] {
        var lines = ["KTAP version 1"] + header + ["1..\(results.count)"]
        for (index, result) in results.enumerated() {
            if !result.children.isEmpty {
                lines += list(result.children, indent: "  ", header: [])
            }
            lines += test(result, number: index + 1)
        }
        return lines.map { indent + $0 }
    }

    private func test(_ result: TestResult, number: Int) -> [String] {
        var lines: [String] = []
        if !result.points.isEmpty {
            lines.append("# points: \(result.points.joined(separator: " "))")
        }
        lines += result.diagnostics.map { "# " + $0.onOneLine }
        if result.droppedDiagnostics > 0 {
            lines.append("# [... \(result.droppedDiagnostics) more lines ...]")
        }
        if let command = result.reproduce { lines.append("# reproduce: \(command)") }
        let (word, comments) = status(result)
        let name = "\(word) \(number) \(Self.escaped(result.name))"
        let line = comments.isEmpty ? name : "\(name) # \(comments.joined(separator: ", "))"
        // A reason can read like one of KTAP's own words; then it goes to a line where it can't.
        if let reason = result.reason, KTAPResultLine(line[...])?.verdict != result.verdict {
            return lines + ["# " + reason.onOneLine, name]
        }
        return lines + [line]
    }

    private func status(_ result: TestResult) -> (String, [String]) {
        let reason = result.reason.map(\.onOneLine)
        let time = result.milliseconds.map { "\($0) ms" }
        func directive(_ words: String) -> [String] {
            [[words, reason ?? ""].filter { !$0.isEmpty }.joined(separator: " ")]
        }
        switch result.verdict {
        case .pass: return ("ok", [reason, time].compactMap(\.self))
        case .skip: return ("ok", directive("SKIP"))
        case .notExercised: return ("ok", directive("SKIP not exercised:"))
        case .fail, .flaky: return ("not ok", [reason, time].compactMap(\.self))
        case .timedOut: return ("not ok", directive("TIMEOUT"))
        case .crashed: return ("not ok", directive("ERROR"))
        case .infrastructure: return ("not ok", directive("ERROR no machine:"))
        }
    }

    private static func escaped(_ name: String) -> String {
        var result = ""
        for character in name.onOneLine {
            if character == "#" || character == "\\" {
                result.append("\\")
            }
            result.append(character)
        }
        return result
    }
}
