// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage
import Testing

@testable import Kernel

@Suite struct StateFolderTests {
    @Test(arguments: [
        (["KPATCH_HOME": "/k", "XDG_CACHE_HOME": "/x", "HOME": "/h"], "/k"),
        (["KPATCH_HOME": "", "XDG_CACHE_HOME": "/x", "HOME": "/h"], "/x/kpatch-gen"),
        (["XDG_CACHE_HOME": "relative", "HOME": "/h"], "/h/.cache/kpatch-gen"),
        (["HOME": "/h"], "/h/.cache/kpatch-gen"),
    ])
    func resolves(environment: [String: String], root: String) throws {
        #expect(try StateFolder(environment: environment).root == FilePath(root))
    }

    @Test func needsAHome() {
        #expect(throws: StateError.noHome) { try StateFolder(environment: ["HOME": ""]) }
    }

    @Test func aRelativeHomeBecomesAbsolute() throws {
        #expect(try StateFolder(environment: ["KPATCH_HOME": "state"]).root.isAbsolute)
    }

    @Test func laysOut() throws {
        let state = StateFolder(root: "/k")
        #expect(try state.source(tree: "v5.10.262") == "/k/worktrees/v5.10.262/source")
        #expect(try state.build(tree: "v5.10.262", profile: "fast") == "/k/build/v5.10.262/fast")
        #expect(state.trees == "/k/trees.git")
    }

    @Test(arguments: ["", ".", "..", "a/b", "../x", ".hidden", "a b", "é"])
    func refusesNamesThatAreNoFolder(name: String) {
        #expect(throws: StateError.badName(name)) { try StateFolder(root: "/k").source(tree: name) }
        #expect(throws: StateError.badName(name)) {
            try StateFolder(root: "/k").build(tree: "t", profile: name)
        }
    }

    @Test func namesTreesByPath() throws {
        let first = StateFolder.treeName(forPath: "/home/a/linux")
        #expect(first.hasPrefix("linux-"))
        #expect(first == StateFolder.treeName(forPath: "/home/a/x/../linux/"))
        #expect(first != StateFolder.treeName(forPath: "/home/b/linux"))
        let odd = StateFolder.treeName(forPath: "/home/a/.lin ux é")
        _ = try StateFolder(root: "/k").source(tree: odd)
    }

    @Test func aHeldLockNamesItsHolder() async throws {
        let scratch = try Scratch()
        let state = StateFolder(root: scratch.path)
        try await state.withLock(.tree("t")) {
            let error = await #expect(throws: StateError.self) { try await state.withLock(.tree("t")) {} }
            guard case .lock(.held(let area, let pid, _)) = error else {
                Issue.record("not .held: \(String(describing: error))")
                return
            }
            #expect(area == "tree-t")
            #expect(pid.map(isRunning) == true)
            // Another area is free.
            try await state.withLock(.tree("u")) {}
        }
        try await state.withLock(.tree("t")) {}
    }

    @Test func aLockEndsWithAnError() async throws {
        let state = StateFolder(root: try Scratch().path)
        await #expect(throws: CancellationError.self) {
            try await state.withLock(.trees) { throw CancellationError() }
        }
        try await state.withLock(.trees) {}
        try Files.remove(state.root)
    }

    @Test func childrenDoNotInheritALock() async throws {
        let scratch = try Scratch()
        let state = StateFolder(root: scratch.path)
        let path = try await state.withLock(.trees) {
            try await Tool("sh").run(["-c", "ls -l /proc/self/fd"]).required().outputText
        }
        #expect(!path.contains("trees.lock"))
    }
}
