// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Git
import PatchSeries
import SystemPackage

struct RenderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "Writes the patches as mail, for b4, git send-email, git am or an editor; changes nothing.",
        discussion: """
            The mbox goes to standard output, or one file per mail into a folder. A series of several patches has a \
            cover letter, which the others answer; git am passes over it with --empty=drop. Nothing is written to the \
            repository, and nothing is sent.

            The revision is the one after the last that was mailed (revisions in series.yml); its changelog names the \
            options that have other values since, with who asked for it. The selection as posted is the posted mail.
            """
    )

    @OptionGroup var selection: SelectionArguments
    @OptionGroup var tree: TreeArguments
    @OptionGroup var mail: MailArguments

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Write v2-0001-….patch files into this folder instead.", valueName: "folder")
    )
    var output: String?

    @Flag(name: .long, help: "Add your Signed-off-by to every patch.")
    var signoff = false

    func validate() throws {
        if output?.isEmpty == true { throw ValidationError("--output needs a folder") }
    }

    func run() async throws {
        let (loaded, selected) = try selection.load()
        guard loaded.series.purpose == .mail else {
            throw Failure(.usage, "series \(loaded.series.name) serves tests only and is not made into mail")
        }
        let revision = try MailRevision(
            selected,
            of: loaded.series,
            chosen: mail.rerollCount,
            since: mail.since,
            isSignedAnew: signoff
        )
        let open = try tree.openInMemory()
        let generation = try open.generate(loaded, selected, signOff: signoff)
        let plan = try open.mailPlan(generation, loaded, selected, revision, mail)
        for note in generation.rendered.notes + plan.notes { Terminal.note("note: \(note)") }
        var mails = try open.mails(generation, plan, headers: [])
        if mail.recipients {
            let people = try open.people()
            let script = try open.getMaintainer(generation)
            let recipients = try await Recipients.find(
                script,
                patches: mails.filter(\.isPatch).map(\.bytes),
                messages: generation.commits.map(\.message),
                review: loaded.review(),
                sender: people.committer,
                state: open.state
            )
            mails = try open.mails(generation, plan, headers: recipients.headers)
        }
        guard let output else {
            try Terminal.output(Array(mails.map(\.bytes).joined()))
            return
        }
        let folder = FilePath(output)
        try Folder.make(folder)
        try requireRoom(in: folder, for: mails, revision: revision.number)
        for mail in mails { try Folder.write(mail.bytes, to: folder.appending(mail.fileName)) }
        try Terminal.output(mails.map { folder.appending($0.fileName).string }.joined(separator: "\n"))
    }
}

extension RenderCommand {
    /// Mails of another series under the same revision would be sent along with these.
    private func requireRoom(in folder: FilePath, for mails: [PatchMail], revision: Int) throws(Failure) {
        let ours = Set(mails.map(\.fileName))
        let prefix = revision > 1 ? "v\(revision)-" : ""
        let others = try Folder.names(in: folder).filter { name in
            name.hasPrefix(prefix) && name.hasSuffix(".patch") && !ours.contains(name)
                && name.dropFirst(prefix.count).prefix(4).allSatisfy(\.isNumber)
        }
        guard let other = others.first else { return }
        throw Failure(
            .usage,
            "\(folder) holds other mails of this revision, such as \(other)\nremove them, or take another folder"
        )
    }
}

/// How the mails look.
struct MailArguments: ParsableArguments {
    @Option(
        name: [.customShort("v"), .long],
        help: ArgumentHelp("The revision's number. (default: the one after the last mailed)", valueName: "n")
    )
    var rerollCount: Int?

    @Option(
        name: .long,
        help: ArgumentHelp("Count changes from this variant or revision, e.g. v1.", valueName: "name")
    )
    var since: String?

    @Flag(inversion: .prefixedNo, help: "Whether the subject says RFC.")
    var rfc = true

    @Option(
        name: .long,
        help: ArgumentHelp("The words in the subject's brackets, before the revision.", valueName: "text")
    )
    var subjectPrefix: String?

    @Flag(
        inversion: .prefixedNo,
        help: "Whether there is a cover letter. (default: if there are several patches)"
    )
    var coverLetter: Bool?

    func validate() throws {
        if let subjectPrefix,
            subjectPrefix.allSatisfy(\.isWhitespace) || subjectPrefix.contains(where: \.isNewline)
        {
            throw ValidationError("--subject-prefix needs words in one line, such as \"PATCH net-next\"")
        }
    }

    @Flag(name: .long, help: "Fill To and Cc with what the tree's scripts/get_maintainer.pl says.")
    var recipients = false

    /// What stands in the subject's brackets, without the patch's number.
    func brackets(_ revision: Int) -> String {
        let words = subjectPrefix ?? (rfc ? "PATCH RFC" : "PATCH")
        return revision > 1 ? "\(words) v\(revision)" : words
    }
}
