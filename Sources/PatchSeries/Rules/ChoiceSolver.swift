// SPDX-License-Identifier: GPL-2.0-only

/// Completes choices: backtracking over the options, with what a decision rules out taken from the others at once.
struct ChoiceSolver {
    let space: ChoiceSpace
    /// Rules by option: those that can be broken by deciding it.
    private let watchers: [[Int]]
    /// By rule.
    private let involved: [[Int]]
    /// By option: what it depends on whether the option applies.
    private let sources: [Set<Int>]
    /// By option: whether others depend on it for whether they apply.
    private let isSource: [Bool]
    /// Values that may be taken, by option.
    private let allowed: [[Bool]]
    private let effort: Effort

    /// A choice in the making.
    struct State {
        fileprivate(set) var point: ChoiceSpace.Point
        fileprivate var domains: [[Bool]]
        /// Options that must not be taken out by a rule.
        fileprivate let applying: [Int]

        func isDecided(_ option: Int) -> Bool { point.choice[option] != ChoiceSpace.undecided }
    }

    /// - Parameters:
    ///   - allowed: the values that may be taken, by option; nil for all.
    ///   - effort: what may be spent.
    init(_ space: ChoiceSpace, allowed: [[Bool]]? = nil, effort: Effort) {
        self.space = space
        self.effort = effort
        self.allowed = allowed ?? space.sizes.map { [Bool](repeating: true, count: $0) }
        sources = space.sizes.indices.map { space.sources(of: $0) }
        var isSource = [Bool](repeating: false, count: space.sizes.count)
        for source in sources.joined() { isSource[source] = true }
        self.isSource = isSource
        var watchers = [[Int]](repeating: [], count: space.sizes.count)
        involved = space.rules.map { space.involved(in: $0).sorted() }
        for (rule, options) in involved.enumerated() {
            for option in options { watchers[option].append(rule) }
        }
        self.watchers = watchers
    }

    /// Whether no rule says anything about the option.
    func isFree(_ option: Int) -> Bool { watchers[option].isEmpty && !isSource[option] }

    /// Where nothing is decided; nil if that is broken already.
    ///
    /// - Parameter applying: options that must not be taken out by a rule.
    func start(applying: [Int] = []) throws(Effort.Exhausted) -> State? {
        let point = space.point([Int](repeating: ChoiceSpace.undecided, count: space.sizes.count))
        try effort.spend(1 + space.updateCost + space.rules.count)
        guard !space.rules.contains(where: { space.isBroken($0, point) == .yes }) else { return nil }
        return State(point: point, domains: allowed, applying: applying)
    }

    /// The state with a value decided and everything that follows from it; nil if that breaks a rule.
    func decide(_ option: Int, _ value: Int, in state: State) throws(Effort.Exhausted) -> State? {
        guard !state.isDecided(option) else {
            return state.point.choice[option] == value ? state : nil
        }
        guard state.domains[option][value] else { return nil }
        var next = state
        try set(option, value, &next)
        return try propagate(from: option, &next) ? next : nil
    }

    /// A whole choice that goes on from a state, as near to `wish` as comes first; nil if there is none.
    func complete(_ state: State, wish: [Int]) throws(Effort.Exhausted) -> [Int]? {
        var state = state
        for option in space.sizes.indices where !state.isDecided(option) && isFree(option) {
            guard let value = values(of: option, wish: wish).first(where: { state.domains[option][$0] })
            else { return nil }
            state.point.choice[option] = value
        }
        return try search(state, wish: wish)
    }

    private func values(of option: Int, wish: [Int]) -> [Int] {
        [wish[option]] + (0..<space.sizes[option]).filter { $0 != wish[option] }
    }

    private func search(_ state: State, wish: [Int]) throws(Effort.Exhausted) -> [Int]? {
        guard let option = state.point.choice.firstIndex(of: ChoiceSpace.undecided) else {
            return state.point.choice
        }
        for value in values(of: option, wish: wish) where state.domains[option][value] {
            guard let next = try decide(option, value, in: state) else { continue }
            if let choice = try search(next, wish: wish) { return choice }
        }
        return nil
    }

    private func set(_ option: Int, _ value: Int, _ state: inout State) throws(Effort.Exhausted) {
        state.point.choice[option] = value
        guard isSource[option] else { return }
        try effort.spend(space.updateCost)
        space.update(&state.point)
    }

    /// Takes away values that would break a rule which depends on a decided option, and decides what is left no choice.
    private func propagate(from option: Int, _ state: inout State) throws(Effort.Exhausted) -> Bool {
        var open = [option]
        while let next = open.popLast() {
            for option in state.applying where option == next || sources[option].contains(next) {
                guard state.point.exempt[option] < .yes else { return false }
            }
            for rule in watchers[next] {
                try effort.spend(1)
                guard space.isBroken(space.rules[rule], state.point) < .yes else { return false }
                for other in involved[rule] where !state.isDecided(other) {
                    switch try prune(other, space.rules[rule], &state) {
                    case 0: return false
                    case 1:
                        try set(other, state.domains[other].firstIndex(of: true) ?? 0, &state)
                        open.append(other)
                    default: break
                    }
                }
            }
        }
        return true
    }

    /// Takes away the option's values that break the rule; how many are left.
    private func prune(_ option: Int, _ rule: ChoiceSpace.Rule, _ state: inout State)
        throws(Effort.Exhausted) -> Int
    {
        var left = 0
        for value in state.domains[option].indices where state.domains[option][value] {
            try effort.spend(1)
            try set(option, value, &state)
            if space.isBroken(rule, state.point) == .yes {
                state.domains[option][value] = false
            } else {
                left += 1
            }
        }
        try set(option, ChoiceSpace.undecided, &state)
        return left
    }
}
