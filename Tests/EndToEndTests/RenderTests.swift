// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import SystemPackage
import Testing

@Suite("render") struct RenderTests {
    @Test("git am of the mbox makes the trees that apply makes; nothing is written", arguments: Variant.all)
    func mailbox(_ variant: Variant) async throws {
        let world = try World()
        let linux = try await world.kernel()
        let mbox = try await unchanged(linux) {
            try await world.kpatchGen("render", "--variant", variant.name, "--tree", linux.string)
        }
        expectSuccess(mbox)
        try write(mbox.output, to: world["series.mbox"])
        try await world.git("clone", "-q", linux.string, world["clone"].string, in: world.root)
        // The cover letter is no patch.
        try await world.git("am", "-q", "--empty=drop", world["series.mbox"].string, in: world["clone"])

        expectSuccess(
            try await world.kpatchGen(
                "apply",
                "--variant",
                variant.name,
                "--tree",
                linux.string,
                "--branch",
                "b"
            )
        )
        for depth in 0..<variant.patches {
            let format = "--format=%T%n%an <%ae> %ad%n%B"
            let mailed = try await world.git(
                "log",
                "-1",
                "--date=unix",
                format,
                "HEAD~\(depth)",
                in: world["clone"]
            )
            let applied = try await world.git("log", "-1", "--date=unix", format, "b~\(depth)", in: linux)
            #expect(mailed == applied)
        }
        let base = try await world.git("rev-parse", "main", in: linux)
        #expect(mbox.lines.filter { $0.hasPrefix("base-commit: ") } == ["base-commit: \(base)"])
    }

    @Test("without a cover letter plain git am takes the mbox")
    func noCoverLetter() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let mbox = try await world.kpatchGen(
            "render",
            "--variant",
            "enc-op",
            "--tree",
            linux.string,
            "--no-cover-letter"
        )
        expectSuccess(mbox)
        #expect(mbox.lines.filter { $0.hasPrefix("Subject: ") }.count == 3)
        #expect(mbox.output.components(separatedBy: "\nChanges since RFC v1:\n").count == 2)
        try write(mbox.output, to: world["series.mbox"])
        try await world.git("clone", "-q", linux.string, world["clone"].string, in: world.root)
        try await world.git("am", "-q", world["series.mbox"].string, in: world["clone"])
        #expect(try await world.git("rev-list", "--count", "origin/main..HEAD", in: world["clone"]) == "3")
    }

    /// A mail without what git does not write: names of mails, the changelog, the change-id.
    private func comparable(_ mail: String) -> String {
        var text = mail
        text = text.replacing(/(?m)^(?:Message-I[Dd]|In-Reply-To|References): .*\n/, with: "")
        text = text.replacing(/(?m)^change-id: .*\n/, with: "")
        return text.replacing(/Changes since RFC v1:\n(?:.+\n)+\n/, with: "")
            .replacing(/Earlier, by .*:\n(?:.+\n)+\n/, with: "")
    }

    @Test("files in a folder are those of git format-patch, names and contents", arguments: Variant.all)
    func files(_ variant: Variant) async throws {
        let world = try World()
        let linux = try await world.kernel()
        let out = world["new/out"]
        let arguments = ["render", "--variant", variant.name, "--tree", linux.string]
        let outcome = try await unchanged(linux) {
            try await world.kpatchGen(arguments + ["--output", out.string])
        }
        expectSuccess(outcome)
        let mbox = try await world.kpatchGen(arguments)

        // What git makes of the same commits; objects have longer names in a whole kernel.
        expectSuccess(
            try await world.kpatchGen(
                "apply",
                "--variant",
                variant.name,
                "--tree",
                linux.string,
                "--branch",
                "b"
            )
        )
        let version = try await world.kpatchGen("--version").output.trimmingCharacters(in: .newlines)
        // As the kernel's own .gitattributes says: labels are no headings of hunks.
        try write("*.c diff=cpp\n*.h diff=cpp\n", to: linux.appending(".git/info/attributes"))
        let expected = try await world.git(
            "-c",
            "core.abbrev=12",
            "-c",
            "format.coverLetter=auto",
            "format-patch",
            "--base=main",
            "--thread",
            "--subject-prefix=PATCH RFC",
            "--signature=kpatch-gen \(version)",
            "-o",
            world["expected"].string,
            "main..b",
            in: linux
        )
        let names = expected.split(separator: "\n").map { String($0.split(separator: "/").last ?? "") }
        #expect(outcome.lines == names.map { out.appending($0).string })
        for name in names {
            let made = try read(out.appending(name))
            var judge = try read(world["expected"].appending(name))
            if name.hasSuffix("0000-cover-letter.patch") {
                // Subject and text are the template's.
                let subject = try #require(made.firstMatch(of: /(?m)^Subject: \[.*?\] (.*)$/)?.output.1)
                let body = try #require(
                    made.firstMatch(of: /\n\n((?:.|\n)*?)\n\nChanges since RFC v1:/)?.output.1
                )
                judge = judge.replacing("*** SUBJECT HERE ***", with: subject)
                    .replacing("*** BLURB HERE ***", with: body)
            }
            try write(comparable(made), to: world["compare/made"])
            try write(comparable(judge), to: world["compare/expected"])
            let same = try await world.shell(
                "diff -u \"$1\" \"$2\"",
                world["compare/made"].string,
                world["compare/expected"].string
            )
            #expect(same.status == 0, "\(name): \(same)")
        }
        #expect(
            try names.map { try read(out.appending($0)) }.joined() == mbox.output,
            "the mbox is the mails, one after the other"
        )
    }

    @Test("the subject's brackets can be chosen and patches are numbered")
    func subjectPrefix() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let one = try await world.kpatchGen("render", "--variant", "rfc-v1", "--tree", linux.string)
        #expect(one.lines.contains { $0.hasPrefix("Subject: [PATCH RFC] KVM: x86: Support") })
        let two = try await world.kpatchGen(
            "render",
            "--variant",
            "enc-op",
            "--tree",
            linux.string,
            "--subject-prefix",
            "PATCH kvm",
            "--signoff"
        )
        #expect(
            two.lines.filter { $0.hasPrefix("Subject: ") }.map { $0.prefix(25) } == [
                "Subject: [PATCH kvm 0/3] ", "Subject: [PATCH kvm 1/3] ",
                "Subject: [PATCH kvm 2/3] ", "Subject: [PATCH kvm 3/3] ",
            ]
        )
        #expect(two.lines.filter { $0 == "Signed-off-by: \(World.committer)" }.count == 3)
    }

    @Test("a reader that goes away ends the program quietly")
    func closedOutput() async throws {
        let world = try World()
        let linux = try await world.kernel()
        // The reader is gone before the program writes.
        let script =
            "{ sleep 0.3; \"$1\" render --variant enc-op --tree \"$2\"; echo \"status $?\" >&2; } | true"
        let outcome = try await unchanged(linux) {
            try await world.shell(script, try World.program(), linux.string)
        }
        #expect(outcome.errors.contains("status 141"), "128 + SIGPIPE, as git log | true: \(outcome)")
        #expect(!outcome.errors.contains("kpatch-gen: "), "\(outcome)")
        let head = try await world.shell("\"$1\" list | head -1", try World.program())
        #expect(head.lines.count == 1 && head.errors.isEmpty, "\(head)")
    }
}
