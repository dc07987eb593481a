// SPDX-License-Identifier: GPL-2.0-only

import Generation
import Git
import PatchSeries
import Rebase

extension RebaseReport {
    /// What to do now, if somebody has to.
    var next: String? {
        guard outcome == .conflict || !conflicts.isEmpty else { return nil }
        guard let resolving else { return "conflicts; nothing was written (dry run)" }
        let files = Set(conflicts.map { ConflictOutput($0, resolving).file }).sorted().map { "  \($0)" }
        return
            (["branch '\(branch)' is as it was; edit"] + files
            + ["then: \(resolving.commands[0])", "or throw the rebase away: \(resolving.commands[1])"])
            .joined(separator: "\n")
    }

    var lines: [String] {
        var lines = patches.map(\.line)
        lines += conflicts.flatMap { ConflictOutput($0, resolving).lines }
        lines += renumbered.map { row in
            let source = row.file.isEmpty ? "" : " (\(row.file):\(row.line))"
            return "renumbered: \(row.fact) \(row.old) -> \(row.new)\(source)"
        }
        lines += decisions.map { "decided anew: \($0.option) \($0.old) -> \($0.new)" }
        let verb =
            switch outcome {
            case .rebased: "rebased onto \(ontoName), \(newTip.abbreviated)"
            case .unchanged: "unchanged, it holds this already"
            case .conflict: "stopped on the way onto \(ontoName)"
            case .dryRun: "not moved (dry run)"
            }
        lines.append("\(branch): \(verb)")
        if outcome == .rebased { lines.append("it was at \(oldTip)") }
        return lines
    }
}

extension RebasedPatch {
    /// One line for people.
    var line: String {
        let id = new?.abbreviated ?? String(repeating: "-", count: 12)
        let details =
            (carried.isEmpty || result == .own ? [] : ["by hand: \(carried.joined(separator: ", "))"])
            + (squashed.isEmpty ? [] : ["with \(squashed.joined(separator: ", "))"])
        let padding = String(repeating: " ", count: max(0, 14 - result.rawValue.count))
        return "\(id) \(result.rawValue)\(padding) \(subject)"
            + (details.isEmpty ? "" : " (\(details.joined(separator: "; ")))")
    }
}

extension ConflictOutput {
    var lines: [String] {
        var lines = ["conflict: \(file):\(line): \(reason)"]
        if let generated { lines.append("    generated  \(generated.path):\(generated.line)") }
        if let edited { lines.append("    by hand    \(edited.path):\(edited.line)") }
        if let anchor { lines.append("    site       \(anchor)\(template.map { " (\($0))" } ?? "")") }
        if !options.isEmpty {
            let points = points.isEmpty ? "" : "; review points \(points.joined(separator: ", "))"
            lines.append("    decided by \(options.joined(separator: ", "))\(points)")
        }
        return lines
    }
}
