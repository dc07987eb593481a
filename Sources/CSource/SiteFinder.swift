// SPDX-License-Identifier: GPL-2.0-only

import Base

/// Some lines of a file, and what is to stand in their place. Lines count from 0.
public struct ChangedLines: Sendable, Equatable {
    /// Empty for an insertion in front of the line that it begins with.
    public let old: Range<Int>
    public let new: Range<Int>

    public init(old: Range<Int>, new: Range<Int>) {
        self.old = old
        self.new = new
    }
}

/// A site that makes some changes of a file.
public struct FoundSite: Sendable {
    /// What its place in the file is known by.
    public enum Form: Sendable, Equatable {
        /// Declarations, statements, members, entries; outside of C a section or a line that occurs once.
        case structure
        /// Lines, within a function, struct, enum, table or section that is known by name.
        case linesWithin
        /// Lines that occur once in the file.
        case lines
    }

    /// What the template shows around the marker, outermost first.
    struct Shown: Sendable, Equatable {
        let head: [UInt8]
        let end: [UInt8]
        /// Where it begins in the file: two blocks may read alike.
        let place: Int
    }

    let shown: [Shown]
    /// What stands behind `kpatch:`.
    let marker: String
    /// The lines up to `kpatch: end`.
    let body: [UInt8]
    public let edit: TextEdit
    public let form: Form
    /// Which of the changes it makes.
    public let changes: Range<Int>
}

/// Says changes of a file as sites of a template: by structure where that names one place, else by lines.
///
/// Each site is looked up in the file before it is offered, by the rules that place a template's sites.
public struct SiteFinder {
    let source: ParsedSource
    let language: SourceLanguage
    public let new: SourceText
    let changes: [ChangedLines]

    /// Lines that a site may show besides those that change, and lines that it may have at all.
    static let spareLimit = 24
    static let sizeLimit = 400
    /// Lines on each side of a change by lines, unless it takes more to be the only place.
    static let context = 3
    static let contextLimit = 60

    /// - Parameters:
    ///   - source: the file before.
    ///   - new: the file after.
    ///   - changes: all lines that differ, top down.
    public init(_ source: ParsedSource, new: [UInt8], changes: [ChangedLines], language: SourceLanguage) {
        self.source = source
        self.language = language
        self.new = SourceText(new)
        self.changes = changes
    }

    var old: SourceText { source.text }

    /// Sites for all of the changes, top down.
    ///
    /// - Parameters:
    ///   - isPlain: whether those are also not to be said within what has a name.
    ///   - isByLines: the changes, by their index, for which no other form is looked for.
    public func sites(isPlain: Bool = false, byLines isByLines: (Int) -> Bool) -> [FoundSite] {
        var result: [FoundSite] = []
        var next = 0
        let code: CodeSiteFinder? =
            if case .c(let structure, let items) = source.form {
                CodeSiteFinder(finder: self, structure: structure, items: items)
            } else {
                nil
            }
        while next < changes.count {
            let site =
                if isByLines(next) {
                    (isPlain ? nil : code?.lines(next)) ?? hunk(next, within: nil)
                } else if let code {
                    code.site(next, behind: result)
                } else {
                    TextSiteFinder(finder: self).site(next)
                }
            guard let site else { return [] }
            // It may have taken in what others before it do.
            while let last = result.last, last.changes.lowerBound >= site.changes.lowerBound {
                result.removeLast()
            }
            result.append(site)
            next = site.changes.upperBound
        }
        return result
    }

    /// Whether these sites make the new file of the old one.
    public func isTrue(_ sites: [FoundSite]) -> Bool {
        (try? old.applying(sites.map(\.edit))) == new.bytes
    }

    // MARK: Lines

    func start(_ line: Int) -> Int { line < old.lineStarts.count ? old.lineStarts[line] : old.bytes.count }

    func oldBytes(_ lines: Range<Int>) -> Range<Int> { start(lines.lowerBound)..<start(lines.upperBound) }

    func oldLine(_ line: Int) -> ArraySlice<UInt8> { old.bytes[oldBytes(line..<line + 1)] }

    func newBytes(_ lines: Range<Int>) -> ArraySlice<UInt8> {
        func start(_ line: Int) -> Int {
            line < new.lineStarts.count ? new.lineStarts[line] : new.bytes.count
        }
        return new.bytes[start(lines.lowerBound)..<start(lines.upperBound)]
    }

    /// How many lines the old file has.
    var lineCount: Int {
        old.lineStarts.last == old.bytes.count ? old.lineStarts.count - 1 : old.lineStarts.count
    }

    /// Lines of the old file, the changes in them, and what they become.
    struct Region {
        let old: Range<Int>
        let new: Range<Int>
        let changes: Range<Int>
    }

    /// Old lines around a change with all changes in them; larger where one of those reaches out of them.
    func region(_ lines: Range<Int>, from first: Int) -> Region {
        var (start, end) = (min(lines.lowerBound, changes[first].old.lowerBound), lines.upperBound)
        var (low, high) = (first, first + 1)
        end = max(end, changes[first].old.upperBound)
        while low > 0, changes[low - 1].old.upperBound > start {
            low -= 1
            start = min(start, changes[low].old.lowerBound)
        }
        while high < changes.count, changes[high].old.lowerBound < end {
            end = max(end, changes[high].old.upperBound)
            high += 1
        }
        let (top, bottom) = (changes[low], changes[high - 1])
        let newStart = top.new.lowerBound - (top.old.lowerBound - start)
        let newEnd = bottom.new.upperBound + (end - bottom.old.upperBound)
        return Region(old: start..<end, new: newStart..<newEnd, changes: low..<high)
    }

    // MARK: By lines

    /// A change as a diff shows it, with as many lines around it as make it the only such place.
    ///
    /// - Parameter within: what is known by name around it, and its lines.
    func hunk(_ index: Int, within: (shown: [FoundSite.Shown], lines: Range<Int>)?) -> FoundSite? {
        let change = changes[index]
        let scope = within?.lines ?? 0..<lineCount
        guard scope.lowerBound <= change.old.lowerBound, change.old.upperBound <= scope.upperBound else {
            return nil
        }
        let bytes = oldBytes(scope)
        var count = Self.context
        while count <= Self.contextLimit {
            let first = max(scope.lowerBound, change.old.lowerBound - count)
            let last = min(scope.upperBound, change.old.upperBound + count)
            let (above, changed) = (oldBytes(first..<change.old.lowerBound), oldBytes(change.old))
            let run = LineRun(
                bytes: Array(old.bytes[oldBytes(first..<last)]),
                changed: above.count..<above.count + changed.count
            )
            if !run.bytes.isEmpty, run.places(in: old, bytes) == [changed] {
                return FoundSite(
                    shown: within?.shown ?? [],
                    marker: "hunk",
                    body: diff(change, first..<last),
                    edit: TextEdit(range: changed, replacement: Array(newBytes(change.new))),
                    form: within == nil ? .lines : .linesWithin,
                    changes: index..<index + 1
                )
            }
            if first == scope.lowerBound, last == scope.upperBound { break }
            count += 3
        }
        return nil
    }

    private func diff(_ change: ChangedLines, _ lines: Range<Int>) -> [UInt8] {
        var result: [UInt8] = []
        func add(_ sign: UInt8, _ line: ArraySlice<UInt8>) {
            result += [sign] + line
            if line.last != UInt8(ascii: "\n") { result += "\n\\ No newline at end of file\n".utf8 }
        }
        for line in lines.lowerBound..<change.old.lowerBound { add(UInt8(ascii: " "), oldLine(line)) }
        for line in change.old { add(UInt8(ascii: "-"), oldLine(line)) }
        for line in change.new { add(UInt8(ascii: "+"), newBytes(line..<line + 1)) }
        for line in change.old.upperBound..<lines.upperBound { add(UInt8(ascii: " "), oldLine(line)) }
        return result
    }

    // MARK: Slides

    /// Where else the same lines could have been put in or taken away with the same result; the change itself first.
    func slides(_ index: Int) -> [ChangedLines] {
        let change = changes[index]
        guard change.old.isEmpty != change.new.isEmpty else { return [change] }
        let floor = index > 0 ? changes[index - 1].old.upperBound : 0
        let ceiling = index + 1 < changes.count ? changes[index + 1].old.lowerBound : lineCount
        var result = [change]
        let count = max(change.old.count, change.new.count)
        let isInsertion = change.old.isEmpty
        func moved(_ distance: Int) -> ChangedLines {
            ChangedLines(
                old: change.old.lowerBound + distance..<change.old.upperBound + distance,
                new: change.new.lowerBound + distance..<change.new.upperBound + distance
            )
        }
        /// The line of the longer side, counted from where the change begins.
        func line(_ offset: Int) -> ArraySlice<UInt8> {
            isInsertion
                ? newBytes(change.new.lowerBound + offset..<change.new.lowerBound + offset + 1)
                : oldLine(change.old.lowerBound + offset)
        }
        var distance = 0
        while distance < Self.spareLimit, change.old.lowerBound - distance - 1 >= floor,
            line(-distance - 1) == line(count - distance - 1)
        {
            distance += 1
            result.append(moved(-distance))
        }
        distance = 0
        while distance < Self.spareLimit, change.old.upperBound + distance < ceiling,
            line(distance) == line(count + distance)
        {
            distance += 1
            result.append(moved(distance))
        }
        return result
    }
}

extension [UInt8] {
    /// Whether each `#if` in it has its `#endif`: a template is read as if all of it were one file.
    var hasWholeConditions: Bool {
        var depth = 0
        for line in split(separator: UInt8(ascii: "\n")) where line.first == UInt8(ascii: "#") {
            let word = line.dropFirst().drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }.prefix(
                while: isWordByte
            )
            switch String(decoding: word, as: UTF8.self) {
            case "if", "ifdef", "ifndef": depth += 1
            case "else", "elif": if depth == 0 { return false }
            case "endif":
                depth -= 1
                if depth < 0 { return false }
            default: break
            }
        }
        return depth == 0
    }
}
