// SPDX-License-Identifier: GPL-2.0-only

import Base
import History
import TestReport

/// Pictures as SVG in the page. Each has its numbers as text, too: a picture alone says nothing to a screen reader.
enum Charts {
    private static let width = 720

    /// Phases one behind the other.
    static func timeline(_ phases: [RunReport.Phase]) -> String {
        let shown = phases.prefix(40).filter { $0.milliseconds > 0 }
        let total = shown.reduce(0) { $0 + $1.milliseconds }
        guard total > 0 else { return "" }
        let row = 22
        var start = 0
        var bars = ""
        for (index, phase) in shown.enumerated() {
            let left = start * 400 / total
            let length = max(1, phase.milliseconds * 400 / total)
            let y = index * row
            let name = Markup.escaped(phase.name, limit: 60)
            bars += "<text x=\"0\" y=\"\(y + 15)\">\(name)</text>"
            bars +=
                "<rect class=\"p\(phase.name.utf8.reduce(0) { ($0 + Int($1)) % 5 })\" x=\"\(220 + left)\" y=\"\(y + 3)\" width=\"\(length)\" height=\"15\"/>"
            bars +=
                "<text x=\"\(min(640, 226 + left + length))\" y=\"\(y + 15)\">\(seconds(phase.milliseconds))</text>"
            start += phase.milliseconds
        }
        return svg(height: shown.count * row, "phases, \(seconds(total)) in all", bars)
    }

    /// Boot and test times, oldest first.
    static func trend(_ trend: Trend) -> String {
        let values = trend.points
        guard values.count > 1, let most = values.map({ max($0.boot, $0.tests) }).max(), most > 0 else {
            return ""
        }
        func line(_ style: String, _ value: (Trend.Point) -> Int) -> String {
            let points = values.enumerated().map { index, point in
                let x = 60 + index * 640 / (values.count - 1)
                let y = 90 - value(point) * 80 / most
                return "\(x),\(y)"
            }
            return "<polyline class=\"\(style)\" points=\"\(points.joined(separator: " "))\"/>"
        }
        let axis =
            "<line class=\"axis\" x1=\"60\" y1=\"90\" x2=\"700\" y2=\"90\"/><text x=\"0\" y=\"15\">\(seconds(most))</text>"
            + "<text x=\"0\" y=\"93\">0 s</text>"
        return svg(
            height: 100,
            "boot and test times of \(trend.place), \(values.count) runs",
            axis + line("boot", \.boot) + line("tests", \.tests)
        )
    }

    /// What became of the sites from each tree to the next: a bar each.
    static func drift(_ steps: [PlacementMap.Step]) -> String {
        let row = 40
        var bars = ""
        for (index, step) in steps.prefix(100).enumerated() {
            let y = index * row
            let total = max(1, step.counts.values.reduce(0, +))
            var left = 0
            var words: [String] = []
            for move in PlacementMap.Move.allCases {
                guard let count = step.counts[move] else { continue }
                let length = max(1, count * 700 / total)
                bars +=
                    "<rect class=\"\(move.style)\" x=\"\(left)\" y=\"\(y + 20)\" width=\"\(length)\" height=\"12\"/>"
                left += length
                words.append("\(count) \(move.rawValue)")
            }
            let text = "\(step.from) to \(step.to): \(words.joined(separator: ", "))"
            bars += "<text x=\"0\" y=\"\(y + 15)\">\(Markup.escaped(text, limit: 120))</text>"
        }
        return svg(height: min(steps.count, 100) * row, "where the sites went, tree by tree", bars)
    }

    private static func svg(height: Int, _ title: String, _ content: String) -> String {
        "<svg class=\"chart\" viewBox=\"0 0 \(width) \(height)\" role=\"img\"><title>\(Markup.escaped(title, limit: 200))</title>\(content)</svg>"
    }

    static func seconds(_ milliseconds: Int) -> String { Duration.milliseconds(milliseconds).inSeconds }
}
