// SPDX-License-Identifier: GPL-2.0-only

import Base
import CSource

/// What must hold for a series whatever tree it meets: each name is defined
/// once and used somewhere, each condition mentions what exists.
struct SeriesChecker {
    private let series: Series
    /// The patches' templates, and the names they mention.
    private let own: [(template: Template, names: Set<String>)]
    /// Those outside of the patches.
    private let others: [(template: Template, names: Set<String>)]

    init(series: Series, others: [Template]) {
        func scanned(_ templates: [Template]) -> [(template: Template, names: Set<String>)] {
            templates.map { ($0, $0.mentionedNames) }
        }
        self.series = series
        own = scanned(series.patches.flatMap(\.templates))
        self.others = scanned(others)
    }

    func check() throws(SeriesError) {
        var problems = (own + others).compactMap(\.template.foreign?.diagnostic)
        // What else such a file seems to lack is nothing to talk about.
        guard problems.isEmpty else { throw SeriesError(.series, problems) }
        let conditions = series.conditionNames
        let values = Set(series.names.map(\.name) + series.facts.filter { !$0.isCondition }.map(\.identifier))

        func complain(_ position: SourcePosition, _ message: String, _ notes: [String] = []) {
            problems.append(problem(position, message, notes))
        }
        func know(_ condition: Condition?, _ position: SourcePosition) {
            for name in condition?.names ?? [] where !conditions.contains(name) {
                complain(position, "\(name) is not defined", didYouMean(name, conditions.sorted()))
            }
        }

        for name in series.names {
            for (condition, value) in name.cases {
                know(condition, name.position)
                for part in Set(mentionedNames(value)).subtracting(values).sorted() {
                    complain(name.position, "\(part) is not defined", didYouMean(part, values.sorted()))
                }
            }
        }
        var earlier = conditions.subtracting(series.conditions.map(\.name))
        for row in series.conditions {
            for name in row.condition.names where !earlier.contains(name) {
                let isLater = conditions.contains(name)
                complain(
                    row.position,
                    isLater ? "\(name) is defined further down or here" : "\(name) is not defined",
                    isLater ? ["a condition may use those above it"] : didYouMean(name, earlier.sorted())
                )
            }
            earlier.insert(row.name)
        }
        for patch in series.patches {
            know(patch.condition, patch.position)
            let folders = series.patches.map(\.folder)
            if let other = patch.insteadOf, other == patch.folder || !folders.contains(other) {
                complain(
                    patch.position,
                    "'\(other)' is not another patch of the series",
                    didYouMean(other, folders.filter { $0 != patch.folder })
                )
            }
            if patch.files.isEmpty, patch.fragments.isEmpty, patch.rows.isEmpty {
                complain(patch.position, "patch \(patch.folder) has no template files")
            }
        }
        let facts = Set(series.facts.filter(\.isCondition).map(\.identifier))
        func knowFacts(_ condition: Condition?, _ position: SourcePosition) {
            for name in condition?.names ?? [] where !facts.contains(name) {
                complain(position, "\(name) is not a fact", didYouMean(name, facts.sorted()))
            }
        }
        // Where an option makes a difference may depend on others.
        for option in series.options { know(option.place, option.position) }
        for (index, fact) in series.facts.enumerated() {
            guard case .follows(let number) = fact.question else { continue }
            let numbers = series.facts.prefix(index).filter { !$0.isCondition }.map(\.name)
            if !numbers.contains(number) {
                complain(
                    fact.position,
                    "'\(number)' is not a number that a fact in front of it asks for",
                    didYouMean(number, numbers)
                )
            }
        }
        for row in series.words where !values.contains(row.name) {
            complain(row.position, "\(row.name) is not defined", didYouMean(row.name, values.sorted()))
        }
        if let upstream = series.upstream {
            knowFacts(upstream.place, upstream.position)
            for row in upstream.decided { row.place.map { knowFacts($0, row.position) } }
            for row in upstream.refusals { know(row.condition, upstream.position) }
        }
        for quirk in series.quirks {
            knowFacts(quirk.place, quirk.position)
            guard case .note(let condition, let fact) = quirk.effect else { continue }
            know(condition, quirk.position)
            let numbers = series.facts.filter { !$0.isCondition }.map(\.name)
            if let fact, !numbers.contains(fact) {
                complain(
                    quirk.position,
                    "'\(fact)' is not a fact that can be pinned",
                    didYouMean(fact, numbers)
                )
            }
        }

        // Options `a-b` and `a` can mean the same by values `c` and `b-c`.
        let choices = series.options.flatMap { option in
            option.values.map { (Series.conditionName(option.name, $0.name), option.position) }
        }
        var seen: Set<String> = []
        for (identifier, position) in choices + series.names.map({ ($0.name, $0.position) })
            + series.facts.map({ ($0.identifier, $0.position) })
            + series.conditions.map({ ($0.name, $0.position) })
            + (series.posted == nil ? [] : [(Series.asPosted, SourcePosition(series.manifestPath))])
        where !seen.insert(identifier).inserted {
            complain(position, "\(identifier) is defined twice")
        }

        problems += FragmentChecker(series: series).problems()
        let effort = Effort()
        let rules = RuleChecker(series: series, effort: effort).problems()
        problems += rules

        let used = mentioned(in: own + others)
        for (name, position) in series.names.map({ ($0.name, $0.position) })
            + series.facts.map({ ($0.identifier, $0.position) })
            + series.conditions.map({ ($0.name, $0.position) })
        where !used.contains(name) {
            complain(position, "\(name) is not used by any template", ["remove it, or a template forgot it"])
        }
        // What can be chosen can't be asked of rules that are wrong themselves.
        if rules.isEmpty { problems += forgottenValues(effort) }
        for (template, name) in undefined(conditions.union(values)) {
            problems.append(
                Diagnostic(
                    at: template.position(of: name),
                    message: "\(name) is not defined",
                    notes: didYouMean(name, Array(conditions.union(values)).sorted())
                )
            )
        }
        guard problems.isEmpty else { throw SeriesError(.series, problems) }
    }

    /// Values that make no difference: no patch mentions them, and nothing but them tells two choices apart.
    private func forgottenValues(_ effort: Effort) -> [Diagnostic] {
        let used = mentioned(in: own)
        let solver = SwapSolver(series, effort: effort)
        func replaceable(_ silent: [Int], _ place: Int) throws(Effort.Exhausted) -> [Int] {
            var result: [Int] = []
            for value in silent {
                for other in silent where other != value {
                    guard try solver.canSwap(place, value, other) else { continue }
                    result.append(value)
                    break
                }
            }
            return result
        }
        return series.options.enumerated().flatMap { place, option -> [Diagnostic] in
            let silent = option.values.indices.filter {
                !used.contains(Series.conditionName(option.name, option.values[$0].name))
            }
            if silent.count == option.values.count {
                return [problem(option.position, "option \(option.name) is not used by any template")]
            }
            let forgotten: [Series.Option.Value]
            do {
                forgotten = try replaceable(silent, place).map { option.values[$0] }
            } catch {
                return [
                    series.tooEntangled(
                        "nobody knows whether each value of \(option.name) makes a difference"
                    )
                ]
            }
            guard let first = forgotten.first else { return [] }
            let names = forgotten.map(\.name).joined(separator: ", ")
            return [
                problem(
                    first.position,
                    "values \(names) of \(option.name) make no difference",
                    forgotten.map {
                        "\(Series.conditionName(option.name, $0.name)) is in no template, name or condition"
                    } + ["all but one of an option must be"]
                )
            ]
        }
    }

    private func problem(_ position: SourcePosition, _ message: String, _ notes: [String] = []) -> Diagnostic
    {
        Diagnostic(at: position, message: message, notes: notes)
    }

    /// Names that templates mention, and those that names, conditions, patches and notes do.
    private func mentioned(in templates: [(template: Template, names: Set<String>)]) -> Set<String> {
        var result = templates.reduce(into: Set<String>()) { $0.formUnion($1.names) }
        for patch in series.patches { result.formUnion(patch.fragments.map(\.condition)) }
        for name in series.names {
            for (condition, value) in name.cases {
                result.formUnion(condition?.names ?? [])
                result.formUnion(mentionedNames(value))
            }
        }
        for row in series.conditions { result.formUnion(row.condition.names) }
        for patch in series.patches { result.formUnion(patch.condition?.names ?? []) }
        for quirk in series.quirks { result.formUnion(quirk.place?.names ?? []) }
        result.formUnion(series.upstream?.place.names ?? [])
        for row in series.upstream?.decided ?? [] { result.formUnion(row.place?.names ?? []) }
        return result
    }

    /// Names of the template language that nothing defines, in any branch.
    private func undefined(_ known: Set<String>) -> [(Template, String)] {
        (own + others).flatMap { template, names in
            names.subtracting(known).sorted().map { (template, $0) }
        }
    }
}

extension Series {
    /// `KPATCH_API_ENC_OP` for value `enc-op` of option `api`.
    public static func conditionName(_ option: String, _ value: String) -> String {
        let name = "KPATCH_\(option)_\(value)".utf8.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "-"): UInt8(ascii: "_")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - 32
            default: byte
            }
        }
        return String(decoding: name, as: UTF8.self)
    }

    /// Every name that a condition may mention.
    var conditionNames: Set<String> {
        Set(options.flatMap { option in option.values.map { Self.conditionName(option.name, $0.name) } })
            .union(facts.filter(\.isCondition).map(\.identifier))
            .union(conditions.map(\.name))
            .union(posted == nil ? [] : [Self.asPosted])
    }
}
