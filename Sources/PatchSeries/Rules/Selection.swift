// SPDX-License-Identifier: GPL-2.0-only

import Base
import CSource

/// What the user chose: a value for every option, and numbers that are pinned
/// instead of being read from the tree.
public struct Selection: Sendable, Equatable {
    public let variant: String
    /// Every option of the series and its value; the default for one that doesn't apply.
    public private(set) var options: [String: String]
    /// Options that don't apply, and the rule that says so.
    public let notApplicable: [String: String]
    /// Facts given by the user, by the fact's name.
    public let pinned: [String: UInt64]
    /// Options that differ from the variant.
    public let changed: [String: String]
    /// Whether it is the patch as posted: every option as in the series' `posted` variant.
    public let isAsPosted: Bool
    /// What to do on a tree that has the feature; nil: what the variant says.
    public let onUpstream: Series.OnUpstream?
    /// Conditions that depend on facts as well.
    private let derived: [Series.DerivedCondition]
    /// Whether `KPATCH_AS_POSTED` exists.
    private let knowsPosted: Bool

    /// A variant with `--set name=value` on top.
    ///
    /// Throws `.selection` for unknown names and values, for combinations that a
    /// rule of the series forbids, and for values of options that don't apply.
    public init(
        variant name: String,
        settings: [Setting],
        onUpstream: Series.OnUpstream? = nil,
        of series: Series
    ) throws(SeriesError) {
        var problems: [Diagnostic] = []
        guard let variant = series.variants.first(where: { $0.name == name }) else {
            throw SeriesError(
                .selection,
                [
                    Diagnostic(
                        message: "no variant '\(name)' in series \(series.name)",
                        notes: didYouMean(name, series.variants.map(\.name))
                    )
                ]
            )
        }
        var options = series.values(of: variant)
        var changed: [String: String] = [:]
        var explicit: Set<String> = []
        var pinned: [String: UInt64] = [:]
        for setting in settings {
            if let option = series.options.first(where: { $0.name == setting.name }) {
                guard option.values.contains(where: { $0.name == setting.value }) else {
                    problems.append(
                        Diagnostic(
                            message: "'\(setting.value)' is not a value of option \(option.name)",
                            notes: didYouMean(setting.value, option.values.map(\.name))
                        )
                    )
                    continue
                }
                explicit.insert(option.name)
                if options[option.name] != setting.value { changed[option.name] = setting.value }
                options[option.name] = setting.value
            } else if let fact = series.facts.first(where: { $0.name == setting.name && !$0.isCondition }) {
                guard let number = UInt64(setting.value) else {
                    problems.append(
                        Diagnostic(message: "\(fact.name) is a number, '\(setting.value)' is not")
                    )
                    continue
                }
                pinned[fact.name] = number
            } else {
                let known = series.options.map(\.name) + series.facts.filter { !$0.isCondition }.map(\.name)
                problems.append(
                    Diagnostic(
                        message: "no option '\(setting.name)' in series \(series.name)",
                        notes: didYouMean(setting.name, known)
                    )
                )
            }
        }
        let space = ChoiceSpace(series)
        problems +=
            RuleBreach(series: series, space: space, wanted: options, explicit: explicit).diagnostics()
        guard problems.isEmpty else { throw SeriesError(.selection, problems) }

        let exempt = series.exemptions(options, space)
        self.variant = name
        let normalised = series.normalised(options, exempt)
        self.options = normalised
        notApplicable = exempt.mapValues { series.rules[$0].name }
        self.pinned = pinned
        self.changed = changed
        self.onUpstream = onUpstream
        isAsPosted = series.postedValues(space).map { $0 == normalised } ?? false
        knowsPosted = series.posted != nil
        derived = series.conditions
    }

    /// `KPATCH_…` truths: those of `facts`, of the chosen values, and what follows from them. What isn't there is false.
    func conditions(_ facts: [String: Bool] = [:]) -> [String: Bool] {
        var truths = facts
        for (option, value) in options { truths[Series.conditionName(option, value)] = true }
        if knowsPosted { truths[Series.asPosted] = isAsPosted }
        for row in derived { truths[row.name] = row.condition.holds { truths[$0] ?? false } }
        return truths
    }

    /// The same with other values for some options.
    func with(_ values: [String: String]) -> Selection {
        var result = self
        result.options.merge(values) { $1 }
        return result
    }

    /// What `--set` has to say for it: options first, then numbers.
    public var settings: [Setting] { [Setting](changed) + [Setting](pinned) }

    /// One line for reports and notes: the variant and what was changed.
    public var summary: String {
        ([variant] + settings.map(\.description).sorted()).joined(separator: " ")
    }
}

extension Series {
    /// The condition that holds for the patch as posted.
    public static let asPosted = "KPATCH_AS_POSTED"

    /// Every option's value in a variant, whether or not it applies.
    func values(of variant: Variant) -> [String: String] {
        let defaults = Dictionary(uniqueKeysWithValues: options.map { ($0.name, $0.defaultValue) })
        return defaults.merging(variant.settings) { $1 }
    }

    /// Options that don't apply, with the index of the rule that says so.
    fileprivate func exemptions(_ values: [String: String], _ space: ChoiceSpace) -> [String: Int] {
        let point = space.point(choice(values))
        var result: [String: Int] = [:]
        for (place, option) in options.enumerated() {
            if let rule = space.exemption(place, point) { result[option.name] = rule }
        }
        return result
    }

    /// The values with those of options that don't apply set to their defaults.
    fileprivate func normalised(_ values: [String: String], _ exempt: [String: Int]) -> [String: String] {
        var result = values
        for option in options where exempt[option.name] != nil { result[option.name] = option.defaultValue }
        return result
    }

    fileprivate func postedValues(_ space: ChoiceSpace) -> [String: String]? {
        guard let variant = variants.first(where: { $0.name == posted }) else { return nil }
        let values = values(of: variant)
        return normalised(values, exemptions(values, space))
    }
}
