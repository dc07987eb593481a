// SPDX-License-Identifier: GPL-2.0-only

import Clibgit2
import Glibc

/// libgit2 itself: started once for the process and never shut down, the process's end does that.
enum Library {
    /// Extensions of a repository that change nothing for a reader of objects and a mover of references:
    /// `worktreeConfig` (which `git sparse-checkout` sets) moves configuration that `Repository` reads itself,
    /// `partialClone` means that objects may be missing (which has its own error), `preciousObjects` forbids
    /// deleting objects, `relativeWorktrees` concerns files that only `use(of:)` reads.
    static let acceptedExtensions = [
        "partialclone", "preciousobjects", "relativeworktrees", "worktreeconfig",
    ]

    private static let started: Result<Void, GitError> = Result { () throws(GitError) in
        try check(git_libgit2_init(), "start libgit2")
        try check(kpatch_git_disable_owner_validation(), "configure libgit2")
        try check(kpatch_git_disable_hash_verification(), "configure libgit2")
        try check(kpatch_git_keep_large_trees(), "configure libgit2")
        try acceptExtensions()
        if isTrue(environment("GIT_CONFIG_NOSYSTEM")) {
            try check(
                kpatch_git_set_search_path(GIT_CONFIG_LEVEL_SYSTEM, ""),
                "ignore the system's configuration"
            )
        }
    }

    /// Starts libgit2 if that was not done yet.
    static func start() throws(GitError) {
        try started.get()
    }

    private static func acceptExtensions() throws(GitError) {
        // libgit2 copies the names.
        let names = acceptedExtensions.map { UnsafePointer(strdup($0)) }
        defer { for name in names { free(UnsafeMutablePointer(mutating: name)) } }
        var pointers = names
        try check(kpatch_git_accept_extensions(&pointers, pointers.count), "configure libgit2")
    }

    private static func isTrue(_ value: String?) -> Bool {
        guard let value else { return false }
        return !["", "0", "false", "no", "off"].contains(value.lowercased())
    }
}

/// An environment variable that is set and not empty: git treats both the same.
func environment(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
}
