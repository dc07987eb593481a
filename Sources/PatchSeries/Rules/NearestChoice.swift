// SPDX-License-Identifier: GPL-2.0-only

/// Finds the valid choice that differs least from one that breaks rules.
struct NearestChoice {
    let space: ChoiceSpace
    /// Options that the user set; they are kept if anything else does.
    let explicit: Set<Int>

    /// What has to change.
    struct Change: Hashable {
        let option: Int
        /// Nil to leave the option alone: it doesn't apply, and the user set it.
        let value: Int?
    }

    private struct State {
        var choice: [Int]
        var explicit: Set<Int>
        var changes: [Change]
        var cost: Int
    }

    /// The changes in the order of the options, nil if none helps.
    ///
    /// Every valid choice differs from a broken one in an option that a broken rule depends on, so that trying the
    /// values of those, cheapest first, finds the nearest one.
    func changes(from choice: [Int]) -> [Change]? {
        var open = StatesByCost()
        open.add(State(choice: choice, explicit: explicit, changes: [], cost: 0))
        var seen: Set<[Change]> = []
        // The rules of one series are few; who needs more than this has no near choice.
        var left = 20_000
        while left > 0, let state = open.next() {
            let changes = state.changes.sorted { $0.option < $1.option }
            guard seen.insert(changes).inserted else { continue }
            left -= 1 + space.rules.count / 64
            guard let culprits = culprits(state) else { return changes }
            let changed = Set(changes.map(\.option))
            for option in culprits.options.subtracting(changed).sorted() {
                for value in 0..<space.sizes[option] where value != state.choice[option] && left > 0 {
                    left -= 1
                    var next = state
                    next.choice[option] = value
                    next.changes.append(Change(option: option, value: value))
                    // A default is the likelier wish.
                    next.cost += price(option) + (value == space.defaults[option] ? 0 : 1)
                    open.add(next)
                }
            }
            if let option = culprits.moot {
                var next = state
                next.explicit.remove(option)
                next.changes.append(Change(option: option, value: nil))
                next.cost += price(option)
                open.add(next)
            }
        }
        return nil
    }

    /// States, cheapest first; of equals the one that came first.
    private struct StatesByCost {
        private var states: [Int: (list: [State], taken: Int)] = [:]

        mutating func add(_ state: State) {
            states[state.cost, default: ([], 0)].list.append(state)
        }

        mutating func next() -> State? {
            guard let cost = states.keys.min(), var bucket = states.removeValue(forKey: cost) else {
                return nil
            }
            let state = bucket.list[bucket.taken]
            bucket.taken += 1
            if bucket.taken < bucket.list.count { states[cost] = bucket }
            return state
        }
    }

    private func price(_ option: Int) -> Int { explicit.contains(option) ? 1000 : 10 }

    /// What the first breach depends on; nil if there is none. `moot` is an option that was set and doesn't apply.
    private func culprits(_ state: State) -> (options: Set<Int>, moot: Int?)? {
        let point = space.point(state.choice)
        for rule in space.rules where space.isBroken(rule, point) == .yes {
            return (space.involved(in: rule), nil)
        }
        for option in state.explicit.sorted() where point.exempt[option] == .yes {
            return (space.sources(of: option), option)
        }
        return nil
    }
}
