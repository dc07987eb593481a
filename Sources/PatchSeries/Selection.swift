// SPDX-License-Identifier: GPL-2.0-only

import CSource

/// What the user chose: a value for every option, and numbers that are pinned
/// instead of being read from the tree.
public struct Selection: Sendable, Equatable {
    public let variant: String
    /// Every option of the series and its value.
    public let options: [String: String]
    /// Facts given by the user, by the fact's name.
    public let pinned: [String: UInt64]
    /// Options that differ from the variant.
    public let changed: [String: String]

    /// A variant with `--set name=value` on top.
    ///
    /// Throws `.selection` for unknown names and values and for combinations
    /// that a rule of the series forbids.
    public init(variant name: String, settings: [String], of series: Series) throws(SeriesError) {
        var problems: [Diagnostic] = []
        guard let variant = series.variants.first(where: { $0.name == name }) else {
            throw SeriesError(
                .selection,
                [
                    Diagnostic(
                        file: "",
                        message: "no variant '\(name)' in series \(series.name)",
                        notes: didYouMean(name, series.variants.map(\.name))
                    )
                ]
            )
        }
        var options = Dictionary(uniqueKeysWithValues: series.options.map { ($0.name, $0.defaultValue) })
        options.merge(variant.settings) { $1 }
        var changed: [String: String] = [:]
        var pinned: [String: UInt64] = [:]
        for setting in settings {
            let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
                String.init
            )
            guard parts.count == 2, !parts[0].isEmpty else {
                problems.append(Diagnostic(file: "", message: "'\(setting)' is not of the form option=value"))
                continue
            }
            if let option = series.options.first(where: { $0.name == parts[0] }) {
                guard option.values.contains(where: { $0.name == parts[1] }) else {
                    problems.append(
                        Diagnostic(
                            file: "",
                            message: "'\(parts[1])' is not a value of option \(option.name)",
                            notes: didYouMean(parts[1], option.values.map(\.name))
                        )
                    )
                    continue
                }
                if options[option.name] != parts[1] { changed[option.name] = parts[1] }
                options[option.name] = parts[1]
            } else if let fact = series.facts.first(where: { $0.name == parts[0] && !$0.isCondition }) {
                guard let number = UInt64(parts[1]) else {
                    problems.append(
                        Diagnostic(file: "", message: "\(fact.name) is a number, '\(parts[1])' is not")
                    )
                    continue
                }
                pinned[fact.name] = number
            } else {
                let known = series.options.map(\.name) + series.facts.filter { !$0.isCondition }.map(\.name)
                problems.append(
                    Diagnostic(
                        file: "",
                        message: "no option '\(parts[0])' in series \(series.name)",
                        notes: didYouMean(parts[0], known)
                    )
                )
            }
        }
        self.variant = name
        self.options = options
        self.pinned = pinned
        self.changed = changed
        for rule in series.rules where rule.condition.holds({ conditions[$0] ?? false }) {
            problems.append(
                Diagnostic(
                    file: "",
                    message: "these options exclude each other: \(rule.message)",
                    notes: ["the rule is at \(series.manifestPath):\(rule.line)"]
                )
            )
        }
        guard problems.isEmpty else { throw SeriesError(.selection, problems) }
    }

    /// `KPATCH_…` truths of the chosen values; values that weren't chosen are absent.
    var conditions: [String: Bool] {
        Dictionary(uniqueKeysWithValues: options.map { (Series.conditionName($0.key, $0.value), true) })
    }

    /// One line for reports and notes: the variant and what was changed.
    public var summary: String {
        let parts = changed.map { "\($0.key)=\($0.value)" } + pinned.map { "\($0.key)=\($0.value)" }
        return ([variant] + parts.sorted()).joined(separator: " ")
    }
}
