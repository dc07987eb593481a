// SPDX-License-Identifier: GPL-2.0-only

/// Valid choices in which every pair of values that can occur together does.
///
/// Greedy, one row at a time, as AETG does (Cohen et al., "The AETG System", 1997), but without chance: each row begins
/// with the first pair that is missing, and takes for one option after the other the value that covers most. A pair that
/// can't begin a row can't occur. An option that a rule takes out has its default and is part of no pair.
struct CoveringArray {
    /// Whole choices.
    private(set) var rows: [[Int]] = []

    private let space: ChoiceSpace
    private let solver: ChoiceSolver
    /// Where each option's values begin among all values.
    private let offsets: [Int]
    private let valueCount: Int
    private let attempts: Int
    private let effort: Effort
    /// Pairs of values, the lower one first, that no row has yet and that aren't known to be impossible.
    private var isOpen: [Bool]

    /// - Parameters:
    ///   - allowed: the values that may be taken, by option.
    ///   - attempts: how many rows are made for each that is taken.
    ///   - effort: what may be spent.
    init(_ space: ChoiceSpace, allowed: [[Bool]], attempts: Int, effort: Effort) throws(Effort.Exhausted) {
        self.attempts = attempts
        self.effort = effort
        self.space = space
        solver = ChoiceSolver(space, allowed: allowed, effort: effort)
        var count = 0
        offsets = space.sizes.map { size in
            defer { count += size }
            return count
        }
        valueCount = count
        isOpen = [Bool](repeating: false, count: count * count)
        for (first, second) in Self.optionPairs(space) {
            for one in allowed[first].indices where allowed[first][one] {
                for other in allowed[second].indices where allowed[second][other] {
                    isOpen[pair(first, one, second, other)] = true
                }
            }
        }
        for (first, second) in Self.optionPairs(space) {
            for one in 0..<space.sizes[first] {
                for other in 0..<space.sizes[second] where isOpen[pair(first, one, second, other)] {
                    try addRow(with: (first, one), (second, other))
                }
            }
        }
    }

    private static func optionPairs(_ space: ChoiceSpace) -> [(Int, Int)] {
        space.sizes.indices.flatMap { first in
            space.sizes.indices.dropFirst(first + 1).map { (first, $0) }
        }
    }

    /// The index of a pair; the options in ascending order.
    private func pair(_ first: Int, _ one: Int, _ second: Int, _ other: Int) -> Int {
        (offsets[first] + one) * valueCount + offsets[second] + other
    }

    private func isOpen(_ first: Int, _ one: Int, _ second: Int, _ other: Int) -> Bool {
        isOpen[first < second ? pair(first, one, second, other) : pair(second, other, first, one)]
    }

    private mutating func addRow(
        with one: (option: Int, value: Int),
        _ other: (option: Int, value: Int)
    ) throws(Effort.Exhausted) {
        // Looking for the best value of each option is most of the work where there are few rules.
        try effort.spend(valueCount * valueCount / 256)
        // Now or never.
        isOpen[pair(one.option, one.value, other.option, other.value)] = false
        guard let start = try solver.start(applying: [one.option, other.option]),
            let first = try solver.decide(one.option, one.value, in: start),
            let state = try solver.decide(other.option, other.value, in: first),
            try solver.complete(state, wish: space.defaults) != nil
        else { return }
        let order = order()
        // One way through the options is as good as another.
        var best: (row: [Int], gain: Int)?
        for attempt in 0..<attempts {
            let shift = attempt * order.count / attempts
            guard let next = try complete(state, inOrder: order, shiftedBy: shift) else { continue }
            if best.map({ $0.gain < next.gain }) ?? true { best = next }
        }
        guard let best else { return }
        close(best.row)
        rows.append(best.row)
    }

    /// A row that goes on from a state, and how many open pairs it has.
    private func complete(_ start: ChoiceSolver.State, inOrder order: [Int], shiftedBy shift: Int)
        throws(Effort.Exhausted) -> (row: [Int], gain: Int)?
    {
        var state = start
        for option in order[shift...] + order[..<shift]
        where !state.isDecided(option) {
            for value in values(of: option, state) {
                guard let next = try solver.decide(option, value, in: state) else { continue }
                if !solver.isFree(option), try solver.complete(next, wish: space.defaults) == nil { continue }
                state = next
                break
            }
        }
        guard let row = try solver.complete(state, wish: space.defaults) else { return nil }
        return (row, openPairs(of: row).count)
    }

    /// Options with the most open pairs first.
    private func order() -> [Int] {
        let counts = space.sizes.indices.map { option in
            (0..<space.sizes[option]).reduce(0) { $0 + gain(option, $1) { _ in nil } }
        }
        return space.sizes.indices.sorted { (counts[$1], $0) < (counts[$0], $1) }
    }

    /// The values of an option, those that close most pairs with what is decided first.
    private func values(of option: Int, _ state: ChoiceSolver.State) -> [Int] {
        let point = state.point
        guard point.exempt[option] != .yes else {
            let preset = space.defaults[option]
            return [preset] + (0..<space.sizes[option]).filter { $0 != preset }
        }
        let gains = (0..<space.sizes[option]).map { value in
            gain(option, value) { other in
                point.exempt[other] == .yes ? ChoiceSpace.undecided : point.choice[other]
            }
        }
        // Among equals the one that is rarest so far: it has most to make up for.
        let uses = (0..<space.sizes[option]).map { value in rows.count { $0[option] == value } }
        return gains.indices.sorted { (gains[$1], uses[$0], $0) < (gains[$0], uses[$1], $1) }
    }

    /// How many open pairs a value makes with the values that `chosen` gives; nil stands for all of an option's values.
    private func gain(_ option: Int, _ value: Int, _ chosen: (Int) -> Int?) -> Int {
        var result = 0
        for other in space.sizes.indices where other != option {
            switch chosen(other) {
            case nil:
                for any in 0..<space.sizes[other] where isOpen(option, value, other, any) { result += 1 }
            case let fixed? where fixed != ChoiceSpace.undecided:
                if isOpen(option, value, other, fixed) { result += 1 }
            default: break
            }
        }
        return result
    }

    private mutating func close(_ row: [Int]) {
        for pair in openPairs(of: row) { isOpen[pair] = false }
    }

    private func openPairs(of row: [Int]) -> [Int] {
        let point = space.point(row)
        let applying = space.sizes.indices.filter { point.exempt[$0] == .no }
        return applying.enumerated().flatMap { place, first in
            applying.dropFirst(place + 1).map { pair(first, row[first], $0, row[$0]) }.filter { isOpen[$0] }
        }
    }
}
