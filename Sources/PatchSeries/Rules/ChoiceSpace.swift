// SPDX-License-Identifier: GPL-2.0-only

/// The options of a series and the rules between them, by index.
///
/// A choice is one value index per option, `ChoiceSpace.undecided` for one that is left open. What is asked about an
/// open choice is answered with "unknown" as long as it depends on what is open. An option that a `meaningless` rule
/// takes out does not apply: no premise holds by it, and nothing is demanded of it.
///
/// The series' rules must name what exists, and its `meaningless` rules must be free of cycles (`RuleChecker`).
struct ChoiceSpace: Sendable {
    static let undecided = -1

    enum Truth: Int, Comparable {
        case no, unknown, yes

        static func < (left: Truth, right: Truth) -> Bool { left.rawValue < right.rawValue }
    }

    struct Match: Sendable {
        let option: Int
        /// By the value's index.
        let allowed: [Bool]
    }

    /// A `requires` or `excludes` rule.
    struct Rule: Sendable {
        /// Index in the series' rules.
        let index: Int
        let premise: [Match]
        let required: [Match]
        let excluded: [Match]
    }

    /// A `meaningless` rule, as one of the options it takes out sees it.
    struct Exemption: Sendable {
        /// Index in the series' rules.
        let index: Int
        let premise: [Match]
    }

    /// How many values each option has.
    let sizes: [Int]
    let defaults: [Int]
    let rules: [Rule]
    /// By option.
    let exemptions: [[Exemption]]
    /// The options that a `meaningless` rule may take out, each behind those that it depends on.
    private let order: [Int]

    init(sizes: [Int], defaults: [Int], rules: [Rule], exemptions: [[Exemption]]) {
        self.sizes = sizes
        self.defaults = defaults
        self.rules = rules
        self.exemptions = exemptions
        order = Self.order(exemptions)
    }

    private static func order(_ exemptions: [[Exemption]]) -> [Int] {
        var result: [Int] = []
        var isKnown = [Bool](repeating: false, count: exemptions.count)
        for root in exemptions.indices where !exemptions[root].isEmpty {
            var open = [(option: root, isDone: false)]
            while let (option, isDone) = open.popLast() {
                if isDone { result.append(option) }
                guard !isDone, !isKnown[option] else { continue }
                isKnown[option] = true
                open.append((option, true))
                for match in exemptions[option].flatMap(\.premise)
                where !isKnown[match.option] && !exemptions[match.option].isEmpty {
                    open.append((match.option, false))
                }
            }
        }
        return result
    }

    init(_ series: Series) {
        let options = series.options
        let places = Dictionary(uniqueKeysWithValues: options.enumerated().map { ($1.name, $0) })
        func match(_ match: Series.Rule.Match) -> Match? {
            places[match.option].map { place in
                Match(option: place, allowed: options[place].values.map { match.values.contains($0.name) })
            }
        }
        var rules: [Rule] = []
        var exemptions = [[Exemption]](repeating: [], count: options.count)
        for (index, rule) in series.rules.enumerated() {
            let premise = rule.premise.compactMap(match)
            switch rule.demand {
            case .requires(let demands):
                rules.append(
                    Rule(
                        index: index,
                        premise: premise,
                        required: demands.compactMap(match),
                        excluded: []
                    )
                )
            case .excludes(let demands):
                rules.append(
                    Rule(
                        index: index,
                        premise: premise,
                        required: [],
                        excluded: demands.compactMap(match)
                    )
                )
            case .meaningless(let targets):
                for target in targets {
                    guard let place = places[target.option] else { continue }
                    exemptions[place].append(Exemption(index: index, premise: premise))
                }
            }
        }
        sizes = options.map(\.values.count)
        defaults = options.map { option in
            option.values.firstIndex { $0.name == option.defaultValue } ?? 0
        }
        self.rules = rules
        self.exemptions = exemptions
        order = Self.order(exemptions)
    }

    /// A choice, and which options a rule takes out of it.
    struct Point: Sendable {
        var choice: [Int]
        /// By option.
        fileprivate(set) var exempt: [Truth]
    }

    /// Each option is asked once, however many others depend on it.
    func point(_ choice: [Int]) -> Point {
        var point = Point(choice: choice, exempt: [Truth](repeating: .no, count: choice.count))
        update(&point)
        return point
    }

    /// Finds out anew which options are taken out.
    func update(_ point: inout Point) {
        for option in order {
            var truth = Truth.no
            for exemption in exemptions[option] { truth = max(truth, holds(exemption.premise, point)) }
            point.exempt[option] = truth
        }
    }

    /// What `update` costs, in rules looked at.
    var updateCost: Int { order.count }

    /// The rule that takes the option out, by its index in the series' rules.
    func exemption(_ option: Int, _ point: Point) -> Int? {
        exemptions[option].first { holds($0.premise, point) == .yes }?.index
    }

    func isBroken(_ rule: Rule, _ point: Point) -> Truth {
        let premise = holds(rule.premise, point)
        guard premise > .no else { return .no }
        let missing = rule.required.reduce(Truth.no) { max($0, lacks($1, point)) }
        let worst = rule.excluded.reduce(missing) { max($0, holds($1, point)) }
        return min(premise, worst)
    }

    private func holds(_ matches: [Match], _ point: Point) -> Truth {
        var result = Truth.yes
        for match in matches {
            result = min(result, holds(match, point))
            if result == .no { break }
        }
        return result
    }

    private func holds(_ match: Match, _ point: Point) -> Truth {
        let value = point.choice[match.option]
        if value != Self.undecided, !match.allowed[value] { return .no }
        switch point.exempt[match.option] {
        case .yes: return .no
        case .unknown: return .unknown
        case .no: return value == Self.undecided ? .unknown : .yes
        }
    }

    /// Whether the option applies and has none of the values.
    private func lacks(_ match: Match, _ point: Point) -> Truth {
        let value = point.choice[match.option]
        if value != Self.undecided, match.allowed[value] { return .no }
        switch point.exempt[match.option] {
        case .yes: return .no
        case .unknown: return .unknown
        case .no: return value == Self.undecided ? .unknown : .yes
        }
    }

    /// The options on which it depends whether `option` applies.
    func sources(of option: Int) -> Set<Int> {
        var result: Set<Int> = []
        var open = [option]
        while let next = open.popLast() {
            for match in exemptions[next].flatMap(\.premise) where result.insert(match.option).inserted {
                open.append(match.option)
            }
        }
        return result
    }

    /// The options on which it depends whether `rule` is broken.
    func involved(in rule: Rule) -> Set<Int> {
        let named = Set((rule.premise + rule.required + rule.excluded).map(\.option))
        return named.reduce(into: named) { $0.formUnion(sources(of: $1)) }
    }
}
