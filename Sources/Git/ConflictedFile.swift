// SPDX-License-Identifier: GPL-2.0-only

/// A place where two sides made different things of the same lines.
public struct LineConflict: Sendable, Hashable {
    /// Whole lines, as each side has them; empty where a side has none.
    public let ours: [UInt8]
    /// What both sides come from.
    public let ancestor: [UInt8]
    public let theirs: [UInt8]

    /// What each side has.
    public init(ours: [UInt8], ancestor: [UInt8], theirs: [UInt8]) {
        self.ours = ours
        self.ancestor = ancestor
        self.theirs = theirs
    }
}

/// A file in which some lines are settled and others are not.
public struct ConflictedFile: Sendable, Hashable {
    /// A piece of the file, in whole lines.
    public enum Part: Sendable, Hashable {
        case settled([UInt8])
        case open(LineConflict)
    }

    /// A conflict and where it is. Lines count from 0.
    public struct Place: Sendable, Hashable {
        public let conflict: LineConflict
        /// In the file with all conflicts decided for our side.
        public let ours: Range<Int>
        /// In the file with all conflicts decided for their side.
        public let theirs: Range<Int>
        /// The line of `<<<<<<<` in `marked`.
        public let marker: Int
    }

    /// From the first line to the last.
    public let parts: [Part]

    /// A file of these parts.
    public init(_ parts: [Part]) {
        self.parts = parts
    }

    /// The whole file is in question.
    ///
    /// The markers then don't show what both sides come from: it would help nobody.
    public init(ours: [UInt8], theirs: [UInt8]) {
        func ended(_ text: [UInt8]) -> [UInt8] {
            text.isEmpty || text.last == UInt8(ascii: "\n") ? text : text + [UInt8(ascii: "\n")]
        }
        showsAncestor = false
        parts = [.open(LineConflict(ours: ended(ours), ancestor: [], theirs: ended(theirs)))]
    }

    /// What a merge came to, with some of its changes of our side still to be decided about.
    ///
    /// - Parameter changes: all of them, from our side to what was merged.
    public init(
        ours: [UInt8],
        merged: [UInt8],
        _ changes: [LineChange],
        isOpen: (LineChange) -> Bool
    ) {
        let (our, all) = (FileLines(ours), FileLines(merged))
        var parts: [Part] = []
        var next = 0
        for change in changes where isOpen(change) {
            let start = change.new.lowerBound
            if next < start { parts.append(.settled(Array(all[next..<start]))) }
            let lines = Array(our[change.old])
            // A merge replaces only what is as it was.
            parts.append(.open(LineConflict(ours: lines, ancestor: lines, theirs: Array(all[change.new]))))
            next = change.new.upperBound
        }
        if next < all.count { parts.append(.settled(Array(all[next..<all.count]))) }
        self.init(parts)
    }

    /// Whether the markers show what both sides come from.
    private var showsAncestor = true

    /// The file with all conflicts decided for our side.
    public var ours: [UInt8] { decided(\.ours) }
    /// The file with all conflicts decided for their side.
    public var theirs: [UInt8] { decided(\.theirs) }

    private func decided(_ side: KeyPath<LineConflict, [UInt8]>) -> [UInt8] {
        var result: [UInt8] = []
        for part in parts {
            switch part {
            case .settled(let lines): result += lines
            case .open(let conflict): result += conflict[keyPath: side]
            }
        }
        return result
    }

    /// The conflicts, top down.
    public var places: [Place] {
        var result: [Place] = []
        var (ours, theirs, marker) = (0, 0, 0)
        for part in parts {
            switch part {
            case .settled(let lines):
                let count = FileLines(lines).count
                ours += count
                theirs += count
                marker += count
            case .open(let conflict):
                let counts = [conflict.ours, conflict.ancestor, conflict.theirs].map { FileLines($0).count }
                result.append(
                    Place(
                        conflict: conflict,
                        ours: ours..<ours + counts[0],
                        theirs: theirs..<theirs + counts[2],
                        marker: marker
                    )
                )
                ours += counts[0]
                theirs += counts[2]
                marker += counts[0] + counts[2] + 3 + (showsAncestor ? counts[1] + 1 : 0)
            }
        }
        return result
    }

    /// The file with conflict markers, as git writes them for people, in `diff3` style.
    public func marked(_ labels: MergeLabels) -> [UInt8] {
        var result: [UInt8] = []
        for part in parts {
            switch part {
            case .settled(let lines): result += lines
            case .open(let conflict):
                let sample = conflict.ours.isEmpty ? conflict.theirs : conflict.ours
                let end = sample.suffix(2) == [0x0d, 0x0a] ? "\r\n" : "\n"
                result += "<<<<<<< \(labels.ours)\(end)".utf8
                result += conflict.ours
                if showsAncestor {
                    result += "||||||| \(labels.ancestor)\(end)".utf8
                    result += conflict.ancestor
                }
                result += "=======\(end)".utf8
                result += conflict.theirs
                result += ">>>>>>> \(labels.theirs)\(end)".utf8
            }
        }
        return result
    }

    /// The lines, from 1, of a file that a person edited which are still conflict markers.
    public static func markers(in bytes: [UInt8]) -> [Int] {
        let lines = FileLines(bytes)
        return (0..<lines.count).filter { index in
            "<|>".utf8.contains { isMarker(lines[index..<index + 1], $0) }
        }.map { $0 + 1 }
    }

    /// Seven of the sign and a blank: a title in a document may be underlined by more or fewer.
    private static func isMarker(_ line: ArraySlice<UInt8>, _ sign: UInt8) -> Bool {
        line.count > 7 && line.prefix(7).allSatisfy { $0 == sign }
            && line[line.startIndex + 7] == UInt8(ascii: " ")
    }
}

extension ConflictedFile {
    /// Reads what libgit2 wrote.
    ///
    /// - Parameter size: of the markers; no line of the three inputs begins with so many of their signs.
    init(marked bytes: [UInt8], markerSize size: Int) {
        enum Section { case settled, ours, ancestor, theirs }
        var parts: [Part] = []
        var section = Section.settled
        var settled: [UInt8] = []
        var conflict: (ours: [UInt8], ancestor: [UInt8], theirs: [UInt8]) = ([], [], [])
        let lines = FileLines(bytes)
        for index in 0..<lines.count {
            let line = lines[index..<index + 1]
            let isMarker = line.count > size && line.prefix(size).allSatisfy { $0 == line.first }
            switch (isMarker ? line.first : nil, section) {
            case (UInt8(ascii: "<"), .settled):
                if !settled.isEmpty { parts.append(.settled(settled)) }
                (settled, section) = ([], .ours)
            case (UInt8(ascii: "|"), .ours): section = .ancestor
            case (UInt8(ascii: "="), .ours), (UInt8(ascii: "="), .ancestor): section = .theirs
            case (UInt8(ascii: ">"), .theirs):
                parts.append(
                    .open(
                        LineConflict(
                            ours: conflict.ours,
                            ancestor: conflict.ancestor,
                            theirs: conflict.theirs
                        )
                    )
                )
                (conflict, section) = (([], [], []), .settled)
            case (_, .settled): settled += line
            case (_, .ours): conflict.ours += line
            case (_, .ancestor): conflict.ancestor += line
            case (_, .theirs): conflict.theirs += line
            }
        }
        if !settled.isEmpty { parts.append(.settled(settled)) }
        self.init(parts)
    }
}
