// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import Git
import Kernel
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
            options that have other values since, with who asked for it. What others mailed before (history) is listed, \
            and the changelog of the first revision counts from there; on a tree that has the feature the series is a \
            new one, and counts from nothing. The selection as posted is the posted mail.

            The cover letter names the contested points of the review that are not taken up, and what --tested says.
            """
    )

    @OptionGroup var selection: SelectionArguments
    @OptionGroup var tree: TreeArguments
    @OptionGroup var mail: MailArguments

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Write v2-0001-….patch files into this folder instead.", valueName: "folder"),
        completion: .directory
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
            throw Failure(.user, "series \(loaded.series.name) serves tests only and is not made into mail")
        }
        let revision = try MailRevision(
            selected,
            of: loaded.series,
            chosen: mail.rerollCount,
            since: mail.since,
            isSignedAnew: signoff
        )
        let open = try tree.openInMemory()
        let generation = try open.base.generate(loaded, selected, signOff: signoff)
        let plan = try open.base.mailPlan(generation, loaded, revision, mail.choice(selected))
        for note in generation.rendered.notes + plan.notes { Terminal.note("note: \(note)") }
        var mails = try open.base.mails(generation, plan, headers: [])
        if mail.recipients {
            let people = try open.base.repository.people()
            let script = try open.base.getMaintainer(generation)
            let recipients = try await Recipients.find(
                script,
                patches: mails.filter(\.isPatch).map(\.bytes),
                messages: generation.commits.map(\.message),
                review: loaded.review(),
                sender: people.committer,
                temporary: open.state.temporary
            )
            mails = try open.base.mails(generation, plan, headers: recipients.headers)
        }
        guard let output else {
            try Terminal.output(Array(mails.map(\.bytes).joined()))
            return
        }
        let folder = FilePath(output)
        try Files.makeFolder(folder)
        try requireRoom(in: folder, for: mails, revision: revision.number)
        for mail in mails { try Files.write(mail.bytes, to: folder.appending(mail.fileName)) }
        try Terminal.output(mails.map { folder.appending($0.fileName).string }.joined(separator: "\n"))
    }
}

extension RenderCommand {
    /// Mails of another series under the same revision would be sent along with these.
    private func requireRoom(in folder: FilePath, for mails: [PatchMail], revision: Int) throws {
        let ours = Set(mails.map(\.fileName))
        let prefix = revision > 1 ? "v\(revision)-" : ""
        let others = try Files.names(in: folder).filter { name in
            name.hasPrefix(prefix) && name.hasSuffix(".patch") && !ours.contains(name)
                && name.dropFirst(prefix.count).prefix(4).allSatisfy(\.isNumber)
        }
        guard let other = others.first else { return }
        throw Failure(
            .user,
            "\(folder) holds other mails of this revision, such as \(other)\nremove them, or take another folder"
        )
    }
}
