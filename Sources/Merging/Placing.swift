// SPDX-License-Identifier: GPL-2.0-only

import Base

/// Finds the place of one change in one file of the new tree.
struct Placing {
    let merge: FileMerge
    let change: Change
    let target: MergeTarget
    let map: LineMap
    /// Why the place is the right one.
    var reasons: [MergeReason] = []
    /// The line of the new tree that says that there is nothing to do.
    var seen: Int?

    init(merge: FileMerge, change: Change, target: MergeTarget, map: LineMap) {
        self.merge = merge
        self.change = change
        self.target = target
        self.map = map
    }

    var table: LineTable { merge.table }
    var old: [Int] { merge.old }
    var new: [Int] { target.lines }
    /// What the patch puts there.
    var added: [Int] { Array(merge.patched[change.new]) }

    func isWeak(_ number: Int) -> Bool { table.lines[number].isWeak }
    func isBlank(_ number: Int) -> Bool { table.lines[number].isBlank }
    func isInclude(_ number: Int) -> Bool { table.lines[number].bytes.starts(with: "#include".utf8) }

    /// Where an old line is now; the lines in front of the first and behind the last are always known.
    func position(_ line: Int) -> Int? {
        if line < 0 { return -1 }
        if line >= old.count { return new.count }
        let partner = map.partner(line)
        return partner >= 0 ? partner : nil
    }

    mutating func run() throws(Refusal) -> [LineEdit] {
        if change.old.isEmpty, let edit = try export() { return [edit] }
        let edits = change.old.isEmpty ? try insertion() : try replacement()
        try checkUnit(edits)
        return edits
    }

    /// How many lines that say something are among the three from here on that are as they were, one by one.
    func strength(_ start: Int, _ step: Int) -> Int {
        var (line, count) = (start, 0)
        for _ in 0..<3 {
            guard old.indices.contains(line), map.same(line) >= 0 else { break }
            if !isWeak(old[line]) { count += 1 }
            let next = line + step
            if old.indices.contains(next), map.same(next) != map.same(line) + step { break }
            line = next
        }
        return count + (line < 0 || line >= old.count ? 1 : 0)
    }

    /// A file of nothing but blank lines has as many places as lines.
    private static let mostSlides = 100

    /// The same insertion, in front of other lines: `}` and a function is the same as the function and `}`.
    static func slides(_ lines: [Int], _ at: Int, _ added: [Int]) -> [(at: Int, added: [Int])] {
        var result = [(at, added)]
        guard !added.isEmpty else { return result }
        var (place, text) = (at, added)
        while place < lines.count, lines[place] == text[0], result.count < mostSlides {
            text.append(text.removeFirst())
            place += 1
            result.append((place, text))
        }
        (place, text) = (at, added)
        while place > 0, let last = text.last, lines[place - 1] == last, result.count < 2 * mostSlides {
            text.insert(text.removeLast(), at: 0)
            place -= 1
            result.append((place, text))
        }
        return result
    }

    /// Never into another function, struct, table or entry than the change is in.
    private mutating func checkUnit(_ edits: [LineEdit]) throws(Refusal) {
        for edit in edits {
            let before: [Int?]
            let after: [Int?]
            if change.old.isEmpty {
                before = Self.slides(old, change.old.lowerBound, added).map {
                    merge.units.body(around: $0.at..<$0.at)
                }
                after = Self.slides(new, edit.lines.lowerBound, edit.new).map {
                    target.units.body(around: $0.at..<$0.at)
                }
            } else {
                before = [merge.units.body(around: change.old)]
                after = [target.units.body(around: edit.lines)]
            }
            let names = before.map { $0.map { merge.units.names[$0] } }
            let found = after.map { $0.map { target.units.names[$0] } }
            if names.contains(where: found.contains) { continue }
            let isRenamed = before.contains { unit in
                guard let unit, target.units.named[merge.units.names[unit]] == nil else { return false }
                let start = map.partner(merge.units.starts[unit])
                return after.contains { $0.map { target.units.starts[$0] == start } ?? false }
            }
            if isRenamed {
                reasons.append(.unitRenamed)
                continue
            }
            func shown(_ names: [String?]) -> String {
                names.lazy.compactMap { $0 }.first.map { "'\($0)'" } ?? "no function or table"
            }
            throw Refusal("it would come to stand in \(shown(found)), and was in \(shown(names))")
        }
    }

    /// `EXPORT_SYMBOL(name)` goes right behind the definition (checkpatch: EXPORT_SYMBOL).
    private mutating func export() throws(Refusal) -> LineEdit? {
        let lines = added.filter { !isBlank($0) }
        guard lines.count == 1, let name = exportedName(lines[0]) else { return nil }
        let all = target.units.named[name] ?? []
        let defined = all.filter { unit in
            target.units.lines(of: unit).contains { table.lines[new[$0]].bytes.first == UInt8(ascii: "}") }
        }
        guard let unit = defined.first else {
            // A variable or a macro: its neighbours decide.
            if !all.isEmpty { return nil }
            throw Refusal("'\(name)' has no definition in \(target.path)")
        }
        guard defined.count == 1 else {
            throw Refusal("'\(name)' has \(defined.count) definitions in \(target.path)")
        }
        guard
            let end = target.units.lines(of: unit).first(where: {
                table.lines[new[$0]].bytes.first == UInt8(ascii: "}")
            })
        else { return nil }
        for line in end..<min(end + 3, new.count) where exportedName(new[line]) == name {
            throw Refusal(
                "'\(name)' is exported already, as \(String(decoding: table.lines[new[line]].bytes.stripped, as: UTF8.self))"
            )
        }
        reasons.append(.exported)
        return LineEdit(lines: end + 1..<end + 1, new: lines)
    }

    private func exportedName(_ number: Int) -> String? {
        let line = table.lines[number].bytes
        guard line.starts(with: "EXPORT_SYMBOL".utf8) || line.starts(with: "EXPORT_TRACEPOINT".utf8) else {
            return nil
        }
        let arguments = line.drop(while: isWordByte)
        guard arguments.first == UInt8(ascii: "(") else { return nil }
        let name = arguments.dropFirst().prefix(while: isWordByte)
        return name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
    }
}
