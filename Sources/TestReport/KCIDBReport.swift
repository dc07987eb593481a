// SPDX-License-Identifier: GPL-2.0-only

import Base

/// A submission to KCIDB in its schema 5.3 (kcidb_io/schema/v05_03.py): one checkout, its build, a test for each result
/// that counts, and an issue with an incident for each thing that the kernel complained of or that is expected to fail.
struct KCIDBReport: Encodable {
    struct Version: Encodable {
        let major = 5
        let minor = 3
    }

    enum Status: String, Encodable {
        case fail = "FAIL"
        case error = "ERROR"
        case miss = "MISS"
        case pass = "PASS"
        case skip = "SKIP"
    }

    struct Checkout: Encodable {
        let id: String
        let origin: String
        let treeName: String
        let gitCommitHash: String?
        let comment: String
        let startTime: String?
        let valid = true
        let misc: [String: String]

        enum CodingKeys: String, CodingKey {
            case id, origin, comment, valid, misc
            case treeName = "tree_name"
            case gitCommitHash = "git_commit_hash"
            case startTime = "start_time"
        }
    }

    struct Build: Encodable {
        let id: String
        let checkoutID: String
        let origin: String
        let comment: String
        let startTime: String?
        let architecture = "x86_64"
        let configName: String
        let logExcerpt: String?
        /// A kernel that doesn't build has no report.
        let status = Status.pass

        enum CodingKeys: String, CodingKey {
            case id, origin, comment, architecture, status
            case checkoutID = "checkout_id"
            case startTime = "start_time"
            case configName = "config_name"
            case logExcerpt = "log_excerpt"
        }
    }

    struct Environment: Encodable {
        let comment: String
        let misc: [String: String]
    }

    struct Test: Encodable {
        let id: String
        let buildID: String
        let origin: String
        let environment: Environment
        let path: String
        let comment: String
        let logExcerpt: String?
        let status: Status
        let startTime: String?
        /// In seconds.
        let duration: Double?

        enum CodingKeys: String, CodingKey {
            case id, origin, environment, path, comment, status, duration
            case buildID = "build_id"
            case logExcerpt = "log_excerpt"
            case startTime = "start_time"
        }
    }

    struct Issue: Encodable {
        struct Culprit: Encodable {
            let code: Bool
        }

        let id: String
        let version = 1
        let origin: String
        let comment: String
        let culprit: Culprit
    }

    struct Incident: Encodable {
        let id: String
        let origin: String
        let issueID: String
        let issueVersion = 1
        let buildID: String?
        let testID: String?
        let present = true
        let comment: String

        enum CodingKeys: String, CodingKey {
            case id, origin, present, comment
            case issueID = "issue_id"
            case issueVersion = "issue_version"
            case buildID = "build_id"
            case testID = "test_id"
        }
    }

    let version = Version()
    let checkouts: [Checkout]
    let builds: [Build]
    let tests: [Test]
    let issues: [Issue]
    let incidents: [Incident]

    /// - Parameter origin: the CI system that submits: small letters, digits and `_`.
    init(_ report: RunReport, origin: String) {
        let checkout =
            "\(origin):\(Self.word(report.tree))/\(Self.word(report.variant))/\(Self.word(report.created))"
        let build = "\(checkout)/\(Self.word(report.profile))"
        // The schema wants a time or none.
        let start = report.created.isEmpty ? nil : report.created
        checkouts = [
            Checkout(
                id: checkout,
                origin: origin,
                treeName: report.tree,
                gitCommitHash: report.commit,
                comment: "\(report.variant) on \(report.tree)",
                startTime: start,
                misc: Dictionary(report.options.map { ($0.name, $0.value) }) { _, last in last }
            )
        ]
        builds = [
            Build(
                id: build,
                checkoutID: checkout,
                origin: origin,
                comment: "\(report.newWarnings.count) new warnings",
                startTime: start,
                configName: report.profile,
                logExcerpt: Self.excerpt(report.newWarnings)
            )
        ]
        let environment = Environment(
            comment: "QEMU, \(report.accelerator.name)",
            misc: ["accelerator": report.accelerator.name, "kernel": report.kernelVersion ?? ""]
        )
        let cases = report.resultsAndFindings.flatMap { Self.flattened($0, [], report) }
        let paths = cases.map(\.path).distinctPaths
        tests = zip(cases, paths).map { test, path in
            Test(
                id: "\(build)/\(path)",
                buildID: build,
                origin: origin,
                environment: environment,
                path: path,
                comment: ([test.result.name] + [test.result.reason].compactMap(\.self)).joined(
                    separator: ": "
                ),
                logExcerpt: Self.excerpt(test.result.diagnostics),
                status: test.status,
                startTime: start,
                duration: test.result.milliseconds.map { Double($0) / 1000 }
            )
        }
        var issues: [Issue] = []
        var incidents: [Incident] = []
        func add(_ key: String, _ comment: String, isCode: Bool, test: String?) {
            let id = "\(origin):\(Self.word(key))"
            if !issues.contains(where: { $0.id == id }) {
                issues.append(Issue(id: id, origin: origin, comment: comment, culprit: .init(code: isCode)))
            }
            incidents.append(
                Incident(
                    id: "\(build)/incident/\(incidents.count + 1)",
                    origin: origin,
                    issueID: id,
                    buildID: test == nil ? build : nil,
                    testID: test,
                    comment: comment
                )
            )
        }
        for finding in report.consoleEvents where finding.verdict.isFailure {
            let path = finding.test.map { Self.path([$0]) }
            let test = tests.first { test in
                path.map { test.path == $0 || test.path.hasPrefix("\($0).") } ?? false
            }
            let key = "console/" + ([finding.title] + finding.frames).joined(separator: "/")
            add(key, finding.title, isCode: true, test: test?.id)
        }
        for (test, submitted) in zip(cases, tests) {
            guard let reason = test.result.reason, reason.hasPrefix("expected failure") else { continue }
            add("expected/\(test.path)", "\(test.path): \(reason)", isCode: true, test: submitted.id)
        }
        self.issues = issues
        self.incidents = incidents
    }

    private struct Case {
        let path: String
        let result: TestResult
        let status: Status
    }

    /// The same tests that `RunReport.counts` counts.
    private static func flattened(_ result: TestResult, _ parents: [String], _ report: RunReport) -> [Case] {
        let names = parents + [result.name]
        let children = result.children.flatMap { flattened($0, names, report) }
        if let worst = result.children.map(\.verdict).max(), result.verdict <= worst { return children }
        let program = names.first ?? ""
        let isSplat =
            result.name.hasPrefix("console: ")
            || report.consoleEvents.contains { $0.test == program && $0.verdict.isFailure }
        return children + [Case(path: path(names), result: result, status: status(result, isSplat: isSplat))]
    }

    /// A kernel that complains fails; a test that dies without that is broken itself.
    private static func status(_ result: TestResult, isSplat: Bool) -> Status {
        switch result.verdict {
        case .pass: .pass
        case .fail, .flaky: .fail
        case .infrastructure: .miss
        case .timedOut, .crashed: isSplat ? .fail : .error
        case .skip: .skip
        case .notExercised: result.reason?.hasPrefix("never started") ?? false ? .miss : .skip
        }
    }

    /// `a.b_c-1`: what the schema takes as a path.
    private static func path(_ names: [String]) -> String {
        names.map { word($0.withoutAddresses).replacing(".", with: "_") }.joined(separator: ".")
    }

    /// The text with `_` for all but letters, digits, `-` and dots.
    private static func word(_ text: String) -> String {
        let characters = text.map { character in
            let isKept =
                character.isASCII && (character.isLetter || character.isNumber || "-_.".contains(character))
            return isKept ? character : "_"
        }
        return characters.isEmpty ? "_" : String(characters)
    }

    /// At most 16 KiB, and no NUL.
    private static func excerpt(_ lines: [String]) -> String? {
        guard !lines.isEmpty else { return nil }
        // The schema counts characters; a prefix that ends in the middle of none.
        return String(lines.map(\.onOneLine).joined(separator: "\n").unicodeScalars.prefix(16_384))
    }
}

extension [String] {
    /// The same paths, each once: a second one gets `-2`.
    fileprivate var distinctPaths: [String] {
        var names = DistinctNames { "\($0)-\($1)" }
        return map { names.take($0) }
    }
}
