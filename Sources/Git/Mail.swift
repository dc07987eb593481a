// SPDX-License-Identifier: GPL-2.0-only

extension Repository {
    /// A commit as a mail, as `git format-patch --no-renames --abbrev=12` writes it; `git am` makes the same tree of it.
    ///
    /// - Throws: `other` for a merge; `unmailable` for a message of which `git am` would make another one.
    public func mail(for id: ObjectID, _ options: MailOptions = MailOptions()) throws(GitError) -> [UInt8] {
        let commit = try commit(id)
        guard commit.parents.count < 2 else {
            throw GitError(
                .other,
                "\(id) is a merge, which can't be mailed",
                advice: "mail its parents' commits"
            )
        }
        guard try hasPlainMessage(id) else {
            throw GitError(
                .unmailable,
                "the message of \(id) is not UTF-8, or has a NUL",
                advice: "reword it, as `git rebase -i` does"
            )
        }
        var parentTree: ObjectID?
        if let parent = commit.parents.first { parentTree = try self.commit(parent).tree }
        let patches = try filePatches(from: parentTree, to: commit.tree)
        let message = MailMessage(commit.message)
        if let fault = MailFault(of: commit.message) {
            throw GitError(
                .unmailable,
                "the message of \(id) has \(fault.what)",
                advice: fault.advice
            )
        }
        var body: [UInt8] = []
        if !message.body.isEmpty { body += "\(message.body)\n".utf8 }
        body += "---\n".utf8
        if !options.changelog.isEmpty { body += "\(withoutNewlines(options.changelog))\n\n".utf8 }
        if !patches.isEmpty { body += "\(DiffStat(patches).text)\n".utf8 }
        body += patches.flatMap(\.text)
        return mailBytes(id, by: commit.author, message, body, options)
    }

    /// A series' cover letter, as `git format-patch --cover-letter` writes it: a subject, a text, the shortlog and the
    /// diffstat of the whole series. `git am` passes over it only with `--empty=drop`.
    ///
    /// - Parameters:
    ///   - base: the commit below the series.
    ///   - tip: the series' last commit.
    ///   - text: the subject, an empty line, and what is to stand above the changelog and the shortlog.
    /// - Throws: `other` if `tip` does not follow `base` in a straight line.
    public func coverLetter(
        from base: ObjectID,
        to tip: ObjectID,
        text: String,
        by sender: Signature,
        _ options: MailOptions
    ) throws(GitError) -> [UInt8] {
        let shortlog = Shortlog(try commits(from: base, to: tip))
        let patches = try filePatches(from: try commit(base).tree, to: try commit(tip).tree)
        let message = MailMessage(text)
        if let fault = MailFault.split(message.body) {
            throw GitError(.unmailable, "the cover letter has \(fault.what)", advice: fault.advice)
        }
        var body: [UInt8] = []
        for part in [message.body, options.changelog, shortlog.text] where !part.isEmpty {
            body += "\(withoutNewlines(part))\n\n".utf8
        }
        if !patches.isEmpty { body += "\(DiffStat(patches).text)\n".utf8 }
        return mailBytes(tip, by: sender, message, body, options)
    }

    /// The commits after `base` up to `tip`, oldest first.
    private func commits(from base: ObjectID, to tip: ObjectID) throws(GitError) -> [Commit] {
        var commits: [Commit] = []
        var id = tip
        while id != base {
            let next = try commit(id)
            guard next.parents.count == 1 else {
                throw GitError(
                    .other,
                    "\(tip) does not follow \(base) in a straight line: \(id) has \(next.parents.count) parents",
                    advice: "rebase the series on its base"
                )
            }
            commits.append(next)
            id = next.parents[0]
        }
        return commits.reversed()
    }

    /// A mail around its body; trailer and signature are put below that.
    private func mailBytes(
        _ id: ObjectID,
        by sender: Signature,
        _ message: MailMessage,
        _ body: [UInt8],
        _ options: MailOptions
    ) -> [UInt8] {
        var bytes = body
        if !options.trailer.isEmpty { bytes += "\n\(withoutNewlines(options.trailer))\n".utf8 }
        if !options.signature.isEmpty { bytes += "-- \n\(withoutNewlines(options.signature))\n\n".utf8 }

        // The first line is the mark by which mailbox tools know a patch; its date never changes.
        var head = "From \(id) Mon Sep 17 00:00:00 2001\n"
        if let messageID = options.messageID { head += "Message-ID: <\(messageID)>\n" }
        if let parent = options.inReplyTo { head += "In-Reply-To: <\(parent)>\nReferences: <\(parent)>\n" }
        head += MailHeaderText.from(sender)
        head += "Date: \(sender.time.mailText)\n"
        head += MailHeaderText.subject(prefix: options.bracketText, title: message.title)
        head += options.headers.map(MailHeaderText.other).joined()
        if message.title.utf8.contains(where: { $0 > 127 }) || bytes.contains(where: { $0 > 127 }) {
            head +=
                "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n"
        }
        return Array((head + "\n").utf8) + bytes
    }

    private func withoutNewlines(_ text: String) -> String {
        var text = Substring(text)
        while text.last?.isNewline == true { text.removeLast() }
        return String(text)
    }
}

/// A commit message, taken apart as git does: the first paragraph is the title, in one line.
struct MailMessage {
    let title: String
    /// Without empty lines at either end and without spaces at the ends of lines.
    let body: String

    init(_ message: String) {
        // CR LF is one Character: a message with such line ends would be a single line.
        let lines = message.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
            .map(Substring.init)
            .map { line in
                line.lastIndex { !$0.isWhitespace }.map { String(line[...$0]) } ?? ""
            }
            .drop(while: \.isEmpty)
        title = lines.prefix { !$0.isEmpty }.joined(separator: " ")
        var rest = lines.drop { !$0.isEmpty }.drop(while: \.isEmpty)
        while rest.last?.isEmpty == true { rest.removeLast() }
        body = rest.joined(separator: "\n")
    }
}
