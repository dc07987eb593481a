// SPDX-License-Identifier: GPL-2.0-only

extension Repository {
    /// In which of a commit's two places a signature stands.
    public enum Role: String, Sendable {
        /// Who wrote the change.
        case author
        /// Who made the commit.
        case committer
    }

    /// The signature that git would use: `GIT_AUTHOR_NAME`, `_EMAIL` and `_DATE` (or `GIT_COMMITTER_…`), then
    /// `author.name` (or `committer.name`), then `user.name`; the same for the address, where `EMAIL` comes last.
    ///
    /// - Parameter date: when, unless the environment says so; nil for now.
    /// - Throws: `missingIdentity`. Nothing is guessed from the host's name, as git would.
    public func defaultSignature(
        _ role: Role = .author,
        at date: Timestamp? = nil
    ) throws(GitError) -> Signature {
        let prefix = "GIT_" + role.rawValue.uppercased()
        let name = try identity(prefix + "_NAME", role.rawValue + ".name", "user.name")
        let email =
            try identity(prefix + "_EMAIL", role.rawValue + ".email", "user.email") ?? environment("EMAIL")
        guard let name, let email else {
            throw GitError(
                .missingIdentity,
                "git does not know who you are: no \(name == nil ? "user.name" : "user.email") is configured",
                advice: """
                    set both: git config --global user.name 'Your Name' && \
                    git config --global user.email you@example.org
                    """
            )
        }
        guard let text = environment(prefix + "_DATE") else {
            return Signature(name: name, email: email, time: date ?? .now)
        }
        guard let time = Timestamp(gitText: text) else {
            throw GitError(
                .other,
                "\(prefix)_DATE is '\(text)', which is not in git's internal format",
                advice: "set it as seconds and zone, e.g. \(prefix)_DATE='1112911993 +0200', or unset it"
            )
        }
        return Signature(name: name, email: email, time: time)
    }

    private func identity(_ variable: String, _ keys: String...) throws(GitError) -> String? {
        if let value = environment(variable) { return value }
        for key in keys {
            if let value = try configString(key), !value.isEmpty { return value }
        }
        return nil
    }
}
