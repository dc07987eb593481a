// SPDX-License-Identifier: GPL-2.0-only

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

    /// The same series gives the same rows.
    ///
    /// - Parameter mended: only values that put no defect back.
    public init(_ series: Series, mended: Bool = false) {
        let space = ChoiceSpace(series)
        let allowed = series.options.map { option in
            let sound = option.values.map { $0.defect == nil }
            return mended && sound.contains(true) ? sound : sound.map { _ in true }
        }
        // Greed is blind: more attempts at each row make fewer rows of one series and more of another.
        let arrays = [1, 6].map { CoveringArray(space, allowed: allowed, attempts: $0).rows }
        rows = (arrays.min { $0.count < $1.count } ?? []).map { series.row($0, space) }
    }
}

extension Series {
    fileprivate func row(_ choice: [Int], _ space: ChoiceSpace) -> Combinations.Row {
        let applying = options.indices.filter { space.exemption($0, choice) == nil }
        func setting(_ place: Int) -> Setting {
            Setting(options[place].name, options[place].values[choice[place]].name)
        }
        let ways = variants.map { variant in
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
