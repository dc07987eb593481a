// SPDX-License-Identifier: GPL-2.0-only

import Base

/// Reads test results from a guest line by line, as they come.
///
/// The input is KTAP (Documentation/dev-tools/ktap.rst) as the guest's PID 1 writes it:
///
///     KTAP version 1
///     1..2
///     # kpatch: start mirror
///       KTAP version 1
///       1..2
///     # points: L3
///       ok 1 copies
///       ok 2 refuses # SKIP not exercised: SEV is not usable here
///     ok 1 mirror # 12 ms
///     # kpatch: start second
///     not ok 2 second # TIMEOUT 20 s
///     # kpatch: end
///
/// Any text may stand between these lines. Anything about the lines themselves that is not as it should be (no plan,
/// a number twice or out of order, a result that was not announced, no end) makes a verdict worse, never better.
public struct KTAPParser: Sendable {
    public enum Dialect: Sendable {
        /// With the start and end marks of this project; without them nothing passes.
        case kpatch
        /// KTAP and TAP 13 and 14 as others write them: kselftest (a program's own results behind `# `), kunit (with
        /// printk's time stamps, or a document per module), programs with a plan at the end, without one, or
        /// without numbers.
        case plain
        /// The same, and the lines of kvm-unit-tests' lib/report.c: `PASS: name`, `FAIL: name` and the like.
        case kvmUnitTests
    }

    /// How the machine that wrote the lines ended.
    public enum StreamEnding: Sendable, Equatable {
        /// In order.
        case complete
        /// It died; the reason is for people, e.g. "kernel panic".
        case crashed(String)
        /// It was stopped at a limit.
        case timedOut(String)
    }

    private let dialect: Dialect
    private let expectedTests: [String]
    /// `levels[0]` is the run; each further one holds the subtests of the test that is about to end above it.
    private var levels = [Level()]
    private var startedTest: String?
    private var sawVersion = false
    /// Whether the lines of a `---` block come, which belong to the result above.
    private var isInYAML = false
    private var sawEnd = false
    private var bailOutReason: String?
    /// What is wrong with the run as a whole.
    private var problems: [(Verdict, String)] = []
    private var resultCount = 0
    /// What a program of kvm-unit-tests reported since its start.
    private var program = (tests: 0, failures: 0)
    private var diagnosticBytes = 0
    /// Not yet asked for by `takeSubtests`.
    private var endedSubtests: [(test: String, subtest: TestResult)] = []

    /// Bounds, far above any real run, so that a guest gone mad can't eat the host's memory.
    private enum Bound {
        static let results = 20_000
        static let levels = 10
        static let diagnosticsPerTest = 100
        static let diagnosticBytes = 8 << 20
        static let pointsPerTest = 64
        static let problems = 20
        static let neverStarted = 1000
    }

    private struct Level: Sendable {
        /// Blanks before its lines. KTAP says two more than above; TAP 14, which tests print, too, says four. A tab
        /// counts as four, a `# ` of kselftest as two.
        var indent = 0
        /// Results of documents that ended: kunit writes one per module, each counted from 1.
        var base = 0
        /// Blanks before the lines with `#` that are those of a list below (kselftest); nil: comments are comments.
        var commentedIndent: Int?
        var plan: Int?
        var planSkipReason: String?
        var results: [TestResult] = []
        var diagnostics: [String] = []
        var droppedDiagnostics = 0
        var points: [String] = []
        /// What `# Subtest:` announced and no result has followed for yet.
        var announced: String?
        /// What it announced before the first result: KUnit so names the list itself.
        var suite: String?
        var problem: (verdict: Verdict, reason: String)?

        /// Keeps the worst; the first of equals.
        mutating func report(_ verdict: Verdict, _ reason: String) {
            if let problem, problem.verdict >= verdict { return }
            problem = (verdict, reason)
        }
    }

    /// - Parameter expectedTests: the names of the tests in the order in which the guest was told to run them, where
    ///   that is known: a test that never started is then reported by its name.
    public init(dialect: Dialect = .kpatch, expectedTests: [String] = []) {
        self.dialect = dialect
        self.expectedTests = expectedTests
    }

    // MARK: - Lines

    /// Takes the next line, without its line ending.
    ///
    /// - Returns: the tests that ended with it, for a live view. `finish` returns them all again, some perhaps with a
    ///   worse verdict: what comes later can tell that an earlier line lied.
    public mutating func consume(_ line: String) -> [TestResult] {
        let (body, indent) = unwrapped(line)
        let parsed = reading(body)
        if sawEnd {
            return afterEnd(parsed)
        }
        if isInYAML || (body == "---" && dialect != .kpatch) {
            if tookYAML(body, indent: indent) { return [] }
        }
        // The innermost level that the line can be part of.
        let depth = levels.lastIndex { $0.indent <= indent } ?? 0
        switch parsed {
        case .version, .plan, .result:
            return structure(parsed, String(body), indent: indent, depth: depth)
        case .start(let name) where indent == 0 && dialect == .kpatch:
            return start(name)
        case .end where indent == 0 && dialect == .kpatch:
            return end()
        case .bailOut(let reason):
            return bailOut(reason, at: depth)
        case .points(let points):
            let room = Bound.pointsPerTest - levels[depth].points.count
            levels[depth].points += points.prefix(max(room, 0))
        case .diagnostic(let text):
            // KTAP's header of a subtest; the result line repeats the name, if there is one.
            if let name = text[...].dropping(prefix: "Subtest: "), !name.isEmpty {
                levels[depth].announced = String(name)
                if depth > 0, levels[depth].results.isEmpty { levels[depth].suite = String(name) }
            } else {
                note(text, at: depth)
            }
        case .start, .end, .other:
            // Indented, a mark is a test's own text that passes for ours; of others' results it is no part.
            if !body.isEmpty {
                note(String(body), at: depth)
            }
        }
        return []
    }

    /// A line without what stands before it, and how deep it is.
    private mutating func unwrapped(_ line: String) -> (body: Substring, indent: Int) {
        var body = line[...]
        if dialect != .kpatch { body = body.withoutTimeStamp }
        var indent = 0
        func skipBlanks() {
            while let blank = body.first, blank == " " || blank == "\t" {
                indent += blank == "\t" ? 4 : 1
                body.removeFirst()
            }
        }
        skipBlanks()
        // Bounded by the depth of lists: each `# ` opens one.
        while dialect != .kpatch || indent > 0,
            let inner = body.dropping(prefix: "# ") ?? (body == "#" ? "" : nil)
        {
            if !levels.contains(where: { $0.commentedIndent == indent }) {
                guard case .version = KTAPLine(inner) else { break }
                levels[levels.lastIndex { $0.indent <= indent } ?? 0].commentedIndent = indent
            }
            body = inner
            indent += 2
            skipBlanks()
        }
        return (body, indent)
    }

    /// What the line says, in this dialect.
    private mutating func reading(_ body: Substring) -> KTAPLine {
        guard dialect == .kvmUnitTests else { return KTAPLine(body) }
        switch UnitTestsLine(body) {
        case .result(let result):
            program.tests += 1
            program.failures += result.isOK ? 0 : 1
            return .result(result)
        case .program(let result):
            return .result(result)
        case .summary(let tests, let failures):
            checkProgram(tests: tests, failures: failures)
            return .diagnostic(String(body))
        case .death(let reason):
            return .bailOut(reason: reason)
        case nil:
            guard case .result(var result) = KTAPLine(body) else { return KTAPLine(body) }
            result.takeExpectation()
            return .result(result)
        }
    }

    /// Holds what was read against what the program itself counted. It may count again once it has: report_abort() does.
    private mutating func checkProgram(tests: Int, failures: Int) {
        if program.tests < tests || program.failures < failures {
            problem(
                .fail,
                "a summary of \(tests) tests, \(failures) failed, behind \(program.tests) results, \(program.failures) failed"
            )
        }
        program = (0, 0)
    }

    /// A line of a YAML block, which TAP 13 puts behind a result; false if the block ended without its mark.
    private mutating func tookYAML(_ body: Substring, indent: Int) -> Bool {
        let depth = levels.lastIndex { $0.indent < indent } ?? 0
        // A block that lacks its end hides no result.
        if case .result = KTAPLine(body) {
            isInYAML = false
            return false
        }
        if isInYAML, body.isEmpty { return true }
        guard indent > 0, !levels[depth].results.isEmpty, depth == levels.count - 1 else {
            isInYAML = false
            return false
        }
        isInYAML = body != "..."
        let last = levels[depth].results.count - 1
        let isKept =
            levels[depth].results[last].diagnostics.count < Bound.diagnosticsPerTest
            && diagnosticBytes < Bound.diagnosticBytes
        guard isInYAML, body != "---" else { return true }
        if isKept {
            levels[depth].results[last].diagnostics.append(String(body))
            diagnosticBytes += body.utf8.count
        } else {
            levels[depth].results[last].droppedDiagnostics += 1
        }
        return true
    }

    /// A line that makes or fills a list of tests.
    private mutating func structure(_ line: KTAPLine, _ body: String, indent: Int, depth: Int) -> [TestResult]
    {
        var depth = depth
        if levels[depth].indent < indent {
            // A list of subtests begins, if this is the innermost level: a list that has ended can't go on. One that
            // begins with a result has no plan, which is found when it ends.
            guard depth == levels.count - 1, levels.count < Bound.levels else {
                levels[depth].report(.fail, "out of place: '\(body)'")
                return []
            }
            levels.append(Level(indent: indent))
            depth += 1
            if case .version = line { return [] }
        }
        switch line {
        case .version: version(at: depth)
        case .plan(let count, let skipReason): plan(count, skipReason, at: depth)
        case .result(let result): return took(result, at: depth)
        default: break
        }
        return []
    }

    private mutating func version(at depth: Int) {
        if depth == 0, !sawVersion {
            sawVersion = true
        } else if depth == 0, dialect != .kpatch {
            endDocument()
        } else if depth == 0 {
            problem(.crashed, "the guest started its tests twice")
        } else if levels[depth].plan != nil || !levels[depth].results.isEmpty {
            levels[depth].report(.fail, "two lists of subtests for one test")
        }
    }

    /// Another document begins, with a plan and numbers of its own.
    private mutating func endDocument() {
        collapse(to: 0)
        let reported = levels[0].results.count - levels[0].base
        if let plan = levels[0].plan {
            if plan != reported { problem(.fail, "planned \(plan) tests, reported \(reported)") }
        } else if reported == 0 {
            problem(.crashed, "a list of results with nothing in it")
        }
        levels[0].plan = nil
        levels[0].base = levels[0].results.count
    }

    private mutating func plan(_ count: Int, _ skipReason: String?, at depth: Int) {
        guard levels[depth].plan == nil else {
            fault(.fail, "a second plan", at: depth)
            return
        }
        guard count <= Bound.results else {
            fault(.fail, "a plan of \(count) tests", at: depth)
            return
        }
        levels[depth].plan = count
        levels[depth].planSkipReason = skipReason
    }

    /// Something is wrong with the list of tests at this depth.
    private mutating func fault(_ verdict: Verdict, _ reason: String, at depth: Int) {
        if depth == 0 {
            problem(verdict, reason)
        } else {
            levels[depth].report(verdict, reason)
        }
    }

    private mutating func problem(_ verdict: Verdict, _ reason: String) {
        if problems.count < Bound.problems {
            problems.append((verdict, reason))
        }
    }

    /// Keeps what a test says, within bounds.
    private mutating func note(_ text: String, at depth: Int) {
        let isKept =
            levels[depth].diagnostics.count < Bound.diagnosticsPerTest
            && diagnosticBytes < Bound.diagnosticBytes
        if isKept {
            levels[depth].diagnostics.append(text)
            diagnosticBytes += text.utf8.count
        } else {
            levels[depth].droppedDiagnostics += 1
        }
    }

    // MARK: - Tests

    private mutating func start(_ name: String) -> [TestResult] {
        let unfinished = endStartedTest(.crashed, "started, but never reported a result")
        // A guest that writes rubbish must not make a test that nobody can name.
        startedTest = name.isEmpty ? "test \(levels[0].results.count + 1)" : name
        return unfinished
    }

    private mutating func end() -> [TestResult] {
        let unfinished = endStartedTest(.crashed, "started, but never reported a result")
        sawEnd = true
        return unfinished
    }

    private mutating func afterEnd(_ line: KTAPLine) -> [TestResult] {
        switch line {
        case .result, .plan, .start, .version, .end, .bailOut:
            problem(.crashed, "results after the end mark")
        case .points, .diagnostic, .other:
            break
        }
        return []
    }

    private mutating func bailOut(_ reason: String, at depth: Int) -> [TestResult] {
        let text = reason.isEmpty ? "bailed out" : "bailed out: \(reason)"
        guard depth == 0 else {
            levels[depth].report(.crashed, text)
            return []
        }
        let unfinished = endStartedTest(.crashed, text)
        problem(.crashed, text)
        bailOutReason = text
        return unfinished
    }

    /// Ends the test that has started, if any, without a result line.
    private mutating func endStartedTest(_ verdict: Verdict, _ reason: String) -> [TestResult] {
        guard let name = startedTest else {
            collapse(to: 0)
            return []
        }
        startedTest = nil
        var test = TestResult(name: name, verdict: verdict, reason: reason)
        adoptSubtests(&test, at: 0)
        levels[0].results.append(test)
        return [test]
    }

    private mutating func took(_ line: KTAPResultLine, at depth: Int) -> [TestResult] {
        guard resultCount < Bound.results else {
            fault(.fail, "more than \(Bound.results) results", at: depth)
            return []
        }
        resultCount += 1
        var test = TestResult(
            name: line.name,
            verdict: line.verdict,
            reason: line.reason,
            milliseconds: line.milliseconds
        )
        let isAnnounced = depth == 0 && startedTest != nil
        levels[depth].commentedIndent = nil
        let base = levels[depth].base
        if let number = line.number, number > 0, !isAnnounced,
            levels[depth].results.indices.contains(base + number - 1)
        {
            let first = levels[depth].results[base + number - 1]
            if first.name == test.name || test.name.isEmpty {
                adoptSubtests(&test, at: depth)
                contradict(base + number - 1, with: test, isOK: line.isOK, at: depth)
                return []
            }
            test.worsen(to: .fail, because: "number \(number) is that of '\(first.name)', too")
            if dialect == .kpatch {
                levels[depth].results[base + number - 1].worsen(
                    to: .fail,
                    because: "its number comes again for '\(test.name)'"
                )
            }
        } else {
            let expectedNumber = levels[depth].results.count - base + 1
            let mayLackNumber = dialect != .kpatch && line.number == nil
            if line.number != expectedNumber, !mayLackNumber {
                let found = line.number.map { "number \($0), expected was \(expectedNumber)" } ?? "no number"
                test.worsen(to: .fail, because: "the result has \(found)")
            }
        }
        if depth == 0 {
            checkAnnouncement(&test)
        }
        if test.name.isEmpty {
            test.name = "test \(levels[depth].results.count + 1)"
        }
        adoptSubtests(&test, at: depth)
        levels[depth].results.append(test)
        levels[depth].announced = nil
        if depth == 1, let name = startedTest { endedSubtests.append((name, test)) }
        return depth == 0 ? [test] : []
    }

    /// The subtests that have ended since this was last asked, each with the test that it belongs to; for a live view.
    public mutating func takeSubtests() -> [(test: String, subtest: TestResult)] {
        defer { endedSubtests = [] }
        return endedSubtests
    }

    /// A number that was there already: one of the two lines is false, so neither can be trusted.
    private mutating func contradict(_ index: Int, with second: TestResult, isOK: Bool, at depth: Int) {
        let reason = "a second result for it says '\(isOK ? "ok" : "not ok")'"
        levels[depth].results[index].worsen(to: max(second.verdict, .fail), because: reason)
        levels[depth].results[index].children += second.children
    }

    private mutating func checkAnnouncement(_ test: inout TestResult) {
        guard dialect == .kpatch else { return }
        if let name = startedTest, name != test.name {
            test.worsen(to: .fail, because: "the result of '\(name)' calls itself '\(test.name)'")
            test.name = name
        } else if startedTest == nil {
            test.worsen(to: .fail, because: "a result without a start mark")
        }
        if !sawVersion {
            test.worsen(to: .fail, because: "a result before the KTAP header")
        }
        startedTest = nil
    }

    /// Gives the test what was said before its result line: diagnostics and points of its level, and the level below.
    private mutating func adoptSubtests(_ test: inout TestResult, at depth: Int) {
        collapse(to: depth + 1)
        let inner = levels.count > depth + 1 ? levels.removeLast() : nil
        test.diagnostics = levels[depth].diagnostics
        test.droppedDiagnostics = levels[depth].droppedDiagnostics
        test.points = levels[depth].points
        levels[depth].diagnostics = []
        levels[depth].droppedDiagnostics = 0
        levels[depth].points = []
        if depth == 0, let problem = levels[0].problem {
            test.worsen(to: problem.verdict, because: problem.reason)
            levels[0].problem = nil
        }
        guard let inner else { return }
        test.children = inner.results
        test.diagnostics += inner.diagnostics.prefix(Bound.diagnosticsPerTest - test.diagnostics.count)
        test.droppedDiagnostics += inner.droppedDiagnostics
        if let problem = inner.problem {
            test.worsen(to: problem.verdict, because: problem.reason)
        }
        // Where a test died. (KUnit announces the suite itself; its results follow.)
        let last = inner.announced.flatMap { name in
            test.verdict.isFailure
                ? TestResult(name: name, verdict: max(test.verdict, .timedOut), reason: test.reason) : nil
        }
        checkPlan(of: inner, &test)
        if let last { test.children.append(last) }
        checkChildren(&test)
    }

    private func checkPlan(of level: Level, _ test: inout TestResult) {
        guard let plan = level.plan else {
            // Documentation/dev-tools/ktap.rst lets it be left out; the tests of a series have to have one. A test
            // that died in the middle has its reason already.
            if dialect == .kpatch, !test.verdict.isFailure {
                test.worsen(to: .crashed, because: "its list of subtests has no plan")
            }
            return
        }
        if plan != level.results.count {
            test.miss(planned: plan, reported: level.results.count)
        } else if plan == 0, test.verdict == .pass {
            test.worsen(to: .skip, because: level.planSkipReason ?? "no subtests")
        }
    }

    private func checkChildren(_ test: inout TestResult) {
        let worst = Verdict.combined(.pass, test.children.map(\.verdict))
        guard worst > .pass, worst >= test.verdict || test.reason == nil else { return }
        let count = test.children.count { $0.verdict == worst }
        test.worsen(to: worst, because: "\(count) of \(test.children.count) subtests: \(worst.rawValue)")
    }

    /// Folds levels deeper than `depth` whose parents never reported into crashed tests of the level above.
    private mutating func collapse(to depth: Int) {
        while levels.count - 1 > depth {
            let above = levels.count - 2
            if above == 0, dialect == .kpatch {
                // Subtests of nobody: no test had started.
                let inner = levels.removeLast()
                problem(.crashed, "\(inner.results.count) subtests without a test")
                continue
            }
            let name = levels[above + 1].suite ?? levels[above].announced ?? "(unnamed)"
            levels[above].announced = nil
            var orphan = TestResult(name: name, verdict: .crashed, reason: "subtests without a result")
            adoptSubtests(&orphan, at: above)
            levels[above].results.append(orphan)
        }
    }

    // MARK: - The end

    /// Ends the stream and returns all tests, those that were planned and never started included.
    ///
    /// If the run as a whole is not in order, the last result is one named `(guest)` that says so.
    public mutating func finish(_ ending: StreamEnding) -> [TestResult] {
        let (verdict, reason) = Self.verdict(of: ending)
        let interrupted = startedTest
        _ = endStartedTest(
            verdict == .timedOut ? .timedOut : .crashed,
            reason ?? "the guest stopped in the middle of it"
        )
        checkRun(verdict, reason, interrupted: interrupted)
        var results = levels[0].results
        results += neverStarted(interrupted: interrupted, reason: bailOutReason ?? reason)
        if let worst = problems.map(\.0).max() {
            let reasons = problems.map(\.1)
            results.append(
                TestResult(
                    name: "(guest)",
                    verdict: worst,
                    reason: reasons.joined(separator: "; "),
                    diagnostics: levels[0].diagnostics,
                    droppedDiagnostics: levels[0].droppedDiagnostics
                )
            )
        }
        return results
    }

    private static func verdict(of ending: StreamEnding) -> (Verdict, String?) {
        switch ending {
        case .complete: (.pass, nil)
        case .crashed(let reason): (.crashed, reason)
        case .timedOut(let reason): (.timedOut, reason)
        }
    }

    private mutating func checkRun(_ verdict: Verdict, _ reason: String?, interrupted: String?) {
        if let level = levels[0].problem {
            problem(level.verdict, level.reason)
        }
        if let reason, interrupted == nil {
            problem(verdict, sawEnd ? "after the last test: \(reason)" : reason)
        }
        guard let plan = levels[0].plan else {
            if dialect == .kpatch || levels[0].results.isEmpty {
                problem(.crashed, sawVersion ? "the guest wrote no plan" : "the guest wrote no results")
            } else if levels[0].results.count == levels[0].base {
                problem(.crashed, "a list of results with nothing in it")
            }
            return
        }
        if dialect == .kpatch, !sawEnd, bailOutReason == nil, interrupted == nil, reason == nil {
            problem(.crashed, "the guest stopped without an end mark")
        }
        let reported = levels[0].results.count - levels[0].base
        if reported > plan || (reported < plan && interrupted == nil && bailOutReason == nil) {
            problem(.fail, "planned \(plan) tests, reported \(reported)")
        }
        if plan == 0, dialect == .kpatch {
            problem(.fail, "the guest had no tests to run")
        } else if plan == 0, levels[0].results.isEmpty {
            problem(.skip, levels[0].planSkipReason ?? "no tests to run")
        }
        if !expectedTests.isEmpty, expectedTests.count != plan {
            problem(.fail, "planned \(plan) tests, was given \(expectedTests.count)")
        }
    }

    private func neverStarted(interrupted: String?, reason: String?) -> [TestResult] {
        let reported = levels[0].results.count
        let planned = max(levels[0].plan.map { $0 + levels[0].base } ?? 0, expectedTests.count)
        guard planned > reported else { return [] }
        let cause =
            switch (interrupted, reason) {
            case (let test?, _): "never started: the run ended in '\(test)'"
            case (nil, let reason?): "never started: \(reason)"
            case (nil, nil): "never started"
            }
        var results: [TestResult] = []
        for index in reported..<min(planned, reported + Bound.neverStarted) {
            let name = expectedTests.indices.contains(index) ? expectedTests[index] : "test \(index + 1)"
            results.append(TestResult(name: name, verdict: .notExercised, reason: cause))
        }
        return results
    }
}
