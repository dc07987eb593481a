// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git
import PatchSeries

/// One mail of a series.
package struct PatchMail {
    package let fileName: String
    package let bytes: [UInt8]
    /// False for the cover letter.
    package let isPatch: Bool
}

/// What the user decides about mails.
package struct MailChoice {
    /// The words in the subject's brackets, before the revision.
    package let words: String
    /// Whether there is a cover letter; nil: if there are several patches.
    package let coverLetter: Bool?
    /// What the patches were tested on, for the cover letter.
    package let tested: [TestedKernel]

    package init(words: String = "PATCH RFC", coverLetter: Bool? = nil, tested: [TestedKernel] = []) {
        self.words = words
        self.coverLetter = coverLetter
        self.tested = tested
    }

    /// What stands in the subject's brackets, without the patch's number.
    func brackets(_ revision: Int) -> String { revision > 1 ? "\(words) v\(revision)" : words }
}

/// What a revision's mails have besides the commits.
package struct MailPlan {
    package let revision: Int
    /// Of the mails, cover letter first if there is one.
    package let options: [MailOptions]
    /// Subject and text of the cover letter; nil for none.
    package let cover: String?
    package let sender: Signature
    /// What the user should know.
    package let notes: [String]
}

extension BaseCommit {
    /// Numbers, names and threads the mails, and puts the changelog and the trailers where they belong: into the first.
    package func mailPlan(
        _ generation: GeneratedSeries,
        _ loaded: LoadedSeries,
        _ revision: MailRevision,
        _ choice: MailChoice
    ) throws -> MailPlan {
        let sender = try repository.people().committer
        let series = loaded.series
        let total = generation.changing.count
        let hasCover = choice.coverLetter ?? (total > 1)
        let cover = hasCover ? try coverText(generation, loaded, choice.tested) : nil

        var notes: [String] = []
        var changelog = ""
        let settled = generation.rendered.settled
        if let since = revision.since, !(since.isAncestor && settled.isAlongside) {
            let changes = Changelog(
                from: since.selection,
                to: settled,
                try loaded.review()
            )
            changelog = changes.text(since: since.name, link: since.link)
            if since.isAncestor { changelog += "\n\n" + series.ancestry }
            if since.link == nil {
                notes.append("nobody has seen \(since.name), which the changelog counts from")
            }
            if changes.isEmpty { notes.append("no option has another value than in \(since.name)") }
        }

        let brackets = choice.brackets(revision.number)
        let contents = [generation.base.description, brackets, cover ?? "", changelog]
        let changeID = (settled.isAlongside ? series.upstream?.changeID : nil) ?? series.changeID
        let ids = try MessageIDs(
            changeID: changeID ?? series.name,
            revision: revision.number,
            contents: contents + generation.changing.flatMap { [$0.tree.description, $0.message] },
            sender: sender
        )
        let first = hasCover ? 0 : 1
        let numbers = Array(first..<(total + 1))
        // A posted series of several patches has its first mail's name on record, and no others.
        let names = numbers.map { number in
            total == 1 && !hasCover ? revision.postedID ?? ids.name(number) : ids.name(number)
        }
        var options: [MailOptions] = []
        for (number, name) in zip(numbers, names) {
            var mail = MailOptions()
            mail.subjectPrefix = brackets
            mail.total = total
            if numbers.count > 1 { mail.number = number }
            mail.signature = Program.signature
            mail.messageID = name
            if number == first {
                mail.changelog = changelog
                mail.trailer = "base-commit: \(generation.base)"
                if let changeID { mail.trailer += "\nchange-id: \(changeID)" }
            } else {
                mail.inReplyTo = names[0]
            }
            options.append(mail)
        }
        return MailPlan(
            revision: revision.number,
            options: options,
            cover: cover,
            sender: sender,
            notes: notes
        )
    }

    /// The mails as `git format-patch` would write them, with more headers in each.
    package func mails(_ generation: GeneratedSeries, _ plan: MailPlan, headers: [MailHeader]) throws
        -> [PatchMail]
    {
        let options = plan.options.map { options in
            var options = options
            options.headers = headers
            return options
        }
        let prefix = plan.revision > 1 ? "v\(plan.revision)-" : ""
        var mails: [PatchMail] = []
        if let cover = plan.cover {
            let bytes = try repository.coverLetter(
                from: generation.base,
                to: generation.tip,
                text: cover,
                by: plan.sender,
                options[0]
            )
            mails.append(
                PatchMail(fileName: "\(prefix)0000-cover-letter.patch", bytes: bytes, isPatch: false)
            )
        }
        let rest = options.suffix(generation.changing.count)
        for (index, (commit, options)) in zip(generation.changing, rest).enumerated() {
            mails.append(
                PatchMail(
                    fileName: Self.fileName(prefix, index + 1, commit.subject),
                    bytes: try repository.mail(for: commit.id, options),
                    isPatch: true
                )
            )
        }
        return mails
    }

    private func coverText(_ generation: GeneratedSeries, _ loaded: LoadedSeries, _ tested: [TestedKernel])
        throws -> String
    {
        let path = "\(loaded.folder)/cover.txt"
        guard let bytes = loaded.files["cover.txt"] else {
            throw Failure(
                .user,
                "\(path) is missing, which holds the cover letter: its subject, an empty line, its text\nwrite it, or leave the letter out with --no-cover-letter"
            )
        }
        let template = Template(path: path, bytes: bytes)
        let settled = generation.rendered.settled
        let text = String(decoding: try settled.render(template), as: UTF8.self)
        var parts = [text.hasSuffix("\n") ? String(text.dropLast()) : text]
        if let review = try loaded.review() { parts.append(settled.notTaken(review)) }
        parts.append(TestedKernel.text(tested, beneath: try loaded.guestTests().beneath))
        return parts.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
    }

    /// `v2-0001-KVM-SVM-….patch`, as git names it (at most 64 bytes).
    private static func fileName(_ prefix: String, _ number: Int, _ subject: String) -> String {
        var name = ""
        for character in subject {
            if character.isASCII,
                character.isLetter || character.isNumber || character == "." || character == "_"
            {
                name.append(character)
            } else if !name.isEmpty, name.last != "-" {
                name.append("-")
            }
        }
        let digits = String(number)
        let padding = String(repeating: "0", count: max(0, 4 - digits.count))
        let cut = "\(prefix)\(padding)\(digits)-\(name)".prefix(57)
        return (cut.last == "-" || cut.last == "." ? cut.dropLast() : cut) + ".patch"
    }
}
