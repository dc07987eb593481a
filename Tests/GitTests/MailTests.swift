// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import Git
import Testing

@Suite struct MailTests {
    /// A commit with every kind of change that a kernel patch can have.
    private func scratchWithChanges(_ message: String) throws -> (Scratch, base: ObjectID, tip: ObjectID) {
        let scratch = try Scratch()
        try scratch.write(
            "arch/x86/kvm/svm/sev.c",
            (1...60).map {
                $0 % 20 == 1 ? "int f\($0)(void)\n{\n" : $0 % 20 == 10 ? "out:\n" : "\tline \($0);\n"
            }.joined()
        )
        try scratch.write("end.c", "one\ntwo")
        try scratch.write("mode.sh", "#!/bin/sh\n")
        try scratch.write("gone", "bye\n")
        try scratch.write("a name.txt", "x\n")
        try scratch.write("ünï/\"q\".txt", "x\n")
        try scratch.write(
            "Documentation/virt/kvm/x86/amd-memory-encryption-with-a-long-name.rst",
            "Title\n=====\n"
        )
        let base = try scratch.commit("base")
        let path = scratch.repository + "/arch/x86/kvm/svm/sev.c"
        var text = try String(contentsOfFile: path, encoding: .utf8)
        text = text.replacing("line 15;", with: "line fifteen;\n\tmore;").replacing("\tline 37;\n", with: "")
        try scratch.write("arch/x86/kvm/svm/sev.c", text)
        try scratch.write("end.c", "one\ntwo\n")
        try scratch.write("new/run.sh", "#!/bin/sh\necho no newline", executable: true)
        try scratch.write("empty", "")
        try scratch.write("mode.sh", "#!/bin/sh\n", executable: true)
        try scratch.write("a name.txt", "y\n")
        try scratch.write("ünï/\"q\".txt", "ü\n")
        try scratch.write(
            "Documentation/virt/kvm/x86/amd-memory-encryption-with-a-long-name.rst",
            "Title\n=====\n" + String(repeating: "text\n", count: 200)
        )
        try FileManager.default.removeItem(atPath: scratch.repository + "/gone")
        try scratch.git("add", "-A")
        try scratch.git("config", "core.attributesFile", scratch.folder + "/attributes")
        try Data("*.c diff=cpp\n".utf8).write(to: URL(fileURLWithPath: scratch.folder + "/attributes"))
        try scratch.git("commit", "-q", "-F", "-", input: Array(message.utf8))
        return (scratch, base, try scratch.id("HEAD"))
    }

    static let messages = [
        "KVM: SVM: Add a thing\n\nWhy, in a paragraph.\n\n\nSigned-off-by: Ann <a@b>\n",
        "only a subject\n",
        "KVM: ünïcödé subject that is long enough to be folded over several encoded words\n\nBody: é\n",
        "KVM: SVM: a very long subject line in plain words that has to be folded because it is over 78 columns\n\nx\n",
        "a subject\nin two lines with =?odd?= text\n\nbody\n",
    ]

    @Test(arguments: messages)
    func equalsFormatPatchAndComesBackThroughAm(message: String) throws {
        let (scratch, base, tip) = try scratchWithChanges(message)
        let repository = try Repository.open(at: scratch.repository)
        var options = MailOptions()
        options.signature = "kpatch-gen 1"
        let mail = try repository.mail(for: tip, options)
        let expected = try scratch.git(
            "format-patch",
            "--stdout",
            "--no-renames",
            "--abbrev=12",
            "--signature=kpatch-gen 1",
            "-1"
        )
        #expect(firstDifference(withoutMIME(mail), withoutMIME(expected.bytes)) == nil)

        options.subjectPrefix = "PATCH RFC v2"
        options.number = 3
        options.total = 12
        options.changelog = "v2:\n - changed\n"
        options.trailer = "base-commit: \(base)"
        options.headers = [MailHeader("Message-ID", "<1@example.org>"), MailHeader("X-Text", "é")]
        let full = try repository.mail(for: tip, options)
        let text = String(decoding: full, as: UTF8.self)
        #expect(text.contains("\nSubject: [PATCH RFC v2 03/12] "))
        #expect(text.contains("\n---\nv2:\n - changed\n\n "))
        #expect(text.hasSuffix("\n\nbase-commit: \(base)\n-- \nkpatch-gen 1\n\n"))
        #expect(text.contains("\nMessage-ID: <1@example.org>\n"))
        #expect(text.contains("\nX-Text: =?UTF-8?q?=C3=A9?=\n"))
        for mail in [mail, full] {
            try scratch.git("checkout", "-q", "--detach", base.description)
            try scratch.git("am", "-q", "--keep-cr", input: mail)
            #expect(try scratch.id("HEAD^{tree}") == (try repository.commit(tip).tree))
            // A title of two lines comes back as one, through git's own mail too.
            guard !message.contains("two lines") else { continue }
            let format = "--format=%an <%ae> %ad%n%B"
            let log = try scratch.git("log", "-1", "--date=raw", format)
            let original = try scratch.git("log", "-1", "--date=raw", format, tip.description)
            #expect(log.text == original.text)
        }
    }

    /// Where only the diff is not ASCII, git leaves out headers that the mail needs; they are there here.
    private func withoutMIME(_ mail: [UInt8]) -> String {
        let headers =
            "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n"
        return String(decoding: mail, as: UTF8.self).replacing(headers, with: "")
    }

    @Test(arguments: [
        "Ann Author", "Ann A. Author", "Änn Äuthor", "A \"quoted\" name, really",
        "A name that goes on and on until it no longer fits into a line of any mail header at all",
    ])
    func authorsAreWrittenAsGitDoes(name: String) throws {
        let scratch = try Scratch()
        try scratch.git(
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            "x",
            "--author=\(name) <someone.there@example.org>"
        )
        let repository = try Repository.open(at: scratch.repository)
        let mail = try repository.mail(for: try scratch.id("HEAD"))
        let expected = try scratch.git("format-patch", "--stdout", "--always", "--no-signature", "-1").text
        // An empty commit has no diffstat in git's mail either.
        #expect(String(decoding: mail, as: UTF8.self).hasPrefix(expected.prefix { $0 != "[" }))
    }

    @Test(arguments: [86_400, 951_868_800, 1_614_157_155, 1_709_164_800, 4_102_444_799])
    func datesAreWrittenAsGitDoes(seconds: Int) throws {
        let scratch = try Scratch()
        for zone in ["+0000", "-0330", "+1400"] {
            try scratch.git("commit", "-q", "--allow-empty", "-m", "x", "--date=@\(seconds) \(zone)")
            let repository = try Repository.open(at: scratch.repository)
            let mail = String(decoding: try repository.mail(for: try scratch.id("HEAD")), as: UTF8.self)
            let expected = try scratch.git("log", "-1", "--format=%aD").line
            #expect(mail.contains("\nDate: \(expected)\n"))
        }
    }

    @Test(arguments: ["---", "--- a/file", "diff --git a/x b/x", "Index: x"])
    func messagesThatAmWouldCutAreRefused(line: String) throws {
        let scratch = try Scratch()
        try scratch.write("f", "x")
        try scratch.git("add", "-A")
        try scratch.git("commit", "-q", "-F", "-", input: Array("subject\n\nbefore\n\(line)\nafter\n".utf8))
        let repository = try Repository.open(at: scratch.repository)
        let error = failure { _ = try repository.mail(for: try scratch.id("HEAD")) }
        #expect(error?.message.contains("'\(line)'") == true)
    }

    @Test func binaryFilesComeBackThroughAm() throws {
        let scratch = try Scratch()
        try scratch.write("image", [0, 1, 2, 3] + Array(repeating: 7, count: 300))
        try scratch.write("text", "a\n")
        let base = try scratch.commit("base")
        try scratch.write("image", [0, 9, 2, 3] + Array(repeating: 8, count: 200))
        try scratch.write("new", (0...255).map { UInt8($0) })
        try scratch.write("text", "a\n\0b\n")
        let tip = try scratch.commit("binary")
        let repository = try Repository.open(at: scratch.repository)
        let mail = try repository.mail(for: tip)
        let stat = try scratch.git("diff", "--stat=72", "--summary", base.description, tip.description).text
        #expect(String(decoding: mail, as: UTF8.self).contains("\n---\n\(stat)\n"))
        try scratch.git("checkout", "-q", "--detach", base.description)
        try scratch.git("am", "-q", input: mail)
        #expect(try scratch.id("HEAD^{tree}") == (try repository.commit(tip).tree))
    }

    /// Messages that arrive as they are, and such of which `git am` makes something else.
    static let awkward = [
        "a title\n\nFrom: X <x@example.org>\n\nText.\n", "a title\n\nfrom:x\n",
        "a title\n\nSubject: another\n",
        "a title\n\nDate: Thu, 7 Apr 2005 22:13:13 +0200\n\nText.\n", "a title\n\n[PATCH] another\n",
        "a title\n\n>From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n\nText.\n",
        "a title\n\nText.\n---\nMore.\n", "a title\n\n--- a/file\n", "a title\n\ndiff -u a b\n",
        "a title\n\nIndex: file\n", "a title\n\n---   \nMore.\n",
        "a title\n\nText.\nFrom 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nMore.\n",
        "a title\n\nText.\n\nFrom me Thu Apr 7 22:13:13 2005\n\nMore.\n",
        "a title\n\nText.\n\nFrom me Thu Apr 7 22:13:13 2005:\n\nMore.\n",
        "[area] a title\n", "Re: a title\n", "RE: a title\n", ": a title\n",
        "a title\r\n\r\nText.\r\n", "a title\n\nText\u{1b}[2J.\r\n",
        // In order.
        "a title\n\nText.\nFrom: X <x@example.org>\nSubject: a\n", "a title\n\n---- text\n",
        "a title\n\n---text\n", "a title\n\nFrom the manual of 2005, at 10:30:\n",
        "a title\n\nFrom me Thu Apr 7 22:13:13 90\n", "a title\n\n>From me, text\n", "a title\n\ndiff\n",
        "a title\n\nFrom me Thu Apr 7 22:13 2005\n", "title [with] brackets\n\nText: ü\n", "re a title\n",
    ]

    @Test(arguments: awkward)
    func aMessageIsRefusedIfGitAmMakesAnotherOfIt(message: String) throws {
        let scratch = try Scratch()
        try scratch.write("file", "one\n")
        let base = try scratch.commit("base")
        try scratch.write("file", "two\n")
        try scratch.git("add", "-A")
        let tree = try scratch.git("write-tree").line
        let id = try scratch.git(
            "commit-tree",
            tree,
            "-p",
            base.description,
            input: Array(message.utf8)
        ).line
        func read(_ commit: String) throws -> [String] {
            try ["%an <%ae> %at", "%B"].map {
                try scratch.git("log", "-1", "--format=\($0)", commit).text
            }
        }
        let original = try read(id)
        let mail = try scratch.git("format-patch", "--stdout", "-1", id).bytes
        try scratch.git("checkout", "-q", "-f", "--detach", base.description)
        let am = try scratch.run(["am", "-q"], at: scratch.repository, input: mail)
        let arrives =
            try am.status == 0 && scratch.git("rev-list", "--count", "\(base)..HEAD").line == "1"
            && read("HEAD") == original
        _ = try scratch.run(["am", "--abort"], at: scratch.repository)
        #expect((MailFault(of: message) == nil) == arrives, "\(am)")
        // What goes through does so with our mail, too.
        let repository = try Repository.open(at: scratch.repository)
        let commit = try #require(ObjectID(hex: id))
        guard arrives else {
            let refused = failure { _ = try repository.mail(for: commit) }
            #expect(refused?.kind == .unmailable)
            #expect(refused?.fault == .user)
            return
        }
        try scratch.git("checkout", "-q", "--detach", base.description)
        try scratch.git("am", "-q", input: try repository.mail(for: commit))
        #expect(try read("HEAD") == original)
    }

    @Test func messagesThatAreNoTextAreNotMailed() throws {
        let scratch = try Scratch()
        let base = try scratch.commit("base")
        let tree = try scratch.git("rev-parse", "\(base)^{tree}").line
        let head = "tree \(tree)\nparent \(base)\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n"
        let repository = try Repository.open(at: scratch.repository)
        for rest in [
            Array("encoding ISO-8859-1\n\na title\n".utf8), Array("\na ti\0tle\n".utf8),
            Array("\na ti".utf8) + [0xfc, 0x0a],
        ] {
            let id = try scratch.git(
                "hash-object",
                "-t",
                "commit",
                "-w",
                "--stdin",
                "--literally",
                input: Array(head.utf8) + rest
            ).line
            let commit = try #require(ObjectID(hex: id))
            #expect(try !repository.hasPlainMessage(commit))
            #expect(failure { _ = try repository.mail(for: commit) }?.kind == .unmailable)
        }
        #expect(try repository.hasPlainMessage(base))
    }

    @Test(arguments: ["A <b> C", "<a@b>", " .Dr. A,", "A 'Q' B", "\"A\"", "J. Random O'Hacker"])
    func namesAreStrippedAsGitStripsThem(name: String) throws {
        let scratch = try Scratch()
        let base = try scratch.commit("base")
        let repository = try Repository.open(at: scratch.repository)
        let person = Signature(name: name, email: " <a@b>, ", time: Timestamp(seconds: 5, offsetMinutes: 60))
        // Nothing is left of some, which git refuses, too.
        let made = try? repository.createCommit(
            tree: try repository.commit(base).tree,
            parents: [],
            author: person,
            committer: person,
            message: "x\n"
        )
        let gits = try scratch.run(
            ["-c", "user.name=\(name)", "-c", "user.email= <a@b>, ", "var", "GIT_AUTHOR_IDENT"],
            at: scratch.repository,
            without: ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL"]
        )
        let judged = gits.status == 0 ? String(gits.line.split(separator: ">")[0]) + ">" : nil
        let own = try made.map { try scratch.git("log", "-1", "--format=%an <%ae>", $0.description).line }
        #expect(own == judged, "\(gits)")
    }

    @Test func aThreadEqualsThatOfFormatPatch() throws {
        let (scratch, base, first) = try scratchWithChanges("KVM: a change\n\nWhy.\n")
        let titles = [
            "KVM: a title so long that a shortlog has to break it into two lines, because it is over 72 columns",
            "KVM: "
                + "aWordThatIsSoLongThatNoLineOfAnyShortlogHasRoomForItEvenIfItStoodAlone_AndThenSome",
            "KVM: ünïcödé",
        ]
        for (index, title) in titles.enumerated() {
            try scratch.write("end.c", "\(index)\n")
            try scratch.git("commit", "-qam", title, "--author=\(index == 1 ? "ann Lower" : "Zoë Z") <z@b>")
        }
        let commits = try scratch.git("rev-list", "--reverse", "\(base)..HEAD").text.split(separator: "\n")
        let repository = try Repository.open(at: scratch.repository)
        var options = MailOptions()
        options.subjectPrefix = "PATCH RFC v2"
        options.total = commits.count
        options.signature = "kpatch-gen 1"
        // What git calls its mails, so that nothing but the names can differ.
        options.messageID = "cover@example.org"
        options.number = 0
        options.trailer = "base-commit: \(base)"
        var mails = [
            try repository.coverLetter(
                from: base,
                to: try scratch.id("HEAD"),
                text: "KVM: a series\n\nIts purpose.\n",
                by: Scratch.committer,
                options
            )
        ]
        options.trailer = ""
        options.inReplyTo = "cover@example.org"
        for (index, id) in commits.enumerated() {
            options.number = index + 1
            options.messageID = "patch-\(index + 1)@example.org"
            mails.append(try repository.mail(for: try #require(ObjectID(hex: String(id))), options))
        }
        #expect(commits.first.map(String.init) == first.description)

        var expected = try scratch.git(
            "format-patch",
            "--stdout",
            "--cover-letter",
            "--thread",
            "--base=\(base)",
            "-v2",
            "--subject-prefix=PATCH RFC",
            "--no-renames",
            "--abbrev=12",
            "--signature=kpatch-gen 1",
            "\(base)..HEAD"
        ).text
        expected = expected.replacing("*** SUBJECT HERE ***", with: "KVM: a series")
            .replacing("*** BLURB HERE ***", with: "Its purpose.")
            .replacing("Message-Id: ", with: "Message-ID: ")
            // In an mbox, not in files, git puts an empty line more between two patches.
            .replacing("\n\n\nFrom ", with: "\n\nFrom ")
        // git knows of no charset but the commits' own in a cover letter; see withoutMIME too.
        let names = expected.matches(of: /\nMessage-ID: <(.*)>/).map { String($0.output.1) }
        try #require(names.count == mails.count)
        for (index, name) in names.enumerated() {
            expected = expected.replacing(
                name,
                with: index == 0 ? "cover@example.org" : "patch-\(index)@example.org"
            )
        }
        #expect(firstDifference(withoutMIME(mails.flatMap { $0 }), withoutMIME(Array(expected.utf8))) == nil)

        try scratch.git("checkout", "-q", "--detach", base.description)
        try scratch.git("am", "-q", "--empty=drop", input: mails.flatMap { $0 })
        #expect(try scratch.id("HEAD^{tree}") == (try scratch.id("main^{tree}")))
    }

    @Test func coverLettersHoldTextChangelogAndTrailers() throws {
        let (scratch, base, tip) = try scratchWithChanges("x\n")
        let repository = try Repository.open(at: scratch.repository)
        var options = MailOptions()
        options.number = 0
        options.changelog = "Changes since v1:\n- one\n"
        options.trailer = "base-commit: \(base)\nchange-id: 20210224-x"
        let letter = String(
            decoding: try repository.coverLetter(
                from: base,
                to: tip,
                text: "KVM: a series\n\nIts purpose.\n",
                by: Scratch.author,
                options
            ),
            as: UTF8.self
        )
        #expect(letter.contains("\n\nIts purpose.\n\nChanges since v1:\n- one\n\nAnn Author (1):\n  x\n\n "))
        #expect(letter.hasSuffix("\nbase-commit: \(base)\nchange-id: 20210224-x\n"))
        // Not below the base, or not in a line.
        let error = failure {
            _ = try repository.coverLetter(from: tip, to: base, text: "x", by: Scratch.author, options)
        }
        #expect(error?.message.contains("in a straight line") == true)
    }
}
