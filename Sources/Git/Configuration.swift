// SPDX-License-Identifier: GPL-2.0-only

import Clibgit2

/// A snapshot of git configuration. It belongs to one thread, as its repository does.
struct Configuration: ~Copyable {
    private let handle: ConfigHandle

    init(_ handle: consuming ConfigHandle) {
        self.handle = handle
    }

    /// One file alone.
    static func file(_ path: String) throws(GitError) -> Configuration {
        let pointer = try acquire("read '\(path)'") { git_config_open_ondisk(&$0, path) }
        return Configuration(ConfigHandle(pointer: pointer))
    }

    /// The value that counts, or nil if there is none.
    func string(_ key: String) throws(GitError) -> String? {
        var buffer = Buffer()
        let code = git_config_get_string_buf(&buffer.raw, handle.pointer, key)
        guard code < 0 else { return buffer.text }
        let failure = LibraryFailure(code: code)
        if failure.isOf(GIT_ENOTFOUND) { return nil }
        throw failure.error(while: "read the git setting '\(key)'")
    }

    /// Every key that matches the regular expression, with its value.
    func matches(_ pattern: String) throws(GitError) -> [(key: String, value: String)] {
        let iterator = ConfigIterator(
            pointer: try acquire("search the git configuration") {
                git_config_iterator_glob_new(&$0, handle.pointer, pattern)
            }
        )
        var found: [(key: String, value: String)] = []
        while true {
            var entry: UnsafeMutablePointer<git_config_entry>?
            let code = git_config_next(&entry, iterator.pointer)
            if code == GIT_ITEROVER.rawValue { return found }
            try check(code, "search the git configuration")
            guard let entry else { return found }
            found.append(
                (
                    entry.pointee.name.map { String(cString: $0) } ?? "",
                    entry.pointee.value.map { String(cString: $0) } ?? ""
                )
            )
        }
    }

    /// Whether any key matches the regular expression.
    func hasMatch(_ pattern: String) throws(GitError) -> Bool {
        try !matches(pattern).isEmpty
    }
}

extension Repository {
    /// The value of a git setting, as `git config KEY` prints it; nil if it is not set.
    public func configString(_ key: String) throws(GitError) -> String? {
        try readableConfiguration().string(key)
    }

    func readableConfiguration() throws(GitError) -> Configuration {
        let pointer = try acquire("read the repository's configuration") {
            git_repository_config_snapshot(&$0, self.pointer)
        }
        return Configuration(ConfigHandle(pointer: pointer))
    }

    /// `extensions.worktreeConfig` keeps a part of the configuration in a second file, which libgit2 1.5 leaves out.
    func loadWorktreeConfiguration() throws(GitError) {
        let path = gitDirectory + "config.worktree"
        guard try configString("extensions.worktreeConfig") == "true", try FileStatus(of: path) != nil else {
            return
        }
        let config = ConfigHandle(
            pointer: try acquire("read the repository's configuration") {
                git_repository_config(&$0, self.pointer)
            }
        )
        try check(
            git_config_add_file_ondisk(config.pointer, path, GIT_CONFIG_LEVEL_APP, self.pointer, 1),
            "read '\(path)'"
        )
    }
}
