// SPDX-License-Identifier: GPL-2.0-only

import Base

/// What must hold for the fragments of a series: their order can be told, and each is for a patch that is there where its
/// value is chosen.
struct FragmentChecker {
    let series: Series

    func problems() -> [Diagnostic] { unknownOptions() + circle() + unused() }

    private func unknownOptions() -> [Diagnostic] {
        let names = series.options.map(\.name)
        return series.options.flatMap { option in
            option.after.filter { !names.contains($0) || $0 == option.name }.map { name in
                Diagnostic(
                    at: option.position,
                    message: "after: '\(name)' is not another option",
                    notes: didYouMean(name, names)
                )
            }
        }
    }

    private func circle() -> [Diagnostic] {
        let circle = series.precedence.circle
        return series.options.filter { circle.contains($0.name) && !$0.after.contains($0.name) }.map {
            option in
            Diagnostic(
                at: option.position,
                message: "after: \(option.name) comes after itself",
                notes: option.after.map { "\(option.name) after \($0)" }
            )
        }
    }

    /// Fragments of patches that are not in the series whenever their value is chosen.
    private func unused() -> [Diagnostic] {
        series.patches.flatMap { patch -> [Diagnostic] in
            guard let condition = patch.condition else { return [] }
            return patch.fragments.compactMap { fragment in
                let option = series.options.first { $0.name == fragment.option }
                var known: [String: Bool] = [:]
                for value in option?.values ?? [] {
                    known[Series.conditionName(fragment.option, value.name)] = value.name == fragment.value
                }
                guard condition.decided(known) == false else { return nil }
                return Diagnostic(
                    file: fragment.template.path,
                    line: 1,
                    message:
                        "nobody can choose this fragment: \(patch.folder) is left out with \(fragment.setting)",
                    notes: ["see \(patch.position)"]
                )
            }
        }
    }
}

extension Condition {
    /// What it comes to if only some names are known; nil if that depends on the others.
    fileprivate func decided(_ known: [String: Bool]) -> Bool? {
        switch self {
        case .name(let name): return known[name]
        case .not(let inner): return inner.decided(known).map { !$0 }
        case .and(let left, let right):
            let sides = [left.decided(known), right.decided(known)]
            return sides.contains(false) ? false : sides == [true, true] ? true : nil
        case .or(let left, let right):
            let sides = [left.decided(known), right.decided(known)]
            return sides.contains(true) ? true : sides == [false, false] ? false : nil
        }
    }
}
