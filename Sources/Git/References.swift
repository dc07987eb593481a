// SPDX-License-Identifier: GPL-2.0-only

import Base
import Clibgit2

extension Repository {
    /// All local branches, without `refs/heads/`, sorted.
    public func branchNames() throws(GitError) -> [String] {
        try names(below: "refs/heads/")
    }

    /// All tags, without `refs/tags/`, sorted.
    public func tagNames() throws(GitError) -> [String] {
        try names(below: "refs/tags/")
    }

    /// Tags whose commits one commit has in its history, and another hasn't. By git, which uses its commit graph for that: a
    /// kernel's history has a million commits.
    ///
    /// - Parameters: commits in full.
    public func tags(of commit: String, without other: String) throws(GitError) -> [String] {
        let git = try GitProgram([
            "--git-dir=\(gitDirectory)", "tag", "--list", "--merged=\(commit)", "--no-merged=\(other)",
        ])
        guard git.status == 0 else {
            throw GitError(
                .other,
                "git can't list the tags of '\(gitDirectory)': \(git.errors.onOneLine)",
                advice: "run 'git fsck' there"
            )
        }
        return String(decoding: git.output, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// The commit that a local branch is at; nil if there is no such branch.
    public func branchTarget(_ branch: String) throws(GitError) -> ObjectID? {
        try target(of: try fullName("refs/heads/", branch))
    }

    /// The object that a reference leads to; nil if there is none.
    public func target(of name: String) throws(GitError) -> ObjectID? {
        var id = git_oid()
        let code = git_reference_name_to_id(&id, pointer, name)
        guard code < 0 else { return ObjectID(id) }
        let failure = LibraryFailure(code: code)
        if failure.isOf(GIT_ENOTFOUND) { return nil }
        throw failure.error(while: "read '\(name)'")
    }

    /// A reference is a file in a folder, so `a` and `a/b` can't both exist. libgit2 leaves this to its caller here.
    func checkNoOverlap(of name: String) throws(GitError) {
        guard let top = ["refs/heads/", "refs/tags/"].first(where: name.hasPrefix) else { return }
        for other in try names(below: top) {
            let other = top + other
            guard other.hasPrefix(name + "/") || name.hasPrefix(other + "/") else { continue }
            throw GitError(
                .invalidBranchName,
                "'\(name)' can't exist alongside '\(other)'",
                advice: "choose a name that is not the folder of another one"
            )
        }
    }

    /// The references whose names begin so, without that beginning, sorted; without those that aren't UTF-8.
    public func names(below prefix: String) throws(GitError) -> [String] {
        let iterator = ReferenceIterator(
            pointer: try acquire("list references") {
                git_reference_iterator_glob_new(&$0, self.pointer, prefix + "*")
            }
        )
        var names: [String] = []
        while true {
            var name: UnsafePointer<CChar>?
            let code = git_reference_next_name(&name, iterator.pointer)
            if code == GIT_ITEROVER.rawValue { break }
            try check(code, "list references")
            // One that isn't UTF-8 is somebody's, never this program's, and no reason to stop.
            if let name, let text = String(validatingCString: name) {
                names.append(String(text.dropFirst(prefix.count)))
            }
        }
        return names.sorted()
    }

    func fullName(_ prefix: String, _ name: String) throws(GitError) -> String {
        var isValid: Int32 = 0
        let full = prefix + name
        try check(git_reference_name_is_valid(&isValid, full), "check the name '\(name)'")
        // git refuses these too; they could not be named on a command line.
        guard isValid == 1, !name.hasPrefix("-"), full != "refs/heads/HEAD" else {
            throw GitError(
                .invalidBranchName,
                "'\(name)' is not a valid name for a branch or tag",
                advice: "use letters, digits, '-', '_', '.' and '/'; the rules are in git-check-ref-format(1)"
            )
        }
        return full
    }
}
