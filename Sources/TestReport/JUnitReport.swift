// SPDX-License-Identifier: GPL-2.0-only

import Base

/// Writes a report as JUnit XML, in the dialect that Jenkins and GitLab read: one suite, a case per test.
///
/// Both keep a test's history by class and name, so the names have no addresses and are distinct within a class; both
/// show the text of a failure, and only GitLab what is in system-out.
struct JUnitReport {
    func write(_ report: RunReport) -> String {
        let cases = Self.named(report.resultsAndFindings.flatMap { flattened($0, parents: []) })
        let failures = cases.count { [.fail, .timedOut, .flaky].contains($0.result.verdict) }
        let errors = cases.count { [.crashed, .infrastructure].contains($0.result.verdict) }
        let skipped = cases.count { $0.result.verdict == .skip || $0.result.verdict == .notExercised }
        let time = Self.seconds(report.results.reduce(0) { $0 + ($1.milliseconds ?? 0) })
        let totals = [
            ("tests", String(cases.count)), ("failures", String(failures)), ("errors", String(errors)),
            ("skipped", String(skipped)), ("time", time),
        ]
        let suite = [
            ("name", "\(report.tree) \(report.variant) \(report.profile)"), ("timestamp", report.created),
        ]
        var lines = [
            #"<?xml version="1.0" encoding="UTF-8"?>"#,
            "<testsuites\(Self.attributes([("name", "kpatch-gen")] + totals))>",
            "  <testsuite\(Self.attributes(suite + totals))>",
            "    <properties>",
        ]
        lines += properties(report).map {
            "      <property\(Self.attributes([("name", $0.0), ("value", $0.1)]))/>"
        }
        lines.append("    </properties>")
        lines += cases.flatMap(write)
        lines += ["  </testsuite>", "</testsuites>"]
        return lines.joined(separator: "\n") + "\n"
    }

    private func properties(_ report: RunReport) -> [(String, String)] {
        [
            ("tool", report.toolVersion), ("tree", report.tree), ("variant", report.variant),
            ("profile", report.profile), ("kernel", report.kernelVersion ?? ""),
            ("accelerator", report.accelerator.name), ("acceleratorReason", report.accelerator.reason),
            ("machineEnding", report.machineEnding),
        ] + report.options.map { ("option.\($0.name)", $0.value) }
    }

    private struct Case {
        /// JUnit's class: the parents, joined by dots.
        var group: String
        var result: TestResult
    }

    /// Gives each case a name that is its own within its class, on every run.
    private static func named(_ cases: [Case]) -> [Case] {
        var names: [String: DistinctNames] = [:]
        return cases.map { test in
            var test = test
            test.result.name = names[test.group, default: DistinctNames()].take(
                test.result.name.withoutAddresses
            )
            return test
        }
    }

    /// The same tests that `RunReport.counts` counts.
    private func flattened(_ result: TestResult, parents: [String]) -> [Case] {
        let children = result.children.flatMap { flattened($0, parents: parents + [result.name]) }
        if let worst = result.children.map(\.verdict).max(), result.verdict <= worst {
            return children
        }
        let group = parents.isEmpty ? "kpatch-gen" : parents.map(\.withoutAddresses).joined(separator: ".")
        return children + [Case(group: group, result: result)]
    }

    private func write(_ test: Case) -> [String] {
        let result = test.result
        var attributes = [("classname", test.group), ("name", result.name)]
        if let milliseconds = result.milliseconds {
            attributes.append(("time", Self.seconds(milliseconds)))
        }
        var content: [String] = []
        let message = [("message", result.reason ?? result.verdict.rawValue)]
        let kind = message + [("type", result.verdict.rawValue)]
        var said = result.lines
        func element(_ name: String) {
            content.append("<\(name)\(Self.attributes(kind))>\(Self.text(said))</\(name)>")
            said = []
        }
        switch result.verdict {
        case .pass: break
        case .skip, .notExercised: content.append("<skipped\(Self.attributes(kind))/>")
        case .fail, .timedOut, .flaky: element("failure")
        case .crashed, .infrastructure: element("error")
        }
        let points = result.points.isEmpty ? [] : ["points: " + result.points.joined(separator: " ")]
        content += Self.block("system-out", points + said)
        let opening = "    <testcase" + Self.attributes(attributes)
        return content.isEmpty
            ? [opening + "/>"] : [opening + ">"] + content.map { "      " + $0 } + ["    </testcase>"]
    }

    private static func block(_ element: String, _ lines: [String]) -> [String] {
        guard !lines.isEmpty else { return [] }
        return ["<\(element)>\(text(lines))</\(element)>"]
    }

    private static func text(_ lines: [String]) -> String { lines.map(escaped).joined(separator: "\n") }

    private static func attributes(_ attributes: [(String, String)]) -> String {
        attributes.map { " \($0.0)=\"\(escaped($0.1))\"" }.joined()
    }

    private static func seconds(_ milliseconds: Int) -> String {
        let fraction = String(milliseconds % 1000 + 1000).dropFirst()
        return "\(milliseconds / 1000).\(fraction)"
    }

    /// Text for an element or a quoted attribute. What XML 1.0 can't hold at all (section 2.2) becomes U+FFFD.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            // As characters they would turn into blanks in an attribute.
            case "\t": result += "&#9;"
            case "\n": result += "&#10;"
            case "\r": result += "&#13;"
            case "\0"..<" ", "\u{fffe}", "\u{ffff}": result += "\u{fffd}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
