// SPDX-License-Identifier: GPL-2.0-only

import Base

/// A few selections of a series that together hold every pair of values that can occur in a valid one.
public struct Combinations: Sendable {
    public let rows: [Row]

    /// A selection as one types it.
    public struct Row: Sendable, Equatable {
        /// The variant that differs least.
        public let variant: String
        /// What is different.
        public let settings: [Setting]
        /// Values that put a defect back.
        public let defects: [Setting]

        /// As arguments of every verb that takes a selection.
        public var arguments: String {
            (["--variant \(variant)"] + settings.map { "--set \($0)" }).joined(separator: " ")
        }
    }

    /// The most values that all options together may have: their pairs grow with the square.
    private static let valueLimit = Limits.raised(1500)

    /// The same series gives the same rows.
    ///
    /// Throws `.series` for one with too many values, or whose rules can't be seen through.
    ///
    /// - Parameters:
    ///   - fixed: only values that put no defect back.
    ///   - facts: those of a tree. If it has the feature, only what can stand alongside it: rows for each variant that
    ///     can, in which what the tree has decided is left as the variant has it. Where no variant can, all rows.
    public init(_ series: Series, fixed: Bool = false, in facts: FactSet? = nil) throws(SeriesError) {
        let count = series.options.reduce(0) { $0 + $1.values.count }
        guard count <= Self.valueLimit else {
            throw SeriesError(
                .series,
                [
                    Diagnostic(
                        file: series.manifestPath,
                        message: "\(count) values make too many pairs; the limit is \(Self.valueLimit) values"
                    )
                ]
            )
        }
        let allowed = series.options.map { option in
            let sound = option.values.map { $0.defect == nil }
            return fixed && sound.contains(true) ? sound : sound.map { _ in true }
        }
        let alongside = try facts.map { facts throws(SeriesError) in try series.alongside(facts) } ?? []
        guard !alongside.isEmpty else {
            rows = try series.rows(allowed)
            return
        }
        var rows: [Row] = []
        for (variant, settled) in alongside {
            let own = series.choice(series.values(of: variant))
            let narrowed = allowed.enumerated().map { place, values in
                settled.contains(series.options[place].name)
                    ? values.indices.map { $0 == own[place] } : values
            }
            rows += try series.rows(narrowed, of: [variant])
        }
        self.rows = rows
    }
}

extension Series {
    /// The variants that can stand alongside the feature in a tree that has it, and the options that are settled for
    /// them: those that the tree decided, and those that have a say in whether it refuses. None in any other tree.
    fileprivate func alongside(_ facts: FactSet) throws(SeriesError) -> [(Variant, settled: Set<String>)] {
        let refusing = upstream?.refusals.reduce(into: Set()) { $0.formUnion($1.condition.names) } ?? []
        let deciding = options.filter { option in
            option.values.contains { refusing.contains(Self.conditionName(option.name, $0.name)) }
        }
        var found: [(Variant, settled: Set<String>)] = []
        for variant in variants {
            let selection = try Selection(variant: variant.name, settings: [], of: self)
            do {
                let settled = try SettledSelection(selection, in: facts, of: self)
                guard settled.isAlongside else { return [] }
                found.append((variant, Set(settled.decided.keys).union(deciding.map(\.name))))
            } catch {
                guard error.kind == .upstream else { throw error }
            }
        }
        return found
    }

    /// - Parameter bases: the variants that rows may start from; nil for all.
    fileprivate func rows(_ allowed: [[Bool]], of bases: [Variant]? = nil) throws(SeriesError)
        -> [Combinations.Row]
    {
        let space = ChoiceSpace(self)
        // Greed is blind: more attempts at each row make fewer rows of one series and more of another.
        do {
            let effort = Effort()
            let arrays = try [1, 6].map { attempts throws(Effort.Exhausted) in
                try CoveringArray(space, allowed: allowed, attempts: attempts, effort: effort).rows
            }
            let smallest = arrays.min { $0.count < $1.count } ?? []
            return smallest.map { row($0, space, bases ?? variants) }
        } catch {
            throw SeriesError(
                .series,
                [tooEntangled("nobody knows all pairs of values that can be had")]
            )
        }
    }

    private func row(_ choice: [Int], _ space: ChoiceSpace, _ bases: [Variant]) -> Combinations.Row {
        let point = space.point(choice)
        let applying = options.indices.filter { space.exemption($0, point) == nil }
        func setting(_ place: Int) -> Setting {
            Setting(options[place].name, options[place].values[choice[place]].name)
        }
        let ways = bases.map { variant in
            let own = self.choice(values(of: variant))
            return (variant.name, applying.filter { own[$0] != choice[$0] }.map(setting))
        }
        // A series without variants can't be selected from.
        let (variant, settings) = ways.min { $0.1.count < $1.1.count } ?? ("", applying.map(setting))
        return Combinations.Row(
            variant: variant,
            settings: settings,
            defects: applying.filter { options[$0].values[choice[$0]].defect != nil }.map(setting)
        )
    }
}
