// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import Testing

@Suite("logs from elsewhere") struct LogTests {
    private func file(_ text: String, in world: World) throws -> String {
        let path = world["log"].string
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test("a console's complaints have titles, and make it fail")
    func console() async throws {
        let world = try World()
        let log = try file(
            """
            guest login: [   12.1] BUG: KASAN: slab-use-after-free in sev_unbind_asid+0x5f/0x120
            [   12.1] Write of size 4 at addr ffff88800410a0d8 by task mirror/88
            [   12.1] Call Trace:
            [   12.1]  kasan_report+0xc7/0x110
            [   12.1]  sev_unbind_asid+0x5f/0x120

            """.replacing("12.1", with: "12.100000"),
            in: world
        )
        let text = try await world.kpatchGen("console", log)
        #expect(text.status == 1, "\(text)")
        #expect(text.lines.first == "1: kasan: KASAN: slab-use-after-free Write in sev_unbind_asid")
        let json = try await world.kpatchGen("console", log, "--format", "json").jsonArray()
        #expect(json.map { $0.string("title") } == ["KASAN: slab-use-after-free Write in sev_unbind_asid"])
        #expect(json.first?.strings("frames") == ["sev_unbind_asid"])
        let quiet = try await world.kpatchGen("console", try file("[    1.000000] all is well\n", in: world))
        expectSuccess(quiet)
    }

    @Test("results become any report")
    func results() async throws {
        let world = try World()
        let log = try file("TAP version 13\nok 1 - a\nnot ok 2 - b\n1..2\n", in: world)
        let json = try await world.kpatchGen("results", log, "--format", "json")
        #expect(json.status == 1, "\(json)")
        #expect(try json.json().objects("results").map { $0.string("verdict") } == ["pass", "fail"])
        let unit = try file("PASS: a\nSKIP: b\n", in: world)
        let other = try await world.kpatchGen(
            "results",
            unit,
            "--dialect",
            "kvm-unit-tests",
            "--format",
            "ktap"
        )
        expectSuccess(other)
        #expect(other.lines.suffix(2) == ["ok 1 a", "ok 2 b # SKIP"])
    }

    @Test("a log that isn't there is the user's fault", arguments: ["console", "results"])
    func missing(verb: String) async throws {
        let world = try World()
        let outcome = try await world.kpatchGen(verb, "/nonexistent/log")
        #expect(outcome.status == 2, "\(outcome)")
        #expect(outcome.errors.contains("/nonexistent/log"))
    }
}
