// SPDX-License-Identifier: GPL-2.0-only

/// One line of KTAP (Documentation/dev-tools/ktap.rst of the kernel), read without its context.
enum KTAPLine: Equatable {
    /// `KTAP version 1`, or the older `TAP version 13` and `14` that subtests still print.
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
            ["1", "13", "14"].contains(version)
        {
            self = .version
        } else if let plan = line.dropping(prefix: "1.."), let parsed = Self.plan(plan) {
            self = parsed
        } else if let reason = line.dropping(prefix: "Bail out!") {
            self = .bailOut(reason: String(reason.drop { $0 == " " }))
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
        guard afterVerdict.isEmpty || afterVerdict.first == " " else {
            return nil
        }
        let (text, comment) = afterVerdict.splitAtComment()
        let words = text.drop { $0 == " " }
        let digits = words.prefix { $0.isASCII && $0.isNumber }
        let rest = words.dropFirst(digits.count)
        let hasNumber = !digits.isEmpty && (rest.isEmpty || rest.first == " ")
        number = hasNumber ? Int(digits) : nil
        let description = (hasNumber ? rest : words).drop { $0 == " " }
        name = String(description.dropping(prefix: "- ") ?? description).replacingEscapes()

        verdict = isOK ? .pass : .fail
        if let comment {
            if let directive = KTAPDirective(comment) {
                (verdict, reason) = directive.verdict
            } else {
                takeData(comment)
            }
        }
    }

    /// `12 ms`, `exit status 1`, `signal 11`, or several with commas between.
    private mutating func takeData(_ comment: Substring) {
        var rest: [Substring] = []
        for piece in comment.split(separator: ",").map({ $0.trimmed() }) {
            if let value = piece.dropping(suffix: " ms"), let number = Int(value), number >= 0 {
                milliseconds = number
            } else if !piece.isEmpty {
                rest.append(piece)
            }
        }
        guard !rest.isEmpty else { return }
        reason = rest.joined(separator: ", ")
        if !isOK, rest.contains(where: { $0.hasPrefix("signal ") }) {
            verdict = .crashed
        }
    }
}

/// What stands behind the `#` of a result line, if it is one of KTAP's words.
struct KTAPDirective: Equatable {
    enum Kind: String, CaseIterable {
        case skip = "SKIP"
        case todo = "TODO"
        case xfail = "XFAIL"
        case timeout = "TIMEOUT"
        case error = "ERROR"
    }

    var kind: Kind
    var data: String

    init?(_ comment: Substring) {
        let word = comment.prefix { $0 != " " && $0 != ":" }
        guard let kind = Kind.allCases.first(where: { word.uppercased() == $0.rawValue }) else {
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
        case .todo, .xfail:
            return (.skip, "expected failure" + (reason.map { ": \($0)" } ?? ""))
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

    func trimmed() -> Substring {
        var text = self.drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" {
            text = text.dropLast()
        }
        return text
    }

    /// The text before the first `#` that follows a blank (or begins the text), and what is behind it, both trimmed.
    /// `\#` is a character of a name.
    func splitAtComment() -> (text: Substring, comment: Substring?) {
        var previous: Character = " "
        for index in indices {
            if self[index] == "#", previous == " " {
                return (self[..<index].trimmed(), self[self.index(after: index)...].trimmed())
            }
            previous = self[index]
        }
        return (trimmed(), nil)
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
