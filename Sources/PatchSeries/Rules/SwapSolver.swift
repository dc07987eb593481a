// SPDX-License-Identifier: GPL-2.0-only

/// Finds out whether a valid choice stays valid with another value of one option.
struct SwapSolver {
    private let space: ChoiceSpace
    private let effort: Effort

    init(_ series: Series, effort: Effort) {
        space = ChoiceSpace(series)
        self.effort = effort
    }

    /// Whether `first` and `second` can stand for each other somewhere, all else being equal.
    func canSwap(_ option: Int, _ first: Int, _ second: Int) throws(Effort.Exhausted) -> Bool {
        try effort.spend(space.rules.count + space.exemptions.count)
        // Where it decides which options apply, all else isn't equal.
        let decides = space.exemptions.joined().contains { exemption in
            exemption.premise.contains {
                $0.option == option && $0.allowed[first] != $0.allowed[second]
            }
        }
        if decides { return false }
        // The rules must hold for both: each is asked once with the second value in place of what is chosen.
        let twice = space.adding(space.rules.map { $0.asking(option, as: second) })
        let solver = ChoiceSolver(twice, effort: effort)
        guard let start = try solver.start(applying: [option]),
            let state = try solver.decide(option, first, in: start)
        else {
            return false
        }
        return try solver.complete(state, wish: space.defaults) != nil
    }
}

extension ChoiceSpace {
    fileprivate func adding(_ more: [Rule]) -> ChoiceSpace {
        ChoiceSpace(sizes: sizes, defaults: defaults, rules: rules + more, exemptions: exemptions)
    }
}

extension ChoiceSpace.Rule {
    /// The rule with an option taken to have a value, whichever it has.
    fileprivate func asking(_ option: Int, as value: Int) -> ChoiceSpace.Rule {
        func fix(_ matches: [ChoiceSpace.Match]) -> [ChoiceSpace.Match] {
            matches.map { match in
                guard match.option == option else { return match }
                let answer = match.allowed[value]
                return .init(
                    option: option,
                    allowed: [Bool](repeating: answer, count: match.allowed.count)
                )
            }
        }
        return .init(index: index, premise: fix(premise), required: fix(required), excluded: fix(excluded))
    }
}
