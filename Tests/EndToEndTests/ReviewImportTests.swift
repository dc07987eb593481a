// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import Testing

/// What `review import` finds in a thread, compared with what a person found in it.
@Suite("review import") struct ReviewImportTests {
    private static let fixtures = FilePath(#filePath).removingLastComponent().removingLastComponent()
        .appending(
            "PatchSeriesTests/Fixtures"
        )

    /// Where a person, reading the thread, sees each point of Templates/kvm-sev-mirror/review.yml stand: the file, the
    /// function (empty for none), the line quoted last above it. Points that answer other points, or stand below nothing
    /// that is quoted, have none.
    private static let places: [String: (file: String, function: String, quote: String)] = [
        "R1": ("Documentation/virt/kvm/api.rst", "7.23 KVM_CAP_VM_COPY_ENC_CONTEXT_TO", "+Type: system"),
        "R2": ("Documentation/virt/kvm/api.rst", "7.23 KVM_CAP_VM_COPY_ENC_CONTEXT_TO", "+APIC/MSRs/etc)."),
        "R6": ("arch/x86/kvm/svm/sev.c", "svm_mem_enc_op", "return -ENOTTY;"),
        "R7": ("arch/x86/kvm/svm/sev.c", "svm_register_enc_region", "if (is_mirroring_enc_context(kvm))"),
        "R8": ("arch/x86/kvm/svm/sev.c", "svm_register_enc_region", "if (is_mirroring_enc_context(kvm))"),
        "R36": ("arch/x86/kvm/svm/sev.c", "svm_register_enc_region", "if (is_mirroring_enc_context(kvm))"),
        "R9": ("arch/x86/kvm/svm/sev.c", "svm_vm_copy_asid_to", "struct kvm_sev_info *mirror_kvm_sev;"),
        "R11": ("arch/x86/kvm/svm/sev.c", "svm_vm_copy_asid_to", "if (mirror_kvm == kvm ||"),
        "R12": ("arch/x86/kvm/svm/sev.c", "svm_vm_copy_asid_to", "if (mirror_kvm == kvm ||"),
        "R13": ("arch/x86/kvm/svm/sev.c", "svm_vm_copy_asid_to", "fput(mirror_kvm_file);"),
        "R14": ("arch/x86/kvm/svm/sev.c", "svm_vm_copy_asid_to", "/* Mirrors of mirrors should work"),
        "R15": ("arch/x86/kvm/svm/sev.c", "svm_vm_copy_asid_to", "asid = *&to_kvm_svm(kvm)"),
        "R16": ("arch/x86/kvm/svm/sev.c", "svm_vm_copy_asid_to", "kvm_get_kvm(kvm);"),
        "R17": ("arch/x86/kvm/svm/sev.c", "svm_vm_copy_asid_to", "mirror_kvm_sev->active = true;"),
        "R18": ("arch/x86/kvm/x86.c", "kvm_vm_ioctl_enable_cap", "r = kvm_x86_ops.vm_copy_enc_context_to"),
        "R19": ("arch/x86/kvm/x86.c", "kvm_vm_ioctl_enable_cap", "r = kvm_x86_ops.vm_copy_enc_context_to"),
        "R21": ("virt/kvm/kvm_main.c", "", "static struct file_operations kvm_vm_fops;"),
        "R22": ("virt/kvm/kvm_main.c", "kvm_is_kvm", "bool kvm_is_kvm(struct file *file)"),
        "R23": ("arch/x86/kvm/svm/sev.c", "svm_vm_copy_asid_to", "return -ENOTTY;"),
        "R24": ("arch/x86/kvm/svm/sev.c", "svm_vm_copy_asid_to", "if (mirror_kvm == kvm ||"),
        "R25": ("arch/x86/kvm/svm/sev.c", "svm_vm_copy_asid_to", "return -ENOTTY;"),
        "R29": ("message.txt", "", "mirror, as it already has the power"),
        "R30": ("message.txt", "", "the primary guest and the mirror to have nearly identical memslots."),
        "R31": ("message.txt", "", "migrator lets us speed this up significantly."),
        "R33": ("message.txt", "", "migrator lets us speed this up significantly."),
        "R34": ("message.txt", "", "migrator lets us speed this up significantly."),
    ]

    /// Something that one person said in one message.
    private struct Said {
        let who: String
        let message: Int
        let text: String
        let isPoint: Bool
        let file: String
        let function: String
        let quote: String
    }

    private static func words(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private func said(_ output: JSONObject) -> [Said] {
        output.objects("points").flatMap { point in
            ([point] + point.objects("debate")).enumerated().map { number, remark in
                Said(
                    who: remark.string("who") ?? "",
                    message: remark.int("message") ?? 0,
                    text: Self.words(remark.string("says") ?? ""),
                    isPoint: number == 0,
                    file: point.string("file") ?? "",
                    function: point.string("function") ?? "",
                    quote: Self.words(point.string("quote") ?? "")
                )
            }
        }
    }

    @Test func aPersonsPointsAndPlacesAreFound() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let listed = try await world.kpatchGen("list", "--review", "--format", "json")
        let persons = try listed.jsonArray().filter { $0.string("name")?.hasPrefix("R") ?? false }
        let made = try await world.kpatchGen(
            "review",
            "import",
            Self.fixtures.appending("rfc-thread.txt").string,
            "--tree",
            linux.string,
            "--output",
            "review",
            "--format",
            "json"
        )
        try #require(made.status == 0, "\(made)")
        let output = try made.json()
        let said = said(output)
        #expect(output.int("messages") == 26)

        // Points: who, in which message, in which words.
        var (found, asPoints, right) = (0, 0, 0)
        var missed: [String] = []
        var misplaced: [String] = []
        for point in persons {
            let name = point.string("name") ?? ""
            let parts = Self.words(point.string("says") ?? "").components(separatedBy: " [...] ")
            let messages = point.ints("messages")
            let hits = said.filter { remark in
                messages.contains(remark.message) && point.strings("who").contains(remark.who)
                    && parts.allSatisfy(remark.text.contains)
            }
            if hits.isEmpty { missed.append("\(name): \(parts)") } else { found += 1 }
            if hits.contains(where: \.isPoint) { asPoints += 1 }
            guard let place = Self.places[name] else { continue }
            let isRight = hits.contains { hit in
                hit.file == place.file && hit.function == place.function && hit.quote.contains(place.quote)
            }
            if isRight {
                right += 1
            } else {
                misplaced.append(
                    "\(name): \(hits.map { "\($0.file) \($0.function) '\($0.quote)'" }), not \(place)"
                )
            }
        }
        let diffs = output.objects("diffs")
        print(
            """
            review import: \(found) of \(persons.count) points, \(asPoints) of them as points of their own; \
            \(right) of \(Self.places.count) places; \(diffs.count { $0.string("setting") != nil }) of 1 diffs placed; \
            \(output.objects("points").count) points and \(said.count { !$0.isPoint }) remarks in all
            """
        )
        for line in missed + misplaced { print("  \(line)") }
        #expect(found >= persons.count * 9 / 10)
        #expect(right >= Self.places.count * 9 / 10)
        // No quotation is taken for somebody's own words.
        #expect(!said.contains { $0.text.hasPrefix(">") || $0.text.contains(" wrote:") })
    }

    @Test func theDiffOfAnAnswerBecomesAnOption() async throws {
        let world = try World()
        let linux = try await world.kernel()
        try await world.git("checkout", "-q", "-b", "posted", in: linux)
        // The posted patch on this tree, as a series of its own.
        expectSuccess(
            try await world.kpatchGen(
                "apply",
                "--variant",
                "rfc-v1",
                "--tree",
                linux.string,
                "--branch",
                "rfc"
            )
        )
        expectSuccess(
            try await world.kpatchGen("import", "posted..rfc", "--tree", linux.string, "--output", "mine")
        )
        let made = try await world.kpatchGen(
            "review",
            "import",
            Self.fixtures.appending("rfc-thread.txt").string,
            "--series",
            "./mine",
            "--tree",
            linux.string,
            "--base",
            "posted"
        )
        #expect(made.status == 0, "\(made)")
        #expect(made.output.contains("--set diff-24=taken (arch/x86/kvm/svm/sev.c)"), "\(made)")
        let review = try read(world["mine/review.yml"])
        #expect(review.contains("email: \"seanjc@google.com\""))
        #expect(review.contains("function: svm_vm_copy_asid_to"))
        let fragments = world["mine/decisions/diff-24/taken/0001-kvm-x86-support-kvm-vms-sharing-sev-context"]
        // As the kernel indents, whatever the page made of it.
        #expect(
            try read(fragments.appending("arch/x86/kvm/svm/sev.c")).contains(
                "\n\tif (sev_cmd.id == SEV_SHARE_ASID)\n\t\treturn sev_shared_asid(kvm, &sev_cmd);\n"
            )
        )
        // It renders, and only where it is chosen; whose idea it was is said then, and nobody signs for others.
        for (setting, isThere) in [("posted", false), ("taken", true)] {
            expectSuccess(
                try await world.kpatchGen(
                    "apply",
                    "--series",
                    "./mine",
                    "--variant",
                    "posted",
                    "--set",
                    "diff-24=\(setting)",
                    "--tree",
                    linux.string,
                    "--base",
                    "posted",
                    "--branch",
                    "with-\(setting)"
                )
            )
            let source = try await world.git("show", "with-\(setting):arch/x86/kvm/svm/sev.c", in: linux)
            #expect(source.contains("sev_shared_asid") == isThere)
            let message = try await world.git("log", "-1", "--format=%B", "with-\(setting)", in: linux)
            #expect(message.contains("Suggested-by: Sean Christopherson <seanjc@google.com>") == isThere)
            #expect(message.contains("Signed-off-by: Nathan Tempelman") != isThere)
        }
        let again = try await world.kpatchGen(
            "review",
            "import",
            Self.fixtures.appending("rfc-thread.txt").string,
            "--series",
            "./mine"
        )
        #expect(again.status == 2 && again.errors.contains("mine/review.yml exists already"), "\(again)")
    }

    /// A patch of the thread: it adds a variable that is named after it.
    private static func posted(
        _ number: Int,
        _ name: String,
        _ message: String,
        file: String,
        function: String
    ) -> String {
        """
        From a Mon Sep 17 00:00:00 2001
        From: A U Thor <a@b.c>
        Subject: [PATCH \(number)/2] drivers: \(name)
        Date: Mon, 1 Jan 2024 10:00:0\(number) +0000
        Message-ID: <\(number)@b.c>
        In-Reply-To: <0@b.c>

        \(message)

        Signed-off-by: A U Thor <a@b.c>
        ---
        diff --git a/\(file) b/\(file)
        --- a/\(file)
        +++ b/\(file)
        @@ -1,3 +1,4 @@ static int \(function)(void)
         \tint r;
        +\tint \(name.lowercased());
         \tr = 0;
         \treturn r;
        -- 
        2.40.0

        """
    }

    /// Three mails and their answers, as a list archive has them.
    private static let thread = """
        From a Mon Sep 17 00:00:00 2001
        From: A U Thor <a@b.c>
        Subject: [PATCH 0/2] Two things
        Date: Mon, 1 Jan 2024 10:00:00 +0000
        Message-ID: <0@b.c>

        A letter.

        \(posted(1, "One", "Do one thing.", file: "drivers/a.c", function: "first"))
        \(posted(2, "Two", "Do another.", file: "drivers/b.c", function: "second"))
        From a Mon Sep 17 00:00:00 2001
        From: =?utf-8?q?R=C3=A9_Viewer?= <r@e.org>
        Subject: Re: [PATCH 2/2] drivers: Two
        Date: Mon, 1 Jan 2024 12:00:00 +0000
        Message-ID: <3@b.c>
        In-Reply-To: <2@b.c>
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: quoted-printable

        On Mon, 1 Jan 2024, A U Thor wrote:
        > +=09int two;

        Why an int? It is na=C3=AFve.

        Reviewed-by: R=C3=A9 Viewer <r@e.org>
        Acked-by: Some Body <s@e.org>

        -- 
        Reviewed-by: R=C3=A9 Viewer <no@e.org>

        From a Mon Sep 17 00:00:00 2001
        From: A U Thor <a@b.c>
        Subject: Re: [PATCH 2/2] drivers: Two
        Date: Mon, 1 Jan 2024 13:00:00 +0000
        Message-ID: <4@b.c>
        In-Reply-To: <3@b.c>

        On Mon, 1 Jan 2024, RV wrote:
        > > +	int two;
        >
        > Why an int? It is naïve.

        Because it is.

        From a Mon Sep 17 00:00:00 2001
        From: T E Ster <t@e.org>
        Subject: Re: [PATCH 0/2] Two things
        Date: Mon, 1 Jan 2024 14:00:00 +0000
        Message-ID: <5@b.c>
        In-Reply-To: <0@b.c>

        > A letter.

        Tested-by: T E Ster <t@e.org>

        """

    @Test func tagsAreCollectedAsB4Does() async throws {
        let world = try World()
        try write(Self.thread, to: world["thread.mbox"])
        let made = try await world.kpatchGen(
            "review",
            "import",
            "thread.mbox",
            "--output",
            "review",
            "--format",
            "json"
        )
        try #require(made.status == 0, "\(made)")
        let output = try made.json()
        #expect(
            output.strings("tags") == [
                "drivers: Two: Reviewed-by: Ré Viewer <r@e.org>", "Tested-by: T E Ster <t@e.org>",
            ]
        )
        #expect(made.errors.contains("Acked-by: Some Body <s@e.org>"), "what isn't taken is said: \(made)")
        // The judge; what it says of its own is of no interest.
        for setting in ["user.name X", "user.email x@example.org", "b4.attestation-policy off"] {
            let words = setting.split(separator: " ").map(String.init)
            try await world.git("config", "--global", words[0], words[1], in: world.root)
        }
        let judged = try await world.shell(
            """
            mkdir out && b4 --offline-mode am -t --mbox-name out.mbx -o out -m - <thread.mbox >said 2>&1
            cat out/out.mbx || cat said >&2
            """
        )
        try #require(judged.output.contains("Do another."), "b4 has made nothing: \(judged)")
        let patches = judged.output.components(separatedBy: "Subject: ")
        for (subject, tags) in [
            ("One", ["Tested-by: T E Ster"]), ("Two", ["Tested-by: T E Ster", "Reviewed-by: R"]),
        ] {
            let patch = try #require(patches.first { $0.contains("drivers: \(subject)") })
            for tag in tags { #expect(patch.contains(tag), "\(subject): \(tag)") }
            #expect(!patch.contains("<no@e.org>") && !patch.contains("<s@e.org>"))
        }
        let points = output.objects("points")
        #expect(points.map { $0.string("says") } == ["Why an int? It is naïve."])
        #expect(points.first?.string("file") == "drivers/b.c")
        #expect(points.first?.string("function") == "second")
        #expect(points.first?.int("line") == 2)
        #expect(points.first?.objects("debate").map { $0.string("says") } == ["Because it is."])
        let review = try read(world["review/review.yml"])
        #expect(review.contains("    - 3@b.c\n") || review.contains("    - \"3@b.c\"\n"))
    }

    @Test func whatIsNoThreadIsNamed() async throws {
        let world = try World()
        try write("Hello\n", to: world["text"])
        try write(
            "From: A <a@b.c>\nSubject: Hello\nDate: Mon, 1 Jan 2024 10:00:00 +0000\n\nHello\n",
            to: world["mail"]
        )
        try write(
            Self.thread.components(separatedBy: "From a Mon").prefix(4).joined(separator: "From a Mon"),
            to: world["silent"]
        )
        for (source, says) in [
            ("text", "text is neither an mbox nor the text of a Patchwork page"),
            ("mail", "mail has no patch that its answers could be about"),
            ("silent", "silent has no answer to its patches"),
        ] {
            let outcome = try await world.kpatchGen("review", "import", source, "--output", "review")
            #expect(outcome.status == 2 && outcome.errors.contains(says), "\(outcome)")
            #expect(!FileManager.default.fileExists(atPath: world["review"].string))
        }
    }
}
