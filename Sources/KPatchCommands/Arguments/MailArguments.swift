// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import PatchSeries
import SystemPackage

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

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A report.json of 'test' for the cover letter, which else says that nothing was run; as often as you like.",
            valueName: "file"
        ),
        completion: .file(extensions: ["json"])
    )
    var tested: [String] = []

    /// - Parameter selection: what is mailed, and must have been tested.
    func choice(_ selection: Selection) throws -> MailChoice {
        MailChoice(
            words: subjectPrefix ?? (rfc ? "PATCH RFC" : "PATCH"),
            coverLetter: coverLetter,
            tested: try tested.map { path in
                try TestedKernel(Files.read(FilePath(path), limit: 64 << 20), path: path, of: selection)
            }
        )
    }
}
