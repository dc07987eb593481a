// SPDX-License-Identifier: GPL-2.0-only

import Testing

@testable import PatchSeries

/// What a variant makes of a point.
@Suite struct ReviewTableTests {
    /// Two options for R1, one of which may not apply; R2 has a test only.
    private static let manifest = """
        name: small
        title: Small
        purpose: test
        author: {name: A, email: a@example.org, date: 0}
        options:
          way:
            summary: How
            points: [R1]
            default: plain
            values: {plain: As it was, fancy: {is: As it could be, answers: R1}}
          speed:
            summary: How fast
            points: [R1, R3]
            default: slow
            values: {slow: At leisure, fast: {is: At once, answers: [R1, R3]}}
          still:
            summary: Whether it moves
            default: no
            values: {no: It moves, yes: It doesn't}
        rules:
          no-speed:
            if: {still: yes}
            meaningless: [speed]
            because: it doesn't move
        variants:
          none: {summary: n, set: {}}
          half: {summary: h, set: {speed: fast}}
          all: {summary: a, set: {way: fancy, speed: fast}}
          rest: {summary: r, set: {way: fancy, speed: fast, still: yes}}
        patches: [{folder: p}]
        """
    private static let review = """
        thread: {subject: Small, message-id: a@example.org, link: https://example.org/a}
        people: {b: {name: B, email: b@example.org}}
        points:
          R1: {who: b, message: 1, says: Do it., status: agreed}
          R2: {who: b, message: 1, says: Test it., status: agreed}
          R3: {who: b, message: 1, says: Be fast., status: agreed}
        """
    private static let tests = """
        tests:
          - {name: t, source: t.c, summary: s, timeout: 1, subtests: {one: [R2], two: [R1, R2]}}
        """
    private static let template =
        "#if KPATCH_WAY_FANCY\n1\n#endif\n#if KPATCH_SPEED_FAST\n2\n#endif\n#if KPATCH_STILL_YES\n3\n#endif\n"

    private func table() throws -> ReviewTable {
        let files = [
            "series.yml": Self.manifest, "review.yml": Self.review, "tests/tests.yml": Self.tests,
            "tests/t.c": "", "p/message.txt": "m\n", "p/new.txt": Self.template,
        ].mapValues { Array($0.utf8) }
        let reader = SeriesReader(files: files, root: "small")
        let series = try reader.read()
        let review = try #require(try reader.review())
        return try ReviewTable(series, review, tests: GuestTests(series, files: files, root: "small"))
    }

    @Test func standings() throws {
        let table = try table()
        #expect(table.variants == ["none", "half", "all", "rest"])
        let standings = table.rows.map { $0.standings.map(\.rawValue) }
        #expect(standings[0] == ["as posted", "in part", "taken", "taken"])
        #expect(standings[1] == ["n/a", "n/a", "n/a", "n/a"])
        #expect(standings[2] == ["as posted", "taken", "taken", "n/a"])
    }

    @Test func ties() throws {
        let rows = try table().rows
        #expect(rows.map(\.options) == [["way", "speed"], [], ["speed"]])
        #expect(rows.map(\.tests) == [["t/two"], ["t/one", "t/two"], []])
    }
}
