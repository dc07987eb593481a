// SPDX-License-Identifier: GPL-2.0-only

import Clibgit2
import Glibc

/// A work tree that has a branch in its hands, so that nobody else may move it: what `git branch -f` refuses.
public struct BranchUse: Sendable, Hashable {
    /// What the work tree does with the branch.
    public enum Kind: Sendable, Hashable {
        /// It has the branch checked out.
        case checkedOut
        /// A rebase of it stopped there; HEAD is detached, and the branch moves when the rebase ends.
        case rebased
        /// `git rebase --update-refs` of another branch stopped there and moves this one, too, when it ends.
        case movedByRebase
        /// A bisection that began on it goes on there, and ends with going back to it.
        case bisected
    }

    /// The work tree's folder.
    public let folder: String
    /// What it does with the branch.
    public let kind: Kind
    /// Whether somebody deleted the folder; git remembers such a work tree until it is pruned.
    public let isGone: Bool

    /// What comes behind "branch 'x'" in a message.
    public var reason: String {
        let place = folder + (isGone ? ", which is gone" : "")
        return switch kind {
        case .checkedOut: "is checked out in \(place); moving it would show as changes there"
        case .rebased: "is being rebased in \(place)"
        case .movedByRebase: "is moved by the rebase that stopped in \(place)"
        case .bisected: "is being bisected in \(place)"
        }
    }

    /// The command that ends it.
    public var remedy: String {
        if isGone { return "git worktree prune" }
        return switch kind {
        case .checkedOut: "git -C \(folder) switch --detach"
        case .rebased, .movedByRebase: "git -C \(folder) rebase --continue (or --abort)"
        case .bisected: "git -C \(folder) bisect reset"
        }
    }
}

extension Repository {
    /// The work tree that holds the branch; nil if none does.
    public func use(of branch: String) throws(GitError) -> BranchUse? {
        let name = "refs/heads/" + branch
        let main = commonDirectory
        // Not this repository's own work tree: this may be a linked one. A bare one's HEAD is only a default.
        if let folder = try mainWorkTree(), let kind = try use(of: name, gitDirectory: main) {
            return BranchUse(folder: folder, kind: kind, isGone: false)
        }
        for worktree in try folderNames(main + "worktrees") {
            let directory = main + "worktrees/" + worktree + "/"
            guard let kind = try use(of: name, gitDirectory: directory) else { continue }
            // The file names the work tree's `.git`; git 2.48 may write it relative to its own folder.
            let link = try readLine(of: directory + "gitdir") ?? directory
            let path = link.hasPrefix("/") ? link : directory + link
            return BranchUse(
                folder: path.hasSuffix("/.git") ? String(path.dropLast(5)) : path,
                kind: kind,
                isGone: try FileStatus(of: path) == nil
            )
        }
        return nil
    }

    private func mainWorkTree() throws(GitError) -> String? {
        guard gitDirectory != commonDirectory else { return workingDirectory.map(withoutSlash) }
        let pointer = try acquire("open '\(commonDirectory)'") { git_repository_open(&$0, commonDirectory) }
        return try Repository(owning: pointer).workingDirectory.map(withoutSlash)
    }

    private func use(of name: String, gitDirectory: String) throws(GitError) -> BranchUse.Kind? {
        if try headReference(gitDirectory) == name { return .checkedOut }
        for file in ["rebase-merge/head-name", "rebase-apply/head-name"]
        where try readLine(of: gitDirectory + file) == name {
            return .rebased
        }
        // Three lines for each: name, old and new commit (sequencer.c, `write_update_refs_state`).
        if let bytes = try readFile(gitDirectory + "rebase-merge/update-refs"),
            String(decoding: bytes, as: UTF8.self).split(separator: "\n").contains(Substring(name))
        {
            return .movedByRebase
        }
        // The short name, or a commit if HEAD was detached.
        if let start = try readLine(of: gitDirectory + "BISECT_START"), "refs/heads/" + start == name {
            return .bisected
        }
        return nil
    }

    /// The reference that HEAD stands for; nil if it is detached. Old repositories have a symbolic link there.
    private func headReference(_ gitDirectory: String) throws(GitError) -> String? {
        let path = gitDirectory + "HEAD"
        if try FileStatus(of: path)?.isSymbolicLink == true {
            var target = [CChar](repeating: 0, count: Int(PATH_MAX))
            let length = readlink(path, &target, target.count)
            guard length >= 0 else { throw systemError("read the link '\(path)'") }
            return String(decoding: target.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        guard let line = try readLine(of: path), line.hasPrefix("ref: ") else { return nil }
        return String(line.dropFirst(5).drop { $0 == " " || $0 == "\t" })
    }
}
