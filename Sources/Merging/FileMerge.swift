// SPDX-License-Identifier: GPL-2.0-only

/// Carries the changes that a patch makes to one file.
struct FileMerge {
    let table: LineTable
    let path: String
    let kind: FileKind
    let old: [Int]
    let patched: [Int]
    let units: UnitIndex
    let changes: [Change]
    /// The file in the new tree; nil if there is none.
    let home: MergeTarget?
    private let homeMap: LineMap?
    private let oldBytes: [UInt8]
    private(set) var warnings: [MergeWarning] = []
    private(set) var notes: [MergeNote] = []
    private(set) var conflicts: [MergeConflict] = []
    /// Changes that are in the new tree now.
    private(set) var placed = 0
    /// Changes whose lines are gone.
    private(set) var gone = 0

    init(_ table: LineTable, path: String, old: [UInt8], patched: [UInt8], home: MergeTarget?) {
        self.table = table
        self.path = path
        self.home = home
        oldBytes = old
        kind = FileKind(path: path)
        let (before, after) = (table.numbers(old), table.numbers(patched))
        self.old = before
        self.patched = after
        units = UnitIndex(table, before, kind)
        changes = Change.all(table.aligner.align(before, after), newCount: after.count)
        homeMap = home.map { LineMap(table, old: before[...], new: $0.lines[...]) }
    }

    /// Places all changes, or says why not.
    ///
    /// - Parameter holders: files that may have a unit which left this one.
    mutating func run<Failure: Error>(holders: (String) throws(Failure) -> [MergeTarget]) throws(Failure) {
        for change in changes {
            if isGone(change) {
                gone += 1
                note(change, nil, [.goneUpstream])
                continue
            }
            var refusals: [Refusal] = []
            var seen: (MergeTarget, LineMap)?
            if let home, let homeMap {
                seen = (home, homeMap)
                if place(change, home, homeMap, [], &refusals) { continue }
            }
            if let (target, map, reason) = try follow(change, holders) {
                seen = (target, map)
                if place(change, target, map, [reason], &refusals) { continue }
            }
            conflict(change, refusals.map(\.reason), seen)
        }
    }

    private mutating func place(
        _ change: Change,
        _ target: MergeTarget,
        _ map: LineMap,
        _ reasons: [MergeReason],
        _ refusals: inout [Refusal]
    ) -> Bool {
        var placing = Placing(merge: self, change: change, target: target, map: map)
        do {
            let edits = try placing.run()
            try checkCopies(change, target)
            target.edits += edits
            placed += 1
            for text in Suspicions(self, old: oldBytes, new: target).warnings(change) {
                warnings.append(MergeWarning(path: target.path, line: change.old.lowerBound + 1, text: text))
            }
            let line = edits.first?.lines.lowerBound ?? placing.seen
            let found = placing.reasons
            // What is certain isn't worth a word where something else is to be said.
            var all: [MergeReason] = []
            for reason in reasons + found where !all.contains(reason) { all.append(reason) }
            if all.count > 1 { all.removeAll { $0 == .unchanged } }
            note(change, line.map(target.place), all)
            return true
        } catch {
            refusals.append(error)
            return false
        }
    }

    private mutating func note(_ change: Change, _ place: MergePlace?, _ reasons: [MergeReason]) {
        notes.append(MergeNote(path: path, line: change.old.lowerBound + 1, place: place, reasons: reasons))
    }

    private mutating func conflict(_ change: Change, _ reasons: [String], _ seen: (MergeTarget, LineMap)?) {
        var reason = reasons.first ?? "the file is gone, and no other has what the change is in"
        if reasons.count > 1, reasons[1] != reason { reason += "; where its unit is now, \(reasons[1])" }
        var ours: Range<Int>?
        if let (target, map) = seen {
            // From the last line above that is known to the first one below.
            let above = (0..<change.old.lowerBound).suffix(40).last { map.same($0) >= 0 }
            let below = (change.old.upperBound..<old.count).prefix(40).first { map.same($0) >= 0 }
            let start = above.map { map.same($0) + 1 }
            let end = below.map { map.same($0) }
            switch (start, end) {
            case (let start?, let end?) where start <= end && end - start <= 60: ours = start..<end
            case (let start?, _): ours = start..<min(start + max(change.old.count, 1), target.lines.count)
            case (nil, let end?): ours = max(end - max(change.old.count, 1), 0)..<end
            case (nil, nil): ours = nil
            }
        }
        let unit = units.body(at: change.old.lowerBound) ?? units.body(at: max(change.old.lowerBound - 1, 0))
        conflicts.append(
            MergeConflict(
                path: path,
                line: change.old.lowerBound + 1,
                unit: unit.map { units.names[$0] },
                reason: reason,
                ancestor: table.bytes(old[change.old]),
                theirs: table.bytes(patched[change.new]),
                ours: ours.flatMap { range in seen.map { table.bytes($0.0.lines[range]) } } ?? [],
                candidates: ours.flatMap { range in seen.map { [$0.0.place(range.lowerBound)] } } ?? []
            )
        )
    }

    /// Whether nothing like the lines that are changed is left in the file, though their unit is.
    private func isGone(_ change: Change) -> Bool {
        guard let home, let homeMap, !change.old.isEmpty else { return false }
        let lines = old[change.old].filter { !table.lines[$0].isWeak }
        guard !lines.isEmpty, lines.count <= 3, change.old.allSatisfy({ homeMap.partner($0) < 0 }) else {
            return false
        }
        if let unit = units.body(at: change.old.lowerBound), home.units.named[units.names[unit]] == nil {
            return false
        }
        let words = lines.map { Set(table.words($0)) }
        for line in Set(home.lines) {
            let others = Set(table.words(line))
            for set in words
            where 2 * Double(set.intersection(others).count) >= 0.6 * Double(set.count + others.count) {
                return false
            }
        }
        return true
    }

    /// A patch that takes out every copy of a line means all of them.
    private func checkCopies(_ change: Change, _ target: MergeTarget) throws(Refusal) {
        for line in old[change.old] where !table.lines[line].isWeak {
            let count = old.count { $0 == line }
            if count >= 3, !patched.contains(line), target.lines.count(where: { $0 == line }) > count {
                throw Refusal(
                    "the patch takes out all \(count) lines like this one, and the new tree has more of them"
                )
            }
        }
    }

    /// Finds the unit that holds a change by its name: in this file, or in one of `holders`.
    private func follow<Failure: Error>(
        _ change: Change,
        _ holders: (String) throws(Failure) -> [MergeTarget]
    ) throws(Failure) -> (MergeTarget, LineMap, MergeReason)? {
        let line = change.old.lowerBound < old.count ? change.old.lowerBound : change.old.lowerBound - 1
        guard let unit = units.unit(of: line) else { return nil }
        let (name, range) = (units.names[unit], units.lines(of: unit))
        guard change.old.upperBound <= range.upperBound, change.old.lowerBound >= range.lowerBound else {
            return nil
        }
        var targets: [MergeTarget] = []
        if let home, home.units.named[name] != nil { targets = [home] } else { targets = try holders(name) }
        let lines = Set(old[range].filter { !table.lines[$0].isWeak })
        var found: [(share: Double, target: MergeTarget, unit: Int)] = []
        for target in targets {
            for other in target.units.named[name] ?? [] {
                let common = lines.intersection(target.lines[target.units.lines(of: other)]).count
                found.append((Double(common) / Double(max(1, lines.count)), target, other))
            }
        }
        found.sort { $0.share > $1.share }
        guard let best = found.first, best.share >= 0.3,
            found.count == 1 || found[1].share <= best.share * 0.7
        else { return nil }
        let map = LineMap(
            table,
            old: old[range],
            new: best.target.lines[best.target.units.lines(of: best.unit)]
        )
        guard map.partner(range.lowerBound) >= 0 else { return nil }
        return (best.target, map, best.target === home ? .unitMoved : .otherFile(best.target.path))
    }
}
