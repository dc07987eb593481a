// SPDX-License-Identifier: GPL-2.0-only

import Base

/// A small change of what a patch adds, and what the tests made of it.
public struct Mutation: Sendable, Equatable, Codable {
    /// What became of it.
    public enum Outcome: Sendable, Equatable, Codable {
        /// The compiler refuses it: it doesn't count.
        case refused(String)
        /// The compiler makes the same code of it: it doesn't count.
        case same
        /// The compiler makes the same code of it as of an earlier mutant, which is named: it doesn't count.
        ///
        /// Trivial compiler equivalence (Papadakis and others, ICSE 2015), as `same` is.
        case duplicate(of: String)
        /// A test failed, or the kernel complained; the first that did, and what it said.
        case caught(by: String, saying: String)
        /// All tests passed.
        case survived

        public var isCatch: Bool {
            switch self {
            case .caught: true
            case .refused, .same, .duplicate, .survived: false
            }
        }
    }

    public var file: String
    /// The function that it is in.
    public var function: String
    /// The first line that differs, from 1, in the file with the patch.
    public var line: Int
    /// What was done, in a word.
    public var kind: String
    /// The lines that differ, before and after.
    public var was: [String]
    public var becomes: [String]
    /// Nil if it was not judged.
    public var outcome: Outcome?
    /// How long that took: compiling, booting, and the tests up to the first failure.
    public var milliseconds: Int?
    /// What names the code that the compiler made of it: equal for equal code. Nil if none was made.
    public var code: String?
    /// The profile whose kernel it was caught in, where that is another than the report's.
    public var profile: String?
    /// Why no test can tell it from the patch; nil if one should.
    public var argument: String?

    public init(file: String, function: String, line: Int, kind: String, was: [String], becomes: [String]) {
        self.file = file
        self.function = function
        self.line = line
        self.kind = kind
        self.was = was
        self.becomes = becomes
    }

    /// Whether it says anything about the tests.
    public var isCounted: Bool {
        switch outcome {
        case .caught, .survived: true
        case .refused, .same, .duplicate, nil: false
        }
    }

    /// Whether a test sees what was argued that none can.
    public var isDisproof: Bool {
        outcome?.isCatch == true && argument != nil
    }

    /// Whether the tests should see it, and don't.
    public var isMissed: Bool { outcome == .survived && argument == nil }

    /// As the lines of a diff.
    public var diff: [String] { was.map { "-\($0)" } + becomes.map { "+\($0)" } }

    /// `arch/x86/kvm/svm/sev.c:1714 svm_vm_copy_asid_from() drop`
    public var name: String { "\(file):\(line) \(function)() \(kind)" }
}

/// Writes what the tests see of mutants, as a page of Markdown.
public struct MutationReport: Sendable {
    /// Where it was tried, e.g. `v5.10.262`.
    public var tree: String
    public var profile: String
    /// The variant, with settings that aren't its own.
    public var variant: String
    public var mutations: [Mutation]
    /// Profiles in which what survived was judged, too.
    public var further: [String]
    /// The variant whose mutants were left out, if one was.
    public var beyond: String?

    public init(
        tree: String,
        profile: String,
        variant: String,
        mutations: [Mutation],
        further: [String] = [],
        beyond: String? = nil
    ) {
        self.tree = tree
        self.profile = profile
        self.further = further
        self.beyond = beyond
        self.variant = variant
        self.mutations = mutations
    }

    public var counted: [Mutation] { mutations.filter(\.isCounted) }
    public var missed: [Mutation] { mutations.filter(\.isMissed) }
    /// Arguments that are wrong: a test sees the mutant.
    public var disproofs: [Mutation] { mutations.filter(\.isDisproof) }

    /// One line: how many were judged, counted and caught.
    public var summary: String {
        let counted = counted
        let caught = counted.count { $0.outcome != .survived }
        let argued = counted.count { $0.outcome == .survived && $0.argument != nil }
        let absent = mutations.count { $0.outcome == nil }
        let refused = mutations.count { if case .refused = $0.outcome { true } else { false } }
        let same = mutations.count { $0.outcome == .same }
        let duplicates = mutations.count { if case .duplicate = $0.outcome { true } else { false } }
        var parts = ["\(Base.counted(mutations.count, "mutant"))"]
        if refused > 0 { parts.append("\(refused) the compiler refuses") }
        if same > 0 { parts.append("\(same) the same code") }
        if duplicates > 0 { parts.append("\(duplicates) the same code as another") }
        if absent > 0, absent < mutations.count {
            parts.append("\(absent) in files that this kernel doesn't have")
        }
        parts.append("\(counted.count) counted")
        parts.append("\(caught) caught")
        if argued > 0 { parts.append("\(argued) that no test can see") }
        parts.append("\(missed.count) missed")
        return parts.joined(separator: ", ") + percentage
    }

    private var percentage: String {
        let counted = counted.count
        guard counted > 0 else { return "" }
        // Rounded up: 3.01 % is more than 3.
        let tenths = (missed.count * 1000 + counted - 1) / counted
        return " (\(tenths / 10).\(tenths % 10) %)"
    }

    public func markdown() -> String {
        var lines = [
            "# What the tests see of small changes", "",
            "Made by `kpatch-gen mutate`; not to be edited. Each mutant is one small change of a line of C that `\(variant)`",
            "adds, on \(tree), profile \(profile): built, booted, and tested up to the first failure. One that the compiler refuses,",
            "or makes the same code of (as of the patch, or of another mutant), doesn't count.", "",
            "\(summary.first.map { $0.uppercased() + summary.dropFirst() } ?? "").",
        ]
        if let beyond { lines += ["Mutants that `\(beyond)` has as well are left out."] }
        if !further.isEmpty {
            let names = further.joined(separator: " and ")
            lines += ["What these tests missed was judged in profile \(names), too."]
        }
        if let median { lines += ["A counted mutant took \(median) at the median."] }
        lines += [
            "", "| kind | mutants | counted | caught | unseeable | missed |",
            "|---|---:|---:|---:|---:|---:|",
        ]
        for kind in Set(mutations.map(\.kind)).sorted() { lines.append(row(kind)) }
        lines += section("Missed", missed)
        lines += section(
            "No test can see",
            counted.filter { $0.outcome == .survived && $0.argument != nil }
        )
        lines += section("Argued wrongly", disproofs)
        lines += section("Caught", counted.filter { $0.outcome != .survived })
        lines += section("Not counted", mutations.filter { $0.outcome != nil && !$0.isCounted })
        return lines.joined(separator: "\n") + "\n"
    }

    private var median: String? {
        let times = counted.compactMap(\.milliseconds).sorted()
        guard !times.isEmpty else { return nil }
        return Duration.milliseconds(times[times.count / 2]).inSeconds
    }

    private func row(_ kind: String) -> String {
        let all = mutations.filter { $0.kind == kind }
        let counted = all.filter(\.isCounted)
        let survived = counted.filter { $0.outcome == .survived }
        let missed = survived.count(where: \.isMissed)
        let numbers = [
            all.count, counted.count, counted.count - survived.count, survived.count - missed, missed,
        ]
        return "| \(kind) | \(numbers.map(String.init).joined(separator: " | ")) |"
    }

    private func section(_ title: String, _ mutations: [Mutation]) -> [String] {
        guard !mutations.isEmpty else { return [] }
        var lines = ["", "## \(title)"]
        for mutation in mutations {
            lines += [
                "",
                "`\(mutation.file):\(mutation.line)`, `\(mutation.function)()`, \(mutation.kind)\(fate(mutation))",
                "",
            ]
            lines += ["```diff"] + mutation.diff.map(\.onOneLine) + ["```"]
        }
        return lines
    }

    private func fate(_ mutation: Mutation) -> String {
        switch mutation.outcome {
        case .caught(let test, let symptom):
            ": `\(test)`" + (mutation.profile.map { " (profile \($0))" } ?? "")
                + (symptom.isEmpty ? "" : ", “\(words(symptom))”")
        case .refused(let why): ": the compiler: “\(words(why))”"
        case .same: ": the same code"
        case .duplicate(let name): ": the same code as `\(name)`"
        case .survived: mutation.argument.map { ": \($0)" } ?? ""
        case nil: ""
        }
    }

    /// Text of others, which is no markup.
    private func words(_ text: String) -> String {
        var result = ""
        for character in text.onOneLine.prefix(120) {
            if "|\\<>*_`[]".contains(character) { result.append("\\") }
            result.append(character)
        }
        return result
    }
}
