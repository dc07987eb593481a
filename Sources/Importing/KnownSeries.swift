// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import PatchSeries

/// A series of this project that was made of the mails that are imported: it may know what became of them.
package struct KnownSeries {
    package let name: String
    /// The variant that is what was mailed; nil if none is.
    package let variant: String?
    /// What series.yml says of a tree that has the feature; empty if it knows of none.
    let upstream: [String]

    /// The series that names one of the mails; nil if none does.
    package static func find(_ source: ReadSource, in project: ProjectFiles) throws -> KnownSeries? {
        let ids = source.messageIDs
        guard !ids.isEmpty else { return nil }
        for name in try project.seriesNames {
            try Task.checkCancellation()
            // What can't be read says nothing, and is found out when somebody uses it.
            guard let series = try? LoadedSeries(SeriesFiles(name, of: project)).series else { continue }
            let mailed: [(id: String?, variant: String?)] =
                series.history.map { ($0.messageID, $0.variant) }
                + series.revisions.map { ($0.messageID, $0.variant) }
                + series.patches.map { ($0.messageID, series.posted) }
            guard let row = mailed.first(where: { $0.id.map(ids.contains) ?? false }) else { continue }
            return KnownSeries(
                name: name,
                variant: row.variant,
                upstream: try series.upstream.map { try Self.lines($0, series, row.variant) } ?? []
            )
        }
        return nil
    }

    /// The facts that tell such a tree, and why the variant isn't placed there.
    private static func lines(_ upstream: Series.Upstream, _ series: Series, _ variant: String?) throws
        -> [String]
    {
        let quoted = SeriesHead.quoted
        var facts: [String] = []
        for name in Set(upstream.place.names).sorted() {
            guard let fact = series.facts.first(where: { $0.identifier == name }),
                let question = Self.question(fact.question)
            else { return [] }
            facts += [
                "  \(quoted(fact.name)):", "    summary: \(quoted(fact.summary))", "    identifier: \(name)",
                "    files: [\(fact.files.map(quoted).joined(separator: ", "))]",
            ]
            facts += question.map { "    \($0)" }
        }
        var lines = ["", "# What is known of it upstream.", "facts:"] + facts
        lines += [
            "upstream:", "  where: \(quoted(Self.text(upstream.place)))",
            "  since: \(quoted(upstream.since))",
            "  is: \(quoted(upstream.name))", "  link: \(quoted(upstream.link))",
        ]
        if let reason = try variant.flatMap(series.refusal) {
            lines += ["  refuses:", "    - {if: \(Series.asPosted), because: \(quoted(reason))}"]
        }
        return lines
    }

    private static func question(_ question: Series.Fact.Question) -> [String]? {
        let quoted = SeriesHead.quoted
        switch question {
        case .exists: return ["exists: true"]
        case .line(let text, let functions):
            return ["line: \(quoted(text))"]
                + (functions.isEmpty ? [] : ["in: [\(functions.map(quoted).joined(separator: ", "))]"])
        case .member(let owner, let name): return ["struct: \(quoted(owner))", "member: \(quoted(name))"]
        case .declares(let name, let value):
            return ["declares: \(quoted(name))"] + (value.map { ["value: \($0)"] } ?? [])
        case .nextMacro, .nextEnumerator, .nextSection, .follows: return nil
        }
    }

    private static func text(_ condition: Condition) -> String {
        switch condition {
        case .name(let name): name
        case .not(let inner): "!(\(text(inner)))"
        case .and(let left, let right): "(\(text(left)) && \(text(right)))"
        case .or(let left, let right): "(\(text(left)) || \(text(right)))"
        }
    }
}
