// SPDX-License-Identifier: GPL-2.0-only

import Base

/// One line of KTAP (Documentation/dev-tools/ktap.rst of the kernel), read without its context.
enum KTAPLine: Equatable {
    /// `KTAP version 1`, or the older `TAP version 13` and `14` that subtests still print (and `1.3`, seen in selftests).
    case version
    /// `1..N`, with what stands behind a `#`.
    case plan(count: Int, skipReason: String?)
    case result(KTAPResultLine)
    /// `# kpatch: start NAME`, `# kpatch: end`: this project's own marks.
    case start(name: String)
    case end
    /// `# points: L3 L12`
    case points([String])
    case bailOut(reason: String)
    /// Any other `# …` line.
    case diagnostic(String)
    /// What KTAP calls an unknown line.
    case other(String)

    /// - Parameter line: without indentation and line ending.
    init(_ line: Substring) {
        if let diagnostic = line.dropping(prefix: "#") {
            self = Self.diagnosticLine(diagnostic.drop { $0 == " " })
        } else if let version = line.dropping(prefix: "KTAP version ")
            ?? line.dropping(prefix: "TAP version "),
            ["1", "1.3", "13", "14"].contains(version.trimmed)
        {
            self = .version
        } else if let plan = line.dropping(prefix: "1.."), let parsed = Self.plan(plan) {
            self = parsed
        } else if line.prefix(9).lowercased() == "bail out!" {
            self = .bailOut(reason: String(line.dropFirst(9).drop { $0 == " " }))
        } else if let result = KTAPResultLine(line) {
            self = .result(result)
        } else {
            self = .other(String(line))
        }
    }

    private static func diagnosticLine(_ text: Substring) -> Self {
        if let name = text.dropping(prefix: "kpatch: start ") {
            return .start(name: String(name.drop { $0 == " " }))
        }
        if text == "kpatch: end" {
            return .end
        }
        if let points = text.dropping(prefix: "points:") {
            let words = points.split { $0 == " " || $0 == "," }
            // A point is a letter or two, digits, and perhaps a letter: R14b.
            let known = words.filter { word in
                word.count <= 8 && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
            }
            return .points(known.prefix(64).map(String.init))
        }
        return .diagnostic(String(text))
    }

    private static func plan(_ text: Substring) -> Self? {
        let (number, comment) = text.splitAtComment()
        guard let count = Int(number), count >= 0, number.allSatisfy({ $0.isASCII && $0.isNumber }) else {
            return nil
        }
        let reason = comment.flatMap { KTAPDirective($0) }.flatMap { $0.kind == .skip ? $0.data : nil }
        return .plan(count: count, skipReason: reason)
    }
}

/// `ok 2 name # SKIP reason`, and its verdict if nothing around it says otherwise.
struct KTAPResultLine: Equatable {
    var isOK: Bool
    /// nil: the line has none.
    var number: Int?
    var name: String
    var verdict: Verdict
    var reason: String?
    var milliseconds: Int?

    init?(_ line: Substring) {
        let afterVerdict: Substring
        if let rest = line.dropping(prefix: "ok") {
            isOK = true
            afterVerdict = rest
        } else if let rest = line.dropping(prefix: "not ok") {
            isOK = false
            afterVerdict = rest
        } else {
            return nil
        }
        // "okay, let's go" is no result.
        guard afterVerdict.isEmpty || afterVerdict.first == " " || afterVerdict.first == "\t" else {
            return nil
        }
        let (text, comment) = afterVerdict.splitAtComment()
        let words = text.drop { $0 == " " || $0 == "\t" }
        let digits = words.prefix { $0.isASCII && $0.isNumber }
        let rest = words.dropFirst(digits.count)
        let hasNumber = !digits.isEmpty && (rest.isEmpty || rest.first == " ")
        number = hasNumber ? Int(digits) : nil
        let description = (hasNumber ? rest : words).drop { $0 == " " }
        name = String(description.dropping(prefix: "- ") ?? description).replacingEscapes()

        verdict = isOK ? .pass : .fail
        guard let comment else { return }
        guard var directive = KTAPDirective(comment) else {
            takeData(comment)
            return
        }
        let leavesName = name.isEmpty || name == "-"
        if leavesName, directive.kind.isBeforeName, !directive.data.isEmpty {
            // kselftest.h has no place for both: the name stands behind the directive.
            let (text, reason) = directive.data[...].splitAtComment()
            name = String(text).replacingEscapes()
            directive.data = reason.map(String.init) ?? ""
        }
        (verdict, reason) = directive.verdict
    }

    /// `signal 11`, and the shell's `exit=139` of kselftest/runner.sh; 255 is a program's own -1.
    private static func isSignal(_ words: Substring) -> Bool {
        words.hasPrefix("signal ")
            || words.dropping(prefix: "exit=").flatMap { Int($0) }.map { (129...192).contains($0) } ?? false
    }

    /// `12 ms`, `exit status 1`, `signal 11`, or several with commas between.
    private mutating func takeData(_ comment: Substring) {
        var rest: [Substring] = []
        for piece in comment.split(separator: ",").map({ $0.trimmed }) {
            if let value = piece.dropping(suffix: " ms"), let number = Int(value),
                TestResult.milliseconds.contains(number)
            {
                milliseconds = number
            } else if !piece.isEmpty {
                rest.append(piece)
            }
        }
        guard !rest.isEmpty else { return }
        reason = rest.joined(separator: ", ")
        if !isOK, rest.contains(where: Self.isSignal) {
            verdict = .crashed
        }
    }
}

/// What stands behind the `#` of a result line, if it is one of KTAP's words.
struct KTAPDirective: Equatable {
    enum Kind: String {
        case skip = "SKIP"
        case todo = "TODO"
        case xfail = "XFAIL"
        /// kvm-unit-tests: a failure of the kernel that is known.
        case kfail = "KFAIL"
        /// Expected to fail, and did not.
        case xpass = "XPASS"
        case timeout = "TIMEOUT"
        case error = "ERROR"

        /// Whether kselftest.h writes it in front of the test's name.
        var isBeforeName: Bool {
            switch self {
            case .skip, .todo, .xfail, .kfail, .xpass: true
            case .timeout, .error: false
            }
        }
    }

    var kind: Kind
    var data: String

    init?(_ comment: Substring) {
        let word = comment.prefix { $0 != " " && $0 != ":" }
        let upper = word.uppercased()
        // TAP takes any word that begins so: "skipped".
        let isSkip = upper.hasPrefix("SKIP")
        guard let kind = isSkip ? .skip : Kind(rawValue: upper) else {
            return nil
        }
        self.kind = kind
        data = String(comment.dropFirst(word.count).drop { $0 == " " || $0 == ":" })
    }

    /// The verdict, whether the line said "ok" or "not ok": none of these words goes with a pass.
    var verdict: (Verdict, String?) {
        let reason = data.isEmpty ? nil : data
        switch kind {
        case .skip:
            guard data.lowercased().hasPrefix(Verdict.notExercised.rawValue) else {
                return (.skip, reason)
            }
            let rest = data.dropFirst(Verdict.notExercised.rawValue.count).drop { $0 == ":" || $0 == " " }
            return (.notExercised, rest.isEmpty ? nil : String(rest))
        case .todo, .xfail, .kfail:
            return (.skip, "expected failure" + (reason.map { ": \($0)" } ?? ""))
        case .xpass:
            return (.fail, "passes, but was expected to fail" + (reason.map { ": \($0)" } ?? ""))
        case .timeout:
            let isDuration = data.first?.isNumber ?? false
            return (.timedOut, isDuration ? "after \(data)" : reason)
        case .error:
            return (.crashed, reason)
        }
    }
}

extension Substring {
    func dropping(prefix: String) -> Substring? {
        hasPrefix(prefix) ? dropFirst(prefix.count) : nil
    }

    func dropping(suffix: String) -> Substring? {
        hasSuffix(suffix) ? dropLast(suffix.count) : nil
    }

    /// The text before the first `#` that follows a blank (or begins the text), and what is behind it, both trimmed.
    /// `\#` is a character of a name.
    func splitAtComment() -> (text: Substring, comment: Substring?) {
        var previous: Character = " "
        for index in indices {
            if self[index] == "#", previous == " " || previous == "\t" {
                return (self[..<index].trimmed, self[self.index(after: index)...].trimmed)
            }
            previous = self[index]
        }
        return (trimmed, nil)
    }
}

extension String {
    fileprivate func replacingEscapes() -> String {
        var result = ""
        var isEscaped = false
        for character in self {
            if isEscaped, character != "#", character != "\\" {
                result.append("\\")
            }
            if character == "\\", !isEscaped {
                isEscaped = true
                continue
            }
            result.append(character)
            isEscaped = false
        }
        return isEscaped ? result + "\\" : result
    }
}

extension Substring {
    /// The line without printk's `[    1.234567] `, or `[    1.234567][  T123] ` with CONFIG_PRINTK_CALLER, which kunit's
    /// results have in a kernel's log.
    var withoutTimeStamp: Substring {
        guard let (stamp, afterStamp) = bracketed(), stamp.contains("."),
            stamp.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") })
        else { return self }
        var rest = afterStamp
        if let (caller, afterCaller) = rest.bracketed(), let kind = caller.first, "TC".contains(kind),
            caller.count > 1, caller.dropFirst().allSatisfy({ $0.isASCII && $0.isNumber })
        {
            rest = afterCaller
        }
        return rest.dropping(prefix: " ") ?? rest
    }

    /// What is in the brackets that the text begins with, without blanks in front, and what is behind them.
    private func bracketed() -> (inner: Substring, rest: Substring)? {
        guard first == "[", let end = firstIndex(of: "]") else { return nil }
        return (self[index(after: startIndex)..<end].drop { $0 == " " }, self[index(after: end)...])
    }
}
