// SPDX-License-Identifier: GPL-2.0-only

import Git

/// The conflicts in a file with markers.
struct ConflictMarkers {
    /// One conflict. Lines count from 0.
    struct Part {
        /// In the file with markers: the line of `<<<<<<<`.
        let line: Int
        /// In the file with all conflicts decided for our side.
        let ours: Range<Int>
        /// In the file with all conflicts decided for their side.
        let theirs: Range<Int>
    }

    private(set) var parts: [Part] = []
    /// Lines that only a conflict has, from 1.
    private(set) var marks: [Int] = []
    /// The file as either side would have it.
    private(set) var ours: [UInt8] = []
    private(set) var theirs: [UInt8] = []

    private enum Section { case common, ours, ancestor, theirs }

    init(_ bytes: [UInt8]) {
        var section = Section.common
        var counts = (ours: 0, theirs: 0)
        var start = (line: 0, ours: 0, theirs: 0)
        var number = 0
        var rest = bytes[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? rest.endIndex
            let line = rest[..<end]
            rest = rest[end...]
            number += 1
            if "<|>".contains(where: { Self.isMarker(line, $0) }) { marks.append(number) }
            if Self.isMarker(line, "<") {
                start = (number - 1, counts.ours, counts.theirs)
                section = .ours
            } else if section != .common, Self.isMarker(line, "|") {
                section = .ancestor
            } else if section == .ours || section == .ancestor, Self.isMarker(line, "=") {
                section = .theirs
            } else if section == .theirs, Self.isMarker(line, ">") {
                parts.append(
                    Part(
                        line: start.line,
                        ours: start.ours..<counts.ours,
                        theirs: start.theirs..<counts.theirs
                    )
                )
                section = .common
            } else {
                if section == .common || section == .ours {
                    ours += line
                    counts.ours += 1
                }
                if section == .common || section == .theirs {
                    theirs += line
                    counts.theirs += 1
                }
            }
        }
    }

    /// Seven of the sign and a blank, or seven `=` alone: a title in a document may be underlined by more or fewer.
    private static func isMarker(_ line: ArraySlice<UInt8>, _ sign: Character) -> Bool {
        guard let mark = sign.asciiValue, line.count > 7, line.prefix(7).allSatisfy({ $0 == mark }) else {
            return false
        }
        let next = line[line.startIndex + 7]
        return sign == "=" ? next == UInt8(ascii: "\n") : next == UInt8(ascii: " ")
    }
}
