// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Glibc
import Kernel
import PatchSeries
import SystemPackage
import TestReport
import VirtualMachine

/// Tests that others wrote, as judges that know nothing of the series.
package struct UpstreamTests: Sendable {
    package enum Source: Sendable {
        /// The KVM selftests of the tree itself.
        case selftests
        /// A checkout of kvm-unit-tests.
        case unitTests(FilePath)
    }

    package let source: Source
    /// Of each test one has to match. Selftests: over `kvm/` and the test's path. Unit tests: over the name, and over the name behind each of its groups:
    /// `svm/svm_npt`.
    package let globs: [String]
    package let table: UpstreamTable

    package init(source: Source, globs: [String], table: UpstreamTable) {
        self.source = source
        self.globs = globs
        self.table = table
    }

    /// How many tests share a machine: one that ends it costs a boot for those that come after it.
    private static let testsOfAMachine = 8

    /// The tests that match.
    ///
    /// - Parameter names: of each test, those that the pattern may match.
    func chosen<Test>(of tests: [Test], _ names: (Test) -> [String]) throws -> [Test] {
        let chosen = tests.filter { test in
            names(test).contains { name in globs.contains { fnmatch($0, name, 0) == 0 } }
        }
        guard chosen.isEmpty else { return chosen }
        let all = tests.flatMap { names($0).prefix(1) }
        throw Failure(
            .user,
            "no test matches '\(globs.joined(separator: "', '"))'; there are: \(all.joined(separator: ", "))"
        )
    }

    /// Which tests share a machine: those that may take long have one each and come first, then those of equal memory.
    static func shares(_ planned: [PlannedTest]) -> [[PlannedTest]] {
        let usual = planned.map(\.timeout).min() ?? 0
        let slow = planned.filter { $0.timeout > usual }.sorted { $0.timeout > $1.timeout }
        var shares = slow.map { [$0] }
        let rest = Dictionary(grouping: planned.filter { $0.timeout <= usual }) { $0.memoryMiB ?? 0 }
        for (_, tests) in rest.sorted(by: { $0.key > $1.key }) {
            for start in stride(from: 0, to: tests.count, by: testsOfAMachine) {
                shares.append(Array(tests[start..<min(start + testsOfAMachine, tests.count)]))
            }
        }
        return shares
    }

    /// Holds results against what is expected where they were run.
    func judge(_ results: inout [TestResult], on run: UpstreamTable.Run) {
        for index in results.indices {
            let name = results[index].name
            let subtests = table.subtestExpectations(of: name, on: run)
            if !subtests.isEmpty {
                results[index].holdSubtests { subtest in
                    Self.expected(of: subtest, subtests.filter { $0.covers(subtest: subtest.name) })
                }
            }
            let rows = table.expectations(of: name, on: run)
            if let (verdict, reason) = Self.expected(of: results[index], rows) {
                results[index].hold(against: verdict, because: reason)
            } else if table.isComplete(on: run) {
                results[index].missExercise()
            }
        }
    }

    /// What a result is held against: the row of its kind, else the first; nil if it is as it may be.
    private static func expected(of result: TestResult, _ rows: [UpstreamTable.Expectation])
        -> (verdict: Verdict, reason: String)?
    {
        guard let row = rows.first(where: { $0.verdict == result.verdict.rawValue }) ?? rows.first,
            let verdict = Verdict(rawValue: row.verdict), !row.isUnstable || result.verdict != .pass
        else { return nil }
        return (verdict, row.reason)
    }
}

extension GuestImage {
    /// Builds the tests that match; one that doesn't build has failed.
    func buildUpstream(_ upstream: UpstreamTests, _ kernel: KernelBuild, tree: String) async throws
        -> (planned: [PlannedTest], failed: [TestResult])
    {
        switch upstream.source {
        case .selftests: try await buildSelftests(upstream, kernel, tree: tree)
        case .unitTests(let checkout): try await buildUnitTests(upstream, checkout)
        }
    }

    private func buildSelftests(_ upstream: UpstreamTests, _ kernel: KernelBuild, tree: String) async throws
        -> (planned: [PlannedTest], failed: [TestResult])
    {
        let names = try upstream.chosen(of: kernel.selftestPrograms()) { ["kvm/\($0)"] }
        observer?.progress(Self.title, "\(names.count) of the tree's own")
        defer { observer?.end(Self.title) }
        let built = try await kernel.buildSelftests(
            names,
            headers: kernel.headers(of: tree),
            into: folder.appending("kvm-selftests")
        )
        try built.result.requireMachine()
        var planned: [PlannedTest] = []
        var failed: [TestResult] = []
        for name in names {
            guard let program = built.programs[name] else {
                failed.append(
                    TestResult(name: name, verdict: .fail, reason: "does not build (\(built.result.log))")
                )
                continue
            }
            let needs = upstream.table.needs(of: name)
            planned.append(
                PlannedTest(
                    name: name,
                    timeout: needs.timeout ?? 120,
                    program: program,
                    points: [:],
                    memoryMiB: needs.memoryMiB,
                    arguments: needs.arguments,
                    isUpstream: true
                )
            )
        }
        return (planned, failed)
    }
}
