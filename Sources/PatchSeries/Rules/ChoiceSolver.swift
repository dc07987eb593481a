// SPDX-License-Identifier: GPL-2.0-only

/// Completes choices: backtracking over the options, with what a decision rules out taken from the others at once.
struct ChoiceSolver: Sendable {
    let space: ChoiceSpace
    /// Rules by option: those that can be broken by deciding it.
    private let watchers: [[Int]]
    /// By rule.
    private let involved: [[Int]]
    /// By option: what it hangs on whether the option applies.
    private let sources: [Set<Int>]
    /// Values that may be taken, by option.
    private let allowed: [[Bool]]

    /// A choice in the making.
    struct State {
        fileprivate(set) var choice: [Int]
        fileprivate var domains: [[Bool]]
        /// Options that must not be taken out by a rule.
        fileprivate let applying: [Int]
    }

    /// - Parameter allowed: the values that may be taken, by option; nil for all.
    init(_ space: ChoiceSpace, allowed: [[Bool]]? = nil) {
        self.space = space
        self.allowed = allowed ?? space.sizes.map { [Bool](repeating: true, count: $0) }
        sources = space.sizes.indices.map { space.sources(of: $0) }
        var watchers = [[Int]](repeating: [], count: space.sizes.count)
        involved = space.rules.map { space.involved(in: $0).sorted() }
        for (rule, options) in involved.enumerated() {
            for option in options { watchers[option].append(rule) }
        }
        self.watchers = watchers
    }

    /// Where nothing is decided; nil if that is broken already.
    ///
    /// - Parameter applying: options that must not be taken out by a rule.
    func start(applying: [Int] = []) -> State? {
        let choice = [Int](repeating: ChoiceSpace.undecided, count: space.sizes.count)
        let state = State(choice: choice, domains: allowed, applying: applying)
        return space.rules.contains { space.isBroken($0, choice) == .yes } ? nil : state
    }

    /// The state with a value decided and everything that follows from it; nil if that breaks a rule.
    func decide(_ option: Int, _ value: Int, in state: State) -> State? {
        guard state.choice[option] == ChoiceSpace.undecided else {
            return state.choice[option] == value ? state : nil
        }
        guard state.domains[option][value] else { return nil }
        var next = state
        next.choice[option] = value
        return propagate(from: option, &next) ? next : nil
    }

    /// A whole choice that goes on from a state, as near to `wish` as comes first; nil if there is none.
    func complete(_ state: State, wish: [Int]) -> [Int]? {
        guard let option = state.choice.firstIndex(of: ChoiceSpace.undecided) else { return state.choice }
        let values = [wish[option]] + (0..<space.sizes[option]).filter { $0 != wish[option] }
        for value in values where state.domains[option][value] {
            guard let next = decide(option, value, in: state) else { continue }
            if let choice = complete(next, wish: wish) { return choice }
        }
        return nil
    }

    /// Takes away values that would break a rule which hangs on a decided option, and decides what is left no choice.
    private func propagate(from option: Int, _ state: inout State) -> Bool {
        var open = [option]
        while let next = open.popLast() {
            for option in state.applying where option == next || sources[option].contains(next) {
                guard space.isExempt(option, state.choice) < .yes else { return false }
            }
            for rule in watchers[next] {
                guard space.isBroken(space.rules[rule], state.choice) < .yes else { return false }
                for other in involved[rule] where state.choice[other] == ChoiceSpace.undecided {
                    switch prune(other, space.rules[rule], &state) {
                    case 0: return false
                    case 1:
                        state.choice[other] = state.domains[other].firstIndex(of: true) ?? 0
                        open.append(other)
                    default: break
                    }
                }
            }
        }
        return true
    }

    /// Takes away the option's values that break the rule; how many are left.
    private func prune(_ option: Int, _ rule: ChoiceSpace.Rule, _ state: inout State) -> Int {
        var left = 0
        for value in state.domains[option].indices where state.domains[option][value] {
            state.choice[option] = value
            if space.isBroken(rule, state.choice) == .yes {
                state.domains[option][value] = false
            } else {
                left += 1
            }
        }
        state.choice[option] = ChoiceSpace.undecided
        return left
    }
}
