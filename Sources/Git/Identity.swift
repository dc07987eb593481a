// SPDX-License-Identifier: GPL-2.0-only

import Glibc

extension Repository {
    /// In which of a commit's two places a signature stands.
    public enum Role: String, Sendable {
        /// Who wrote the change.
        case author
        /// Who made the commit.
        case committer

        fileprivate var variable: String { "GIT_" + rawValue.uppercased() }
    }

    /// The signature that git would use: `GIT_AUTHOR_NAME`, `_EMAIL` and `_DATE` (or `GIT_COMMITTER_…`), then
    /// `author.name` (or `committer.name`), then `user.name`; the same for the address, where `EMAIL` comes last.
    ///
    /// Where configuration or date are of a kind that libgit2 doesn't read as git does, git itself is asked
    /// (`git var`): a wrong name in a Signed-off-by is the worst thing this program could do.
    ///
    /// - Parameter date: when, unless the environment says so; nil for now.
    /// - Throws: `missingIdentity`, `badDate`. Nothing is guessed from the host's name, as git would.
    public func defaultSignature(
        _ role: Role = .author,
        at date: Timestamp? = nil
    ) throws(GitError) -> Signature {
        let dateText = environment(role.variable + "_DATE")
        let time = dateText.flatMap { Timestamp(gitText: $0) }
        let isOtherFormat = dateText != nil && time == nil
        let asksGit = if isOtherFormat { true } else { try isConfiguredBeyondLibrary() }
        if asksGit {
            let signature = try signatureOfGit(role)
            guard dateText == nil else { return signature }
            return Signature(name: signature.name, email: signature.email, time: date ?? .now)
        }
        let name = try identity(role.variable + "_NAME", role.rawValue + ".name", "user.name")
        let email =
            try identity(role.variable + "_EMAIL", role.rawValue + ".email", "user.email")
            ?? environment("EMAIL")
        guard let name, let email else {
            throw Self.missingIdentity(name == nil ? "user.name" : "user.email")
        }
        return Signature(name: withoutCrud(name), email: withoutCrud(email), time: time ?? date ?? .now)
    }

    private func identity(_ variable: String, _ keys: String...) throws(GitError) -> String? {
        if let value = environment(variable) { return value }
        for key in keys {
            if let value = try configString(key), !value.isEmpty { return value }
        }
        return nil
    }

    private static func missingIdentity(_ what: String) -> GitError {
        GitError(
            .missingIdentity,
            "git does not know who you are: no \(what) is configured",
            advice: """
                set both: git config --global user.name 'Your Name' && \
                git config --global user.email you@example.org
                """
        )
    }

    /// Whether there is configuration that libgit2 1.5 passes over: in the environment, or under a condition of which
    /// it doesn't know every kind.
    private func isConfiguredBeyondLibrary() throws(GitError) -> Bool {
        let variables = ["GLOBAL", "SYSTEM", "NOSYSTEM", "COUNT", "PARAMETERS"].map { "GIT_CONFIG_" + $0 }
        if variables.contains(where: { getenv($0) != nil }) { return true }
        return try readableConfiguration().hasMatch(#"^includeif\."#)
    }

    private func signatureOfGit(_ role: Role) throws(GitError) -> Signature {
        // Git alone would take the host's name.
        let command = [
            "--git-dir=\(gitDirectory)", "-c", "user.useConfigOnly=true", "var", role.variable + "_IDENT",
        ]
        var git = try GitProgram(command)
        // That forbids EMAIL, too, which is nobody's guess.
        if git.status != 0, let email = environment("EMAIL"), environment(role.variable + "_EMAIL") == nil {
            git = try GitProgram(command, with: [role.variable + "_EMAIL": email])
        }
        guard let text = String(validating: git.output, as: UTF8.self) else {
            throw Self.missingIdentity(
                "name in UTF-8 (git has '\(String(decoding: git.output, as: UTF8.self))')"
            )
        }
        guard git.status == 0, let close = text.lastIndex(of: ">"), let open = text.firstRange(of: " <"),
            open.upperBound <= close,
            // Seconds, however few their digits are.
            let time = Timestamp(gitText: "@\(text[close...].dropFirst(2).prefix { !$0.isNewline })")
        else {
            let words = git.errors.split(separator: "\n").last.map(String.init) ?? ""
            if words.contains("date") {
                throw GitError(
                    .badDate,
                    "git can't read \(role.variable)_DATE: \(words)",
                    advice:
                        "set it as seconds and zone, e.g. \(role.variable)_DATE='1112911993 +0200', or unset it"
                )
            }
            if git.status == 127 {
                throw GitError(.other, words, advice: "install git: it has to say who commits here")
            }
            throw Self.missingIdentity("name or address (git: \(words))")
        }
        return Signature(
            name: String(text[..<open.lowerBound]),
            email: String(text[open.upperBound..<close]),
            time: time
        )
    }
}

/// A name or address as git puts it into a commit (ident.c, `strbuf_addstr_without_crud`): nothing but letters and the
/// like at its ends, and no angle brackets or line ends.
func withoutCrud(_ text: String) -> String {
    func isCrud(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value <= 32 || ".,:;<>\"\\'".unicodeScalars.contains(scalar)
    }
    var rest = Substring(text).unicodeScalars
    while let first = rest.first, isCrud(first) { rest.removeFirst() }
    while let last = rest.last, isCrud(last) { rest.removeLast() }
    return String(String.UnicodeScalarView(rest.filter { $0 != "<" && $0 != ">" && $0 != "\n" }))
}
