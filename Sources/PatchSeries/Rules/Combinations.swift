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
    /// - Parameter fixed: only values that put no defect back.
    public init(_ series: Series, fixed: Bool = false) throws(SeriesError) {
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
        let space = ChoiceSpace(series)
        let allowed = series.options.map { option in
            let sound = option.values.map { $0.defect == nil }
            return fixed && sound.contains(true) ? sound : sound.map { _ in true }
        }
        // Greed is blind: more attempts at each row make fewer rows of one series and more of another.
        do {
            let effort = Effort()
            let arrays = try [1, 6].map { attempts throws(Effort.Exhausted) in
                try CoveringArray(space, allowed: allowed, attempts: attempts, effort: effort).rows
            }
            rows = (arrays.min { $0.count < $1.count } ?? []).map { series.row($0, space) }
        } catch {
            throw SeriesError(
                .series,
                [series.tooEntangled("nobody knows all pairs of values that can be had")]
            )
        }
    }
}

extension Series {
    fileprivate func row(_ choice: [Int], _ space: ChoiceSpace) -> Combinations.Row {
        let point = space.point(choice)
        let applying = options.indices.filter { space.exemption($0, point) == nil }
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
