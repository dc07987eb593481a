// SPDX-License-Identifier: GPL-2.0-only

import Base
import PatchSeries

/// Which cells: rows (selections) by trees and their bases, profiles and judges.
package struct MatrixPlan: Sendable, Equatable {
    /// A selection as one types it.
    package struct Row: Sendable, Hashable {
        package let variant: String
        package let settings: [String]

        package init(_ variant: String, _ settings: [String]) {
            self.variant = variant
            self.settings = settings
        }
    }

    /// What is judged on one base of a tree.
    package struct Column: Sendable, Equatable {
        package let tree: String
        /// nil: the tree's own.
        package let base: String?
        package let rows: [Row]

        package init(tree: String, base: String?, rows: [Row]) {
            self.tree = tree
            self.base = base
            self.rows = rows
        }
    }

    package let series: String
    package let columns: [Column]
    package let profiles: [String]
    package let judges: [Judge]

    /// The most cells of a matrix.
    package static let limit = Limits.raised(10_000)

    package init(
        series: String,
        columns: [Column],
        profiles: [String],
        judges: [Judge] = [.suite(tests: nil)]
    ) {
        self.series = series
        self.columns = columns
        self.profiles = profiles
        self.judges = judges
    }

    /// Each factor is bounded by its file or command line; the product is not.
    package static func checkSize(_ factors: [Int]) throws(MatrixError) {
        let count = factors.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
        guard factors.allSatisfy({ $0 <= limit }), count <= limit else {
            throw .input(
                "the matrix has \(count) cells, and \(limit) are the most it may have (\(Limits.hint))"
            )
        }
    }

    /// All cells, each once: row by row within a column.
    package func cells() throws(MatrixError) -> [Cell] {
        try Self.checkSize([columns.reduce(0) { $0 + $1.rows.count }, profiles.count, judges.count])
        var seen: Set<Cell> = []
        var cells: [Cell] = []
        for column in columns {
            for profile in profiles {
                for judge in judges {
                    for row in column.rows {
                        let cell = Cell(
                            series: series,
                            variant: row.variant,
                            settings: row.settings,
                            tree: column.tree,
                            base: column.base,
                            profile: profile,
                            judge: judge
                        )
                        if seen.insert(cell).inserted { cells.append(cell) }
                    }
                }
            }
        }
        return cells
    }
}

/// `i/n`: the i-th of n parts of a matrix.
package struct Shard: Sendable, Equatable {
    package let index: Int
    package let count: Int

    /// Reads `2/3`.
    package init(parsing text: String) throws(MatrixError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let index = parts[0], let count = parts[1], count >= 1, count <= 10_000,
            (1...count).contains(index)
        else { throw .input("'\(text.onOneLine)' is no shard; write it like 2/3: the second of three parts") }
        self.index = index
        self.count = count
    }

    /// The cells of this part. What is built in the same place stays together, so that each part warms its own builds;
    /// every cell is in exactly one of the parts.
    package func part(of cells: [Cell]) -> [Cell] {
        let grouped = cells.enumerated().sorted {
            ($0.element.tree, $0.element.profile, $0.offset) < (
                $1.element.tree, $1.element.profile, $1.offset
            )
        }.map(\.element)
        let start = grouped.count * (index - 1) / count
        let end = grouped.count * index / count
        return Array(grouped[start..<end])
    }
}
