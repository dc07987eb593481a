// SPDX-License-Identifier: GPL-2.0-only

import Base

/// Reads the rules of a series.yml; whether what they name exists is for `RuleChecker`.
enum RuleReader {
    static func read(_ name: String, _ position: SourcePosition, _ node: ManifestNode) throws(SeriesError)
        -> Series.Rule
    {
        let fields = try node.fields(["if", "requires", "excludes", "meaningless", "points", "because"])
        let given = ["requires", "excludes", "meaningless"].compactMap { key in fields[key].map { (key, $0) }
        }
        guard let (kind, what) = given.first, given.count == 1 else {
            throw node.failure("rule '\(name)': give one of requires, excludes and meaningless")
        }
        let demand: Series.Rule.Demand =
            switch kind {
            case "requires": .requires(try matches(what))
            case "excludes": .excludes(try matches(what))
            default: .meaningless(try targets(what))
            }
        return .init(
            name: name,
            premise: try matches(try fields.required("if", of: node)),
            demand: demand,
            points: try fields["points"]?.strings() ?? [],
            reason: try fields.text("because", of: node),
            position: position
        )
    }

    private static func matches(_ node: ManifestNode) throws(SeriesError) -> [Series.Rule.Match] {
        var result: [Series.Rule.Match] = []
        for (key, value) in try node.entries() {
            result.append(.init(option: key.text, values: try value.strings(), position: key.node.position))
        }
        guard !result.isEmpty else { throw node.failure("an option and its value are expected here") }
        return result
    }

    private static func targets(_ node: ManifestNode) throws(SeriesError) -> [Series.Rule.Target] {
        if node.isText { return [.init(option: try node.string(), position: node.position)] }
        var result: [Series.Rule.Target] = []
        for element in try node.list() {
            result.append(.init(option: try element.string(), position: element.position))
        }
        return result
    }
}
