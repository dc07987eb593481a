// SPDX-License-Identifier: GPL-2.0-only

import TestSupport
import Testing

@testable import PatchSeries

/// Every pair of values that can stand in a valid selection stands in one of the rows.
@Suite struct CombinationTests {
    /// A pair of values of options that apply.
    private typealias Pair = Set<String>

    private static func pairs(_ selection: Selection) -> Set<Pair> {
        let values = selection.options.filter { selection.notApplicable[$0.key] == nil }.map {
            "\($0.key)=\($0.value)"
        }
        return Set(values.flatMap { one in values.filter { $0 != one }.map { [one, $0] } })
    }

    private static func selections(_ rows: [Combinations.Row], of series: Series) throws -> [Selection] {
        try rows.map { try Selection(variant: $0.variant, settings: $0.settings, of: series) }
    }

    private static func covered(_ series: Series, fixed: Bool = false) throws -> Set<Pair> {
        let rows = try Combinations(series, fixed: fixed).rows
        return try selections(rows, of: series).reduce(into: []) { $0.formUnion(pairs($1)) }
    }

    /// A series of `sizes.count` options a, b, c… with values 0, 1, 2…, and rules as in series.yml.
    static func series(_ sizes: [Int], _ rules: String = "") throws -> Series {
        let names = sizes.indices.map { $0 < 26 ? String(UnicodeScalar(UInt8(97 + $0))) : "o\($0)" }
        var yaml = "name: s\ntitle: S\npurpose: test\nauthor: {name: A, email: a@example.org, date: 0}\n"
        yaml += "options:\n"
        for (name, size) in zip(names, sizes) {
            let values = (0..<size).map { value in
                value == 2 ? "\(value): {is: v, defect: it breaks}" : "\(value): v"
            }
            yaml +=
                "  \(name): {summary: s, default: 0, values: {\(values.joined(separator: ", "))}}\n"
        }
        yaml += rules.isEmpty ? "" : "rules:\n\(rules)"
        yaml += "variants: {v: {summary: v, set: {}}}\npatches: [{folder: p}]\n"
        let template = zip(names, sizes).flatMap { name, size in
            (1..<size).map { "#if KPATCH_\(name.uppercased())_\($0)\n\(name)\n#endif\n" }
        }
        let files = ["series.yml": yaml, "p/message.txt": "m\n", "p/f.txt": template.joined()]
        return try SeriesReader(files: files.mapValues { Array($0.utf8) }, root: "s").read()
    }

    /// Every valid selection, found by asking for all of them.
    private static func all(_ series: Series, _ sizes: [Int]) -> [Selection] {
        var choices: [[Setting]] = [[]]
        for (option, size) in zip(series.options, sizes) {
            choices = choices.flatMap { choice in
                [choice] + (0..<size).map { choice + [Setting(option.name, "\($0)")] }
            }
        }
        return choices.compactMap { try? Selection(variant: "v", settings: $0, of: series) }
    }

    private static let rules = [
        "",
        // Forbidden pairs.
        "  r: {if: {a: 1}, requires: {b: [0, 1]}, because: x}\n"
            + "  s: {if: {b: 1}, excludes: {c: 1, d: 1}, because: x}\n",
        // A chain.
        "  r: {if: {a: 1}, requires: {b: 1}, because: x}\n"
            + "  s: {if: {b: 1}, requires: {c: 1}, because: x}\n"
            + "  t: {if: {c: 1}, requires: {d: 1}, because: x}\n",
        // Options that don't apply, and rules about them.
        "  r: {if: {a: 1}, meaningless: [b, c], because: x}\n"
            + "  s: {if: {b: 1}, meaningless: [d], because: x}\n"
            + "  t: {if: {d: 1}, requires: {b: 0}, because: x}\n",
        // Two at once.
        "  r: {if: {a: 1, b: 0}, requires: {c: 1}, because: x}\n"
            + "  s: {if: {a: [0, 1], d: 1}, excludes: {c: 0}, because: x}\n",
    ]

    @Test(arguments: rules)
    func everyPairOfASmallSeries(rules: String) throws {
        let sizes = [2, 3, 2, 3, 2]
        let series = try Self.series(sizes, rules)
        let possible = Self.all(series, sizes).reduce(into: Set<Pair>()) { $0.formUnion(Self.pairs($1)) }
        #expect(try Self.covered(series) == possible)
        let rows = try Combinations(series).rows
        #expect(rows.count >= 9)
        #expect(rows.count <= 16)
    }

    @Test(arguments: rules)
    func everyPairWithoutDefects(rules: String) throws {
        let sizes = [2, 3, 2, 3, 2]
        let series = try Self.series(sizes, rules)
        let sound = Self.all(series, sizes).filter { selection in
            !selection.options.contains { $0.value == "2" && selection.notApplicable[$0.key] == nil }
        }
        let possible = sound.reduce(into: Set<Pair>()) { $0.formUnion(Self.pairs($1)) }
        #expect(try Self.covered(series, fixed: true) == possible)
        let defects = try Combinations(series, fixed: true).rows.flatMap(\.defects)
        #expect(defects.isEmpty)
    }

    @Test func oneOptionHasNoPairs() throws {
        #expect(try Combinations(try Self.series([3])).rows.isEmpty)
    }

    /// Of the real series a pair is missing only if nothing completes it.
    @Test(arguments: [false, true])
    func everyPairOfTheRealSeries(fixed: Bool) throws {
        let series = try MirrorSeries.read()
        let covered = try Self.covered(series, fixed: fixed)
        let space = ChoiceSpace(series)
        let solver = ChoiceSolver(
            space,
            allowed: series.options.map { $0.values.map { !fixed || $0.defect == nil } },
            effort: Effort(limit: .max)
        )
        for (place, one) in series.options.enumerated() {
            for (offset, other) in series.options[(place + 1)...].enumerated() {
                for (first, left) in one.values.enumerated() {
                    for (second, right) in other.values.enumerated()
                    where !covered.contains(["\(one.name)=\(left.name)", "\(other.name)=\(right.name)"]) {
                        let start = try solver.start(applying: [place, place + 1 + offset])
                        let state = try start.flatMap { try solver.decide(place, first, in: $0) }
                            .flatMap { try solver.decide(place + 1 + offset, second, in: $0) }
                        #expect(
                            try state.flatMap { try solver.complete($0, wish: space.defaults) } == nil,
                            "\(one.name)=\(left.name) \(other.name)=\(right.name)"
                        )
                    }
                }
            }
        }
    }

    /// Selections that come about by chance, not by the solver, hold no pair that is missing.
    @Test func whatChanceFindsIsCovered() throws {
        let series = try MirrorSeries.read()
        let covered = try Self.covered(series)
        var state: UInt64 = 2021
        func random(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(count))
        }
        var valid = 0
        for _ in 0..<500 {
            let settings = (0..<1 + random(5)).map { _ in
                let option = series.options[random(series.options.count)]
                return Setting(option.name, option.values[random(option.values.count)].name)
            }
            let variant = series.variants[random(series.variants.count)].name
            guard let found = try? Selection(variant: variant, settings: settings, of: series) else {
                continue
            }
            valid += 1
            let missing = Self.pairs(found).subtracting(covered)
            #expect(missing.isEmpty, "\(variant) \(settings)")
        }
        #expect(valid > 50)
    }

    @Test func theSameSeriesGivesTheSameRows() throws {
        let series = try MirrorSeries.read()
        #expect(try Combinations(series).rows == Combinations(series).rows)
    }

    /// On a tree with the feature, what can be chosen there: nothing that it refuses, and every pair of the rest.
    @Test(arguments: ["6.1", "7.3"]) func whatATreeWithTheFeatureTakes(tree: String) throws {
        let series = try MirrorSeries.read()
        let facts = try FactSet(series, read: try KernelTree(tree).reader())
        let rows = try Combinations(series, in: facts).rows
        #expect(Set(rows.map(\.variant)) == ["cap-to", "enc-op"])
        for row in rows {
            let selection = try Selection(variant: row.variant, settings: row.settings, of: series)
            _ = try SettledSelection(selection, in: facts, of: series)
        }
        for variant in ["cap-to", "enc-op"] {
            let plain = try Selection(variant: variant, settings: [], of: series)
            let decided = try SettledSelection(plain, in: facts, of: series).decided
            #expect(!decided.isEmpty)
            // Each value that can be chosen alone is chosen in some row.
            for option in series.options where decided[option.name] == nil {
                for value in option.values {
                    guard
                        let one = try? Selection(
                            variant: variant,
                            settings: [Setting(option.name, value.name)],
                            of: series
                        ),
                        (try? SettledSelection(one, in: facts, of: series)) != nil,
                        !["api", "direction"].contains(option.name), one.notApplicable[option.name] == nil
                    else { continue }
                    let isThere = try rows.contains { row in
                        try row.variant == variant
                            && Selection(variant: row.variant, settings: row.settings, of: series)
                                .options[option.name] == value.name
                    }
                    #expect(isThere, "\(variant) on \(tree): \(option.name)=\(value.name)")
                }
            }
        }
        // A tree without it has all rows.
        let oldest = try FactSet(series, read: try KernelTree("5.10").reader())
        #expect(try Combinations(series, in: oldest).rows == Combinations(series).rows)
    }
}
