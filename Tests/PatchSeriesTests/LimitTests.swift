// SPDX-License-Identifier: GPL-2.0-only

import Testing

@testable import PatchSeries

/// Series that nobody would write: each is read, or refused with a limit.
///
/// Without the limits each of them takes minutes, gigabytes, or the stack.
@Suite struct LimitTests {
    private static let head =
        "name: s\ntitle: S\npurpose: test\nauthor: {name: A, email: a@example.org, date: 0}\n"

    private func refusal(_ files: [String: String]) -> String? {
        do {
            _ = try SeriesReader(files: files.mapValues { Array($0.utf8) }, root: "s").read()
            return nil
        } catch {
            return error.description
        }
    }

    private func refusal(yaml: String) -> String? { refusal(["series.yml": yaml]) }

    private func refusal(condition: String) -> String? {
        refusal([
            "series.yml": Self.head
                + "options: {}\nvariants: {}\npatches: [{folder: p, if: '\(condition)'}]\n",
            "p/message.txt": "m\n", "p/f.txt": "text\n",
        ])
    }

    // MARK: YAML

    /// Ten nodes that stand for 10^9, as a value and as a key.
    @Test(arguments: ["", "? *e\n: x\n"])
    func aliases(of key: String) {
        var yaml = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        for (name, inner) in [("b", "a"), ("c", "b"), ("d", "c"), ("e", "d")] {
            yaml +=
                "\(name): &\(name) [\([String](repeating: "*\(inner)", count: 10).joined(separator: ", "))]\n"
        }
        let text = refusal(yaml: yaml + key) ?? ""
        #expect(text.hasPrefix("s/series.yml:2: '*a' stands for what '&a' names, which is not taken here"))
    }

    @Test func signsInTexts() {
        for text in ["&a and *b", "*a, then &a", "a &a; *a;", "&a->b, *a->b", "x&&y **y"] {
            #expect(YAMLAlias(in: Array("text: >\n  \(text)\n".utf8)) == nil, "\(text)")
        }
        #expect(YAMLAlias(in: Array("a: &a b\nc:\n  *a".utf8))?.line == 3)
    }

    @Test func sizes() {
        #expect(
            refusal(yaml: String(repeating: "# x\n", count: 300_000))
                == "s/series.yml: larger than 1 MB, which is the limit"
        )
        let list = "[\([String](repeating: "a", count: 2001).joined(separator: ","))]"
        let text = refusal(
            yaml: Self.head + "options: {o: {summary: s, points: \(list), default: a, values: {a: v}}}\n"
        )
        #expect(text == "s/series.yml:5: 2001 entries; the limit is 2000")
        #expect(refusal(yaml: String(repeating: "[", count: 100_000))?.contains("s/series.yml:1: ") ?? false)
    }

    // MARK: Conditions

    @Test func conditions() {
        let deep = String(repeating: "(", count: 18_000) + "KPATCH_A" + String(repeating: ")", count: 18_000)
        #expect(refusal(condition: deep)?.contains("more than 64 '(' and '!' within each other") ?? false)
        let nots = String(repeating: "!", count: 47_000) + "KPATCH_A"
        #expect(refusal(condition: nots)?.contains("more than 64 '(' and '!' within each other") ?? false)
        let long = [String](repeating: "KPATCH_A", count: 87_000).joined(separator: " && ")
        #expect(refusal(condition: long)?.contains("more than 256 names") ?? false)
        let most = [String](repeating: "!(KPATCH_A || KPATCH_A)", count: 128).joined(separator: " && ")
        #expect(refusal(condition: most)?.contains("KPATCH_A is not defined") ?? false)
    }

    // MARK: Names and templates

    @Test func namesThatGrow() throws {
        var yaml =
            Self.head + "options: {}\nvariants: {v: {summary: v, set: {}}}\nnames:\n  KPATCH_n0: 0123456789\n"
        for number in 1...9 {
            let parts = [String](repeating: "KPATCH_n\(number - 1)", count: 10).joined(separator: " ")
            yaml += "  KPATCH_n\(number): \(parts)\n"
        }
        yaml += "patches: [{folder: p}]\n"
        let files = ["series.yml": yaml, "p/message.txt": "m\n", "p/f.txt": "KPATCH_n9\n"]
        let series = try SeriesReader(files: files.mapValues { Array($0.utf8) }, root: "s").read()
        let selection = try Selection(variant: "v", settings: [], of: series)
        let makefile = Array("VERSION = 5\nPATCHLEVEL = 10\n".utf8)
        let error = #expect(throws: SeriesError.self) {
            _ = try series.render(selection) { $0 == "Makefile" ? makefile : nil }
        }
        #expect(
            error?.description
                == "s/series.yml:11: KPATCH_n3 stands for more than 4096 bytes, which is the limit"
        )
    }

    @Test func aTemplateThatGrows() {
        let template = Template(
            path: "t.c",
            bytes: Array(String(repeating: "KPATCH_a KPATCH_a KPATCH_a KPATCH_a\n", count: 20_000).utf8)
        )
        let environment = Template.Environment(values: ["KPATCH_a": String(repeating: "x", count: 4096)])
        let error = #expect(throws: SeriesError.self) { _ = try template.render(environment) }
        #expect(error?.description == "t.c:512: more than 8 MB come out, which is the limit")
    }

    @Test func problemsWithoutEnd() {
        let template = Template(
            path: "t.c",
            bytes: Array(String(repeating: "#if KPATCH_A\n", count: 50_000).utf8)
        )
        let error = #expect(throws: SeriesError.self) { _ = try template.render(.init()) }
        #expect(error?.diagnostics.count ?? 0 <= 200)
    }

    // MARK: Rules

    /// More pigeons than holes: nobody knows a way to find that out but trying (Haken, 1985).
    @Test func pigeonholes() throws {
        let (pigeons, holes) = (11, 10)
        var rules = ""
        for one in 0..<pigeons {
            for other in 0..<one {
                for hole in 0..<holes {
                    let names = [one, other].map { String(UnicodeScalar(UInt8(97 + $0))) }
                    rules +=
                        "  r\(one)-\(other)-\(hole): {if: {\(names[0]): \(hole)}, excludes: {\(names[1]): \(hole)}, because: x}\n"
                }
            }
        }
        let error = #expect(throws: SeriesError.self) {
            _ = try CombinationTests.series([Int](repeating: holes, count: pigeons), rules)
        }
        let text = error?.description ?? ""
        #expect(text.contains("the rules depend on each other in too many ways"), "\(text)")
    }

    /// An option that two decide about, which two others decide about, and so on: asked once each.
    @Test func meaninglessByPairs() throws {
        var rules = ""
        for level in 0..<20 {
            let (a, b) = (2 * level, 2 * level + 1)
            let names = [a, b, a + 2, b + 2].map {
                $0 < 26 ? String(UnicodeScalar(UInt8(97 + $0))) : "o\($0)"
            }
            rules +=
                "  r\(level): {if: {\(names[0]): 1, \(names[1]): 1}, meaningless: [\(names[2]), \(names[3])], because: x}\n"
        }
        let series = try CombinationTests.series([Int](repeating: 2, count: 42), rules)
        #expect(series.options.count == 42)
    }

    /// A chain that is longer than a stack.
    @Test func aLongChain() throws {
        let count = 1000
        let names = (0..<count).map { $0 < 26 ? String(UnicodeScalar(UInt8(97 + $0))) : "o\($0)" }
        var rules = ""
        for place in 1..<count {
            rules +=
                "  r\(place): {if: {\(names[place - 1]): 1}, requires: {\(names[place]): 1}, because: x}\n"
        }
        rules += "  last: {if: {\(names[count - 1]): 1}, requires: {a: 1}, because: x}\n"
        let error = #expect(throws: SeriesError.self) {
            _ = try CombinationTests.series([Int](repeating: 2, count: count), rules)
        }
        #expect(
            error?.description.contains("rules require each other in a circle: a=1 requires b=1") ?? false
        )
    }

    @Test func manyFreeOptions() throws {
        let series = try CombinationTests.series([Int](repeating: 2, count: 400))
        #expect(try Combinations(series).rows.count < 30)
    }

    @Test func tooManyValues() throws {
        let series = try CombinationTests.series([Int](repeating: 16, count: 100))
        let error = #expect(throws: SeriesError.self) { _ = try Combinations(series) }
        #expect(
            error?.description == "s/series.yml: 1600 values make too many pairs; the limit is 1500 values"
        )
    }

    /// What the real series spends, so that the limit stays far from it.
    @Test func theRealSeriesSpendsLittle() throws {
        let series = try MirrorSeries.read()
        let effort = Effort()
        let space = ChoiceSpace(series)
        #expect(RuleChecker(series: series, effort: effort).problems().isEmpty)
        #expect(effort.spent < Effort.limit / 20)
        let all = series.options.map { $0.values.map { _ in true } }
        let pairs = Effort()
        _ = try CoveringArray(space, allowed: all, attempts: 6, effort: pairs)
        #expect(pairs.spent < Effort.limit / 4, "\(pairs.spent)")
    }
}
