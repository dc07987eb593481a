// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import SystemPackage
import TestSupport

/// A temporary folder with a home, a state folder and repositories in it, and nothing of the machine's own settings.
final class World: Sendable {
    let root: FilePath

    init() throws {
        root = FilePath(NSTemporaryDirectory()).appending("kpatch-gen-e2e.\(UUID().uuidString.prefix(8))")
        for name in ["home", "tmp"] { try makeFolder(root.appending(name)) }
    }

    deinit {
        // A temporary folder that stays does no harm.
        try? FileManager.default.removeItem(atPath: root.string)
    }

    subscript(_ name: String) -> FilePath { root.appending(name) }

    /// Who commits, and when, in git's raw format: the one that both git and libgit2 read.
    static let author = "A U Thor <author@example.org>"
    static let committer = "C O Mitter <committer@example.org>"
    static let authorDate = "1700000000 +0100"
    static let committerDate = "1700000100 -0200"

    /// Everything that a child sees; nil removes a variable.
    func environment(_ changes: [String: String?] = [:]) -> [String: String] {
        let own = ProcessInfo.processInfo.environment
        var result: [String: String] = [
            "PATH": own["PATH"] ?? "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC",
            "HOME": self["home"].string,
            "TMPDIR": self["tmp"].string, "KPATCH_HOME": self["state"].string, "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CEILING_DIRECTORIES": root.string, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0",
            "GIT_AUTHOR_NAME": "A U Thor", "GIT_AUTHOR_EMAIL": "author@example.org",
            "GIT_AUTHOR_DATE": Self.authorDate,
            "GIT_COMMITTER_NAME": "C O Mitter", "GIT_COMMITTER_EMAIL": "committer@example.org",
            "GIT_COMMITTER_DATE": Self.committerDate,
        ]
        // Where Swift's libraries are, if the program was not linked statically.
        for name in ["KPATCH_SHARE", "LD_LIBRARY_PATH"] { result[name] = own[name] }
        for (name, value) in changes { result[name] = value }
        return result
    }

    /// Where the program finds Templates, if the tests were told.
    static var share: String? { ProcessInfo.processInfo.environment["KPATCH_SHARE"] }

    /// The program under test.
    static func program() throws -> String {
        guard let path = ProcessInfo.processInfo.environment["KPATCH_GEN"], !path.isEmpty else {
            throw SetupError(
                "KPATCH_GEN is not set: set it to the absolute path of the kpatch-gen to test, as `make check` does"
            )
        }
        guard path.hasPrefix("/"), FileManager.default.isExecutableFile(atPath: path) else {
            throw SetupError("KPATCH_GEN is '\(path)', which is not the absolute path of a program")
        }
        return path
    }

    /// Runs kpatch-gen.
    func kpatchGen(_ arguments: String..., environment changes: [String: String?] = [:]) async throws
        -> Outcome
    {
        try await kpatchGen(arguments, environment: changes)
    }

    func kpatchGen(_ arguments: [String], environment changes: [String: String?] = [:]) async throws
        -> Outcome
    {
        try await run(try Self.program(), arguments, in: root, environment: environment(changes))
    }

    /// Runs git, which must end with 0 or the other allowed status.
    @discardableResult
    func git(_ arguments: String..., in folder: FilePath, allowing status: Int32 = 0) async throws -> String {
        let outcome = try await run("git", arguments, in: folder, environment: environment())
        guard outcome.status == 0 || outcome.status == status else { throw SetupError("\(outcome)") }
        return outcome.output.trimmingCharacters(in: .newlines)
    }

    /// Runs a shell script, with its arguments as $1, $2, …
    func shell(_ script: String, _ arguments: String..., environment changes: [String: String?] = [:])
        async throws -> Outcome
    {
        try await run(
            "bash",
            ["-c", script, "bash"] + arguments,
            in: root,
            environment: environment(changes)
        )
    }

    /// A kernel-like repository, made anew: one commit on `main`, tag `v5.10.99`, checked out.
    func kernel(_ name: String = "linux") async throws -> FilePath {
        let path = self[name]
        try await KernelFixture.shared.copy(to: path, for: self)
        return path
    }

    /// A bare repository of the world's own that has the objects of a kernel tree; its path.
    func clone(_ tree: KernelTree) async throws -> FilePath {
        try await git("clone", "-q", "--bare", "--shared", tree.repository, "linux.git", in: root)
        return self["linux.git"]
    }

    /// Replaces text of a file in the repository and commits it.
    func change(_ path: String, in repository: FilePath, _ edit: (String) -> String) async throws {
        let file = repository.appending(path)
        let old = try String(contentsOfFile: file.string, encoding: .utf8)
        let new = edit(old)
        guard new != old else { throw SetupError("the edit of \(path) changes nothing") }
        try write(new, to: file)
        try await git("commit", "-qam", "Change \(path)", in: repository)
    }
}

func makeFolder(_ path: FilePath) throws {
    try FileManager.default.createDirectory(atPath: path.string, withIntermediateDirectories: true)
}

func write(_ text: String, to path: FilePath) throws {
    try makeFolder(path.removingLastComponent())
    try text.write(toFile: path.string, atomically: false, encoding: .utf8)
}

func write(_ bytes: [UInt8], to path: FilePath) throws {
    try makeFolder(path.removingLastComponent())
    try Data(bytes).write(to: URL(fileURLWithPath: path.string))
}

func read(_ path: FilePath) throws -> String {
    try String(contentsOfFile: path.string, encoding: .utf8)
}

func copyItem(_ from: FilePath, to path: FilePath) throws {
    try FileManager.default.copyItem(atPath: from.string, toPath: path.string)
}
