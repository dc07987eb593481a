// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import TestSupport
import Testing

@Suite("a revision to be mailed") struct MailTests {
    private func render(_ world: World, _ linux: FilePath, _ arguments: String...) async throws -> Outcome {
        try await world.kpatchGen(["render", "--tree", linux.string] + arguments)
    }

    /// The mails of an mbox.
    private func mails(_ outcome: Outcome) -> [String] {
        outcome.output.components(separatedBy: "\nFrom ").enumerated().map { $0 == 0 ? $1 : "From " + $1 }
    }

    private func header(_ name: String, _ mail: String) -> String? {
        mail.prefix(upTo: mail.firstRange(of: "\n\n")?.lowerBound ?? mail.endIndex)
            .split(separator: "\n").first { $0.hasPrefix("\(name): ") }.map {
                String($0.dropFirst(name.count + 2))
            }
    }

    @Test("b4 takes the series and makes apply's tree of it", arguments: Variant.all)
    func b4(_ variant: Variant) async throws {
        let world = try World()
        let linux = try await world.kernel()
        let mbox = try await render(world, linux, "--variant", variant.name, "--signoff")
        expectSuccess(mbox)
        try write(mbox.output, to: world["series.mbox"])
        try await world.git("clone", "-q", linux.string, world["clone"].string, in: world.root)
        // Without them b4 gives up without a word, or asks the network for keys.
        for (key, value) in [
            ("user.name", "X"), ("user.email", "x@example.org"), ("b4.attestation-policy", "off"),
        ] {
            try await world.git("config", key, value, in: world["clone"])
        }
        // From standard input: b4 0.12 can't read folded subjects from a file.
        let script = """
            mkdir "$3" && cd "$1" && b4 --offline-mode am --mbox-name out.mbx -o "$3" -m - <"$2" 2>&1
            """
        let b4 = try await world.shell(
            script,
            world["clone"].string,
            world["series.mbox"].string,
            world["b4"].string
        )
        try #require(b4.status == 0, "\(b4)")
        #expect(!b4.output.contains("ERROR") && !b4.output.contains("WARNING"), "\(b4)")
        #expect(b4.lines.contains("Total patches: \(variant.patches)"), "\(b4)")
        let base = try await world.git("rev-parse", "main", in: linux)
        #expect(b4.output.contains("Base: \(base)") || b4.output.contains("Base: using specified"), "\(b4)")
        try await world.git("am", "-q", world["b4/out.mbx"].string, in: world["clone"])
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
            #expect(
                try await world.git("rev-parse", "HEAD~\(depth)^{tree}", in: world["clone"])
                    == (try await world.git("rev-parse", "b~\(depth)^{tree}", in: linux))
            )
        }
    }

    @Test("a cover letter tells base, change-id and changes; the patches answer it")
    func cover() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let outcome = try await render(world, linux, "--variant", "enc-op")
        expectSuccess(outcome)
        let mails = mails(outcome)
        try #require(mails.count == 4)
        let base = try await world.git("rev-parse", "main", in: linux)
        #expect(mails[0].contains("\nbase-commit: \(base)\nchange-id: 20210224-"))
        #expect(
            mails.dropFirst().allSatisfy {
                !$0.contains("\nbase-commit: ") && !$0.contains("\nChanges since")
            }
        )
        for (number, mail) in mails.enumerated() {
            #expect(header("Subject", mail)?.hasPrefix("[PATCH RFC \(number)/3] ") == true)
            let id = try #require(header("Message-ID", mail))
            #expect(
                id.firstMatch(of: /^<20210224-[a-z-]+-v1-(\d)-[0-9a-f]{12}@example\.org>$/)?.output.1
                    == "\(number)"
            )
            let cover = header("Message-ID", mails[0])
            #expect(header("In-Reply-To", mail) == (number == 0 ? nil : cover))
            #expect(header("References", mail) == (number == 0 ? nil : cover))
        }
        #expect(header("From", mails[0]) == World.committer)

        let log = try #require(mails[0].firstMatch(of: /\nChanges since RFC v1:\n((?:.+\n)+)\n/)?.output.1)
        let items = String(log).replacing("\n  ", with: " ").components(separatedBy: "\n").filter {
            !$0.isEmpty
        }
        // What others mailed is history, and no revision of this one.
        #expect(mails[0].contains("\nEarlier, by Nathan Tempelman:\n- RFC v1:\n"))
        // What was asked for and not taken up, and nothing that was.
        #expect(mails[0].contains("\n- Regions of a mirror's own (Sean, Steve): "))
        #expect(!mails[0].contains("A command of KVM_MEMORY_ENCRYPT_OP instead"))
        #expect(mails[0].contains("\nNothing was run for this mail.\n"))
        // Who asked for it, and nobody for what nobody named.
        #expect(items.contains { $0.contains("KVM_MEMORY_ENCRYPT_OP") && $0.hasSuffix(" (Sean)") }, "\(log)")
        #expect(items.contains { $0.hasPrefix("- Drop the owner ") && !$0.hasSuffix(")") }, "\(log)")
        #expect(
            items.last?.hasSuffix(" v1: https://lore.kernel.org/r/20210224085915.28751-1-natet@google.com")
                == true
        )
        #expect(items.dropLast().allSatisfy { $0.hasPrefix("- ") })
        #expect(log.components(separatedBy: "\n").dropLast(2).allSatisfy { $0.count <= 72 })
        // call and check-extension are of the capability: they say nothing about a command.
        #expect(!items.contains { $0.contains("static call") })

        // The same again has the same names, another patch has others.
        let again = try await render(world, linux, "--variant", "enc-op")
        #expect(again.output == outcome.output)
        let other = try await render(world, linux, "--variant", "enc-op", "--signoff")
        #expect(header("Message-ID", self.mails(other)[0]) != header("Message-ID", mails[0]))
    }

    @Test("the number and what the changelog counts from can be chosen")
    func revisions() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let third = try await render(
            world,
            linux,
            "--variant",
            "cap-from",
            "-v",
            "3",
            "--no-rfc",
            "--since",
            "cap-to"
        )
        expectSuccess(third)
        #expect(third.output.contains("\nSubject: [PATCH v3 0/3] "))
        let log = try #require(
            third.output.firstMatch(of: /\nChanges since cap-to:\n((?:.+\n)+)\n/)?.output.1
        )
        #expect(log.contains("Issue the ioctl on the mirror") && !log.contains("lore.kernel.org"), "\(log)")
        #expect(third.errors.contains("nobody has seen cap-to"))
        // A folder that another mail has.
        let folder = world["mails"].string
        expectSuccess(try await render(world, linux, "--variant", "enc-op", "--output", folder))
        expectRefusal(
            try await render(world, linux, "--variant", "cap-from", "--output", folder),
            2,
            "other mails of this revision"
        )
        // In the words of the selection, changelog included.
        let named = try await render(world, linux, "--variant", "cap-to", "--set", "naming=src-dst")
        #expect(named.output.contains("Refuse a destination that has vCPUs already"))
        #expect(!named.output.contains("mirror"))
        // What was tested is what is mailed, or nothing.
        let report = world["report.json"]
        try write(
            #"{"tree": "v5.10.262", "profile": "fast", "counts": {"pass": 3, "fail": 0}, "options": {"naming": "mirror"}}"#,
            to: report
        )
        let tested = try await render(world, linux, "--variant", "cap-to", "--tested", report.string)
        #expect(
            tested.output.contains(
                "series software-psp stood in for\nhardware:\n- v5.10.262, profile fast: 3 pass\n"
            )
        )
        expectRefusal(
            try await render(
                world,
                linux,
                "--variant",
                "cap-to",
                "--set",
                "naming=src-dst",
                "--tested",
                report.string
            ),
            2,
            "is about naming=mirror"
        )
        // What makes no difference in the tree is not told of: 5.10 has neither static calls nor SEV-ES.
        #expect(!log.contains("static call") && !log.contains("SEV-ES"), "\(log)")
        // Nothing changed, which is worth a word.
        let same = try await render(world, linux, "--variant", "cap-from", "--since", "cap-from")
        #expect(same.errors.contains("no option has another value than in cap-from"))
        #expect(!same.output.contains("Changes since"))
        expectRefusal(try await render(world, linux, "--variant", "cap-to", "--since", "v7"), 2, "v7")
        expectRefusal(try await render(world, linux, "--variant", "cap-to", "-v", "0"), 2, "count from 1")
    }

    @Test("the selection as posted is the posted mail")
    func posted() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let outcome = try await render(world, linux, "--variant", "rfc-v1")
        expectSuccess(outcome)
        #expect(header("Message-ID", outcome.output) == "<20210224085915.28751-1-natet@google.com>")
        #expect(header("From", outcome.output) == "Nathan Tempelman <natet@google.com>")
        #expect(
            outcome.lines.filter { $0.hasPrefix("Signed-off-by: ") } == [
                "Signed-off-by: Nathan Tempelman <natet@google.com>"
            ]
        )
        #expect(!outcome.output.contains("Changes since"))
        // One value off, and it is nobody's posted mail any more.
        let changed = try await render(
            world,
            linux,
            "--variant",
            "rfc-v1",
            "--set",
            "destroy-lock=released",
            "--no-cover-letter"
        )
        expectSuccess(changed)
        #expect(header("Subject", changed.output)?.hasPrefix("[PATCH RFC] ") == true)
        #expect(header("From", changed.output) == World.author)
        #expect(!changed.output.contains("\nSigned-off-by: "))
        #expect(changed.output.contains("\n---\nChanges since RFC v1:\n- Drop the owner "))
    }

    @Test("--signoff is the last trailer of every patch", arguments: Variant.all)
    func signoff(_ variant: Variant) async throws {
        let world = try World()
        let linux = try await world.kernel()
        let outcome = try await render(world, linux, "--variant", variant.name, "--signoff")
        expectSuccess(outcome)
        let patches = mails(outcome).filter { $0.contains("\ndiff --git ") }
        #expect(patches.count == variant.patches)
        for patch in patches {
            let end = try #require(patch.firstRange(of: "\n---\n"))
            let last = patch[..<end.lowerBound].split(separator: "\n").last.map(String.init)
            #expect(last == "Signed-off-by: \(World.committer)")
        }
    }

    @Test("a template can't sign for somebody")
    func foreignSignature() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let share = try TemplatesCopy.make(in: world)
        let file = share.appending("Templates/kvm-sev-mirror/0001-register-lock/message.txt")
        let line = "Signed-off-by: Sean Christopherson <seanjc@google.com>"
        try write(try read(file) + line + "\n", to: file)
        for verb in [["render"], ["apply", "--branch", "b"]] {
            let outcome = try await unchanged(linux) {
                try await world.kpatchGen(
                    verb + ["--variant", "enc-op", "--tree", linux.string],
                    environment: ["KPATCH_SHARE": share.string]
                )
            }
            expectRefusal(outcome, 2, "0001-register-lock/message.txt", line, "Suggested-by", "--signoff")
        }
    }

    @Test("a series without cover.txt says what to do")
    func noCoverText() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let share = try TemplatesCopy.make(in: world)
        try FileManager.default.removeItem(
            atPath: share.appending("Templates/kvm-sev-mirror/cover.txt").string
        )
        let arguments = ["render", "--variant", "enc-op", "--tree", linux.string]
        let outcome = try await world.kpatchGen(arguments, environment: ["KPATCH_SHARE": share.string])
        expectRefusal(outcome, 2, "cover.txt is missing", "--no-cover-letter")
    }

    @Test("recipients are those of the tree's own get_maintainer.pl")
    func recipients() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let arguments = ["render", "--variant", "cap-from", "--tree", linux.string, "--recipients"]
        expectRefusal(try await world.kpatchGen(arguments), 3, "scripts/get_maintainer.pl", "--recipients")

        for path in ["scripts/get_maintainer.pl", "MAINTAINERS"] {
            try write(KernelFixture.tree().files().required(path), to: linux.appending(path))
        }
        try await world.git("add", "-A", in: linux)
        try await world.git("commit", "-q", "-m", "Who maintains what", in: linux)
        // What the user has configured for other uses of the script.
        try write("--scm\n", to: world["home/.get_maintainer.conf"])
        let outcome = try await unchanged(linux) { try await world.kpatchGen(arguments) }
        expectSuccess(outcome)
        let mails = mails(outcome)
        #expect(mails.count == 4)
        for mail in mails {
            let head = mail.components(separatedBy: "\n\n")[0].replacing("\n    ", with: " ")
            let to = try #require(header("To", head))
            let cc = try #require(header("Cc", head))
            #expect(to.contains("Paolo Bonzini <pbonzini@redhat.com>"))
            #expect(cc.contains("kvm@vger.kernel.org") && cc.contains("Nathan Tempelman <natet@google.com>"))
            // He commented on the last revision.
            #expect(cc.contains("<jejb@linux.ibm.com>"), "\(cc)")
            let all = (to + ", " + cc).split(separator: ", ").filter { $0.contains("@") }
            #expect(Set(all).count == all.count, "nobody twice: \(all)")
        }
        // b4 and git read what was folded.
        #expect(try FileManager.default.contentsOfDirectory(atPath: world["state/tmp"].string).isEmpty)

        try write("die \"no such luck\\n\";\n", to: linux.appending("scripts/get_maintainer.pl"))
        try await world.git("commit", "-qam", "Break it", in: linux)
        expectRefusal(try await world.kpatchGen(arguments), 4, "get_maintainer.pl", "no such luck")
        try write("print \"nonsense\\n\";\n", to: linux.appending("scripts/get_maintainer.pl"))
        try await world.git("commit", "-qam", "Break it otherwise", in: linux)
        expectRefusal(try await world.kpatchGen(arguments), 3, "'nonsense'")
    }
}
