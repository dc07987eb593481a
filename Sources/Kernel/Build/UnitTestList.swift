// SPDX-License-Identifier: GPL-2.0-only

import Base

/// A test of kvm-unit-tests, as x86/unittests.cfg has it.
public struct UnitTest: Sendable, Hashable {
    public let name: String
    /// The program, below x86/: `svm.flat`.
    public let file: String
    public let groups: [String]
    /// Processors of its machine.
    public let processors: Int
    /// QEMU's arguments for it.
    public let emulatorArguments: [String]
    /// The program's own arguments, as one text; nil if there are none.
    public var programArguments: String?
    /// Seconds; nil: the list doesn't say.
    public let timeout: Int?
    /// Files of the host and what they have to hold: `/sys/module/kvm_intel/parameters/ept` and `Y`.
    public let checks: [Check]

    public struct Check: Sendable, Hashable {
        public let path: String
        public let content: String
    }
}

/// The list of kvm-unit-tests' tests for x86 (docs/unittests.md of the project).
public enum UnitTestList {
    /// Reads the sections: `[name]`, then `key = value`; a value may be a text in `"""` over several lines.
    ///
    /// Tests of 32-bit programs, of another accelerator than KVM, and those that run by name only (group `nodefault`) are left
    /// out.
    ///
    /// - Throws: `Failure` for what can't be read, by its line.
    public static func read(_ text: String, path: String) throws(Failure) -> [UnitTest] {
        var tests: [UnitTest] = []
        var section: (name: String, values: [String: String])?
        var open: (key: String, text: String)?
        func finish() throws(Failure) {
            if let (name, values) = section, let test = try test(name, values, path) { tests.append(test) }
        }
        for (index, line) in text.lines.enumerated() {
            func failure(_ reason: String) -> Failure { Failure(.user, "\(path):\(index + 1): \(reason)") }
            if let (key, value) = open {
                if let end = line.firstRange(of: "\"\"\"") {
                    section?.values[key] = value + line[..<end.lowerBound]
                    open = nil
                } else {
                    open = (key, value + line + "\n")
                }
                continue
            }
            let content = line.trimmed
            if content.isEmpty || content.hasPrefix("#") { continue }
            if content.hasPrefix("["), content.hasSuffix("]") {
                try finish()
                section = (String(content.dropFirst().dropLast()), [:])
                continue
            }
            guard let equals = content.firstIndex(of: "="), section != nil else {
                throw failure("'\(content.prefix(60))' is neither a section nor 'key = value'")
            }
            let key = String(content[..<equals].trimmed)
            let value = content[content.index(after: equals)...].trimmed
            if value.hasPrefix("\"\"\"") {
                let rest = value.dropFirst(3)
                if let end = rest.firstRange(of: "\"\"\"") {
                    section?.values[key] = String(rest[..<end.lowerBound])
                } else {
                    open = (key, rest + "\n")
                }
            } else {
                section?.values[key] = String(value)
            }
        }
        guard open == nil else { throw Failure(.user, "\(path): a text that begins with \"\"\" has no end") }
        try finish()
        return tests
    }

    private static func test(_ name: String, _ values: [String: String], _ path: String) throws(Failure)
        -> UnitTest?
    {
        func failure(_ reason: String) -> Failure { Failure(.user, "\(path): [\(name)]: \(reason)") }
        let groups = values["groups"].map(words) ?? []
        guard values["arch"].map({ $0 == "x86_64" }) ?? true, values["accel"].map({ $0 == "kvm" }) ?? true,
            !groups.contains("nodefault")
        else { return nil }
        // A name becomes a path and a word of the guest's plan.
        guard isWord(name), let file = values["file"], isWord(file), file.hasSuffix(".flat") else {
            throw failure("a name, or a file, isn't one of letters, digits and _.- ('file' ends with .flat)")
        }
        var processors = 1
        if let smp = values["smp"] {
            guard let number = Int(smp) else {
                // `$(($MAX_SMP…))`: as many as the machine has.
                guard smp.hasPrefix("$") else { throw failure("'smp' is '\(smp)'") }
                return nil
            }
            processors = number
        }
        var checks: [UnitTest.Check] = []
        for word in values["check"].map(words) ?? [] {
            guard let equals = word.firstIndex(of: "=") else { throw failure("'check' is '\(word)'") }
            checks.append(
                UnitTest.Check(
                    path: String(word[..<equals]),
                    content: String(word[word.index(after: equals)...])
                )
            )
        }
        let arguments = values["test_args"].map { unquoted(Substring($0)) }
        return UnitTest(
            name: name,
            file: file,
            groups: groups,
            processors: processors,
            emulatorArguments: (values["qemu_params"] ?? values["extra_params"]).map(words) ?? [],
            programArguments: arguments.flatMap { $0.isEmpty ? nil : $0 },
            timeout: values["timeout"].flatMap { Int($0) },
            checks: checks
        )
    }

    private static func isWord(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 100 && text.first != "." && text.first != "-"
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_.-".contains($0)) }
    }

    private static func unquoted(_ text: Substring) -> String {
        for quote in ["'", "\""] where text.count > 1 && text.hasPrefix(quote) && text.hasSuffix(quote) {
            return String(text.dropFirst().dropLast())
        }
        return String(text)
    }

    /// Words with blanks between; quotes keep those of a word together.
    private static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        for character in text {
            if let open = quote {
                if character == open { quote = nil } else { word = (word ?? "") + String(character) }
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if character.isWhitespace {
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        if let done = word { words.append(done) }
        return words
    }
}
