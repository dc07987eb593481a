// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import Matrix
import SystemPackage
import Testing

@Suite struct BisectionTests {
    /// Which changes are to blame is known beforehand; the search isn't told.
    @Test(arguments: [[0], [7], [3], [2, 9], [0, 15], [1, 5, 11]])
    func deltaDebugging(culprits: [Int]) async throws {
        let asked = Locked<Set<[Int]>>([])
        let found = try await DeltaDebugging.minimal(Array(0..<16)) { chosen in
            asked.withLock { _ = $0.insert(chosen) }
            return culprits.allSatisfy(chosen.contains) ? .bad : .good
        }
        #expect(found == culprits)
        // One culprit of 16 takes its logarithm's worth of questions, not 65,536.
        if culprits.count == 1 { #expect(asked.value.count <= 10, "\(asked.value.count)") }
    }

    @Test func whatCannotBeHadIsNotToBlame() async throws {
        // 4 needs 5, as a rule of the series may say.
        let found = try await DeltaDebugging.minimal(Array(0..<8)) { chosen in
            if chosen.contains(4), !chosen.contains(5) { return .unknown }
            return chosen.contains(4) ? .bad : .good
        }
        #expect(found == [4, 5])
    }

    @Test(arguments: [1, 2, 3, 10, 33]) func firstBadBase(count: Int) async throws {
        for first in 0..<count {
            let asked = Locked(0)
            let outcome = try await BaseBisection.search(count) { index in
                asked.withLock { $0 += 1 }
                return index >= first ? .bad : .good
            }
            #expect(outcome?.candidates == [first])
            #expect(outcome?.lastGood == (first == 0 ? nil : first - 1))
            #expect(asked.value <= 8)
        }
    }

    @Test func basesThatNobodyCanJudge() async throws {
        let answers: [BisectAnswer] = [.good, .good, .unknown, .unknown, .bad, .bad]
        let outcome = try await BaseBisection.search(answers.count) { answers[$0] }
        #expect(outcome?.lastGood == 1 && outcome?.candidates == [2, 3, 4])
        #expect(try await BaseBisection.search(2) { _ in .good } == nil)
    }

    /// git chooses the steps; git log says which commit it has to be.
    @Test func commitsBetween() async throws {
        let place = try Place()
        let path = place.path.string
        func git(_ arguments: String...) throws -> String {
            let process = Process()
            let pipe = Pipe()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/git")
            process.arguments =
                ["-C", path, "-c", "user.name=A", "-c", "user.email=a@example.org"] + arguments
            process.standardOutput = pipe
            try process.run()
            let data = pipe.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
            return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        }
        _ = try git("init", "-q")
        for index in 0..<20 { _ = try git("commit", "-q", "--allow-empty", "-m", "\(index)") }
        let commits = try git("rev-list", "--reverse", "HEAD").split(separator: "\n").map(String.init)
        let search = CommitBisection(repository: path)
        let outcome = try await search.search(good: commits[2], bad: "HEAD") { commit in
            (commits.firstIndex(of: commit) ?? 0) >= 13 ? .bad : .good
        }
        #expect(outcome.candidates == [commits[13]])
        let vague = try await search.search(good: commits[2], bad: "HEAD") { commit in
            let index = commits.firstIndex(of: commit) ?? 0
            return index == 12 ? .unknown : index >= 13 ? .bad : .good
        }
        #expect(Set(vague.candidates) == [commits[12], commits[13]])
        await #expect(throws: MatrixError.self) {
            try await search.search(good: "HEAD", bad: "HEAD~3") { _ in .good }
        }
    }
}
