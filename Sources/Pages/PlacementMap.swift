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
    private let places: [Row: [String: String]]

    private static let rowLimit = 600

    /// - Parameter cells: of those with the same row and tree the first one counts.
    init(_ cells: [PageCell]) {
        var trees: [String] = []
        var rows: [Row] = []
        var places: [Row: [String: String]] = [:]
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
                places[key, default: [:]][tree] = site.path + (site.line.map { ":\($0)" } ?? " (new)")
            }
        }
        self.trees = trees
        self.rows = rows
        self.places = places
    }

    var values: [[String: Any]] {
        rows.map { row in
            [
                "placementRow": row.row, "placementPatch": row.patch, "placementAnchor": row.anchor,
                "placementPlaces": trees.map { ["placementPlace": places[row]?[$0] ?? ""] },
            ]
        }
    }
}
