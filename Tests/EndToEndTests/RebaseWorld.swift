// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import SystemPackage

/// A generated branch `b` on `main`, and a base `next` that drifted away from it.
struct RebaseWorld {
    static let sev = "arch/x86/kvm/svm/sev.c"
    static let header = "include/uapi/linux/kvm.h"

    let world: World
    let linux: FilePath

    init(variant: String = "enc-op", _ more: String...) async throws {
        world = try World()
        linux = try await world.kernel()
        // A number that follows by itself would not be written down.
        try edit(Self.header) { Self.reserved(20, in: $0) }
        try await git("commit", "-qam", "Reserve a number")
        let outcome = try await world.kpatchGen(
            ["apply", "--variant", variant, "--tree", linux.string, "--branch", "b"] + more
        )
        guard outcome.status == 0 else { throw SetupError("\(outcome)") }
        try await git("checkout", "-q", "-b", "next")
        try edit(Self.sev) { text in
            text.replacingOccurrences(
                of: "static int sev_flush_asids(void)",
                with: "/* moved down */\nint drift;\n\nstatic int sev_flush_asids(void)"
            )
            .replacingOccurrences(
                of: "\tstruct kvm_sev_cmd sev_cmd;\n",
                with: "\tstruct kvm_sev_cmd sev_cmd;\n\tint drifted;\n"
            )
        }
        try edit(Self.header) { text in
            Self.reserved(21, in: text).replacingOccurrences(
                of: "\n\tKVM_SEV_NR_MAX,",
                with: "\tKVM_SEV_OTHER,\n\n\tKVM_SEV_NR_MAX,"
            )
        }
        try await git("commit", "-qam", "Drift")
        try await git("checkout", "-q", "main")
    }

    /// The header with one more command that nobody may use.
    private static func reserved(_ number: Int, in text: String) -> String {
        text.replacingOccurrences(
            of: "enum sev_cmd_id {",
            with: "#define KVM_SEV_RESERVED_\(number) \(number)\nenum sev_cmd_id {"
        )
    }

    @discardableResult
    func git(_ arguments: String...) async throws -> String {
        let outcome = try await run("git", arguments, in: linux, environment: world.environment())
        guard outcome.status == 0 else { throw SetupError("\(outcome)") }
        return outcome.output.trimmingCharacters(in: .newlines)
    }

    /// Changes a file of the work tree.
    func edit(_ path: String, _ change: (String) -> String) throws {
        let file = linux.appending(path)
        let old = try read(file)
        let new = change(old)
        guard new != old else { throw SetupError("the edit of \(path) changes nothing") }
        try write(new, to: file)
    }

    /// Does something with `b` checked out, after which it is not.
    func onBranch(_ body: () async throws -> Void) async throws {
        try await git("checkout", "-q", "b")
        try await body()
        try await git("checkout", "-q", "main")
    }

    /// Changes a file in the branch's commit that is so many below its tip.
    func amend(_ depth: Int, _ path: String, _ change: (String) -> String) async throws {
        try await onBranch {
            try edit(path, change)
            try await git("commit", "-qa", "--fixup", "b~\(depth)")
            try await git("-c", "sequence.editor=:", "rebase", "-q", "-i", "--autosquash", "main")
        }
    }

    func rebase(_ arguments: String...) async throws -> Outcome {
        try await world.kpatchGen(["rebase", "--tree", linux.string] + arguments)
    }

    /// A file of a commit.
    func file(_ path: String, at commit: String = "b") async throws -> String {
        try await git("show", "\(commit):\(path)") + "\n"
    }

    /// What a commit changes, without what depends on where.
    func changes(_ commit: String) async throws -> [Substring] {
        try await git("show", "--format=", "-U0", commit).split(separator: "\n").filter { line in
            (line.hasPrefix("+") || line.hasPrefix("-")) && !line.hasPrefix("+++") && !line.hasPrefix("---")
        }
    }

    func subjects(_ range: String) async throws -> [String] {
        try await git("log", "--reverse", "--format=%s", range).split(separator: "\n").map(String.init)
    }

    /// The branch is whole, and no rebase is under way.
    func isSound() async throws -> Bool {
        let faults = try await git("fsck", "--strict", "--no-dangling", "--full")
        let state = linux.appending(".git/kpatch-gen/rebase/b/state").string
        return faults.isEmpty && !FileManager.default.fileExists(atPath: state)
    }
}
