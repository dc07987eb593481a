// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import Testing

/// A small repository that patches are made in, and git's word on what `import` made of them.
enum ImportWorld {
    static let makefile =
        "VERSION = 5\nPATCHLEVEL = 12\nSUBLEVEL = 0\nEXTRAVERSION = -rc1\nNAME = Test\n"

    /// C with places that look alike: two functions with the same statements, a table, a struct.
    static let driver = """
        #include <linux/kvm.h>

        struct a {
        \tint one;
        \tint two;
        };

        static int first(struct a *a)
        {
        \tint r = 0;

        \tif (a->one)
        \t\tr = -EINVAL;
        \treturn r;
        }

        static int second(struct a *a)
        {
        \tint r = 0;

        \tif (a->one)
        \t\tr = -EINVAL;
        \treturn r;
        }

        static const int table[] = {
        \t1,
        \t2,
        };

        """

    /// A repository with one commit, and a second one that `edit` makes.
    static func repository(_ edit: (FilePath) throws -> Void) async throws -> (World, FilePath) {
        let world = try World()
        let linux = world["linux"]
        try write(makefile, to: linux.appending("Makefile"))
        try write(driver, to: linux.appending("drivers/a.c"))
        try write(
            "config A\n\tbool \"A\"\n\nconfig B\n\tbool \"B\"\n",
            to: linux.appending("drivers/Kconfig")
        )
        try write("no newline", to: linux.appending("drivers/end.txt"))
        try write([0, 1, 2, 0, 255], to: linux.appending("drivers/logo.bin"))
        try write("#!/bin/sh\n", to: linux.appending("drivers/run.sh"))
        try write("becomes a link\n", to: linux.appending("drivers/turns"))
        try write(String(repeating: "a line\n", count: 20), to: linux.appending("drivers/old.txt"))
        try await world.git("init", "-q", "-b", "main", ".", in: linux)
        try await world.git("add", "-A", in: linux)
        try await world.git("commit", "-q", "-m", "base", in: linux)
        try await world.git("tag", "base", in: linux)
        try edit(linux)
        try await world.git("add", "-A", in: linux)
        try await world.git(
            "commit",
            "-q",
            "-m",
            "drivers: Change it\n\nWhy \"so\".\n\nSigned-off-by: A U Thor <a@b.c>",
            in: linux
        )
        return (world, linux)
    }

    /// A change of one line: the struct has another member.
    static func addMember(_ linux: FilePath) throws {
        try replace("\tint two;\n", "\tint two;\n\tint three;\n", in: linux.appending("drivers/a.c"))
    }

    /// Renames, deletions, modes, links, binary files, odd names, no newline at the end.
    static func changeOddFiles(_ linux: FilePath) throws {
        let drivers = linux.appending("drivers")
        try replace("no newline", "no newline\neither", in: drivers.appending("end.txt"))
        try write([0, 1, 2, 0, 254, 10, 0], to: drivers.appending("logo.bin"))
        try write([0, 3, 200, 0], to: drivers.appending("new.bin"))
        try write("", to: drivers.appending("empty"))
        try write("over \"here\"\n", to: drivers.appending("a name \"ü\".txt"))
        let files = FileManager.default
        try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: drivers.appending("a.c").string)
        try files.createSymbolicLink(
            atPath: drivers.appending("link").string,
            withDestinationPath: "run.sh"
        )
        try files.removeItem(atPath: drivers.appending("turns").string)
        try files.createSymbolicLink(atPath: drivers.appending("turns").string, withDestinationPath: "a.c")
        let (old, new) = (drivers.appending("old.txt"), drivers.appending("new.txt"))
        try files.moveItem(atPath: old.string, toPath: new.string)
        try write(try read(new) + "one more", to: new)
        try files.removeItem(atPath: drivers.appending("Kconfig").string)
    }

    static func replace(_ old: String, _ new: String, in path: FilePath) throws {
        let text = try read(path)
        try #require(text.contains(old))
        try write(text.replacing(old, with: new), to: path)
    }

    /// Generates the series on the base; git says what is different.
    static func expectSame(
        _ world: World,
        _ linux: FilePath,
        base: String = "base",
        tip: String = "main",
        more: [String] = []
    ) async throws {
        let applied = try await world.kpatchGen(
            [
                "apply", "--series", "./series", "--variant", "posted", "--tree", linux.string, "--base",
                base,
                "--branch", "again",
            ] + more
        )
        #expect(applied.status == 0, "\(applied)")
        let format = "--format=%T %an %ae %ad%n%B"
        let wanted = try await world.git("log", format, "--date=raw", "\(base)..\(tip)", in: linux)
        let found = try await world.git("log", format, "--date=raw", "\(base)..again", in: linux)
        #expect(wanted == found)
    }
}
