// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import Git
import Kernel
import Matrix
import PatchSeries
import SystemPackage

/// Which cells a matrix has.
struct MatrixArguments: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Read the matrix from this YAML file; flags take the place of what it says.",
            valueName: "file"
        ),
        completion: .file(extensions: ["yml", "yaml"])
    )
    var file: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The series: a folder in Templates, or the path of one elsewhere. (default: \(SeriesArguments.preset))",
            valueName: "name|path"
        ),
        completion: .series
    )
    var series: String?

    @Option(
        name: .long,
        help: ArgumentHelp("A variant. Repeatable. (default: all)", valueName: "name"),
        completion: .variants
    )
    var variant: [String] = []

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "Another value for an option, in every row. Repeatable.",
            valueName: "option=value"
        ),
        completion: .settings
    )
    var settings: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A row for each value of this option that the rules allow. Repeatable: then for each of them alone.",
            valueName: "option"
        ),
        completion: .options
    )
    var each: [String] = []

    @Flag(
        name: .long,
        help: "The rows of 'combinations' instead: every pair of values that can stand together."
    )
    var combinations = false

    @Option(
        name: .long,
        help: ArgumentHelp("A tree. Repeatable. (default: all local trees)", valueName: "path|name"),
        completion: .trees
    )
    var tree: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A commit of each tree to generate on, a pattern of tags such as 'v6.13-rc*', or a range: v6.12..v6.13 for the releases and candidates after v6.12. Repeatable.",
            valueName: "revision"
        ),
        completion: .revisions
    )
    var base: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp("A profile. Repeatable. (default: debug)", valueName: "name"),
        completion: .profiles
    )
    var profile: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Who judges: suite (the series' tests), suite:GLOB, selftests:GLOB (the tree's own). Repeatable. (default: suite)",
            valueName: "judge"
        )
    )
    var judge: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp("Only the i-th of n parts, the same on every machine.", valueName: "i/n")
    )
    var shard: String?

    /// The cells, and what is to be said about those that are left out.
    func cells() throws -> (cells: [Cell], notes: [String]) {
        let file = try self.file.map { try MatrixFile(path: FilePath($0)) }
        let name = series ?? file?.series ?? SeriesArguments.preset
        let judges = try Self.first(judge, file?.judges, or: ["suite"]).map { try Judge(parsing: $0) }
        let isFake = judges.allSatisfy { if case .fake = $0 { true } else { false } }
        let trees = try Self.first(tree, file?.trees, or: isFake ? [] : try TreeArguments.localNames())
        guard !trees.isEmpty else {
            throw Failure(
                .user,
                "there are no local trees; get one with 'kpatch-gen trees fetch 5.10', or name one with --tree"
            )
        }
        let bases = try bases(Self.first(base, file?.bases, or: []), trees)
        try MatrixPlan.checkSize([trees.count, bases.count])
        let places = trees.flatMap { tree in bases.map { (tree, $0) } }
        let (columns, notes) = try columns(places, SeriesArguments.load(name).series, file)
        let cells = try MatrixPlan(
            series: name,
            columns: columns,
            profiles: Self.first(profile, file?.profiles, or: ["debug"]),
            judges: judges
        ).cells()
        guard let shard else { return (cells, notes) }
        return (try Shard(parsing: shard).part(of: cells), notes)
    }

    private static func first(
        _ flags: [String],
        _ file: [String]?,
        or preset: @autoclosure () throws -> [String]
    )
        rethrows -> [String]
    {
        if !flags.isEmpty { return flags }
        if let file, !file.isEmpty { return file }
        return try preset()
    }

    /// Rows for each base of each tree: the same, or the combinations that it takes.
    private func columns(_ places: [(tree: String, base: String?)], _ series: Series, _ file: MatrixFile?)
        throws
        -> ([MatrixPlan.Column], notes: [String])
    {
        let variants = Self.first(variant, file?.variants, or: [])
        let settings = Self.first(settings, file?.settings, or: [])
        let each = Self.first(each, file?.each, or: [])
        guard combinations else {
            let (rows, notes) = try rows(series, variants: variants, settings: settings, each: each)
            return (places.map { .init(tree: $0.tree, base: $0.base, rows: rows) }, notes)
        }
        guard variants.isEmpty, settings.isEmpty, each.isEmpty else {
            throw Failure(
                .user,
                "--combinations chooses variants and values itself: leave --variant, --set and --each out"
            )
        }
        let columns = try places.map { tree, base in
            // A tree that has the feature takes less.
            let facts = try TreeArguments.openInMemory(tree, base: base).base.facts(series)
            let rows = try Combinations(series, in: facts).rows
            return MatrixPlan.Column(
                tree: tree,
                base: base,
                rows: rows.map { .init($0.variant, $0.settings.map(\.description)) }
            )
        }
        return (columns, [])
    }

    private func rows(_ series: Series, variants: [String], settings: [String], each: [String]) throws
        -> ([MatrixPlan.Row], [String])
    {
        var rows: [MatrixPlan.Row] = []
        var notes: [String] = []
        let common = try settings.map { try Setting(parsing: $0) }
        for variant in variants.isEmpty ? series.variants.map(\.name) : variants {
            // What was asked for by name has to be right.
            _ = try Selection(variant: variant, settings: common, of: series)
            rows.append(.init(variant, settings))
            for name in each {
                guard let option = series.options.first(where: { $0.name == name }) else {
                    let hint = didYouMean(name, series.options.map(\.name)).map { "; \($0)" }.joined()
                    throw Failure(.user, "no option '\(name.onOneLine)' in series \(series.name)\(hint)")
                }
                for value in option.values {
                    let setting = Setting(option.name, value.name)
                    let row = MatrixPlan.Row(variant, settings + [setting.description])
                    do {
                        let chosen = try Selection(variant: variant, settings: common + [setting], of: series)
                        if chosen.changed[option.name] != nil { rows.append(row) }
                    } catch {
                        notes.append(
                            "\(variant) \(setting) is left out: the rules of \(series.name) forbid it"
                        )
                    }
                }
            }
        }
        return (rows, notes)
    }

    /// Patterns and ranges as the tags that they stand for; those of a user's repository. nil alone: each tree's own.
    private func bases(_ names: [String], _ trees: [String]) throws -> [String?] {
        guard !names.isEmpty else { return [nil] }
        guard names.contains(where: Repository.isPlural) else { return names }
        guard trees.count == 1 else {
            throw Failure(.user, "a pattern or range of bases goes with one --tree")
        }
        let open = try TreeArguments.openRepository(trees[0])
        return try open.repository.revisions(names)
    }
}
