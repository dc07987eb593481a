// SPDX-License-Identifier: GPL-2.0-only

/// Rows whose cells are padded to columns.
public struct Columns {
    /// One for each row, and more for cells that are filled.
    public let lines: [String]

    /// The narrowest last column that is worth being filled.
    private static let narrowest = 20

    /// - Parameter width: the most columns that a line may have: the last cell of a row is filled into as many lines as
    ///   it needs. nil, or so few that little would stand in each: left as it is.
    public init(_ rows: [[String]], width: Int? = nil) {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        // A blank between columns is enough where two make lines too long.
        let total = widths.reduce(0, +) + 2 * max(0, count - 1)
        let gap = width.map { total > $0 && total - (count - 1) <= $0 } ?? false ? " " : "  "
        lines = rows.flatMap { row in
            guard let last = row.last else { return [""] }
            let lead = zip(row.dropLast(), widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count) + gap
            }.joined()
            guard let width, width - lead.count >= Self.narrowest, lead.count + last.count > width else {
                return [lead + last]
            }
            return Prose.lines(lead, last, width: width)
        }
    }
}
