// SPDX-License-Identifier: GPL-2.0-only

import Clibgit2
import Glibc

extension Repository {
    /// The work tree that has the branch checked out, or is in the middle of rebasing it; nil if none does.
    public func whereCheckedOut(_ branch: String) throws(GitError) -> String? {
        let name = "refs/heads/" + branch
        let main = commonDirectory
        // Not this repository's own work tree: this may be a linked one. A bare one's HEAD is only a default.
        if let folder = try mainWorkTree(), try uses(name, gitDirectory: main) {
            return folder
        }
        for worktree in try folderNames(main + "worktrees") {
            let directory = main + "worktrees/" + worktree + "/"
            guard try uses(name, gitDirectory: directory) else { continue }
            // The file names the work tree's `.git`; git 2.48 may write it relative to its own folder.
            let link = try readLine(of: directory + "gitdir") ?? directory
            let path = link.hasPrefix("/") ? link : directory + link
            return path.hasSuffix("/.git") ? String(path.dropLast(5)) : path
        }
        return nil
    }

    private func mainWorkTree() throws(GitError) -> String? {
        guard gitDirectory != commonDirectory else { return workingDirectory.map(withoutSlash) }
        let pointer = try acquire("open '\(commonDirectory)'") { git_repository_open(&$0, commonDirectory) }
        return try Repository(owning: pointer).workingDirectory.map(withoutSlash)
    }

    private func uses(_ name: String, gitDirectory: String) throws(GitError) -> Bool {
        if try readLine(of: gitDirectory + "HEAD") == "ref: " + name { return true }
        // During a rebase HEAD is detached, and the branch moves when it ends.
        for file in ["rebase-merge/head-name", "rebase-apply/head-name"]
        where try readLine(of: gitDirectory + file) == name {
            return true
        }
        return false
    }
}

/// The names in a folder, sorted; none if there is no such folder.
func folderNames(_ path: String) throws(GitError) -> [String] {
    guard let stream = opendir(path) else {
        if errno == ENOENT || errno == ENOTDIR { return [] }
        throw systemError("open '\(path)'")
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
}
