// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import Judging
import Kernel
import SystemPackage
import Testing

@Suite struct PlanTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private let kernelConfig = FilePath(root.appendingPathComponent("kernel-config").path)

    @Test(arguments: ["fast", "debug"]) func profilesHaveTheirFragments(name: String) throws {
        let plan = try KernelPlan(profile: name, in: kernelConfig, jobs: 2)
        #expect(plan.profile.name == name && plan.jobs == 2)
        #expect(!plan.fragments.isEmpty && plan.fragments.allSatisfy { !$0.settings.isEmpty })
    }

    @Test func anUnknownProfileNamesTheKnown() throws {
        let failure = #expect(throws: Failure.self) {
            try KernelPlan(profile: "fats", in: kernelConfig, jobs: nil)
        }
        #expect(failure?.fault == .user)
        #expect(failure?.description.contains("debug") == true)
    }

    /// What can't be read is the machine's fault, what is wrong the user's.
    @Test func filesThatAreWrong() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "plan-\(UUID().uuidString)"
        )
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func fault() -> Fault? {
            do {
                _ = try KernelPlan(profile: "fast", in: FilePath(folder.path), jobs: nil)
                return nil
            } catch {
                return (error as? any Blamed)?.fault
            }
        }
        #expect(fault() == .infrastructure)
        let file = folder.appendingPathComponent("profiles.yml")
        try Data("fast: [".utf8).write(to: file)
        #expect(fault() == .user)
    }

    @Test func aGlobChoosesProgramsAndSubtests() {
        #expect(TestFilter(glob: nil).runs("race", subtests: ["a"]))
        #expect(TestFilter(glob: "r*").runs("race", subtests: [String]()))
        #expect(TestFilter(glob: "race.l?ck").runs("race", subtests: ["lock"]))
        #expect(!TestFilter(glob: "race.lock").runs("race", subtests: ["unlock"]))
    }
}
