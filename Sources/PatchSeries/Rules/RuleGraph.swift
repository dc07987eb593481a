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
            if let cycle = cycle(from: node, &done) { return cycle }
        }
        return nil
    }

    /// The first cycle that can be reached from a node; `done` are those from which there is none.
    private func cycle(from start: String, _ done: inout Set<String>) -> Cycle? {
        var path = [start]
        var rules: [Series.Rule] = []
        var places = [start: 0]
        // By step of the path, how many edges were followed.
        var followed = [0]
        while let node = path.last, let count = followed.last {
            let edges = edges[node] ?? []
            guard !done.contains(node), count < edges.count else {
                done.insert(node)
                places[node] = nil
                path.removeLast()
                followed.removeLast()
                if !rules.isEmpty { rules.removeLast() }
                continue
            }
            followed[followed.count - 1] += 1
            let edge = edges[count]
            if let start = places[edge.to] {
                return Cycle(nodes: path[start...] + [edge.to], rules: rules[start...] + [edge.rule])
            }
            places[edge.to] = path.count
            path.append(edge.to)
            followed.append(0)
            rules.append(edge.rule)
        }
        return nil
    }
}
