// SPDX-License-Identifier: GPL-2.0-only

/// A file of the new tree, and what is to be done to it.
final class MergeTarget {
    let path: String
    let bytes: [UInt8]
    let lines: [Int]
    let units: UnitIndex
    var edits: [LineEdit] = []

    init(_ table: LineTable, path: String, _ bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
        lines = table.numbers(bytes)
        units = UnitIndex(table, lines, FileKind(path: path))
    }

    /// The file with all edits; nil if two of them meet in the same lines.
    func edited(_ table: LineTable) -> [UInt8]? {
        var result: [Int] = []
        var last = 0
        let ordered = edits.enumerated().sorted {
            ($0.element.lines.lowerBound, $0.element.lines.upperBound, $0.offset)
                < ($1.element.lines.lowerBound, $1.element.lines.upperBound, $1.offset)
        }
        for edit in ordered.map(\.element) {
            guard edit.lines.lowerBound >= last else { return nil }
            result += lines[last..<edit.lines.lowerBound]
            result += edit.new
            last = edit.lines.upperBound
        }
        return table.bytes(result + lines[last...])
    }

    func place(_ line: Int) -> MergePlace {
        let unit = units.body(at: line) ?? units.body(at: max(line - 1, 0))
        return MergePlace(path: path, line: line + 1, unit: unit.map { units.names[$0] })
    }
}
