// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import TestSupport
import Testing

/// Mails as people send them, whole and damaged: `git am` is the judge of what is in them.
@Suite("import of mails") struct ImportMailTests {
    /// The repository and a clone of it in which `git am` works.
    private struct Bench {
        let world: World
        let linux: FilePath

        init(_ edit: (FilePath) throws -> Void) async throws {
            (world, linux) = try await ImportWorld.repository(edit)
            try await world.git("clone", "-q", linux.string, world["am"].string, in: world.root)
        }

        func shell(_ script: String) async throws {
            let outcome = try await world.shell("set -e\n" + script)
            guard outcome.status == 0 else { throw SetupError("\(outcome)") }
        }

        func importing(_ sources: String..., more: [String] = []) async throws -> Outcome {
            _ = try await world.shell("rm -rf series")
            return try await world.kpatchGen(
                ["import"] + sources + ["--tree", linux.string, "--base", "base", "--output", "series"] + more
            )
        }

        /// Whether `git am` takes the mails; if so, branch `am` is what they make.
        func am(_ file: String) async throws -> Bool {
            let outcome = try await world.shell(
                """
                cd am && git checkout -q --detach base && git reset -q --hard && git clean -qfdx
                git am --quiet "../$1" >/dev/null 2>&1 || { git am --abort >/dev/null 2>&1; exit 1; }
                git push -q -f origin HEAD:refs/heads/am
                """,
                file
            )
            return outcome.status == 0
        }

        func expectSame() async throws {
            try await ImportWorld.expectSame(world, linux, tip: "am", more: ["--force"])
        }

        func expectNothing(_ what: String) throws {
            #expect(!FileManager.default.fileExists(atPath: world["series"].string), "\(what)")
            let left = try FileManager.default.contentsOfDirectory(atPath: world.root.string)
            #expect(!left.contains { $0.hasPrefix(".import") }, "\(what)")
        }
    }

    @Test("renames, deletions, modes, links, binary files, odd names, no newline at the end")
    func oddContent() async throws {
        let bench = try await Bench(ImportWorld.changeOddFiles)
        try await bench.shell("git -C linux format-patch -q --binary -M --stdout base..main >odd.mbox")
        try #require(try await bench.am("odd.mbox"))
        let made = try await bench.importing("odd.mbox")
        try #require(made.status == 0, "\(made)")
        try await bench.expectSame()
        // Without renames it is another mail of the same.
        try await bench.shell(
            "git -C linux format-patch -q --binary --no-renames --stdout base..main >flat.mbox"
        )
        try #require(try await bench.am("flat.mbox"))
        let flat = try await bench.importing("flat.mbox")
        try #require(flat.status == 0, "\(flat)")
        try await bench.expectSame()
    }

    @Test(
        "encodings of body, subject and author",
        arguments: ["quoted-printable", "base64", "latin1", "latin1-quoted", "crlf", "multipart"]
    )
    func encodings(_ encoding: String) async throws {
        let bench = try await Bench { linux in
            try ImportWorld.replace(
                "\tint two;\n",
                "\tint two;\n\tint three; /* größer = später */\n",
                in: linux.appending("drivers/a.c")
            )
        }
        try await bench.shell(
            """
            git -C linux commit -q --amend -m 'drivers: Grüße an alle, die einen recht langen Betreff lesen mögen

            Weil es schöner ist = besser.

            Signed-off-by: Ägidius Öhl <a@b.c>' --author 'Ägidius Öhl <a@b.c>'
            git -C linux format-patch -q --thread --stdout -v2 base..main >plain.mbox
            """
        )
        let script = """
            import email, email.policy, re, sys
            kind = sys.argv[1]
            raw = open('plain.mbox', 'rb').read()
            first, raw = raw.split(b'\\n', 1)
            head, body = raw.split(b'\\n\\n', 1)
            head = re.sub(rb'\\n(MIME-Version|Content-[^:]*):.*', b'', head)
            body = body.decode()
            if kind == 'crlf':
                out = head + b'\\nMIME-Version: 1.0\\nContent-Type: text/plain; charset=UTF-8\\nContent-Transfer-Encoding: 8bit\\n\\n' + body.encode()
                out = out.replace(b'\\n', b'\\r\\n')
            elif kind == 'multipart':
                out = head + b'\\nMIME-Version: 1.0\\nContent-Type: multipart/mixed; boundary="XX"\\n\\n--XX\\nContent-Type: text/plain; charset=UTF-8\\nContent-Transfer-Encoding: 8bit\\n\\n' + body.encode() + b'\\n--XX--\\n'
            else:
                import base64, quopri
                charset = 'iso-8859-1' if kind.startswith('latin1') else 'UTF-8'
                coding = {'latin1': '8bit', 'latin1-quoted': 'quoted-printable'}.get(kind, kind)
                data = body.encode(charset)
                if coding == 'base64':
                    data = base64.encodebytes(data)
                elif coding == 'quoted-printable':
                    data = quopri.encodestring(data)
                if kind.startswith('latin1'):
                    head = re.sub(rb'\\n(Subject|From):.*(?:\\n[ \\t].*)*', b'', head)
                    head += '\\nFrom: =?iso-8859-1?q?=C4gidius_=D6hl?= <a@b.c>\\nSubject: =?iso-8859-1?q?=5BPATCH_v2=5D_drivers=3A_Gr=FC=DFe?='.encode()
                head += f'\\nMIME-Version: 1.0\\nContent-Type: text/plain; charset={charset}\\nContent-Transfer-Encoding: {coding}'.encode()
                out = head + b'\\n\\n' + data
            open('made.mbox', 'wb').write(first + (b'\\r\\n' if kind == 'crlf' else b'\\n') + out)
            """
        try write(script, to: bench.world["make.py"])
        try await bench.shell("python3 make.py \(encoding)")
        try #require(try await bench.am("made.mbox"), "git am refuses it")
        let made = try await bench.importing("made.mbox")
        try #require(made.status == 0, "\(made)")
        try await bench.expectSame()
        let manifest = try read(bench.world["series/series.yml"])
        #expect(
            manifest.contains("name: \"Ägidius Öhl\"") && manifest.contains("  - number: 2\n"),
            "\(manifest)"
        )
    }

    @Test(
        "dates, in the forms that mails have",
        arguments: [
            "Tue, 5 Mar 2024 10:00:00 +0130", "2024-03-05 10:00:00 +0100", "Tue Mar 5 10:00:00 2024 -0930",
            "Tue, 5 Mar 2024 10:00:00 EST", "Tue, 05 Mar 2024 10:00:00 CET", "5 Mar 2024 10:00:00 PDT",
            "Tue, 5 Mar 2024 10:00:00 GMT", "1709629200 +0100",
        ]
    ) func dates(_ date: String) async throws {
        let bench = try await Bench(ImportWorld.addMember)
        try await bench.shell(
            "git -C linux format-patch -q --stdout base..main | sed 's/^Date: .*/Date: \(date)/' >dated.mbox"
        )
        try #require(try await bench.am("dated.mbox"), "git am refuses it")
        let made = try await bench.importing("dated.mbox")
        try #require(made.status == 0, "\(made)")
        try await bench.expectSame()
    }

    @Test("a date that git can't read is refused") func noDate() async throws {
        let bench = try await Bench(ImportWorld.addMember)
        try await bench.shell(
            "git -C linux format-patch -q --stdout base..main | sed 's/^Date: .*/Date: the day before/' >dated.mbox"
        )
        #expect(try await !bench.am("dated.mbox"))
        let made = try await bench.importing("dated.mbox")
        #expect(made.status == 2 && made.errors.contains("can't read the date 'the day before'"), "\(made)")
        try bench.expectNothing("a date")
    }

    @Test("names in Latin-1 that no header tells of") func bareLatin() async throws {
        let bench = try await Bench(ImportWorld.addMember)
        try await bench.shell(
            "git -C linux format-patch -q --stdout base..main | sed \"s/^From: .*/From: B$(printf '\\366')n <a@b.c>/\" >latin.mbox"
        )
        try #require(try await bench.am("latin.mbox"), "git am refuses it")
        let made = try await bench.importing("latin.mbox")
        try #require(made.status == 0, "\(made)")
        try await bench.expectSame()
    }

    @Test("patch files come in the order of their numbers, and that is said") func numbers() async throws {
        let bench = try await Bench(ImportWorld.addMember)
        try await bench.shell(
            """
            sed -i 's/2,/22,/' linux/drivers/a.c
            git -C linux commit -qam 'drivers: Second'
            git -C linux format-patch -q --stdout base..main >whole.mbox
            git -C linux format-patch -q -o .. base..main
            mv 0001-* one.patch; mv 0002-* two.patch
            """
        )
        try #require(try await bench.am("whole.mbox"))
        let made = try await bench.importing("two.patch", "one.patch")
        #expect(made.status == 0 && made.errors.contains("in the order of their numbers"), "\(made)")
        try await bench.expectSame()
        let missing = try await bench.importing("../nosuch.mbox")
        #expect(missing.errors.contains("No such file"), "\(missing)")
    }

    @Test("an mbox that ends too early is refused where git am refuses it, and never half taken")
    func truncated() async throws {
        let bench = try await Bench(ImportWorld.addMember)
        try await bench.shell(
            "printf '\\0\\1\\2\\3%.0s' $(seq 200) >linux/drivers/logo.bin; sed -i 's/2,/22,/' linux/drivers/a.c"
        )
        try await bench.shell(
            "git -C linux commit -qam 'drivers: Second'; git -C linux format-patch -q --binary --stdout base..main >whole.mbox"
        )
        let whole = try Data(contentsOf: URL(fileURLWithPath: bench.world["whole.mbox"].string))
        let places = (1...16).map { whole.count * $0 / 17 }
        var refused = 0
        for place in places {
            try whole.prefix(place).write(to: URL(fileURLWithPath: bench.world["cut.mbox"].string))
            let isTaken = try await bench.am("cut.mbox")
            let made = try await bench.importing("cut.mbox")
            if made.status == 0 {
                #expect(isTaken, "cut at \(place): git am refuses what import took: \(made)")
                if isTaken { try await bench.expectSame() }
            } else {
                refused += 1
                #expect(
                    (2...3).contains(made.status) && made.errors.contains("cut.mbox"),
                    "\(place): \(made)"
                )
                // git am neither counts the patches of a series nor minds half a header behind a whole diff.
                let isStricter = ["lacks 2/2", "doesn't name two files", "is damaged"].contains {
                    made.errors.contains($0)
                }
                #expect(!isTaken || isStricter, "cut at \(place): \(made)")
                try bench.expectNothing("cut at \(place)")
            }
        }
        #expect(refused > 10)
    }

    @Test("paths that leave the tree, or go into .git, however they are written")
    func hostilePaths() async throws {
        let bench = try await Bench(ImportWorld.addMember)
        try await bench.shell(
            """
            git -C linux checkout -q base
            ln -s /tmp linux/drivers/out
            git -C linux add -A
            git -C linux commit -qm link
            git -C linux tag -f base
            """
        )
        let new = "new file mode 100644\n--- /dev/null\n"
        let body = "@@ -0,0 +1 @@\n+hello\n"
        let cases: [(name: String, patch: String, status: Int32, says: String)] = [
            ("parent", "diff --git a/../x b/../x\n\(new)+++ b/../x\n\(body)", 2, "'../x' is not the path"),
            (
                "inner", "diff --git a/d/../../x b/d/../../x\n\(new)+++ b/d/../../x\n\(body)", 2,
                "is not the path"
            ),
            ("absolute", "diff --git a//etc/x b//etc/x\n\(new)+++ b//etc/x\n\(body)", 2, "is not the path"),
            (
                "git", "diff --git a/.git/hooks/x b/.git/hooks/x\n\(new)+++ b/.git/hooks/x\n\(body)", 2,
                "is not the path"
            ),
            (
                "capitals", "diff --git a/d/.GIT/x b/d/.GIT/x\n\(new)+++ b/d/.GIT/x\n\(body)", 2,
                "is not the path"
            ),
            (
                "quoted",
                "diff --git \"a/\\056\\056/x\" \"b/\\056\\056/x\"\n\(new)+++ \"b/\\056\\056/x\"\n\(body)", 2,
                "'../x' is not the path"
            ),
            (
                "names", "diff --git a/drivers/new b/drivers/new\n\(new)+++ b/../../new\n\(body)", 2,
                "'../../new' is not the path"
            ),
            (
                "rename",
                "diff --git a/drivers/run.sh b/x\nsimilarity index 100%\nrename from drivers/run.sh\nrename to ../run.sh\n",
                2, "'../run.sh' is not the path"
            ),
            (
                "copy",
                "diff --git a/drivers/run.sh b/x\nsimilarity index 100%\ncopy from ../../etc/passwd\ncopy to drivers/x\n",
                2,
                "'../../etc/passwd' is not the path"
            ),
            (
                "link", "diff --git a/drivers/out/x b/drivers/out/x\n\(new)+++ b/drivers/out/x\n\(body)", 3,
                "drivers/out is no folder"
            ),
            (
                "control", "diff --git \"a/\\033x\" \"b/\\033x\"\n\(new)+++ \"b/\\033x\"\n\(body)", 2,
                "is not the path"
            ),
            (
                "submodule",
                "diff --git a/sub b/sub\nnew file mode 160000\n--- /dev/null\n+++ b/sub\n@@ -0,0 +1 @@\n+Subproject commit \(String(repeating: "1", count: 40))\n",
                2, "a file of mode 160000 is not taken"
            ),
            ("bare", "--- a/../x\n+++ b/../x\n@@ -1 +1 @@\n-a\n+b\n", 2, "'../x' is not the path"),
        ]
        for entry in cases {
            let mail =
                "From a Mon Sep 17 00:00:00 2001\nFrom: a <a@b.c>\nSubject: [PATCH] \(entry.name)\n\nWhy.\n---\n\(entry.patch)-- \n2.39\n"
            try write(mail, to: bench.world["\(entry.name).mbox"])
            let made = try await bench.importing("\(entry.name).mbox")
            #expect(made.status == entry.status && made.errors.contains(entry.says), "\(entry.name): \(made)")
            #expect(made.errors.contains("\(entry.name).mbox"), "\(entry.name): \(made)")
            try bench.expectNothing(entry.name)
        }
    }

    @Test("a patch that was made on another tree: which file differs, and which local tree fits")
    func anotherBase() async throws {
        let bench = try await Bench { linux in
            try ImportWorld.replace("\tint two;\n", "\tint zwei;\n", in: linux.appending("drivers/a.c"))
        }
        // The local tree is the one with the change, whose own patch comes on top of it.
        try await bench.shell(
            """
            git -C linux tag v5.12.7
            git clone -q --bare linux state/trees.git
            sed -i 's/int zwei;/&\\n\\tint drei;/' linux/drivers/a.c
            git -C linux commit -qam 'drivers: Count on'
            git -C linux format-patch -q --stdout -1 >other.mbox
            """
        )
        let made = try await bench.importing("other.mbox")
        #expect(made.status == 3, "\(made)")
        for words in [
            "'drivers: Count on' was made on another base than base", "drivers/a.c:3: the hunk at line",
        ] {
            #expect(made.errors.contains(words), "\(made)")
        }
        #expect(made.errors.contains("it fits the local tree v5.12.7: --tree"), "\(made)")
        try bench.expectNothing("another base")
        let taken = try await bench.world.kpatchGen(
            "import",
            "other.mbox",
            "--tree",
            "v5.12.7",
            "--output",
            "series"
        )
        #expect(taken.status == 0, "\(taken)")
    }

    @Test("quilt folders and folders of patches that can't be taken")
    func queues() async throws {
        let bench = try await Bench(ImportWorld.addMember)
        try await bench.shell(
            """
            mkdir misfit outside absent nothing strange many
            git -C linux diff base main >misfit/one.patch
            sed 's/int two/int zwei/' misfit/one.patch >misfit/two.patch
            printf 'one.patch\\ntwo.patch\\n' >misfit/series
            printf '../misfit/one.patch\\n' >outside/series
            printf 'one.patch\\n' >absent/series
            printf 'one.patch --fuzz=3\\n' >strange/series; cp misfit/one.patch strange
            for i in $(seq 1001); do echo x >many/$i.patch; done
            : >empty.mbox
            """
        )
        let cases: [(source: String, status: Int32, says: String)] = [
            ("misfit", 3, "misfit/two.patch: 'two' was made on another base than base"),
            ("outside", 2, "outside/series:1: '../misfit/one.patch' is no patch below that folder"),
            ("absent", 4, "absent/one.patch"),
            ("nothing", 2, "nothing has neither a file 'series'"),
            ("strange", 2, "strange/series:1: "),
            ("many", 2, "1001 patches, and 1000 are the most"),
            ("empty.mbox", 2, "empty.mbox is empty"),
        ]
        for entry in cases {
            let made = try await bench.importing(entry.source)
            #expect(made.status == entry.status && made.errors.contains(entry.says), "\(made)")
            try bench.expectNothing(entry.source)
        }
    }

    /// On the base that its own hunks make: git applies it there, and the kernels' own trees have it or not.
    @Test("the posted patch: imported, rendered, on 5.10 where rfc-v1 is, and known as merged on 6.1")
    func posted() async throws {
        let work = try await TreesLocal()
        let mail = FilePath(try #require(World.share)).appending(
            "Tests/PatchSeriesTests/Fixtures/rfc-v1.patch"
        )
        let linux = work.world["linux"]
        let files = try PostedPatch(Array(try Data(contentsOf: URL(fileURLWithPath: mail.string))))
            .preImages()
        for (path, bytes) in files { try write(bytes, to: linux.appending(path)) }
        try write(ImportWorld.makefile, to: linux.appending("Makefile"))
        for arguments in [["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "base"]] {
            _ = try await run("git", arguments, in: linux, environment: work.world.environment())
        }
        try await work.world.git("tag", "base", in: linux)
        try await work.world.git("am", "-q", mail.string, in: linux)
        let made = try await work.world.kpatchGen(
            "import",
            mail.string,
            "--tree",
            linux.string,
            "--base",
            "base",
            "--output",
            "series"
        )
        try #require(made.status == 0, "\(made)")
        #expect(made.errors.contains("series kvm-sev-mirror, variant rfc-v1 was made of this"), "\(made)")
        try await ImportWorld.expectSame(work.world, linux)

        let older = try work.tag("5.10")
        try await work.apply("rfc-v1", at: older, as: "known")
        try await work.apply("posted", of: "./series", at: older, as: "posted")
        let names = try await work.git("diff", "--name-only", older, "posted")
        #expect(names == (try await work.git("diff", "--name-only", older, "known")))
        // Its numbers are those of its own base: rfc-v1 has those of the tree.
        for path in names.split(separator: "\n") {
            let known = try await work.git("show", "known:\(path)")
                .replacing("_CONTEXT_TO 191\n", with: "_CONTEXT_TO 194\n")
                .replacing("\n7.22 KVM_CAP_VM", with: "\n7.23 KVM_CAP_VM")
            let posted = try await work.git("show", "posted:\(path)")
            if path.hasSuffix("svm.c") {
                // In the table of functions it may stand on either side of one that came later.
                #expect(
                    known != posted
                        && known.split(separator: "\n").sorted() == posted.split(separator: "\n").sorted()
                )
                let places = try await work.functions(
                    with: "vm_copy_enc_context_to",
                    in: String(path),
                    at: "posted"
                )
                #expect(
                    places
                        == (try await work.functions(
                            with: "vm_copy_enc_context_to",
                            in: String(path),
                            at: "known"
                        ))
                )
            } else {
                #expect(known == posted, "\(path)")
            }
        }

        let newer = try work.tag("6.1")
        let merged = try await work.run(
            "apply",
            "--series",
            "./series",
            "--variant",
            "posted",
            "--base",
            newer,
            "--branch",
            "merged"
        )
        let known = try await work.run("apply", "--variant", "rfc-v1", "--base", newer, "--branch", "merged")
        #expect(merged.status == 3 && known.status == 3, "\(merged)\n\(known)")
        #expect(merged.errors.contains("upstream since v5.13"), "\(merged)")
        #expect(merged.errors == known.errors)
    }
}
