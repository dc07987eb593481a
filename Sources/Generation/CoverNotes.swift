// SPDX-License-Identifier: GPL-2.0-only

import Base
import PatchSeries

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension SettledSelection {
    /// The contested points of the review that the selection doesn't take up, each with the reason; empty for none.
    ///
    /// What the tree decided is not the selection's to take up.
    func notTaken(_ review: Review) -> String {
        let lines = review.points.flatMap { point -> [String] in
            guard point.status == .contested, let reason = point.declined else { return [] }
            let tied = series.options.filter { $0.points.contains(point.name) }
            guard tied.allSatisfy({ decided[$0.name] == nil }),
                [.asPosted, .notTaken].contains(series.standing(of: point.name, in: chosen))
            else { return [] }
            let credit = review.credit(for: [point.name]).joined(separator: ", ")
            // What was asked for, who did, and why not.
            var parts = worded(reason).split(separator: ": ", maxSplits: 1).map(String.init)
            parts[0] += " (\(credit))"
            return Prose.lines("- ", parts.joined(separator: ": "), width: Prose.mailWidth)
        }
        return lines.isEmpty
            ? ""
            : (["Asked for in the review, contested there, and not taken up:"] + lines)
                .joined(separator: "\n")
    }
}

/// What a report of `test` says about where the patches ran.
package struct TestedKernel: Decodable {
    private let tree: String
    private let profile: String
    private let counts: [String: Int]
    private let options: [String: String]

    /// Throws `Failure` for a file that is no report, and for one of another selection: what was tested is what is
    /// mailed, or nothing.
    package init(_ bytes: [UInt8], path: String, of selection: Selection) throws {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(bytes))
        } catch {
            throw Failure(.user, "\(path) is not a report.json of 'kpatch-gen test'")
        }
        for (option, value) in options.sorted(by: { $0.key < $1.key }) {
            guard let wanted = selection.options[option], wanted != value else { continue }
            throw Failure(
                .user,
                "\(path) is about \(Setting(option, value)), the mail about \(Setting(option, wanted))\ntest what is mailed: kpatch-gen test --variant \(selection.variant)"
            )
        }
    }

    /// A paragraph of the cover letter.
    ///
    /// - Parameter beneath: the series that had to be there for the tests to judge; nil for none.
    static func text(_ tested: [TestedKernel], beneath: String?) -> String {
        guard !tested.isEmpty else { return "Nothing was run for this mail." }
        let runs = tested.map { run in
            let counts = run.counts.filter { $0.value > 0 }.sorted { $0.key < $1.key }
                .map { "\($0.value) \($0.key)" }
            let said = "\(run.tree), profile \(run.profile): \(counts.joined(separator: ", "))"
            return Prose.lines("- ", said, width: Prose.mailWidth)
        }
        let lead = Prose.lines(
            "",
            beneath.map { "Tested in a virtual machine, where the series \($0) stood in for hardware:" }
                ?? "Tested in a virtual machine:",
            width: Prose.mailWidth
        )
        return (lead + runs.flatMap { $0 }).joined(separator: "\n")
    }
}
