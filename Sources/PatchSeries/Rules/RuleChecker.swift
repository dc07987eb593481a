// SPDX-License-Identifier: GPL-2.0-only

import Base

/// What must hold for the rules of a series: they name what exists, don't chase each other, and leave every value
/// somebody who can have it.
struct RuleChecker {
    let series: Series
    let effort: Effort

    func problems() -> [Diagnostic] {
        let unknown = series.rules.flatMap(unknownNames)
        // The rest can't be asked of rules that name nothing.
        guard unknown.isEmpty else { return unknown }
        let cycles = meaninglessCycle() + requirementCycle()
        // Nor of rules that chase each other.
        guard cycles.isEmpty else { return cycles }
        let space = ChoiceSpace(series)
        return brokenVariants(space) + unreachable(space)
    }

    // MARK: Cycles

    private func meaninglessCycle() -> [Diagnostic] {
        var graph = RuleGraph()
        for rule in series.rules {
            guard case .meaningless(let targets) = rule.demand else { continue }
            for match in rule.premise {
                for target in targets { graph.add(match.option, target.option, rule) }
            }
        }
        return graph.cycle().map { cycle in
            [
                problem(
                    cycle.rules[0].position,
                    "meaningless rules chase each other: \(cycle.words(" decides about "))",
                    cycle.rules.map { "rule \($0.name), \($0.position)" }
                        + ["whether an option applies must not depend on itself"]
                )
            ]
        } ?? []
    }

    /// Single values that require each other: two options that say the same.
    private func requirementCycle() -> [Diagnostic] {
        var graph = RuleGraph()
        for rule in series.rules {
            guard case .requires(let demands) = rule.demand, rule.premise.count == 1 else { continue }
            for match in rule.premise {
                for demand in demands where demand.values.count == 1 {
                    for value in match.values {
                        graph.add(
                            "\(Setting(match.option, value))",
                            "\(Setting(demand.option, demand.values[0]))",
                            rule
                        )
                    }
                }
            }
        }
        return graph.cycle().map { cycle in
            [
                problem(
                    cycle.rules[0].position,
                    "rules require each other in a circle: \(cycle.words(" requires "))",
                    cycle.rules.map { "rule \($0.name), \($0.position)" }
                        + ["values that can't be had without each other are one decision"]
                )
            ]
        } ?? []
    }

    // MARK: What can be had

    private func brokenVariants(_ space: ChoiceSpace) -> [Diagnostic] {
        series.variants.flatMap { variant -> [Diagnostic] in
            let breach = RuleBreach(
                series: series,
                space: space,
                wanted: series.values(of: variant),
                explicit: []
            ).diagnostics()
            guard !breach.isEmpty else { return [] }
            return [
                problem(
                    variant.position,
                    "variant \(variant.name) breaks a rule",
                    breach.flatMap { $0.description.split(separator: "\n").map(String.init) }
                )
            ]
        }
    }

    /// Values that no valid choice has.
    private func unreachable(_ space: ChoiceSpace) -> [Diagnostic] {
        let variants = series.variants.map { series.choice(series.values(of: $0)) }
        var result: [Diagnostic] = []
        for (option, declared) in series.options.enumerated() {
            for (value, row) in declared.values.enumerated() {
                // The cheap way first: most values can be put into a variant as they are.
                do {
                    let isNear = try variants.contains { variant in
                        try effort.spend(1 + space.updateCost + space.rules.count)
                        var choice = variant
                        choice[option] = value
                        let point = space.point(choice)
                        return point.exempt[option] == .no
                            && !space.rules.contains { space.isBroken($0, point) == .yes }
                    }
                    if try isNear || isReachable(option, value, space) { continue }
                } catch {
                    let name = Setting(declared.name, row.name)
                    return result + [
                        series.tooEntangled("nobody knows whether a valid combination has \(name)")
                    ]
                }
                result.append(
                    problem(
                        row.position,
                        "no valid combination has \(Setting(declared.name, row.name))",
                        series.rules.filter { $0.options.contains(declared.name) }.map {
                            "rule \($0.name), \($0.position)"
                        }
                    )
                )
            }
        }
        return result
    }

    private func isReachable(_ option: Int, _ value: Int, _ space: ChoiceSpace) throws(Effort.Exhausted)
        -> Bool
    {
        let solver = ChoiceSolver(space, effort: effort)
        guard let start = try solver.start(applying: [option]),
            let state = try solver.decide(option, value, in: start)
        else {
            return false
        }
        return try solver.complete(state, wish: space.defaults) != nil
    }

    // MARK: Names

    private func unknownNames(_ rule: Series.Rule) -> [Diagnostic] {
        var result: [Diagnostic] = []
        func know(_ name: String, _ position: SourcePosition) -> Series.Option? {
            if let option = series.options.first(where: { $0.name == name }) { return option }
            result.append(
                problem(position, "'\(name)' is not an option", didYouMean(name, series.options.map(\.name)))
            )
            return nil
        }
        func know(_ matches: [Series.Rule.Match]) {
            for match in matches {
                guard let option = know(match.option, match.position) else { continue }
                let values = option.values.map(\.name)
                for value in match.values where !values.contains(value) {
                    result.append(
                        problem(
                            match.position,
                            "'\(value)' is not a value of \(option.name)",
                            didYouMean(value, values)
                        )
                    )
                }
            }
        }
        know(rule.premise)
        switch rule.demand {
        case .requires(let matches), .excludes(let matches): know(matches)
        case .meaningless(let targets):
            for target in targets { _ = know(target.option, target.position) }
        }
        return result
    }

    private func problem(_ position: SourcePosition, _ message: String, _ notes: [String] = []) -> Diagnostic
    {
        Diagnostic(at: position, message: message, notes: notes)
    }
}
