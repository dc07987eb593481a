// SPDX-License-Identifier: GPL-2.0-only

import Base

/// Says which rules a choice breaks, and what to choose instead.
struct RuleBreach {
    let series: Series
    let space: ChoiceSpace
    /// The value that is wanted of each option, as the user and the variant gave it.
    let wanted: [String: String]
    /// Options that the user set.
    let explicit: Set<String>

    /// Every breach, and at the end the nearest valid choice; empty if there is none.
    func diagnostics() -> [Diagnostic] {
        let choice = series.choice(wanted)
        let point = space.point(choice)
        var problems: [Diagnostic] = []
        for rule in space.rules where space.isBroken(rule, point) == .yes {
            let broken = series.rules[rule.index]
            problems.append(diagnostic(broken, unmet(broken, point).statement))
        }
        let places = Set(series.options.indices.filter { explicit.contains(series.options[$0].name) })
        for option in places.sorted() {
            guard let rule = space.exemption(option, point) else { continue }
            problems.append(moot(series.options[option].name, series.rules[rule]))
        }
        guard !problems.isEmpty else { return [] }
        return problems + [nearest(choice, places)]
    }

    /// The rule with no more demands than those that aren't met.
    private func unmet(_ rule: Series.Rule, _ point: ChoiceSpace.Point) -> Series.Rule {
        guard case .requires(let matches) = rule.demand else { return rule }
        let missing = matches.filter { match in
            let place = series.options.firstIndex { $0.name == match.option }
            return !match.values.contains(wanted[match.option] ?? "")
                && place.map { point.exempt[$0] == .no } ?? false
        }
        return .init(
            name: rule.name,
            premise: rule.premise,
            demand: .requires(missing),
            points: rule.points,
            reason: rule.reason,
            position: rule.position
        )
    }

    private func moot(_ option: String, _ rule: Series.Rule) -> Diagnostic {
        diagnostic(rule, "\(Series.Rule.words(rule.premise)) leaves no meaning to \(option), which was set")
    }

    private func diagnostic(_ rule: Series.Rule, _ message: String) -> Diagnostic {
        let points = rule.points.isEmpty ? [] : ["points: \(rule.points.joined(separator: ", "))"]
        return Diagnostic(
            at: rule.position,
            message: "rule \(rule.name): \(message)",
            notes: ["because \(rule.reason)"] + points
        )
    }

    private func nearest(_ choice: [Int], _ explicit: Set<Int>) -> Diagnostic {
        guard let changes = NearestChoice(space: space, explicit: explicit).changes(from: choice) else {
            return Diagnostic(file: "", message: "no choice near to this one is valid")
        }
        let flags = changes.map { change in
            let option = series.options[change.option]
            guard let value = change.value else { return "no --set \(option.name)" }
            let flag = "--set \(Setting(option.name, option.values[value].name))"
            return explicit.contains(change.option)
                ? "\(flag) instead of \(wanted[option.name] ?? "")" : flag
        }
        let isKept = changes.allSatisfy { !explicit.contains($0.option) }
        return Diagnostic(
            file: "",
            message: "nearest valid choice: \(flags.joined(separator: isKept ? " " : ", "))",
            notes: isKept ? [] : ["no valid choice keeps all that was set"]
        )
    }
}

extension Series {
    /// Values by name as indices; a value that isn't there as undecided.
    func choice(_ values: [String: String]) -> [Int] {
        options.map { option in
            option.values.firstIndex { $0.name == values[option.name] } ?? ChoiceSpace.undecided
        }
    }
}
