// SPDX-License-Identifier: GPL-2.0-only

/// The on-disk formats that libgit2 can't read, and the way out of each.
enum RepositoryFormat {
    /// Extensions (gitrepository-layout(5)) for which there is better advice than "clone it again".
    private static let advice = [
        "extensions.objectformat": """
        only SHA-1 repositories can be used: clone the kernel from its SHA-1 repository \
        (every public kernel repository is one)
        """,
        "extensions.compatobjectformat":
            "clone into a repository made without compatObjectFormat and use that one",
        "extensions.refstorage": """
        with git 2.46 or newer convert it: git refs migrate --ref-format=files \
        (or clone it with --ref-format=files)
        """,
        "extensions.refformat": "clone it with --ref-format=files and use the clone",
    ]

    /// What is unsupported about the repository whose `.git` folder this is; nil if the format is not the trouble.
    static func fault(of gitDirectory: String) throws(GitError) -> GitError? {
        let configuration = try Configuration.file(try commonDirectory(of: gitDirectory) + "config")
        let text = try configuration.string("core.repositoryformatversion") ?? "0"
        guard let version = Int(text), (0...1).contains(version) else {
            return GitError(
                .unsupportedRepository(key: "core.repositoryformatversion"),
                "the repository at '\(gitDirectory)' has format version \(text); 0 and 1 are known",
                advice: "clone it with an older git and use the clone"
            )
        }
        // Git itself looks at extensions in version 1 only.
        guard version == 1 else { return nil }
        let known = Set(Library.acceptedExtensions.map { "extensions." + $0 } + ["extensions.noop"])
        for (key, value) in try configuration.matches(#"^extensions\."#) where !known.contains(key) {
            return GitError(
                .unsupportedRepository(key: key),
                "the repository at '\(gitDirectory)' uses \(key)=\(value), which libgit2 can't read",
                advice: advice[key] ?? "clone it into a repository without that extension and use the clone"
            )
        }
        return nil
    }

    /// A linked work tree has its own folder below the one with the configuration.
    private static func commonDirectory(of gitDirectory: String) throws(GitError) -> String {
        guard let target = try readLine(of: gitDirectory + "commondir") else { return gitDirectory }
        return (target.hasPrefix("/") ? target : gitDirectory + target) + "/"
    }
}
