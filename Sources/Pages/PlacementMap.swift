// SPDX-License-Identifier: GPL-2.0-only

import Base
import Matrix
import SystemPackage

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Which place each site of the series went to, tree by tree: what moved from one to the next shows as another line.
struct PlacementMap {
    struct Row: Hashable {
        let row: String
        let patch: String
        let anchor: String
    }

    let trees: [String]
    let rows: [Row]
    private let places: [Row: [String: SitePlace]]

    private static let rowLimit = 600

    /// - Parameter cells: of those with the same row and tree the first one counts.
    init(_ cells: [PageCell]) {
        var trees: [String] = []
        var rows: [Row] = []
        var places: [Row: [String: SitePlace]] = [:]
        var seen: Set<[String]> = []
        for cell in cells {
            let (row, tree) = (cell.entry.cell.row, cell.entry.treeName)
            guard let folder = cell.folder,
                folder.result.files.contains(where: { $0.path == ResultFolder.sitesName }),
                seen.insert([row, tree]).inserted,
                let bytes = try? Files.read(folder.path.appending(ResultFolder.sitesName), limit: 1 << 20),
                let sites = try? JSONDecoder().decode([SiteRow].self, from: Data(bytes))
            else { continue }
            if !trees.contains(tree) { trees.append(tree) }
            for site in sites where rows.count < Self.rowLimit {
                let key = Row(row: row, patch: site.patch, anchor: site.anchor)
                if places[key] == nil { rows.append(key) }
                places[key, default: [:]][tree] = SitePlace(path: site.path, line: site.line)
            }
        }
        self.trees = trees
        self.rows = rows
        self.places = places
    }

    /// How sites went from a tree to the next of the list.
    struct Step {
        let from: String
        let to: String
        /// By what became of them, in the order of `Move`.
        let counts: [Move: Int]
    }

    enum Move: String, CaseIterable {
        case same = "same line"
        case shifted
        case otherFile = "other file"
        case appeared = "only in the later tree"
        case lost = "only in the earlier tree"

        /// Its colour: a class of style.css.
        var style: String {
            switch self {
            case .same: "s0"
            case .shifted: "s1"
            case .otherFile: "s2"
            case .appeared: "s3"
            case .lost: "s4"
            }
        }
    }

    var steps: [Step] {
        zip(trees, trees.dropFirst()).map { from, to in
            let moves = rows.compactMap { move(of: $0, from: from, to: to) }
            return Step(from: from, to: to, counts: Dictionary(moves.map { ($0, 1) }, uniquingKeysWith: +))
        }
    }

    /// Nil for a site of neither.
    private func move(of row: Row, from: String, to: String) -> Move? {
        switch (places[row]?[from], places[row]?[to]) {
        case (nil, nil): nil
        case (nil, _): .appeared
        case (_, nil): .lost
        case (let old?, let new?) where old.path != new.path: .otherFile
        case (let old?, let new?): old.line == new.line ? .same : .shifted
        }
    }

    var values: [[String: Any]] {
        rows.map { row in
            [
                "placementRow": row.row, "placementPatch": row.patch, "placementAnchor": row.anchor,
                "placementPlaces": trees.enumerated().map { index, tree -> [String: Any] in
                    let move = index > 0 ? move(of: row, from: trees[index - 1], to: tree) : nil
                    return [
                        "placementPlace": places[row]?[tree]?.text ?? "", "placementStyle": move?.style ?? "",
                    ]
                },
            ]
        }
    }
}

/// A place in a tree's file.
private struct SitePlace {
    let path: String
    /// Nil for a file that the patch makes.
    let line: Int?

    var text: String { path + (line.map { ":\($0)" } ?? " (new)") }
}
