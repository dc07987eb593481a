// SPDX-License-Identifier: GPL-2.0-only

import Base
import PatchSeries

/// Which cells: rows (selections) by trees, bases, profiles and judges.
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

    package var series: String
    package var rows: [Row]
    package var trees: [String]
    /// Of each tree; empty: the tree's own.
    package var bases: [String]
    package var profiles: [String]
    package var judges: [Judge]

    /// The most cells of a matrix.
    package static let limit = Limits.raised(10_000)

    package init(
        series: String,
        rows: [Row],
        trees: [String],
        bases: [String] = [],
        profiles: [String],
        judges: [Judge] = [.suite(tests: nil)]
    ) {
        self.series = series
        self.rows = rows
        self.trees = trees
        self.bases = bases
        self.profiles = profiles
        self.judges = judges
    }

    /// All cells, each once: row by row within a column.
    package func cells() throws(MatrixError) -> [Cell] {
        let bases: [String?] = self.bases.isEmpty ? [nil] : self.bases
        let factors = [rows.count, trees.count, bases.count, profiles.count, judges.count]
        // Each factor is bounded by its file or command line; the product is not.
        let count = factors.reduce(1) { $0.multipliedReportingOverflow(by: $1).partialValue }
        guard factors.allSatisfy({ $0 <= Self.limit }), count <= Self.limit else {
            throw .input(
                "the matrix has \(count) cells, and \(Self.limit) are the most it may have (\(Limits.hint))"
            )
        }
        var seen: Set<Cell> = []
        var cells: [Cell] = []
        for tree in trees {
            for base in bases {
                for profile in profiles {
                    for judge in judges {
                        for row in rows {
                            let cell = Cell(
                                series: series,
                                variant: row.variant,
                                settings: row.settings,
                                tree: tree,
                                base: base,
                                profile: profile,
                                judge: judge
                            )
                            if seen.insert(cell).inserted { cells.append(cell) }
                        }
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
