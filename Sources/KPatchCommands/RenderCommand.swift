// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Git
import PatchSeries
import SystemPackage

struct RenderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "Writes the patches as mail, for git am, b4 or an editor; changes nothing.",
        discussion:
            "The mbox goes to standard output, or one file per patch into a folder. Nothing is written to the repository."
    )

    @OptionGroup var selection: SelectionArguments
    @OptionGroup var tree: TreeArguments

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Write 0001-….patch files into this folder instead.", valueName: "folder")
    )
    var output: String?

    @Flag(name: .long, help: "Add your Signed-off-by.")
    var signoff = false

    @Option(name: .long, help: ArgumentHelp("The words in the subject's brackets.", valueName: "text"))
    var subjectPrefix: String?

    func run() throws {
        let (loaded, selected) = try selection.load()
        guard loaded.series.purpose == .mail else {
            throw Failure(.usage, "series \(loaded.series.name) serves tests only and is not made into mail")
        }
        let open = try tree.openInMemory()
        let generation = try open.generate(loaded, selected, signOff: signoff)
        let mails = try open.mails(generation, subjectPrefix: subjectPrefix ?? "PATCH RFC")
        for note in generation.rendered.notes { Terminal.note("note: \(note)") }
        guard let output else {
            try Terminal.output(Array(mails.map(\.bytes).joined()))
            return
        }
        let folder = FilePath(output)
        try Folder.make(folder)
        for mail in mails { try Folder.write(mail.bytes, to: folder.appending(mail.fileName)) }
        try Terminal.output(mails.map { folder.appending($0.fileName).string }.joined(separator: "\n"))
    }
}

/// One patch as a mail.
struct PatchMail {
    let fileName: String
    let bytes: [UInt8]
}

extension OpenTree {
    /// The commits as `git format-patch` would write them.
    func mails(_ generation: Generation, subjectPrefix: String) throws(Failure) -> [PatchMail] {
        do {
            return try generation.commits.enumerated().map { index, commit throws(GitError) in
                var options = MailOptions()
                options.subjectPrefix = subjectPrefix
                options.total = generation.commits.count
                if generation.commits.count > 1 { options.number = index + 1 }
                options.signature = "kpatch-gen \(KPatchGen.version)"
                if index == 0 { options.trailer = "base-commit: \(generation.base)" }
                return PatchMail(
                    fileName: Self.fileName(index + 1, commit.subject),
                    bytes: try repository.mail(for: commit.id, options)
                )
            }
        } catch {
            throw Failure(error)
        }
    }

    /// `0001-KVM-SVM-….patch`, as git names it (at most 64 bytes).
    private static func fileName(_ number: Int, _ subject: String) -> String {
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
        let stem = String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "-" + name
        let cut = stem.prefix(57)
        return (cut.last == "-" || cut.last == "." ? cut.dropLast() : cut) + ".patch"
    }
}
