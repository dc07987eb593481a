// SPDX-License-Identifier: GPL-2.0-only

/// What leads to what by which rule.
struct RuleGraph {
    private var edges: [String: [(to: String, rule: Series.Rule)]] = [:]
    /// In the order they were added, so that the same series gives the same message.
    private var nodes: [String] = []

    /// A way from a node back to itself.
    struct Cycle {
        /// Begins and ends with the same one.
        let nodes: [String]
        /// One per step.
        let rules: [Series.Rule]

        func words(_ step: String) -> String { nodes.joined(separator: step) }
    }

    mutating func add(_ from: String, _ to: String, _ rule: Series.Rule) {
        if edges[from] == nil { nodes.append(from) }
        edges[from, default: []].append((to, rule))
    }

    /// The first cycle; nil if there is none.
    func cycle() -> Cycle? {
        var done: Set<String> = []
        for node in nodes {
            var path = [node]
            var rules: [Series.Rule] = []
            if let cycle = search(&path, &rules, &done) { return cycle }
        }
        return nil
    }

    private func search(
        _ path: inout [String],
        _ rules: inout [Series.Rule],
        _ done: inout Set<String>
    ) -> Cycle? {
        guard let node = path.last, !done.contains(node) else { return nil }
        for edge in edges[node] ?? [] {
            if let start = path.firstIndex(of: edge.to) {
                return Cycle(nodes: path[start...] + [edge.to], rules: rules[start...] + [edge.rule])
            }
            path.append(edge.to)
            rules.append(edge.rule)
            if let cycle = search(&path, &rules, &done) { return cycle }
            path.removeLast()
            rules.removeLast()
        }
        done.insert(node)
        return nil
    }
}
