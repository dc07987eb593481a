// SPDX-License-Identifier: GPL-2.0-only

/// What must hold for the rules of a series: they name what exists, don't chase each other, and leave every value
/// somebody who can have it.
struct RuleChecker {
    let series: Series

    func problems() -> [Diagnostic] {
        let unknown = series.rules.flatMap(unknownNames)
        // The rest can't be asked of rules that name nothing.
        guard unknown.isEmpty else { return unknown }
        return []
    }

    private func unknownNames(_ rule: Series.Rule) -> [Diagnostic] {
        var result: [Diagnostic] = []
        func know(_ name: String, _ line: Int) -> Series.Option? {
            if let option = series.options.first(where: { $0.name == name }) { return option }
            result.append(
                problem(line, "'\(name)' is not an option", didYouMean(name, series.options.map(\.name)))
            )
            return nil
        }
        func know(_ matches: [Series.Rule.Match]) {
            for match in matches {
                guard let option = know(match.option, match.line) else { continue }
                let values = option.values.map(\.name)
                for value in match.values where !values.contains(value) {
                    result.append(
                        problem(
                            match.line,
                            "'\(value)' is not a value of \(option.name)",
                            didYouMean(value, values)
                        )
                    )
                }
            }
        }
        know(rule.premise)
        switch rule.demand {
        case .requires(let matches), .excludes(let matches): know(matches)
        case .meaningless(let targets):
            for target in targets { _ = know(target.option, target.line) }
        }
        return result
    }

    private func problem(_ line: Int, _ message: String, _ notes: [String] = []) -> Diagnostic {
        Diagnostic(file: series.manifestPath, line: line, message: message, notes: notes)
    }
}
