// SPDX-License-Identifier: GPL-2.0-only

extension Placing {
    /// Replaces lines, or deletes them.
    mutating func replacement() throws(Refusal) -> [LineEdit] {
        let added = added
        var ranges = [change.old]
        if added.isEmpty {
            ranges += deletionSlides()
            for range in ranges {
                if let edit = try wholeParagraph(range) { return [edit] }
            }
        }
        for range in ranges {
            guard let lines = unchanged(range),
                strength(range.lowerBound - 1, -1) + strength(range.upperBound, 1) > 0
                    || !old[range].allSatisfy(isWeak)
            else { continue }
            reasons.append(.unchanged)
            return [LineEdit(lines: lines, new: added)]
        }
        if added.isEmpty { return try changedDeletion(ranges) }
        let above = position(change.old.lowerBound - 1)
        let below = position(change.old.upperBound)
        let low = position(change.old.lowerBound) ?? above.map { $0 + 1 }
        let high = position(change.old.upperBound - 1).map { $0 + 1 } ?? below
        guard let low, let high, low <= high else { throw Refusal("the lines that it changes are not there") }
        let (before, now) = (old[change.old], new[low..<high])
        var isThere = now.elementsEqual(added)
        if let above, let below, above < below {
            let all = new[above + 1..<below]
            isThere =
                isThere || all.elementsEqual(added)
                || (all.holds(added) && !before.contains { !isWeak($0) && all.contains($0) })
        }
        if isThere {
            reasons.append(.alreadyThere)
            seen = low
            return []
        }
        if now.isEmpty { throw Refusal("the lines that it changes are gone") }
        let likeness = table.similarity(before, of: now)
        guard likeness >= 0.5 else { throw Refusal("too much was changed in the lines that it changes") }
        guard let merged = table.mergeWords(old: before, patched: added, new: now) else {
            throw Refusal("both changed the same words")
        }
        reasons.append(.words)
        return [LineEdit(lines: low..<high, new: merged)]
    }

    /// Deletes lines that were changed, or have others between them now.
    private mutating func changedDeletion(_ ranges: [Range<Int>]) throws(Refusal) -> [LineEdit] {
        var first: Refusal?
        for range in ranges {
            do { return try changedDeletion(range) } catch { first = first ?? error }
        }
        throw first ?? Refusal("there is nothing to delete")
    }

    private mutating func changedDeletion(_ range: Range<Int>) throws(Refusal) -> [LineEdit] {
        let low = position(range.lowerBound) ?? position(range.lowerBound - 1).map { $0 + 1 }
        let high = position(range.upperBound - 1).map { $0 + 1 } ?? position(range.upperBound)
        guard let low, let high, low <= high else { throw Refusal("the lines that it deletes are not there") }
        guard low < high else {
            reasons.append(.alreadyThere)
            seen = low
            return []
        }
        let (before, now) = (old[range], new[low..<high])
        let strong = range.filter { !isWeak(old[$0]) }
        let kept = strong.count { map.same($0) >= 0 }
        guard table.similarity(before, of: now) >= 0.6, !strong.isEmpty,
            Double(kept) >= 0.6 * Double(strong.count) || isWholeUnit
        else { throw Refusal("too much was changed in the lines that it deletes") }
        if hasStrangers(low..<high, range) {
            throw Refusal("other paragraphs were put between the lines that it deletes")
        }
        if now.contains(where: { !before.contains($0) && table.words($0).count > 1 }),
            isAddedElsewhere(before)
        {
            throw Refusal("the patch moves these lines, and they were changed")
        }
        reasons.append(.deletedAsChanged)
        return [LineEdit(lines: low..<high, new: [])]
    }

    /// Whether lines of the new tree hold a paragraph, or the end of one, that none of the old lines became.
    private func hasStrangers(_ lines: Range<Int>, _ range: Range<Int>) -> Bool {
        let known = Set(range.map(map.partner))
        var isStrange = false
        var hasBlank = false
        for line in lines {
            if known.contains(line) {
                if isStrange, hasBlank { return true }
                (isStrange, hasBlank) = (false, false)
            } else if isBlank(new[line]) {
                hasBlank = true
            } else {
                isStrange = true
            }
        }
        return isStrange && hasBlank
    }

    /// The lines of the new tree that are the same, without anything between them.
    private func unchanged(_ range: Range<Int>) -> Range<Int>? {
        let first = map.same(range.lowerBound)
        guard first >= 0, range.allSatisfy({ map.same($0) == first + $0 - range.lowerBound }) else {
            return nil
        }
        return first..<first + range.count
    }

    /// The same deletion of other, equal lines.
    private func deletionSlides() -> [Range<Int>] {
        var result: [Range<Int>] = []
        var (low, high) = (change.old.lowerBound, change.old.upperBound)
        while high < old.count, old[low] == old[high] {
            low += 1
            high += 1
            result.append(low..<high)
        }
        (low, high) = (change.old.lowerBound, change.old.upperBound)
        while low > 0, old[low - 1] == old[high - 1] {
            low -= 1
            high -= 1
            result.append(low..<high)
        }
        return result
    }

    /// A paragraph that is deleted as a whole goes with what was put to its end since.
    private mutating func wholeParagraph(_ range: Range<Int>) throws(Refusal) -> LineEdit? {
        let (low, high) = (range.lowerBound, range.upperBound)
        guard range.count >= 3, isBlank(old[low]), high < old.count, isBlank(old[high]),
            !isBlank(old[high - 1])
        else { return nil }
        let head = range.last { isBlank(old[$0]) } ?? low
        let lines = (head + 1..<high).map(map.partner).filter { $0 >= 0 }
        guard let last = lines.last, Double(lines.count) >= 0.6 * Double(high - head - 1),
            map.partner(high - 1) >= 0,
            map.same(low) >= 0, last + 1 < new.count, !isBlank(new[last + 1])
        else { return nil }
        let end = new[(last + 1)...].firstIndex(where: isBlank) ?? new.count
        guard end - last - 1 <= 3,
            !(last + 1..<end).contains(where: { merge.kind.unitName(table.lines[new[$0]].bytes) != nil })
        else { return nil }
        if hasStrangers(map.same(low)..<last + 1, range) { return nil }
        if isAddedElsewhere(old[range]) {
            throw Refusal("the patch moves these lines, and they were changed")
        }
        reasons.append(.deletedAsChanged)
        return LineEdit(lines: map.same(low)..<end, new: [])
    }

    /// Whether a unit goes from its first line to its last.
    private var isWholeUnit: Bool {
        let end = change.old.upperBound
        return merge.units.isStart(change.old.lowerBound)
            && (end == old.count || merge.units.isStart(end) || isBlank(old[end]) || isBlank(old[end - 1]))
    }

    /// Whether the patch puts half of these lines somewhere else.
    private func isAddedElsewhere(_ lines: ArraySlice<Int>) -> Bool {
        let strong = Set(lines.filter { !isWeak($0) })
        guard !strong.isEmpty else { return false }
        return merge.changes.contains { change in
            Double(strong.intersection(merge.patched[change.new]).count) >= 0.5 * Double(strong.count)
        }
    }
}
