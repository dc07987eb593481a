// SPDX-License-Identifier: GPL-2.0-only

import Base
import CSource

/// Takes edits of files that a patch was rendered to back into the templates that their lines come from.
///
/// Each line of a rendered file is a line of a template or of the tree (`FileTrace`). A template's line is edited where
/// it was written, with its names; what was edited of the tree becomes a new site. Whether the series renders to the
/// edited files afterwards is for the caller to find out: nothing here has seen the other variants.
public struct Absorber {
    private let series: Series
    private let rendered: RenderedSeries
    private let patch: RenderedPatch
    private let preference: AbsorbPreference?
    /// The templates of the patch, by path as the user knows it.
    private let templates: [String: Template]
    private var edits = TemplateLineEdits()
    /// Edits of lines of the tree, by kernel path.
    private var treeEdits: [String: TreeEdits] = [:]

    /// What was edited of a file outside of the templates' lines.
    public struct TreeEdits: Sendable {
        /// The file before the patch, and the same with the edits.
        public let before: [UInt8]
        public let after: [UInt8]

        public init(before: [UInt8], after: [UInt8]) {
            self.before = before
            self.after = after
        }
    }

    /// - Parameters:
    ///   - folder: the patch's.
    ///   - preference: where to put what could go to two places; nil to refuse it.
    public init?(
        _ rendered: RenderedSeries,
        _ series: Series,
        patch folder: String,
        prefer preference: AbsorbPreference?
    ) {
        guard let patch = rendered.patches.first(where: { $0.folder == folder }),
            let source = series.patches.first(where: { $0.folder == folder })
        else { return nil }
        self.series = series
        self.rendered = rendered
        self.patch = patch
        self.preference = preference
        templates = source.templates.reduce(into: [:]) { $0[$1.path] = $1 }
    }

    /// The lines of templates that were edited.
    public var places: [SourcePosition] { edits.places }

    /// What is to become new sites, by kernel path.
    public var outside: [String: TreeEdits] { treeEdits }

    /// The files of the series with the edits.
    ///
    /// - Parameters:
    ///   - files: by path below the series' folder.
    ///   - root: that folder, as the user knows it.
    public func apply(to files: [String: [UInt8]], root: String) -> [String: [UInt8]] {
        var result = files
        for path in edits.paths {
            let key = path.hasPrefix(root + "/") ? String(path.dropFirst(root.utf8.count + 1)) : path
            if let bytes = files[key] { result[key] = edits.apply(to: bytes, at: path) }
        }
        return result
    }

    /// Takes in what was edited of the patch's message.
    ///
    /// - Parameter changes: between the rendered and the edited one, top down.
    public mutating func absorb(message: [UInt8], changes: [ChangedLines]) throws(AbsorbRefusal) {
        guard let trace = patch.messageTrace else { return }
        try absorb(FileEdit("message.txt", patch.message, message, changes, trace))
    }

    /// Takes in what was edited of a file that the patch changes.
    public mutating func absorb(_ path: String, edited: [UInt8], changes: [ChangedLines])
        throws(AbsorbRefusal)
    {
        guard let file = patch.files.first(where: { $0.path == path }) else { return }
        try absorb(FileEdit(path, file.bytes, edited, changes, file.trace))
    }

    /// A rendered file and what became of it.
    private struct FileEdit {
        let path: String
        let old: SourceText
        let new: SourceText
        let changes: [ChangedLines]
        let origins: [FileTrace.Origin]
        let before: SourceText?

        init(_ path: String, _ old: [UInt8], _ new: [UInt8], _ changes: [ChangedLines], _ trace: FileTrace) {
            self.path = path
            self.old = SourceText(old)
            self.new = SourceText(new)
            self.changes = changes
            origins = trace.origins(of: self.old)
            before = trace.before
        }

        func oldLine(_ line: Int) -> ArraySlice<UInt8> { Self.line(line, old) }
        func newLine(_ line: Int) -> ArraySlice<UInt8> { Self.line(line, new) }

        static func line(_ line: Int, _ text: SourceText) -> ArraySlice<UInt8> {
            let end = line + 1 < text.lineStarts.count ? text.lineStarts[line + 1] : text.bytes.count
            return text.bytes[text.lineStarts[line]..<end]
        }
    }

    /// Edits of lines of the tree's file, from 0.
    private struct TreeLines {
        var replaced: [Int: [UInt8]] = [:]
        /// In front of a line.
        var inserted: [Int: [UInt8]] = [:]

        func apply(to text: SourceText) -> [UInt8] {
            var result: [UInt8] = []
            for line in text.lineStarts.indices {
                if let new = inserted[line] {
                    if let last = result.last, last != UInt8(ascii: "\n") {
                        result.append(UInt8(ascii: "\n"))
                    }
                    result += new
                }
                result += replaced[line] ?? Array(FileEdit.line(line, text))
            }
            return result
        }
    }

    private mutating func absorb(_ file: FileEdit) throws(AbsorbRefusal) {
        var tree = TreeLines()
        for change in file.changes {
            let pairs = Self.pairs(change, file)
            var gap = change.old.lowerBound
            for step in pairs {
                switch step {
                case .changed(let old, let new):
                    try replace(old, by: file.newLine(new), file, &tree)
                    gap = old + 1
                case .removed(let old):
                    try replace(old, by: nil, file, &tree)
                    gap = old + 1
                case .added(let new):
                    let lines = new.reduce(into: [[UInt8]]()) { $0.append(Array(file.newLine($1))) }
                    try insert(lines, at: gap, file, &tree)
                }
            }
        }
        guard let before = file.before, !tree.replaced.isEmpty || !tree.inserted.isEmpty else { return }
        treeEdits[file.path] = TreeEdits(before: before.bytes, after: tree.apply(to: before))
    }

    // MARK: Lines of a change

    private enum Step {
        case changed(Int, Int)
        case removed(Int)
        case added(Range<Int>)
    }

    /// Which new line stands for which old one: those that look alike, and those between them in their order.
    private static func pairs(_ change: ChangedLines, _ file: FileEdit) -> [Step] {
        let old = change.old.map { words(file.oldLine($0)) }
        let new = change.new.map { words(file.newLine($0)) }
        var fixed: [(Int, Int)] = []
        if old.count != new.count, !old.isEmpty, !new.isEmpty, old.count * new.count <= 40_000 {
            var table = [[Int]](repeating: [Int](repeating: 0, count: new.count + 1), count: old.count + 1)
            for row in stride(from: old.count - 1, through: 0, by: -1) {
                for column in stride(from: new.count - 1, through: 0, by: -1) {
                    let both = likeness(old[row], new[column])
                    table[row][column] = max(
                        table[row + 1][column],
                        table[row][column + 1],
                        both > 0 ? table[row + 1][column + 1] + both : 0
                    )
                }
            }
            var (row, column) = (0, 0)
            while row < old.count, column < new.count {
                if table[row][column] == table[row + 1][column] {
                    row += 1
                } else if table[row][column] == table[row][column + 1] {
                    column += 1
                } else {
                    fixed.append((row, column))
                    row += 1
                    column += 1
                }
            }
        }
        var steps: [Step] = []
        var (row, column) = (0, 0)
        for (nextRow, nextColumn) in fixed + [(old.count, new.count)] {
            while row < nextRow, column < nextColumn {
                steps.append(.changed(change.old.lowerBound + row, change.new.lowerBound + column))
                row += 1
                column += 1
            }
            while row < nextRow {
                steps.append(.removed(change.old.lowerBound + row))
                row += 1
            }
            if column < nextColumn {
                steps.append(.added(change.new.lowerBound + column..<change.new.lowerBound + nextColumn))
                column = nextColumn
            }
            if nextRow < old.count {
                steps.append(.changed(change.old.lowerBound + nextRow, change.new.lowerBound + nextColumn))
                row = nextRow + 1
                column = nextColumn + 1
            }
        }
        return steps
    }

    private static func words(_ line: ArraySlice<UInt8>) -> Set<ArraySlice<UInt8>> {
        Set(NameKeeper.tokens(line).filter { $0.contains(where: isWordByte) })
    }

    /// In hundredths; 0 for lines that have less than a half in common.
    private static func likeness(_ left: Set<ArraySlice<UInt8>>, _ right: Set<ArraySlice<UInt8>>) -> Int {
        guard !left.isEmpty, !right.isEmpty else { return 0 }
        let share = 200 * left.intersection(right).count / (left.count + right.count)
        return share >= 50 ? share : 0
    }

    // MARK: Edits

    private mutating func replace(
        _ line: Int,
        by new: ArraySlice<UInt8>?,
        _ file: FileEdit,
        _ tree: inout TreeLines
    ) throws(AbsorbRefusal) {
        guard case .template(let path, let index) = file.origins[line] else {
            if case .tree(let number) = file.origins[line] {
                tree.replaced[number] = new.map { Array($0) } ?? []
            }
            return
        }
        let (template, own, form) = try origin(line, path, index, file)
        var text: [UInt8] = []
        if let new {
            do {
                text = try NameKeeper(values, of: template).restored(new, from: own)
            } catch {
                throw refusal(
                    file,
                    line,
                    "\(error.name) stands for '\(Self.value(error.name, values))' there, and the branch has '\(error.word)'",
                    [
                        "\(own.position): \(Self.shown(own))",
                        "change what it stands for\(definition(error.name)), or write the word into the template by hand",
                    ]
                )
            }
            try require(text, new, template, file, line, own)
        }
        switch form {
        case .plain: break
        case .added: if new != nil { text = [UInt8(ascii: "+")] + text }
        case .context:
            // The hunk takes away what it only showed.
            let shown = own.text.first == UInt8(ascii: " ") ? own.text.dropFirst() : own.text
            text = [UInt8(ascii: "-")] + shown + (new == nil ? [] : [UInt8(ascii: "+")] + text)
        }
        guard edits.replace(own.position, by: text) else {
            throw refusal(
                file,
                line,
                "the template's line is in more than one place, and was edited otherwise in another",
                ["\(own.position): \(Self.shown(own))"]
            )
        }
    }

    /// Puts lines between the rendered line `place` and the one in front of it.
    private mutating func insert(
        _ lines: [[UInt8]],
        at place: Int,
        _ file: FileEdit,
        _ tree: inout TreeLines
    ) throws(AbsorbRefusal) {
        let above = place > 0 ? file.origins[place - 1] : nil
        let below = place < file.origins.count ? file.origins[place] : nil
        let slots = try slots(above, below, place, file)
        guard var chosen = slots.first else {
            // Between two lines of the tree.
            let number: Int
            if case .tree(let line)? = below {
                number = line
            } else if case .tree(let line)? = above {
                number = line + 1
            } else {
                throw refusal(file, place, "nothing is there that a template or the tree has", [])
            }
            tree.inserted[number, default: []] += lines.joined()
            return
        }
        for slot in slots.dropFirst() {
            switch preference {
            case .own: if slot.depth > chosen.depth { chosen = slot }
            case .shared: if slot.depth < chosen.depth { chosen = slot }
            case nil:
                throw refusal(
                    file,
                    max(0, place - 1),
                    "a new line belongs to one of \(slots.count) places",
                    slots.map {
                        "\($0.position): \($0.isBehind ? "behind" : "in front of") '\($0.shown)'"
                    } + ["say which: --prefer own (where fewer selections have it), or --prefer shared"]
                )
            }
        }
        var text: [UInt8] = []
        let keeper = NameKeeper(values, of: chosen.template)
        for line in lines {
            let restored = keeper.restored(line[...])
            try require(restored, line[...], chosen.template, file, max(0, place - 1), nil)
            text += (chosen.isOfHunk ? [UInt8(ascii: "+")] : []) + restored
        }
        if chosen.isBehind {
            edits.insert(text, after: chosen.position)
        } else {
            edits.insert(text, before: chosen.position)
        }
    }

    // MARK: Places

    /// Where in a template a line can be put.
    private struct Slot {
        let template: Template
        let position: SourcePosition
        let isBehind: Bool
        /// How many conditions it is within; a fragment counts as one.
        let depth: Int
        let isOfHunk: Bool
        let shown: String
    }

    /// Where a line can go that stands between two: nowhere between lines of the tree, one place, or two.
    private func slots(
        _ above: FileTrace.Origin?,
        _ below: FileTrace.Origin?,
        _ place: Int,
        _ file: FileEdit
    ) throws(AbsorbRefusal) -> [Slot] {
        var upper: (template: Template, index: Int, isOfHunk: Bool)?
        var lower: (template: Template, index: Int, isOfHunk: Bool)?
        if case .template(let path, let index)? = above {
            let (template, _, form) = try origin(place - 1, path, index, file)
            upper = (template, index, form != .plain)
        }
        if case .template(let path, let index)? = below {
            let (template, _, form) = try origin(place, path, index, file)
            lower = (template, index, form != .plain)
        }
        func slot(_ side: (template: Template, index: Int, isOfHunk: Bool), _ index: Int, isBehind: Bool)
            -> Slot
        {
            let line = side.template.lines[index]
            return Slot(
                template: side.template,
                position: line.position,
                isBehind: isBehind,
                depth: depth(side.template, line),
                isOfHunk: side.isOfHunk,
                shown: Self.shown(line)
            )
        }
        /// Outside of the innermost condition around a line, if that begins or ends right there.
        func outer(_ side: (template: Template, index: Int, isOfHunk: Bool), _ step: Int) -> Slot? {
            let lines = side.template.lines
            guard lines[side.index].branch != nil, lines.indices.contains(side.index + step),
                lines[side.index + step].directive != nil
            else { return nil }
            var index = side.index + step
            var depth = 0
            while lines.indices.contains(index) {
                switch lines[index].directive {
                case .open?:
                    if step < 0, depth == 0 { return slot(side, index, isBehind: false) }
                    depth += step
                case .close?:
                    if step > 0, depth == 0 { return slot(side, index, isBehind: true) }
                    depth -= step
                case .next?, .otherwise?, nil: break
                }
                index += step
            }
            return nil
        }
        switch (upper, lower) {
        case (nil, nil): return []
        case (let upper?, nil):
            return [slot(upper, upper.index, isBehind: true)] + [outer(upper, 1)].compactMap { $0 }
        case (nil, let lower?):
            return [slot(lower, lower.index, isBehind: false)] + [outer(lower, -1)].compactMap { $0 }
        case (let upper?, let lower?):
            let (first, second) = (
                slot(upper, upper.index, isBehind: true), slot(lower, lower.index, isBehind: false)
            )
            guard upper.template.path == lower.template.path, upper.index < lower.index else {
                // Of two sites of one template either will do.
                return upper.template.path == lower.template.path ? [first] : [first, second]
            }
            let between = upper.template.lines[(upper.index + 1)..<lower.index]
            if between.contains(where: { $0.text.holds("kpatch:") }) { return [first] }
            guard upper.template.lines[upper.index].branch != lower.template.lines[lower.index].branch else {
                return [first]
            }
            let isBetween = first.depth > 0 && second.depth > 0
            return [first, second] + (isBetween ? [outer(upper, 1)].compactMap { $0 } : [])
        }
    }

    private func depth(_ template: Template, _ line: Template.Line) -> Int {
        var depth = series.patches.flatMap(\.fragments).contains { $0.template.path == template.path } ? 1 : 0
        var branch = line.branch
        while let inner = branch {
            depth += 1
            branch = template.branches[inner].outer
        }
        return depth
    }

    /// What a template's line is in its site.
    private enum Form {
        case plain
        /// A line of a diff, with the sign in front of it.
        case added, context
    }

    /// The template's line behind a rendered one, which must be it with values for its names.
    private func origin(_ line: Int, _ path: String, _ index: Int, _ file: FileEdit) throws(AbsorbRefusal)
        -> (Template, Template.Line, Form)
    {
        guard let template = templates[path], template.lines.indices.contains(index) else {
            throw refusal(file, line, "\(path) is no template of this patch", [])
        }
        let own = template.lines[index]
        let shown = file.oldLine(line)
        let rendered = NameKeeper(values, of: template).rendered(own)
        func isSame(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Bool {
            left.elementsEqual(right)
                // The last line of a file may have no newline.
                || left.last != right.last
                    && (left + [0x0a]).elementsEqual(right + (right.last == 0x0a ? [] : [0x0a]))
        }
        if own.names.contains(where: { (values[String(decoding: own.text[$0], as: UTF8.self)] ?? "").isEmpty }
        ) {
            throw refusal(
                file,
                line,
                "a name of the template's line stands for nothing here",
                ["\(own.position): \(Self.shown(own))"]
            )
        }
        if isSame(rendered[...], shown) { return (template, own, .plain) }
        if rendered.first == UInt8(ascii: "+"), isSame(rendered.dropFirst(), shown) {
            return (template, own, .added)
        }
        if rendered.first == UInt8(ascii: " "), isSame(rendered.dropFirst(), shown) {
            return (template, own, .context)
        }
        throw refusal(
            file,
            line,
            "the lines of this paragraph were broken anew, so none of them is one of the template",
            ["\(own.position): \(Self.shown(own))", "edit the paragraph there, then: kpatch-gen rebase"]
        )
    }

    /// Refuses what a template would take for something else.
    private func require(
        _ text: [UInt8],
        _ wanted: ArraySlice<UInt8>,
        _ template: Template,
        _ file: FileEdit,
        _ line: Int,
        _ own: Template.Line?
    ) throws(AbsorbRefusal) {
        let read = Template(path: template.path, bytes: text)
        let names = read.lines.first?.names ?? []
        let probe = Template.Line(
            position: SourcePosition(template.path),
            text: text[...],
            names: names,
            directive: nil,
            branch: nil,
            problem: nil
        )
        let isOurs = wanted.holds("kpatch:") || wanted.holds("KPATCH_")
        guard !isOurs, NameKeeper(values, of: template).rendered(probe).elementsEqual(wanted) else {
            throw refusal(
                file,
                line,
                isOurs
                    ? "the edited line reads like one of a template"
                    : "the edited line can't be said with the template's names",
                own.map { ["\($0.position): \(Self.shown($0))"] } ?? []
            )
        }
    }

    // MARK: Words

    private var values: [String: String] { rendered.settled.environment.values }

    private static func value(_ name: String, _ values: [String: String]) -> String { values[name] ?? "" }

    private func definition(_ name: String) -> String {
        series.names.first { $0.name == name }.map { " at \($0.position)" } ?? ""
    }

    private static func shown(_ line: Template.Line) -> String {
        String(String(decoding: line.text, as: UTF8.self).trimmed).onOneLine
    }

    private func refusal(_ file: FileEdit, _ line: Int, _ reason: String, _ notes: [String]) -> AbsorbRefusal
    {
        AbsorbRefusal(place: SourcePosition(file.path, line: line + 1), reason: reason, notes: notes)
    }
}
