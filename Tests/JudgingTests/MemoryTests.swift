// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import Generation
import Kernel
import SystemPackage
import TestReport
import Testing

@testable import Judging

/// What is remembered between runs; what can't be read costs work, never a wrong answer.
@Suite struct MemoryTests {
    private let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("memory-\(UUID().uuidString)")

    private func build() throws -> KernelBuild {
        let output = FilePath(folder.path)
        try Files.makeFolder(output)
        return try KernelBuild(source: output, output: output, jobs: 1)
    }

    @Test func baselinesAreKeptByTree() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let build = try build()
        var memory = WarningMemory.read(build)
        #expect(!memory.isJudged("a"))
        memory.setBaseline("a")
        try memory.write(build)
        #expect(WarningMemory.read(build).isJudged("a"))
        for tree in 0..<8 { memory.setBaseline("tree \(tree)") }
        try memory.write(build)
        // The oldest makes way.
        #expect(!WarningMemory.read(build).isJudged("a"))
        #expect(WarningMemory.read(build).isJudged("tree 7"))
    }

    /// What single objects of a base warn of adds up; a whole kernel says more.
    @Test func baselinesGrowByObjects() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let build = try build()
        var memory = WarningMemory.read(build)
        memory.addToBaseline("a", ["x.o"], BuildRecord(made: ["x.o", "y.o"], warnings: []))
        try memory.write(build)
        memory = WarningMemory.read(build)
        #expect(memory.isJudged("a", "x.o") && memory.isJudged("a", "y.o"))
        #expect(!memory.isJudged("a", "z.o") && !memory.isJudged("a") && !memory.isJudged("b", "x.o"))
        memory.setBaseline("a")
        #expect(memory.isJudged("a", "z.o") && memory.isJudged("a"))
    }

    @Test(arguments: ["", "{", "[1]", "{\"baselines\":[]}"]) func aBrokenMemoryIsNone(text: String) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let build = try build()
        try Files.write(Array(text.utf8), to: build.output.appending("kpatch-warnings.json"))
        #expect(!WarningMemory.read(build).isJudged("a"))
    }

    /// A build that died left nothing to go by but its log; without one, nothing is known.
    @Test func anInterruptedBuildWithoutALogForgets() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let build = try build()
        var memory = WarningMemory.read(build)
        memory.setBaseline("a")
        try memory.begin(build)
        #expect(!WarningMemory.read(build).isJudged("a"))
    }

    @Test func detectionsAreKeptByWhatTheyWereMadeOf() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let state = StateFolder(root: FilePath(folder.path))
        var store = TrialStore<Detection>(state, "detection", tree: "v5.10.1")
        let row = Detection(name: "locks=unordered", defect: "d", points: ["L22"], variant: "enc-op")
        try store.keep(row, as: "key")
        #expect(TrialStore<Detection>(state, "detection", tree: "v5.10.1")["key"]?.name == row.name)
        #expect(TrialStore<Detection>(state, "detection", tree: "v6.1.1")["key"] == nil)
        try Files.write(Array("no JSON".utf8), to: state.root.appending("detection/v5.10.1.json"))
        #expect(TrialStore<Detection>(state, "detection", tree: "v5.10.1")["key"] == nil)
    }

    /// The same inputs give the same archive, wherever it is made.
    @Test func guestImagesAreReproducible() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let project = ProjectFiles(root: FilePath(PlanTests.root.path))
        let images = try ["one", "two"].map { name in
            let output = FilePath(folder.path).appending(name)
            let program = output.appending("program")
            try Files.makeFolder(output.appending("kpatch-guest"))
            try Files.write(Array("\u{7f}ELF".utf8), to: program)
            let plan = ["b", "a"].map {
                PlannedTest(name: $0, timeout: 3, program: program, points: [:], known: ["x": "y", "w": "z"])
            }
            return try Files.read(
                GuestImage(output: output, project: project).pack(initProgram: program, plan)
            )
        }
        #expect(images[0] == images[1])
        #expect(images[0].count > 512)
    }
}
