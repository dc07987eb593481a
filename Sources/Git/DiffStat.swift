// SPDX-License-Identifier: GPL-2.0-only

import Base

/// The table of changed files above a mailed patch, as `git diff --stat=72 --summary` writes it (git's diff.c,
/// `show_stats`).
struct DiffStat {
    private let patches: [FilePatch]
    private let mostChanges: Int
    private let numberWidth: Int
    private let nameWidth: Int
    private let graphWidth: Int

    init(_ patches: [FilePatch], width: Int = 72) {
        self.patches = patches
        let names = patches.map { quotedPath($0.path).count }.max() ?? 0
        let most = patches.filter { $0.binarySizes == nil }.map { $0.insertions + $0.deletions }.max() ?? 0
        mostChanges = most
        let binaryWidth =
            patches.compactMap(\.binarySizes).map { "\($0.old)".count + "\($0.new)".count + 14 }.max() ?? 0
        let numberWidth = max("\(most)".count, binaryWidth > 0 ? 3 : 0)
        self.numberWidth = numberWidth
        var graph = most + 4 > binaryWidth ? most : binaryWidth - 4
        var name = names
        if name + numberWidth + 6 + graph > width {
            graph = min(graph, max(6, width * 3 / 8 - numberWidth - 6))
            if name > width - numberWidth - 6 - graph {
                name = width - numberWidth - 6 - graph
            } else {
                graph = width - numberWidth - 6 - name
            }
        }
        nameWidth = name
        graphWidth = graph
    }

    /// The table, its total, and a line for each file that came, went or changed its mode.
    var text: String {
        let insertions = patches.map(\.insertions).reduce(0, +)
        let deletions = patches.map(\.deletions).reduce(0, +)
        var total = " " + counted(patches.count, "file") + " changed"
        if insertions > 0 || deletions == 0 { total += ", " + counted(insertions, "insertion") + "(+)" }
        if deletions > 0 || insertions == 0 { total += ", " + counted(deletions, "deletion") + "(-)" }
        return patches.map(line).joined() + total + "\n" + patches.compactMap(\.summary).joined()
    }

    private func line(_ patch: FilePatch) -> String {
        let name = shortened(quotedPath(patch.path))
        let start = " " + name + String(repeating: " ", count: max(0, nameWidth - name.count)) + " | "
        if let sizes = patch.binarySizes {
            let kind = String(repeating: " ", count: numberWidth - 3) + "Bin"
            return start + kind + (sizes == (0, 0) ? "\n" : " \(sizes.old) -> \(sizes.new) bytes\n")
        }
        let changes = patch.insertions + patch.deletions
        let number = "\(changes)"
        let graph = bars(patch.insertions, patch.deletions)
        return start + String(repeating: " ", count: numberWidth - number.count) + number
            + (changes > 0 ? " " : "") + graph + "\n"
    }

    /// Cuts folders off the front of a name that is too long.
    private func shortened(_ name: String) -> String {
        guard name.count > nameWidth else { return name }
        let end = name.suffix(nameWidth - 3)
        return "..." + (end.firstIndex(of: "/").map { end[$0...] } ?? end)
    }

    private func bars(_ insertions: Int, _ deletions: Int) -> String {
        var (plus, minus) = (insertions, deletions)
        if graphWidth <= mostChanges {
            var total = scaled(insertions + deletions)
            if total < 2, insertions > 0, deletions > 0 { total = 2 }
            if insertions < deletions {
                plus = scaled(insertions)
                minus = total - plus
            } else {
                minus = scaled(deletions)
                plus = total - minus
            }
        }
        return String(repeating: "+", count: plus) + String(repeating: "-", count: minus)
    }

    private func scaled(_ changes: Int) -> Int {
        changes == 0 ? 0 : 1 + changes * (graphWidth - 1) / mostChanges
    }
}
