// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import TestSupport
import Testing

/// A queue of patches, as quilt and distributions keep them: its list says what is in it, and in which order.
@Suite("import of a queue") struct ImportQueueTests {
    /// Two patches, as mails with these subjects; `series` lists them, and `git log` says what became of them.
    private func imported(_ first: String, _ second: String, list: [String]) async throws -> [String] {
        let (world, linux) = try await ImportWorld.repository(ImportWorld.addMember)
        let set = try await world.shell(
            """
            set -e
            mkdir queue && cd linux
            git diff base main >../queue/one.diff
            git checkout -q base && sed -i 's/2,/22,/' drivers/a.c
            git diff >../queue/two.diff && git checkout -q . && git checkout -q main && cd ../queue
            for name in one two; do
                [ $name = one ] && subject="$1" || subject="$2"
                { printf 'From: A <a@b.c>\\nSubject: %s\\n\\nWhy.\\n---\\n' "$subject"; cat $name.diff; } >$name.patch
            done
            """,
            first,
            second
        )
        try #require(set.status == 0, "\(set)")
        try write(list.joined(separator: "\n") + "\n", to: world["queue/series"])
        let made = try await world.kpatchGen(
            ["import", "queue", "--tree", linux.string, "--base", "base", "--output", "series"]
        )
        try #require(made.status == 0, "\(made)")
        let apply = ["apply", "--series", "./series", "--variant", "posted", "--tree", linux.string]
        let applied = try await world.kpatchGen(apply + ["--base", "base", "--branch", "again"])
        try #require(applied.status == 0, "\(applied)")
        let log = try await world.git("log", "--reverse", "--format=%s", "base..again", in: linux)
        return log.split(separator: "\n").map(String.init)
    }

    @Test(
        "what subjects count is no order, and no reason to leave one out",
        arguments: [
            ("[PATCH] drivers: one", "[PATCH v2] drivers: two"),
            ("[PATCH 2/7] drivers: one", "[PATCH 1/7] drivers: two"),
            ("Re: [PATCH] drivers: one", "[PATCH 0/3] drivers: two"),
        ]
    ) func subjects(first: String, second: String) async throws {
        let log = try await imported(first, second, list: ["two.patch", "one.patch"])
        #expect(log == ["drivers: two", "drivers: one"])
    }

    @Test("a file without a patch is named") func empty() async throws {
        let (world, linux) = try await ImportWorld.repository(ImportWorld.addMember)
        try write("From: A <a@b.c>\nSubject: [PATCH] nothing\n\nWhy.\n", to: world["queue/one.patch"])
        try write("one.patch\n", to: world["queue/series"])
        let made = try await world.kpatchGen(
            ["import", "queue", "--tree", linux.string, "--base", "base", "--output", "series"]
        )
        #expect(made.status == 2 && made.errors.contains("one.patch:1: there is no patch in it"), "\(made)")
    }

    @Test("Latin-1 in front of a bare patch") func latin() async throws {
        let (world, linux) = try await ImportWorld.repository(ImportWorld.addMember)
        let diff = try await world.git("diff", "base", "main", in: linux)
        let text = Array("drivers: Gr".utf8) + [0xfc, 0xdf] + Array("e\n\nWhy.\n\n\(diff)\n".utf8)
        try write(text, to: world["queue/one.patch"])
        try write("one.patch\n", to: world["queue/series"])
        let made = try await world.kpatchGen(
            ["import", "queue", "--tree", linux.string, "--base", "base", "--output", "series"]
        )
        #expect(made.status == 0, "\(made)")
        let names = try FileManager.default.contentsOfDirectory(atPath: world["series"].string)
        let folder = try #require(names.first { $0.hasPrefix("0001") })
        #expect(try read(world["series/\(folder)/message.txt"]) == "drivers: Grüße\n\nWhy.\n")
    }
}
