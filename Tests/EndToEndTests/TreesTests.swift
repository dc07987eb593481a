// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Glibc
import SystemPackage
import Testing

@Suite("trees") struct TreesTests {
    /// The fixture's files with what else makes them a kernel tree; no repository.
    static func folder(_ world: World, _ name: String = "linux-5.10") async throws -> FilePath {
        let folder = try await world.kernel(name)
        try FileManager.default.removeItem(atPath: folder.appending(".git").string)
        for landmark in ["Kbuild", "Kconfig", "arch/x86/Kconfig"] {
            try write("# \(landmark)\n", to: folder.appending(landmark))
        }
        try write("#!/bin/sh\n", to: folder.appending("scripts/run.sh"))
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755],
            ofItemAtPath: folder.appending("scripts/run.sh").string
        )
        try FileManager.default.createSymbolicLink(
            atPath: folder.appending("link").string,
            withDestinationPath: "Makefile"
        )
        return folder
    }

    @Test("no local trees")
    func none() async throws {
        let world = try World()
        let text = try await world.kpatchGen("trees")
        expectSuccess(text)
        #expect(text.errors.contains("trees fetch") && text.bytes.isEmpty, "\(text)")
        let json = try await world.kpatchGen("trees", "--format", "json")
        expectSuccess(json)
        #expect(try json.jsonArray().isEmpty)
        #expect(!FileManager.default.fileExists(atPath: world["state"].string), "looking makes nothing")
    }

    @Test("a folder is taken, shown and patched; a second import finds it")
    func importFolder() async throws {
        let world = try World()
        let version = try KernelFixture.version()
        let tag = "v\(version)"
        let folder = try await Self.folder(world)
        let outcome = try await unchanged(folder) {
            try await world.kpatchGen("trees", "import", folder.string)
        }
        expectSuccess(outcome)
        #expect(outcome.output.contains("\(tag) is a local tree"))

        let listed = try await world.kpatchGen("trees", "--format", "json")
        let tree = try #require(try listed.jsonArray().first)
        #expect(tree.keys == ["name", "version", "repository", "base", "source"])
        #expect(tree.string("name") == tag)
        #expect(tree.string("version") == version)
        #expect(tree.string("source")?.contains("linux-5.10") == true)
        let repository = FilePath(try #require(tree.string("repository")))
        #expect(try await world.git("rev-parse", "\(tag)^{commit}", in: repository) == tree.string("base"))
        #expect(try await world.git("fsck", "--strict", "--full", in: repository) == "")
        #expect(try await world.kpatchGen("trees").output.contains(tag))
        #expect(try await world.kpatchGen("trees", "list").output == world.kpatchGen("trees").output)

        // git's own idea of the folder is the judge.
        try await world.git("init", "-q", ".", in: folder)
        try await world.git("add", "-Af", in: folder)
        #expect(
            try await world.git("write-tree", in: folder)
                == (try await world.git("rev-parse", "\(tag)^{tree}", in: repository))
        )

        let again = try await unchanged(repository) {
            try await world.kpatchGen("trees", "import", folder.string)
        }
        expectSuccess(again)
        #expect(again.output.contains("already"))

        for name in ["5.10", tag, version] {
            let applied = try await world.kpatchGen("apply", "--variant", "cap-from", "--tree", name)
            expectSuccess(applied)
            #expect(applied.output.contains("kpatch/\(tag)/cap-from: "))
        }
        #expect(
            try await world.git("rev-list", "--count", "\(tag)..kpatch/\(tag)/cap-from", in: repository)
                == "3"
        )
        #expect(try await world.git("fsck", "--strict", "--no-dangling", in: repository) == "")
        expectRefusal(
            try await world.kpatchGen("facts", "--tree", "5.11"),
            2,
            "'5.11'",
            "local trees: \(tag)"
        )

        // A folder of the tree's name hides it no more than it is hidden.
        let facts = try await world.kpatchGen("facts", "--tree", "5.10")
        try makeFolder(world["5.10"])
        let same = try await world.kpatchGen("facts", "--tree", "5.10")
        #expect(
            same.output == facts.output && same.errors.contains("the folder of that name is ./5.10"),
            "\(same)"
        )
        expectRefusal(try await world.kpatchGen("facts", "--tree", "./5.10"), 3, "./5.10")
    }

    @Test("an archive is taken as its folder is", arguments: ["tar", "tar.gz", "tar.xz"])
    func importArchive(_ ending: String) async throws {
        let world = try World()
        let tag = "v\(try KernelFixture.version())"
        let folder = try await Self.folder(world)
        let archive = world["linux.\(ending)"]
        let tar = try await world.shell(
            "tar -caf \"$1\" -C \"$2\" linux-5.10",
            archive.string,
            world.root.string
        )
        try #require(tar.status == 0, "\(tar)")
        let outcome = try await world.kpatchGen("trees", "import", archive.string, "--format", "json")
        expectSuccess(outcome)
        let repository = FilePath(try #require(try outcome.jsonArray().first?.string("repository")))
        try await world.git("init", "-q", ".", in: folder)
        try await world.git("add", "-Af", in: folder)
        #expect(
            try await world.git("write-tree", in: folder)
                == (try await world.git("rev-parse", "\(tag)^{tree}", in: repository))
        )
    }

    @Test("what is not a kernel is not taken")
    func notKernel() async throws {
        let world = try World()
        try write("all:\n", to: world["other/Makefile"])
        expectRefusal(
            try await world.kpatchGen("trees", "import", world["other"].string),
            3,
            "other is not a kernel tree",
            "Kbuild"
        )
        let tar = try await world.shell("tar -cf other.tar other")
        try #require(tar.status == 0, "\(tar)")
        expectRefusal(
            try await world.kpatchGen("trees", "import", world["other.tar"].string),
            3,
            "other.tar is not a kernel tree"
        )
        try write("not an archive", to: world["broken.tar.gz"])
        expectRefusal(try await world.kpatchGen("trees", "import", world["broken.tar.gz"].string), 4, "tar")
        try write("text", to: world["notes.txt"])
        let kind = try await world.kpatchGen("trees", "import", world["notes.txt"].string)
        expectRefusal(kind, 2, "neither a folder nor a .tar")
        expectRefusal(
            try await world.kpatchGen("trees", "import", world["none"].string),
            2,
            "none does not exist"
        )
        #expect(!FileManager.default.fileExists(atPath: world["state/trees.git"].string))
        #expect(try await world.kpatchGen("trees", "--format", "json").jsonArray().isEmpty)
    }

    @Test("a version that no source has")
    func unknownVersion() async throws {
        let world = try World()
        expectRefusal(try await world.kpatchGen("trees", "fetch", "9.9"), 2, "9.9", "5.10", "trees import")
    }

    @Test("Ctrl-C in the middle of an import leaves nothing behind", arguments: [SIGINT, SIGTERM])
    func interrupt(_ signal: Int32) async throws {
        let world = try World()
        let folder = try await Self.folder(world)
        let fill = try await world.shell(
            "mkdir -p \"$1/fs/big\" && cd \"$1/fs/big\" && seq 10000 | split -l 1 -a 4 - f && head -c 60000000 /dev/urandom | split -b 2000000 - r",
            folder.string
        )
        try #require(fill.status == 0, "\(fill)")
        let before = try await world.shell("ls -A \"$1\" | wc -l", folder.string)

        // Once git fast-import runs the work is under way.
        let script = """
            "$1" trees import "$2" & pid=$!
            for round in $(seq 400); do
                children=$(cat /proc/$pid/task/*/children 2>/dev/null)
                for i in $children; do grep -q fast-import /proc/$i/cmdline 2>/dev/null && break 2; done
                kill -0 $pid 2>/dev/null || { echo 'ended before it could be interrupted' >&2; exit 99; }
                sleep 0.02
            done
            kill -\(signal) $pid
            SECONDS=0
            wait $pid
            echo "status $?"
            [ $SECONDS -le 10 ] || echo "took $SECONDS s to end"
            for i in $children; do kill -0 $i 2>/dev/null && echo "alive $i"; done
            exit 0
            """
        let outcome = try await world.shell(script, try World.program(), folder.string)
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.lines == ["status \(128 + signal)"], "\(outcome)")
        #expect(outcome.errors.contains("interrupted"), "\(outcome)")
        #expect(try await world.shell("ls -A \"$1\" | wc -l", folder.string).output == before.output)
        #expect(try await world.kpatchGen("trees", "--format", "json").jsonArray().isEmpty)

        // And the next one works, and takes away what there was no time for.
        try FileManager.default.removeItem(atPath: folder.appending("fs/big").string)
        expectSuccess(try await world.kpatchGen("trees", "import", folder.string))
        #expect(try FileManager.default.contentsOfDirectory(atPath: world["state/tmp"].string) == [])
    }
}
