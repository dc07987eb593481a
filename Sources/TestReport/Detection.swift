// SPDX-License-Identifier: GPL-2.0-only

import Base

/// What the tests made of a kernel with one known defect in it.
public struct Detection: Sendable, Equatable, Codable {
    /// What was put in, e.g. `destroy-lock=held`.
    public var name: String
    /// What goes wrong with it.
    public var defect: String
    /// Review points that a failing test has to name.
    public var points: [String]
    /// What it was put into; empty if it was not tried.
    public var variant: String
    /// Why no test can see it; nil if one must.
    public var unseen: String?
    /// Why it can't be put in on this tree: the tree has the feature, and decided, or has it itself. Nil if it can.
    public var refused: String?
    public var failures: [Failure]
    /// Compiler warnings that the tree without the patch doesn't have.
    public var warnings: [String]

    /// A test that failed; the innermost one.
    public struct Failure: Sendable, Equatable, Codable {
        /// `program.subtest`
        public var name: String
        /// `program`
        public var program: String { String(name.prefix { $0 != "." }) }
        public var points: [String]
        /// The first thing that it said.
        public var symptom: String
    }

    public enum Verdict: String, Sendable, Codable, CaseIterable {
        /// Tests failed, and all of them name the defect.
        case seen
        /// No test failed, but the compiler warned.
        case compiler = "seen by the compiler"
        /// Tests failed that name something else.
        case others = "others failed"
        /// All tests passed.
        case missed
        /// Nothing was tried, for a reason.
        case unseen = "can't be seen"
        /// Nothing was tried: the tree has decided.
        case refused = "not on this tree"
    }

    public init(
        name: String,
        defect: String,
        points: [String],
        variant: String = "",
        unseen: String? = nil,
        refused: String? = nil,
        failures: [Failure] = [],
        warnings: [String] = []
    ) {
        self.name = name
        self.defect = defect
        self.points = points
        self.variant = variant
        self.unseen = unseen
        self.refused = refused
        self.failures = failures
        self.warnings = warnings
    }

    /// Failures that name none of the points.
    var strangers: [Failure] { failures.filter { $0.points.allSatisfy { !points.contains($0) } } }

    public var verdict: Verdict {
        if unseen != nil { return .unseen }
        if refused != nil { return .refused }
        guard failures.isEmpty else { return strangers.isEmpty ? .seen : .others }
        return warnings.isEmpty ? .missed : .compiler
    }

    /// Whether the tests are as good as they claim to be.
    public var isProof: Bool {
        switch verdict {
        case .seen, .compiler, .unseen, .refused: true
        case .others, .missed: false
        }
    }
}

extension RunReport {
    /// The innermost tests that failed, and what the console showed outside of tests.
    public var failures: [Detection.Failure] {
        var failures: [Detection.Failure] = []
        func add(_ result: TestResult, _ name: String) {
            let inner = result.children.filter(\.verdict.isFailure)
            for child in inner { add(child, "\(name).\(child.name)") }
            if result.verdict.isFailure, inner.isEmpty {
                let symptom = result.diagnostics.first ?? result.reason ?? result.verdict.rawValue
                failures.append(.init(name: name, points: result.points, symptom: symptom.onOneLine))
            }
        }
        for result in results { add(result, result.name) }
        let names = Set(results.map(\.name))
        for finding in consoleEvents where finding.verdict.isFailure {
            if let test = finding.test, names.contains(test) { continue }
            failures.append(
                .init(
                    name: "(outside of tests)",
                    points: [],
                    symptom: finding.title.onOneLine
                )
            )
        }
        if results.isEmpty { failures.append(.init(name: "(guest)", points: [], symptom: "no results")) }
        return failures
    }
}
