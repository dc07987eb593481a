// SPDX-License-Identifier: GPL-2.0-only

import Base

/// A line that kvm-unit-tests prints: lib/report.c, lib/x86/desc.c, and scripts/runtime.bash for a program as a whole.
enum UnitTestsLine: Equatable {
    /// `PASS: prefix: name`. None of them has a number.
    case result(KTAPResultLine)
    /// `FAIL apic-split (timeout; duration=90s)`: what a script says of a program.
    case program(KTAPResultLine)
    /// `SUMMARY: 2 tests, 1 unexpected failures`, of a program that came to its end.
    case summary(tests: Int, failures: Int)
    /// `ABORT: …`, `Unhandled exception …`: the program is dead.
    case death(String)

    init?(_ line: Substring) {
        if let rest = line.dropping(prefix: "SUMMARY: ") {
            guard let summary = Self.summary(rest) else { return nil }
            self = summary
        } else if let reason = line.dropping(prefix: "ABORT: ") {
            self = .death(String(reason))
        } else if line.hasPrefix("Unhandled exception ") || line.hasPrefix("Unhandled cpu exception ") {
            self = .death(String(line))
        } else if let program = Self.program(line) {
            self = .program(program)
        } else if let result = Self.result(line) {
            self = .result(result)
        } else {
            return nil
        }
    }

    private static func result(_ line: Substring) -> KTAPResultLine? {
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let text = line[line.index(after: colon)...].trimmed
        guard !text.isEmpty else { return nil }
        let name = String(text)
        switch line[..<colon] {
        case "PASS": return KTAPResultLine(name: name, .pass)
        case "FAIL": return KTAPResultLine(name: name, .fail)
        case "SKIP": return KTAPResultLine(name: name, .skip)
        case "XFAIL", "KFAIL": return KTAPResultLine(name: name, .skip, because: "expected failure")
        case "XPASS":
            return KTAPResultLine(name: name, .fail, because: "passes, but was expected to fail")
        default: return nil
        }
    }

    private static func program(_ line: Substring) -> KTAPResultLine? {
        let words = line.withoutColour.trimmed.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, !words[1].hasSuffix(":") else { return nil }
        let name = String(words[1])
        var reason: String?
        if words.count == 3 {
            // In brackets, or it is a sentence.
            guard let inner = words[2].trimmed.dropping(prefix: "(")?.dropping(suffix: ")") else {
                return nil
            }
            reason = String(inner)
        }
        switch words[0] {
        case "PASS": return KTAPResultLine(name: name, .pass)
        case "SKIP": return KTAPResultLine(name: name, .skip, because: reason)
        case "FAIL":
            let verdict: Verdict =
                switch reason {
                case let reason? where reason.hasPrefix("timeout"): .timedOut
                case let reason? where reason.hasPrefix("terminated on "): .crashed
                default: .fail
                }
            return KTAPResultLine(name: name, verdict, because: reason)
        default: return nil
        }
    }

    /// `2 tests, 1 unexpected failures, 1 skipped`
    private static func summary(_ text: Substring) -> Self? {
        var (tests, failures): (Int?, Int) = (nil, 0)
        for part in text.split(separator: ",") {
            let words = part.trimmed.split(separator: " ", maxSplits: 1)
            guard words.count == 2, let count = Int(words[0]), count >= 0 else { return nil }
            if words[1] == "tests" { tests = count }
            if words[1] == "unexpected failures" { failures = count }
        }
        return tests.map { .summary(tests: $0, failures: failures) }
    }
}

extension KTAPResultLine {
    init(name: String, _ verdict: Verdict, because reason: String? = nil) {
        isOK = !verdict.isFailure
        number = nil
        self.name = name
        self.verdict = verdict
        self.reason = reason
        milliseconds = nil
    }

    /// kvm-unit-tests' TAP can have the word of an expected failure in the name.
    mutating func takeExpectation() {
        for word in ["XFAIL: ", "KFAIL: "] {
            guard let rest = name[...].dropping(prefix: word) else { continue }
            (name, verdict, reason) = (String(rest), .skip, "expected failure")
        }
    }
}

extension Substring {
    /// The line without what colours its first word: `ESC[32mPASS ESC[0m name`.
    fileprivate var withoutColour: Substring {
        guard first == "\u{1b}" else { return self }
        var rest = self
        var text = ""
        while let escape = rest.firstIndex(of: "\u{1b}") {
            text += rest[..<escape]
            rest = rest[escape...].dropFirst()
            guard rest.first == "[", let end = rest.firstIndex(of: "m") else { break }
            rest = rest[rest.index(after: end)...]
        }
        return (text + rest)[...]
    }
}
