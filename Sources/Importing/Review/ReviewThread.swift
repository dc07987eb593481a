// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git
import SystemPackage

/// What was said about patches on a list: the mails they were posted in, and the answers.
package struct ReviewThread: Sendable {
    package struct Mail: Sendable {
        /// From 1, in the order of their dates; of what was posted, its place in the series.
        package fileprivate(set) var number: Int
        package let name: String
        /// Nil where a page of an archive doesn't show it.
        package let email: String?
        let date: Timestamp?
        /// Without angle brackets; nil where a page of an archive doesn't show it.
        package let messageID: String?
        /// What it answers, by Message-ID, the nearest first.
        let answers: [String]
        /// Without its brackets.
        let subject: String
        let lines: [String]
    }

    /// The mails with patches, in the order of the series.
    package let posted: [Mail]
    /// All others, from number 1 on.
    package let answers: [Mail]
    package let subject: String
    /// Of the cover letter or the first patch, without angle brackets.
    package let messageID: String?
    /// What the user should know.
    package let notes: [String]

    init(
        posted: [Mail],
        answers: [Mail],
        subject: String? = nil,
        messageID: String? = nil,
        notes: [String] = []
    ) {
        self.posted = posted
        self.answers = answers.enumerated().map { index, mail in
            var mail = mail
            mail.number = index + 1
            return mail
        }
        self.subject = subject ?? posted.first?.subject ?? ""
        self.messageID = messageID ?? posted.first?.messageID
        self.notes = notes
    }

    /// Reads a thread: an mbox, or the text of a Patchwork page as a browser saves or copies it.
    ///
    /// - Parameter temporary: a folder for what git writes.
    package static func read(_ path: FilePath, temporary: FilePath) async throws -> ReviewThread {
        let bytes = try Files.readSource(path)
        if bytes.count <= ImportLimit.mailSize,
            let page = try PatchworkPage(String(decoding: bytes, as: UTF8.self), name: path.string)
        {
            return page.thread
        }
        let mails = try RawMail.split(bytes, name: path.string)
        guard let first = mails.first, first.isMail else {
            throw ImportError(
                .source,
                "\(path) is neither an mbox nor the text of a Patchwork page\nget the thread with its answers: b4 mbox MESSAGE-ID"
            )
        }
        let scratch = try ScratchFolder(in: temporary, prefix: "review")
        var read: [(mail: Mail, brackets: SubjectBrackets, hasPatch: Bool)] = []
        for mail in mails {
            try Task.checkCancellation()
            let place = "\(path):\(mail.line)"
            let (head, body) = try await GitMailReader.body(mail, in: scratch.path, name: place)
            let subject =
                mail.headers["subject"]?.contains("=?") ?? false
                ? try await GitMailReader.subject(mail, in: scratch.path, name: place)
                : mail.headers["subject"] ?? ""
            read.append(
                (
                    Mail(
                        number: 0,
                        name: head.name.isEmpty ? "nobody" : head.name,
                        email: head.email.isEmpty ? nil : head.email,
                        date: head.date,
                        messageID: mail.messageID,
                        answers: mail.answered,
                        subject: head.subject,
                        lines: String(decoding: body, as: UTF8.self).lines.map(String.init)
                    ),
                    SubjectBrackets(subject), !head.patch.isEmpty
                )
            )
        }
        return try sorted(read, path.string)
    }

    private static func sorted(
        _ mails: [(mail: Mail, brackets: SubjectBrackets, hasPatch: Bool)],
        _ name: String
    ) throws(ImportError) -> ReviewThread {
        func isPosted(_ brackets: SubjectBrackets) -> Bool { brackets.isPatch && !brackets.isReply }
        let roots = mails.filter { isPosted($0.brackets) }
        let revision = roots.map(\.brackets.revision).max() ?? 1
        let newest = roots.filter { $0.brackets.revision == revision }
        let letter = newest.first { $0.brackets.number == 0 }
        let posted = newest.filter { $0.brackets.number != 0 && $0.hasPatch }.enumerated().sorted {
            ($0.element.brackets.number ?? 0, $0.offset) < ($1.element.brackets.number ?? 0, $1.offset)
        }.enumerated().map { index, entry in
            var mail = entry.element.mail
            mail.number = index + 1
            return mail
        }
        guard !posted.isEmpty else {
            throw ImportError(
                .source,
                "\(name) has no patch that its answers could be about\nget the whole thread: b4 mbox MESSAGE-ID"
            )
        }
        let answers = mails.filter { !isPosted($0.brackets) }.map(\.mail).enumerated().sorted {
            ($0.element.date?.seconds ?? .max, $0.offset) < ($1.element.date?.seconds ?? .max, $1.offset)
        }.map(\.element)
        guard !answers.isEmpty else {
            throw ImportError(
                .source,
                "\(name) has no answer to its patches\nget the whole thread: b4 mbox MESSAGE-ID"
            )
        }
        return ReviewThread(
            posted: posted,
            answers: answers,
            subject: letter?.mail.subject,
            messageID: letter?.mail.messageID,
            notes: newest.count < roots.count
                ? ["the answers are told by revision \(revision); the source has earlier ones, too"] : []
        )
    }
}

extension RawMail {
    /// The mails that it answers, the nearest first.
    fileprivate var answered: [String] {
        let ids = ["in-reply-to", "references"].flatMap { name in
            let found = (headers[name] ?? "").split(separator: "<", omittingEmptySubsequences: false)
                .dropFirst().map {
                    String($0.prefix { $0 != ">" })
                }
            return name == "references" ? found.reversed() : found
        }
        return ids.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}

/// The text of a Patchwork page: a patch and the comments on it.
struct PatchworkPage {
    let thread: ReviewThread

    /// Nil for a text that is none.
    init?(_ text: String, name: String) throws(ImportError) {
        let lines = text.lines.map { line in
            String(line.last == "\r" ? line.dropLast() : line)
        }
        guard lines.contains("Commit Message"), let message = lines.firstIndex(of: "Commit Message"),
            let comments = lines[message...].firstIndex(of: "Comments")
        else { return nil }
        let heads = lines.indices.filter { $0 > comments }.compactMap { index -> (Int, Head)? in
            Head(lines[index], hasNumber: true).map { (index, $0) }
        }
        let patch = lines.lastIndex(of: "Patch").flatMap { $0 > comments ? $0 : nil } ?? lines.count
        guard let first = lines[message...].dropFirst().first(where: { !$0.isEmpty }),
            let author = Head(first, hasNumber: false), let start = lines[message...].firstIndex(of: first)
        else {
            throw ImportError(.source, "\(name):\(message + 1): nobody is named as the author of the patch")
        }
        let end =
            lines[..<patch].lastIndex(of: "diff mbox series").flatMap { $0 > comments ? $0 : nil } ?? patch
        let id = lines[..<message].first { $0.hasPrefix("Message ID ") }
            .map { String($0.dropFirst("Message ID ".count).prefix { !$0.isWhitespace }) }
        let subject = lines[..<message].first { !$0.isEmpty && $0 != "diff mbox series" } ?? ""
        func mail(_ head: Head, _ lines: ArraySlice<String>, _ id: String? = nil) -> ReviewThread.Mail {
            ReviewThread.Mail(
                number: 1,
                name: head.name,
                email: Self.address(of: head.name, in: text),
                date: nil,
                messageID: id,
                answers: [],
                subject: subject,
                lines: Array(lines)
            )
        }
        let diff = patch < lines.count ? lines[(patch + 1)...] : []
        let posted = mail(author, lines[(start + 1)..<comments] + diff, id)
        let answers = heads.enumerated().map { number, head in
            mail(head.1, lines[(head.0 + 1)..<(number + 1 < heads.count ? heads[number + 1].0 : end)])
        }
        guard !answers.isEmpty else { throw ImportError(.source, "\(name) is a page without comments") }
        thread = ReviewThread(posted: [posted], answers: answers)
    }

    /// `Paolo Bonzini Feb. 24, 2021, 9:18 a.m. UTC | #1`
    private struct Head {
        let name: String

        init?(_ line: String, hasNumber: Bool) {
            var words = line.split(separator: " ")
            guard words.count <= 24 else { return nil }
            if hasNumber {
                guard words.count > 2, words.removeLast().first == "#", words.removeLast() == "|" else {
                    return nil
                }
            }
            guard words.last == "UTC",
                let year = words.lastIndex(where: {
                    $0.utf8.count == 5 && Int($0.dropLast()) != nil && $0.hasSuffix(",")
                }),
                year > 2, words[year - 1].hasSuffix(","), Int(words[year - 1].dropLast()) != nil,
                words[year - 2].first?.isUppercase ?? false
            else { return nil }
            name = words[..<(year - 2)].joined(separator: " ")
        }
    }

    /// What stands behind a name in angle brackets, wherever the page shows it.
    private static func address(of name: String, in text: String) -> String? {
        guard let found = text.firstRange(of: "\(name) <") else { return nil }
        let address = text[found.upperBound...].prefix { $0 != ">" && !$0.isWhitespace }
        return address.contains("@") && address.utf8.count < 200 ? String(address) : nil
    }
}
