// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// The git command on a bare repository of our own.
struct GitTool {
    let repository: FilePath

    /// Nothing of the user's or machine's git configuration, and nothing of a
    /// surrounding `git rebase --exec`, may change what is written.
    private static let environment: [String: String?] = [
        "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_COUNT": nil,
        "GIT_CONFIG_PARAMETERS": nil, "GIT_CONFIG": nil, "GIT_DIR": nil, "GIT_WORK_TREE": nil,
        "GIT_INDEX_FILE": nil,
        "GIT_COMMON_DIR": nil, "GIT_NAMESPACE": nil, "GIT_OBJECT_DIRECTORY": nil,
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": nil, "GIT_DEFAULT_HASH": nil, "GIT_SHALLOW_FILE": nil,
        "GIT_GRAFT_FILE": nil, "GIT_REPLACE_REF_BASE": nil, "GIT_TEMPLATE_DIR": nil,
    ]

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
