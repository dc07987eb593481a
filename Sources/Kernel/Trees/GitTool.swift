// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// The git command on a bare repository of our own.
struct GitTool {
    let repository: FilePath

    /// Nothing of the user's or machine's git configuration, and nothing of a
    /// surrounding `git rebase --exec`, may change what is written: no variable of git's is handed on, but for where its
    /// programs are and for traces.
    private static let environment: [String: String?] = {
        var changes: [String: String?] = [:]
        for name in ProcessEnvironment.variables.keys
        where name.hasPrefix("GIT_") && name != "GIT_EXEC_PATH" && !name.hasPrefix("GIT_TRACE") {
            changes[name] = .some(nil)
        }
        changes["GIT_CONFIG_GLOBAL"] = "/dev/null"
        changes["GIT_CONFIG_NOSYSTEM"] = "1"
        changes["GIT_ATTR_NOSYSTEM"] = "1"
        return changes
    }()

    func callAsFunction(_ arguments: [String], input: FileDescriptor? = nil) async throws(ToolError)
        -> ToolResult
    {
        try await Tool("git").run(
            ["--git-dir=\(repository)"] + arguments,
            environment: Self.environment,
            input: input
        )
    }

    /// Makes the repository; by rename, so that no half one is ever seen.
    func create(temporary folder: FilePath) async throws {
        let work = try Files.makeTemporaryFolder(in: folder, prefix: "init")
        defer { try? Files.remove(work) }  // leftovers there are cleaned by the next run too
        let new = work.appending("repository.git")
        try await GitTool(repository: new)(["init", "--quiet", "--bare", "--template="]).required()
        try Files.makeFolder(repository.removingLastComponent())
        try Files.rename(new, to: repository)
    }

    /// The commit that a ref names; nil if there is none.
    func commit(_ ref: String) async throws(ToolError) -> String? {
        let result = try await self(["rev-parse", "--verify", "--quiet", ref + "^{commit}"])
        return result.status.isSuccess ? String(result.outputText.prefix { $0 != "\n" }) : nil
    }
}
