// SPDX-License-Identifier: GPL-2.0-only

import Base

/// All that there is to say about one run: what was tested, on what, and what came out.
///
/// Its fields are those of report.json, which `JSONReport` adds what follows from them to. `init(json:named:)` reads that and
/// checks that it does.
public struct RunReport: Sendable, Equatable, Codable {
    /// The version of the tool that made the report.
    public var toolVersion: String
    /// When, as the caller writes it (RFC 3339 by convention). The report itself knows no clock, so equal runs give
    /// equal reports.
    public var created: String
    /// The kernel tree, e.g. `v5.10.262`.
    public var tree: String
    public var variant: String
    /// Names and values of the options that the variant resolves to, in the order in which they are to be shown.
    public var options: [Option]
    /// The build profile.
    public var profile: String
    /// What the booted kernel called itself; nil if it never said.
    public var kernelVersion: String?
    public var accelerator: Accelerator
    /// How the machine ended, for people.
    public var machineEnding: String
    /// What the console showed that needs attention.
    public var consoleEvents: [ConsoleFinding]
    /// Compiler warnings that the tree without the patch doesn't have, as the compiler puts them.
    public var newWarnings: [String]
    public var results: [TestResult]
    /// How long each phase took, in order.
    public var phases: [Phase]
    /// The commit that was built; nil: what was built is no commit.
    public var commit: String?

    enum CodingKeys: String, CodingKey {
        case toolVersion = "tool"
        case created, tree, commit, variant, profile, options
        case kernelVersion = "kernel"
        case accelerator
        case machineEnding = "machine"
        case newWarnings, results
        case consoleEvents = "console"
        case phases
    }

    public struct Accelerator: Sendable, Equatable, Codable {
        /// `kvm` or `tcg`
        public var name: String
        /// Why it is that one.
        public var reason: String
    }

    public struct Option: Sendable, Equatable, Codable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public struct Phase: Sendable, Equatable, Codable {
        public var name: String
        public var milliseconds: Int

        public init(name: String, milliseconds: Int) {
            self.name = name
            self.milliseconds = milliseconds
        }
    }

    /// Something the kernel printed.
    public struct ConsoleFinding: Sendable, Equatable, Codable {
        /// e.g. `warning`, `KASAN`.
        public var kind: String
        /// What it means for the run; a finding that is only worth a look has `.pass`.
        public var verdict: Verdict
        /// The test that was running, if one was.
        public var test: String?
        /// The line that gave it away, then its trace.
        public var lines: [String]
        /// The same for the same defect on every run, e.g. `KASAN: use-after-free Read in sev_es_unmap`.
        public var title: String
        /// What else it may be called.
        public var alternatives: [String]
        /// The innermost functions of its trace, at most five: what tells two defects of one title apart.
        public var frames: [String]
        /// Whether the report is torn: its title is not to be trusted.
        public var isCorrupted: Bool
        /// The source of the places in its trace, as far as it was looked up, in the trace's order.
        public var stack: [SourceFrame] = []

        /// A function of the trace, or one that the compiler put into the next.
        public struct SourceFrame: Sendable, Equatable, Codable {
            public var function: String
            /// Relative to the kernel's source or build folder.
            public var file: String
            public var line: Int
            public var isInlined: Bool

            public init(function: String, file: String, line: Int, isInlined: Bool) {
                self.function = function
                self.file = file
                self.line = line
                self.isInlined = isInlined
            }
        }

        /// - Parameter title: nil: the first line.
        public init(
            kind: String,
            verdict: Verdict,
            test: String? = nil,
            lines: [String],
            title: String? = nil,
            alternatives: [String] = [],
            frames: [String] = [],
            isCorrupted: Bool = false
        ) {
            self.kind = kind
            self.verdict = verdict
            self.test = test
            self.lines = lines
            self.title = title ?? lines.first ?? kind
            self.alternatives = alternatives
            self.frames = frames
            self.isCorrupted = isCorrupted
        }
    }

    public init(
        toolVersion: String,
        created: String,
        tree: String,
        variant: String,
        options: [Option] = [],
        profile: String,
        kernelVersion: String? = nil,
        accelerator: String,
        acceleratorReason: String,
        machineEnding: String,
        consoleEvents: [ConsoleFinding] = [],
        newWarnings: [String] = [],
        results: [TestResult],
        phases: [Phase] = [],
        commit: String? = nil
    ) {
        self.toolVersion = toolVersion
        self.created = created
        self.tree = tree
        self.variant = variant
        self.options = options
        self.profile = profile
        self.kernelVersion = kernelVersion
        self.accelerator = Accelerator(name: accelerator, reason: acceleratorReason)
        self.machineEnding = machineEnding
        self.consoleEvents = consoleEvents
        self.newWarnings = newWarnings
        self.results = results
        self.phases = phases
        self.commit = commit
    }

    /// How many tests have which verdict: tests without subtests, and parents that are worse than theirs.
    var counts: VerdictCounts { VerdictCounts(results) }

    /// The worst of all results and findings; a run without a result crashed.
    public var verdict: Verdict {
        let findings = consoleEvents.map(\.verdict)
        return Verdict.combined(results.isEmpty ? .crashed : .pass, results.map(\.verdict) + findings)
    }

    /// The results as formats without a place for anything else must show them: a run without results, and what
    /// the console showed, are tests there. Otherwise a program that reads them would see nothing but passes.
    var resultsAndFindings: [TestResult] {
        let none = TestResult(name: "(guest)", verdict: .crashed, reason: "no results")
        let findings = consoleEvents.map { finding in
            TestResult(
                name: "console: \(finding.title)",
                verdict: finding.verdict,
                reason: finding.test.map { "\(finding.kind) during \($0)" } ?? finding.kind,
                diagnostics: finding.lines
            )
        }
        return (results.isEmpty ? [none] : results) + findings
    }

    /// 0: nothing failed (skipped and not exercised tests are counted and shown, they don't fail a run); 1: something
    /// failed, crashed, timed out or is flaky; 4: nothing of that, but there was no machine for some tests.
    var exitStatus: Int32 { verdict == .infrastructure ? 4 : verdict.isFailure ? 1 : 0 }
}
