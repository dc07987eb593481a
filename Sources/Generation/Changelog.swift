// SPDX-License-Identifier: GPL-2.0-only

import Base
import PatchSeries

/// What became different since an earlier revision, one line for each option, with who asked for it.
///
/// What was asked for comes first, as those who asked look for it; the rest follows. Both in the order of series.yml,
/// which keeps together what belongs together.
package struct Changelog {
    private let asked: [String]
    private let others: [String]

    package var isEmpty: Bool { asked.isEmpty && others.isEmpty }

    /// An option that makes no difference in the tree has nothing to tell.
    package init(from old: Selection, to settled: SettledSelection, _ review: Review?) {
        let new = settled.chosen
        var asked: [String] = []
        var others: [String] = []
        for option in settled.series.options {
            // An option that doesn't apply has no part in the patch, whatever its value.
            guard let name = new.options[option.name], name != old.options[option.name],
                new.notApplicable[option.name] == nil,
                // Nor has what the tree decided.
                settled.decided[option.name] == nil,
                settled.holds(option.place),
                let value = option.values.first(where: { $0.name == name })
            else { continue }
            let credit = review?.credit(for: value.answers) ?? []
            if credit.isEmpty {
                others.append(settled.worded(value.summary))
            } else {
                asked.append("\(settled.worded(value.summary)) (\(credit.joined(separator: ", ")))")
            }
        }
        self.asked = asked
        self.others = others
    }

    /// - Parameters:
    ///   - name: of the earlier revision, e.g. `v1`.
    ///   - link: where that was posted; nil if it was not.
    package func text(since name: String, link: String?) -> String {
        var lines = isEmpty ? [] : ["Changes since \(name):"]
        lines += (asked + others).flatMap { Prose.lines("- ", $0, width: Prose.mailWidth) }
        // b4's words, in one line: tools look for it.
        if let link { lines.append("- Link to \(name): \(link)") }
        return lines.joined(separator: "\n")
    }
}

extension Review {
    /// Who raised these points, by the names they go by: the first name where nobody else has it.
    package func credit(for points: [String]) -> [String] {
        var keys: [String] = []
        for name in points {
            for key in point(name)?.who ?? [] where !keys.contains(key) { keys.append(key) }
        }
        return keys.compactMap(person).map { person in
            let first = Self.firstName(person)
            return people.filter { Self.firstName($0) == first }.count == 1 ? first : person.name
        }
    }

    private static func firstName(_ person: Person) -> String {
        String(person.name.prefix { $0 != " " })
    }
}
