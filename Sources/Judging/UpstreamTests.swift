// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Glibc
import Kernel
import PatchSeries
import SystemPackage
import TestReport
import VirtualMachine

/// The KVM selftests of the tree itself, as judges that know nothing of the series.
package struct UpstreamTests: Sendable {
    /// Over `kvm/` and the test's path.
    package let glob: String
    package let table: SelftestTable

    package init(glob: String, table: SelftestTable) {
        self.glob = glob
        self.table = table
    }

    /// The tests of a tree that match.
    func chosen(of names: [String]) throws -> [String] {
        let chosen = names.filter { fnmatch(glob, "kvm/\($0)", 0) == 0 }
        guard chosen.isEmpty else { return chosen }
        throw Failure(
            .user,
            "no KVM selftest of the tree matches '\(glob)'; there are: "
                + names.map { "kvm/\($0)" }.joined(separator: ", ")
        )
    }

    /// Holds results against what is expected where they were run.
    func judge(_ results: inout [TestResult], accelerator: Accelerator, kernel: String?) async throws {
        // `QEMU emulator version 7.2.22 (Debian …)`
        let text = try await Tool(Architecture.x86.emulator).run(["--version"]).outputText
        let words = text.split(whereSeparator: \.isWhitespace)
        let version = words.firstIndex(of: "version").flatMap { words.dropFirst($0 + 1).first } ?? ""
        let series = kernel.flatMap { try? KernelVersion($0) }?.series
        for index in results.indices {
            guard
                let expected = table.expectedFailure(
                    of: results[index].name,
                    accelerator: accelerator.rawValue,
                    emulator: String(version),
                    kernel: series
                ), let verdict = Verdict(rawValue: expected.verdict)
            else { continue }
            results[index].hold(against: verdict, because: expected.reason)
        }
    }
}

extension GuestImage {
    /// Builds the tree's own tests that match; one that doesn't build has failed.
    func buildUpstream(_ upstream: UpstreamTests, _ kernel: KernelBuild, tree: String) async throws
        -> (planned: [PlannedTest], failed: [TestResult])
    {
        let names = try upstream.chosen(of: kernel.selftestPrograms())
        observer?.progress(Self.title, "\(names.count) of the tree's own")
        defer { observer?.end(Self.title) }
        let built = try await kernel.buildSelftests(
            names,
            headers: kernel.headers(of: tree),
            into: folder.appending("kvm-selftests")
        )
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
                    timeout: needs.timeout,
                    program: program,
                    points: [:],
                    memoryMiB: needs.memoryMiB,
                    isUpstream: true
                )
            )
        }
        return (planned, failed)
    }
}
