// SPDX-License-Identifier: GPL-2.0-only

/// What a tree that has the feature makes of a selection: what it decided counts, what it has is refused.
extension Selection {
    /// The selection as it can be placed in a tree.
    ///
    /// Throws `.upstream` where the tree has the feature and the user, the variant or the series refuses another form of
    /// it, and where `--set` asks for what the tree decided otherwise.
    func settled(in facts: FactSet, of series: Series) throws(SeriesError) -> Selection {
        let truths = series.truths(facts)
        guard let upstream = series.upstream, upstream.place.holds({ truths[$0] ?? false }) else {
            return self
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
            throw refusal(["beside it: --on-upstream alongside", "see \(upstream.link)"])
        }
        let against = changed.keys.sorted().compactMap { option -> String? in
            guard let value = upstream.decided[option], value != changed[option] else { return nil }
            return "the tree has decided: \(Setting(option, value)); leave --set \(option) out"
        }
        guard against.isEmpty else { throw refusal(against) }
        return with(upstream.decided)
    }

    /// What the user should know of a selection in a tree, beside the series' quirks.
    func remarks(in facts: FactSet, of series: Series) -> [String] {
        let truths = series.truths(facts)
        func holds(_ condition: Condition) -> Bool { condition.holds { truths[$0] ?? false } }
        var result: [String] = []
        if let upstream = series.upstream, holds(upstream.place) {
            result.append("upstream since \(upstream.since) as \(upstream.name); this stands beside it")
        }
        for option in series.options {
            guard let value = changed[option.name], let place = option.place, !holds(place) else { continue }
            let asked = series.facts.filter { place.names.contains($0.identifier) }.map(\.name)
            result.append(
                "\(Setting(option.name, value)) makes no difference in this tree (fact \(asked.joined(separator: ", ")))"
            )
        }
        return result
    }
}

extension Series {
    fileprivate func onUpstream(_ variant: String) -> OnUpstream {
        variants.first { $0.name == variant }?.onUpstream ?? .refuse
    }

    /// The options that a tree decided.
    public func decidedOptions(_ facts: FactSet) -> [String: String] {
        let truths = truths(facts)
        guard let upstream, upstream.place.holds({ truths[$0] ?? false }) else { return [:] }
        return upstream.decided
    }

    /// The defects that a tree decided on: it has them whatever the variant says.
    public func decidedDefects(_ facts: FactSet) -> [Defect] {
        let decided = decidedOptions(facts)
        return defects.filter { decided[$0.option] == $0.value }
    }

    /// What holds for a selection in a tree: facts, options as chosen or decided, and what follows from them.
    ///
    /// Throws `.upstream` for a selection that the tree refuses.
    public func conditions(_ selection: Selection, _ facts: FactSet) throws(SeriesError) -> [String: Bool] {
        try selection.settled(in: facts, of: self).conditions(truths(facts))
    }
}
