// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import Testing

/// What `import` makes of patches is generated again and compared by git, which has applied them itself.
@Suite("import") struct ImportTests {
    @Test func structureNamesTheChangesOfC() async throws {
        let (world, linux) = try await ImportWorld.repository { linux in
            let file = linux.appending("drivers/a.c")
            try ImportWorld.replace(
                "\tif (a->one)\n\t\tr = -EINVAL;\n\treturn r;\n}\n\nstatic const",
                "\tif (a->two)\n\t\tr = -EINVAL;\n\treturn r;\n}\n\nstatic const",
                in: file
            )
            try ImportWorld.replace("\tint two;\n", "\tint two;\n\tint three;\n", in: file)
            try ImportWorld.replace("\t2,\n", "\t2,\n\t3,\n", in: file)
        }
        let made = try await world.kpatchGen(
            "import",
            "base..main",
            "--tree",
            linux.string,
            "--output",
            "series",
            "--format",
            "json"
        )
        #expect(made.status == 0, "\(made)")
        #expect(try made.json().int("codeChanges") == 3)
        #expect(try made.json().int("codeByLines") == 0)
        let template = try read(world["series/0001-drivers-change-it/drivers/a.c"])
        #expect(template.contains("static int second(struct a *a)"))
        #expect(!template.contains("static int first("))
        try await ImportWorld.expectSame(world, linux)
    }

    /// Heads of long functions, ends of structs and of runs of macros, exports: where they are on a base that has others.
    @Test func whatIsNamedIsFoundOnAnotherBase() async throws {
        func header(_ last: String, _ member: String, _ mine: (macro: String, member: String) = ("", ""))
            -> String
        {
            "#define K_CAP_A 1\n#define \(last) 2\n\(mine.macro)\nint k(void);\n\nstruct s {\n\tint one;\n\t\(member);\n\(mine.member)};\n"
        }
        func code(_ statements: Range<Int>, _ name: String, _ export: String, _ mine: String = "") -> String {
            let body = statements.map { "\tr += \($0);\n" }.joined()
            return "int first(void)\n{\n\treturn 0;\n}\nEXPORT_SYMBOL_GPL(\(export));\n\(mine)\n"
                + "int long_one(struct a *\(name),\n\t     int b)\n{\n\tint r = 0;\n\n\(body)\treturn r;\n}\nEXPORT_SYMBOL_GPL(long_one);\n"
        }
        let mine = ("#define K_CAP_C 3\n", "\tint three;\n")
        let (world, linux) = try await ImportWorld.repository { linux in
            try write(header("K_CAP_B", "int two"), to: linux.appending("k.h"))
            try write(code(0..<40, "a", "first"), to: linux.appending("k.c"))
        }
        try write(header("K_CAP_B", "int two", mine), to: linux.appending("k.h"))
        try write(code(0..<40, "aa", "first", "EXPORT_SYMBOL(first);\n"), to: linux.appending("k.c"))
        try await world.git("commit", "-qam", "k: Add to it", in: linux)
        try await world.git("checkout", "-q", "-b", "other", "main~1", in: linux)
        try write(header("K_CAP_X", "long zwei"), to: linux.appending("k.h"))
        try write(
            code(3..<50, "a", "first") + "EXPORT_SYMBOL_GPL(more);\n",
            to: linux.appending("k.c")
        )
        try await world.git("commit", "-qam", "Other", in: linux)
        let made = try await world.kpatchGen(
            ["import", "main~1..main", "--tree", linux.string, "--output", "series", "--format", "json"]
        )
        try #require(made.status == 0, "\(made)")
        #expect(try made.json().int("codeByLines") == 0, "\(made)")
        try await ImportWorld.expectSame(world, linux, base: "main~1")
        let applied = try await world.kpatchGen(
            [
                "apply", "--series", "./series", "--variant", "posted", "--tree", linux.string, "--base",
                "other",
                "--branch", "moved",
            ]
        )
        try #require(applied.status == 0, "\(applied)")
        let found = try await world.git("show", "moved:k.h", in: linux) + "\n"
        #expect(found == header("K_CAP_X", "long zwei", mine))
        #expect(
            try await world.git("show", "moved:k.c", in: linux) + "\n"
                == code(3..<50, "aa", "first", "EXPORT_SYMBOL(first);\n") + "EXPORT_SYMBOL_GPL(more);\n"
        )
    }

    @Test func filesOfAllKindsAreKept() async throws {
        let (world, linux) = try await ImportWorld.repository { linux in
            try ImportWorld.changeOddFiles(linux)
            try write(
                "#endif\nKPATCH_name\n/* kpatch: end */\n",
                to: linux.appending("drivers/awkward.h")
            )
        }
        let made = try await world.kpatchGen(
            "import",
            "base..main",
            "--tree",
            linux.string,
            "--output",
            "series"
        )
        #expect(made.status == 0, "\(made)")
        let manifest = try read(world["series/series.yml"])
        #expect(manifest.contains("drivers/new.txt: {from: drivers/old.txt}"))
        try await ImportWorld.expectSame(world, linux)
    }

    @Test func mailsAreTakenAsGitTakesThem() async throws {
        let (world, linux) = try await ImportWorld.repository(ImportWorld.addMember)
        try ImportWorld.replace("\t2,\n", "\t2,\n\t3,\n", in: linux.appending("drivers/a.c"))
        try await world.git("commit", "-qam", "drivers: Übergröße", in: linux)
        try await world.git(
            "format-patch",
            "-q",
            "-v3",
            "--cover-letter",
            "--thread",
            "-o",
            world["mails"].string,
            "base..main",
            in: linux
        )
        let reply = """
            From: R E Viewer <r@e.org>
            Subject: Re: [PATCH v3 1/2] drivers: Change it
            Message-ID: <reply@e.org>

            > +	int three;
            No.

            """
        try write(reply, to: world["reply.eml"])
        _ = try await world.shell(
            "cat mails/*.patch >all.mbox; echo 'From r Mon Sep 17 00:00:00 2001' >>all.mbox; cat reply.eml >>all.mbox"
        )
        let made = try await world.kpatchGen(
            "import",
            "all.mbox",
            "--tree",
            linux.string,
            "--base",
            "base",
            "--output",
            "series"
        )
        #expect(made.status == 0, "\(made)")
        try await ImportWorld.expectSame(world, linux)
        let manifest = try read(world["series/series.yml"])
        #expect(manifest.contains("  - number: 3\n"))
        #expect(manifest.contains("message-id: "))
        #expect(FileManager.default.fileExists(atPath: world["series/cover.txt"].string))
    }

    @Test func aQuiltFolderIsTaken() async throws {
        let (world, linux) = try await ImportWorld.repository(ImportWorld.addMember)
        let diff = try await world.git("diff", "--no-prefix", "base", "main", in: linux)
        try write("Description of it\n\nFrom nobody.\n\(diff)\n", to: world["quilt/patches/one.diff"])
        try write("# a comment\none.diff -p0\n", to: world["quilt/patches/series"])
        let made = try await world.kpatchGen(
            "import",
            "quilt",
            "--tree",
            linux.string,
            "--base",
            "base",
            "--output",
            "series"
        )
        #expect(made.status == 0, "\(made)")
        #expect(
            try read(world["series/0001-description-of-it/message.txt"])
                == "Description of it\n\nFrom nobody.\n"
        )
    }

    /// Removed files count, and a letter that was never written is none in a survey.
    @Test func aSeriesOfSeveralPatchesIsSurveyedAndApplied() async throws {
        let (world, linux) = try await ImportWorld.repository(ImportWorld.addMember)
        _ = try await world.git("rm", "-q", "drivers/old.txt", in: linux)
        _ = try await world.git("commit", "-q", "-m", "drivers: Remove it", in: linux)
        let made = try await world.kpatchGen(
            ["import", "base..main", "--tree", linux.string, "--output", "series"]
        )
        #expect(made.status == 0, "\(made)")
        let series = ["--series", "./series", "--tree", linux.string]
        let apply = ["apply", "--variant", "posted", "--base", "base", "--branch", "again", "--dry-run"]
        let applied = try await world.kpatchGen(apply + series)
        #expect(applied.output.contains("drivers: Remove it (1 file, 0 sites)"), "\(applied)")
        _ = try await world.git("checkout", "-q", "base", in: linux)
        let survey = try await world.kpatchGen(["survey"] + series)
        #expect(survey.status == 0, "\(survey)")
    }

    /// Neither bytes that are no text nor lines at which `git am` would stop come into a series.
    @Test(arguments: [
        (
            "git -c i18n.commitEncoding=ISO-8859-1 commit -qam \"$(printf 'drivers: Gr\\374n')\"",
            "isn't UTF-8"
        ),
        ("git commit -qam 'drivers: It\n\n---\nmore'", "git commit --amend"),
    ]) func aCommitThatIsNoMailIsNamed(commit: String, says: String) async throws {
        let (world, linux) = try await ImportWorld.repository(ImportWorld.addMember)
        let set = try await world.shell("cd linux && echo >>drivers/a.c && \(commit)")
        try #require(set.status == 0, "\(set)")
        let made = try await world.kpatchGen(
            ["import", "base..main", "--tree", linux.string, "--output", "series"]
        )
        #expect(made.status == 2 && made.errors.contains(says), "\(made)")
        #expect(made.errors.contains("commit ") && !made.errors.contains(".import"), "\(made)")
    }

    @Test func whatCanNotBeTakenIsNamedAndNothingIsWritten() async throws {
        let (world, linux) = try await ImportWorld.repository(ImportWorld.addMember)
        try await world.git("format-patch", "-q", "-1", "-o", world["mails"].string, "main", in: linux)
        _ = try await world.shell(
            """
            cat mails/* >good.mbox
            sed 's,b/drivers/a.c,b/../a.c,' good.mbox >outside.mbox
            sed 's,b/drivers/a.c,b/.git/config,' good.mbox >git.mbox
            sed '/int three/,$d' good.mbox >torn.mbox
            sed '/^diff/,$d' good.mbox >empty.mbox
            sed 's/int two;/int zwei;/' good.mbox >other.mbox
            mkdir taken
            """
        )
        try await world.git("commit", "-q", "--allow-empty", "-m", "nothing", in: linux)
        try await world.git("checkout", "-q", "-b", "side", "base", in: linux)
        try await world.git("merge", "-q", "--no-ff", "-m", "merge", "main~1", in: linux)
        let cases: [(source: String, output: String, status: Int32, says: String)] = [
            ("outside.mbox", "series", 2, "'../a.c' is not the path of a file in a kernel tree"),
            ("git.mbox", "series", 2, "'.git/config' is not the path of a file in a kernel tree"),
            ("torn.mbox", "series", 2, "torn.mbox"),
            ("empty.mbox", "series", 2, "there is no patch in this mail"),
            ("other.mbox", "series", 3, ": the hunk at line"),
            ("good.mbox", "taken", 2, "taken exists already"),
            ("base..main", "series", 2, "(nothing) changes nothing"),
            ("base..side", "series", 2, "(merge) is a merge"),
            ("nowhere.mbox", "series", 4, "nowhere.mbox"),
        ]
        for entry in cases {
            let outcome = try await world.kpatchGen(
                ["import", entry.source, "--tree", linux.string, "--output", entry.output]
                    + (entry.source.contains("..") ? [] : ["--base", "base"])
            )
            #expect(outcome.status == entry.status, "\(outcome)")
            #expect(outcome.errors.contains(entry.says), "\(outcome)")
            #expect(!FileManager.default.fileExists(atPath: world["series"].string), "\(entry.source)")
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: world.root.string)
        #expect(!left.contains { $0.hasPrefix(".import") })
    }

    /// Runs the program as a child of python, which knows how much memory it took: status, MB, what it said.
    private func measured(_ world: World, _ arguments: String...) async throws -> (
        status: Int, megabytes: Int, errors: String
    ) {
        let script = """
            import resource, subprocess, sys
            done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
            sys.stderr.buffer.write(done.stderr)
            """
        try write(script, to: world["measure.py"])
        let outcome = try await run(
            "python3",
            [world["measure.py"].string, try World.program()] + arguments,
            in: world.root,
            environment: world.environment()
        )
        let numbers = outcome.output.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        try #require(numbers.count == 2, "\(outcome)")
        return (numbers[0], numbers[1], outcome.errors)
    }

    @Test func hostileSourcesEndEarlyAndTakeLittleMemory() async throws {
        let (world, linux) = try await ImportWorld.repository(ImportWorld.addMember)
        try await world.git("format-patch", "-q", "-1", "-o", world["mails"].string, "main", in: linux)
        let made = try await world.shell(
            """
            set -e
            cat mails/* >good.mbox
            # 100 MB, sparse; 60 MB of empty lines; 60 MB in one header; a mail of 20 MB
            truncate -s 100M large.mbox
            { cat good.mbox; yes '' | head -c 60M; } >lines.mbox
            { printf 'From: a\\nSubject: '; head -c 60M /dev/zero | tr '\\0' x; } >header.mbox
            { cat good.mbox; head -c 2M /dev/zero | tr '\\0' '\\n'; } >patch.mbox
            for i in $(seq 10001); do printf 'From a Mon Sep 17 00:00:00 2001\\nFrom: a\\nSubject: x\\n\\nx\\n\\n'; done >many.mbox
            for i in $(seq 1001); do
                printf 'From a Mon Sep 17 00:00:00 2001\\nFrom: a <a@b.c>\\nSubject: [PATCH %d/1001] x\\n\\nx\\n\\n' $i
            done >patches.mbox
            """
        )
        try #require(made.status == 0, "\(made)")
        let cases: [(source: String, says: String)] = [
            ("large.mbox", "large.mbox has 104857600 bytes, and 67108864 are the most"),
            ("lines.mbox", "lines.mbox:2: a mail of "),
            ("header.mbox", "header.mbox:1: a mail of "),
            ("patch.mbox", "a patch of "),
            ("many.mbox", "many.mbox has more than 10000 mails"),
            ("patches.mbox", "1001 patches, and 1000 are the most"),
        ]
        for entry in cases {
            let outcome = try await measured(
                world,
                "import",
                entry.source,
                "--tree",
                linux.string,
                "--base",
                "base",
                "--output",
                "series"
            )
            #expect(outcome.status == 2, "\(entry.source): \(outcome)")
            #expect(outcome.errors.contains(entry.says), "\(entry.source): \(outcome)")
            #expect(outcome.megabytes < 300, "\(entry.source): \(outcome)")
            #expect(!FileManager.default.fileExists(atPath: world["series"].string))
        }
    }
}
