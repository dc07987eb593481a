// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git
import Kernel
import PatchSeries
import SystemPackage

/// Whom a series goes to.
package struct Recipients {
    private let recipients: [Recipient]

    /// The tree's maintainers, reviewers and lists for all patches together, the people of the patches' trailers, and
    /// those who reviewed the series before.
    ///
    /// - Parameters:
    ///   - messages: the commits' messages.
    ///   - review: what was said before; nil for nothing.
    ///   - sender: who needs no copy.
    ///   - temporary: a folder for what the script reads.
    package static func find(
        _ script: GetMaintainer,
        patches: [[UInt8]],
        messages: [String],
        review: Review?,
        sender: Signature,
        temporary: FilePath
    ) async throws -> Recipients {
        let scratch = try ScratchFolder(in: temporary, prefix: "recipients")
        let answer = try await script.recipients(of: patches, in: scratch.path)
        let trailers = messages.flatMap { $0.split(separator: "\n") }.compactMap(person)
        let reviewers = (review?.people ?? []).compactMap { person in
            person.email.map { Recipient(name: person.name, email: $0, role: "reviewed before") }
        }
        return Recipients(answer, others: trailers + reviewers, sender: sender)
    }

    private init(_ answer: [Recipient], others: [Recipient], sender: Signature) {
        var known: Set<String> = [sender.email.lowercased()]
        var recipients: [Recipient] = []
        // The sender decides on nothing of theirs, but a maintainer who sends stays one.
        for recipient in answer where recipient.isMaintainer || recipient.email != sender.email {
            known.insert(recipient.email.lowercased())
            recipients.append(recipient)
        }
        for person in others where known.insert(person.email.lowercased()).inserted {
            recipients.append(person)
        }
        self.recipients = recipients
    }

    /// To for those who decide, Cc for the others; the lists are who is left to decide where nobody maintains.
    package var headers: [MailHeader] {
        let deciders = recipients.filter(\.isMaintainer)
        let others = recipients.filter { !$0.isMaintainer }
        let (to, cc) = deciders.isEmpty ? (others, deciders) : (deciders, others)
        return [("To", to), ("Cc", cc)].filter { !$0.1.isEmpty }.map { name, people in
            let addresses = people.map { MailHeader.address(name: $0.name, email: $0.email) }
            return MailHeader(name, addresses.joined(separator: ",\n    "))
        }
    }

    /// The person of a trailer such as `Suggested-by: Name <address>`.
    private static func person(_ line: Substring) -> Recipient? {
        guard let colon = line.firstIndex(of: ":"), line.hasSuffix(">"),
            let opening = line.lastIndex(of: "<"), colon < opening
        else { return nil }
        let key = line[..<colon]
        guard key == "Cc" || key.hasSuffix("-by"), key.allSatisfy({ $0.isLetter || $0 == "-" }) else {
            return nil
        }
        let name = line[line.index(after: colon)..<opening].drop { $0 == " " }
        return Recipient(
            name: String(name.last == " " ? name.dropLast() : name),
            email: String(line[opening...].dropFirst().dropLast()),
            role: String(key)
        )
    }
}

extension BaseCommit {
    /// The base tree's own script, with the files of the tree that it reads.
    package func getMaintainer(_ generation: GeneratedSeries) throws -> GetMaintainer {
        var files: [String: [UInt8]] = [:]
        for path in GetMaintainer.files {
            files[path] = try repository.blob(at: path, inTree: tree)?.bytes
        }
        let changed = generation.rendered.patches.flatMap { $0.files.map(\.path) }
        return try GetMaintainer(files: files, changed: changed)
    }
}
