// SPDX-License-Identifier: GPL-2.0-only

/// A selection in a tree: what was chosen, what the tree decided, and what follows from both.
public struct SettledSelection: Sendable {
    public let series: Series
    /// As chosen, not as decided.
    public let chosen: Selection
    public let facts: FactSet
    /// The values that a tree that has the feature has given to options; none in any other.
    public let decided: [String: String]
    let environment: Template.Environment

    /// Throws `.upstream` where the tree has the feature and the user, the variant or the series refuses another form of
    /// it, and where `--set` asks for what the tree decided otherwise; `.series` for names that can't be resolved.
    public init(_ selection: Selection, in facts: FactSet, of series: Series) throws(SeriesError) {
        let truths = series.truths(facts)
        decided = try selection.decided(truths, facts, series)
        environment = try series.environment(selection.with(decided).conditions(truths), facts)
        chosen = selection
        self.series = series
        self.facts = facts
    }

    /// Whether a condition over facts, options as chosen or decided, and what follows from them holds; nil always does.
    public func holds(_ condition: Condition?) -> Bool {
        condition?.holds { environment.conditions[$0] ?? false } ?? true
    }

    /// A value of an option with which what has this condition is left out; nil if no single one does that.
    func settingWithout(_ condition: Condition?) -> Setting? {
        guard let condition else { return nil }
        let truths = series.truths(facts)
        for option in series.options where decided[option.name] == nil {
            for value in option.values {
                let values = decided.merging([option.name: value.name]) { $1 }
                let conditions = chosen.with(values).conditions(truths)
                if !condition.holds({ conditions[$0] ?? false }) { return Setting(option.name, value.name) }
            }
        }
        return nil
    }

    /// Renders one of the series' other templates, such as a guest test.
    public func render(_ template: Template) throws(SeriesError) -> [UInt8] {
        try template.render(environment).bytes
    }

    /// Whether the tree has the feature, and this is placed alongside it.
    public var isAlongside: Bool { series.upstream.map { holds($0.place) } ?? false }

    /// Code with the series' names (`KPATCH_peer_fd`) as the selection has them.
    public func named(_ code: String) -> String {
        var result = ""
        var word = ""
        for character in code + " " {
            if character == "_" || character.isASCII && (character.isLetter || character.isNumber) {
                word.append(character)
                continue
            }
            result += environment.values[word] ?? word
            result.append(character)
            word = ""
        }
        return String(result.dropLast())
    }

    /// A sentence of the series, such as a value's summary, in the words that the selection has for things.
    public func worded(_ text: String) -> String {
        var result = ""
        var word = ""
        func flush() {
            let known = series.words.first { $0.word == word.lowercased() }
            if let value = known.flatMap({ environment.values[$0.name] }), value != word {
                result +=
                    word.first?.isUppercase == true ? value.prefix(1).uppercased() + value.dropFirst() : value
            } else {
                result += word
            }
            word = ""
        }
        for character in text {
            if character.isLetter {
                word.append(character)
            } else {
                flush()
                result.append(character)
            }
        }
        flush()
        return result
    }

    /// The defects that the tree decided on: it has them whatever the variant says.
    public var decidedDefects: [Defect] { series.defects.filter { decided[$0.option] == $0.value } }

    /// What the user should know of it, besides the series' quirks.
    var remarks: [String] {
        var result: [String] = []
        if let upstream = series.upstream, holds(upstream.place) {
            result.append("upstream since \(upstream.since) as \(upstream.name); this is placed alongside it")
        }
        for option in series.options {
            guard let value = chosen.changed[option.name], let place = option.place, !holds(place) else {
                continue
            }
            let asked = series.facts.filter { place.names.contains($0.identifier) }.map(\.name)
            result.append(
                asked.isEmpty
                    ? "\(Setting(option.name, value)) makes no difference in this selection"
                    : "\(Setting(option.name, value)) makes no difference in this tree (fact \(asked.joined(separator: ", ")))"
            )
        }
        return result
    }
}

extension Selection {
    /// What a tree that has the feature makes of the selection: its own decisions; none in any other tree.
    ///
    /// - Parameter truths: those of the facts.
    fileprivate func decided(_ truths: [String: Bool], _ facts: FactSet, _ series: Series)
        throws(SeriesError) -> [String: String]
    {
        guard let upstream = series.upstream, upstream.place.holds({ truths[$0] ?? false }) else {
            return [:]
        }
        let evidence = facts.answers.first { upstream.place.names.contains($0.identifier) && $0.line > 0 }
        func refusal(_ notes: [String]) -> SeriesError {
            let place = Diagnostic(
                file: evidence?.file ?? "",
                line: evidence?.line ?? 0,
                message: "upstream since \(upstream.since) as \(upstream.name)",
                notes: notes
            )
            return SeriesError(.upstream, [place])
        }
        // As chosen, not as decided: what was asked for is what is refused.
        let wanted = conditions(truths)
        if let row = upstream.refusals.first(where: { $0.condition.holds { wanted[$0] ?? false } }) {
            throw refusal([row.reason, "see \(upstream.link)"])
        }
        guard (onUpstream ?? series.onUpstream(variant)) == .alongside else {
            throw refusal(["alongside it: --on-upstream alongside", "see \(upstream.link)"])
        }
        let values = upstream.decided(truths)
        let against = changed.keys.sorted().compactMap { option -> String? in
            guard let value = values[option], value != changed[option] else { return nil }
            return "the tree has decided: \(Setting(option, value)); leave --set \(option) out"
        }
        guard against.isEmpty else { throw refusal(against) }
        return values
    }
}

extension Series {
    /// Why a variant can't be placed alongside the feature in a tree that has it; nil for one that can.
    public func refusal(of variant: String) throws(SeriesError) -> String? {
        let wanted = try Selection(variant: variant, settings: [], of: self).conditions()
        return upstream?.refusals.first { $0.condition.holds { wanted[$0] ?? false } }?.reason
    }

    fileprivate func onUpstream(_ variant: String) -> OnUpstream {
        variants.first { $0.name == variant }?.onUpstream ?? .refuse
    }
}
