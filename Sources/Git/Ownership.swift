// SPDX-License-Identifier: GPL-2.0-only

import Glibc

extension Repository {
    /// Git's own rule (setup.c, `ensure_valid_ownership`): who owns the repository may have put configuration into it
    /// that makes git do things, so another user's repository is only opened if `safe.directory` allows it.
    /// libgit2 1.5 has a check of its own, which is off: it ignores `safe.directory=*`, which CI images rely on, and
    /// reports a failure as "not found".
    func checkOwner() throws(GitError) {
        let paths = [gitDirectory] + (workingDirectory.map { [$0] } ?? [])
        for path in paths {
            guard let status = try FileStatus(of: path), !Self.isOwn(status.owner) else { continue }
            let safe = workingDirectory ?? gitDirectory
            // Which configuration counts, and what `safe.directory` may say in it, differs from git to git.
            let git = try GitProgram(
                ["-C", safe, "rev-parse", "--git-dir"],
                without: ["GIT_DIR", "GIT_WORK_TREE"]
            )
            guard git.status != 0 else { return }
            throw GitError(
                .ownerMismatch,
                "'\(path)' belongs to user \(status.owner), not to you (user \(geteuid())): git refuses such a repository",
                advice: """
                    if you trust it: git config --global --add safe.directory '\(withoutSlash(safe))'; \
                    or make it yours: chown -R \(geteuid()) '\(withoutSlash(path))'
                    """
            )
        }
    }

    private static func isOwn(_ owner: uid_t) -> Bool {
        if owner == geteuid() { return true }
        // Under sudo, root may work in the repository of the user who called sudo.
        guard geteuid() == 0, let caller = environment("SUDO_UID").flatMap({ uid_t($0) }) else {
            return false
        }
        return owner == caller
    }
}

func withoutSlash(_ path: String) -> String {
    path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
}
