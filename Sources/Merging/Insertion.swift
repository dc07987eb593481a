// SPDX-License-Identifier: GPL-2.0-only

import Base

extension Placing {
    /// A place that speaks for itself, and how much.
    private struct Candidate {
        let at: Int
        let added: [Int]
        var rank: Double
        var reason: MergeReason
        /// Of the old version: what it stands in front of there.
        var slid: Int
    }

    /// Puts lines where their neighbours are.
    mutating func insertion() throws(Refusal) -> [LineEdit] {
        let slides = Self.slides(old, change.old.lowerBound, added)
        var candidates: [Candidate] = []
        for (i, text) in slides {
            let (above, below) = (position(i - 1), position(i))
            if let above, let below, above + 1 < below, new[above + 1..<below].holds(text) {
                reasons.append(.alreadyThere)
                seen = above + 1
                return []
            }
            let strongAbove = strength(i - 1, -1)
            let strongBelow = strength(i, 1)
            if let above, let below, below == above + 1, strongAbove + strongBelow > 0 {
                let isSure = strongAbove > 0 && strongBelow > 0
                let reason: MergeReason = isSure ? .unchanged : .neighbourChanged
                consider(
                    Candidate(at: below, added: text, rank: isSure ? 10 : 9, reason: reason, slid: i),
                    &candidates
                )
                continue
            }
            guard i > 0, i < old.count else { continue }
            if let below, below > 0, new[below - 1] == old[i - 1], isWeak(old[i - 1]), strongBelow > 0 {
                consider(
                    Candidate(at: below, added: text, rank: 8.5, reason: .beforeFollower, slid: i),
                    &candidates
                )
            }
            if let above, above + 1 < new.count, new[above + 1] == old[i], isWeak(old[i]), strongAbove > 0 {
                consider(
                    Candidate(at: above + 1, added: text, rank: 8, reason: .neighbourChanged, slid: i),
                    &candidates
                )
            }
        }
        guard let last = candidates.map(\.at).max(), let best = candidates.first(where: { $0.at == last })
        else {
            var first: Refusal?
            for (i, text) in slides {
                do { return [try unevenInsertion(i, text)] } catch { first = first ?? error }
            }
            throw first ?? Refusal("there is nothing to insert")
        }
        if candidates.count > 1 { reasons.append(.beforeFollower) }
        reasons.append(best.reason)
        try checkSibling(best.slid, best.added)
        try checkLastInclude(best.slid, best.added)
        let at = sortedPlace(best.at, best.added)
        return [LineEdit(lines: at..<at, new: best.added)]
    }

    private func consider(_ candidate: Candidate, _ all: inout [Candidate]) {
        // What only slides along equal lines is the same place.
        var (at, text) = (candidate.at, candidate.added)
        while at < new.count, new[at] == text[0] {
            text.append(text.removeFirst())
            at += 1
        }
        if let index = all.firstIndex(where: { $0.at == at && $0.added == text }) {
            if all[index].rank < candidate.rank {
                all[index].rank = candidate.rank
                all[index].reason = candidate.reason
                all[index].slid = candidate.slid
            }
        } else {
            all.append(
                Candidate(
                    at: at,
                    added: text,
                    rank: candidate.rank,
                    reason: candidate.reason,
                    slid: candidate.slid
                )
            )
        }
    }

    /// Puts lines where one neighbour is, or between neighbours that have something between them now.
    private mutating func unevenInsertion(_ i: Int, _ text: [Int]) throws(Refusal) -> LineEdit {
        func put(_ at: Int, _ reason: MergeReason) -> LineEdit {
            reasons.append(reason)
            return LineEdit(lines: at..<at, new: text)
        }
        switch (position(i - 1), position(i)) {
        case (let above?, let below?):
            guard below > above else { throw Refusal("the lines around it are the other way round") }
            guard below > above + 1 else { throw Refusal("the lines around it say too little") }
            if i == old.count { return put(below, .atEnd) }
            try checkSibling(i, text)
            let list = new[max(above, 0)...below].map { table.lines[$0].bytes.stripped }
            if text.count == 1, i > 0, let line = table.lines[text[0]].bytes.stripped as ArraySlice<UInt8>?,
                list.allSatisfy({ !$0.isEmpty }),
                zip(list, list.dropFirst()).allSatisfy({ $0.lexicographicallyPrecedes($1) }),
                list[0].lexicographicallyPrecedes(line), line.lexicographicallyPrecedes(list[list.count - 1]),
                let index = list.firstIndex(where: { line.lexicographicallyPrecedes($0) })
            {
                return put(max(above, 0) + index, .sorted)
            }
            let gap = new[above + 1..<below]
            if gap.count <= 12, i > 0, gap.allSatisfy({ !isBlank($0) && !isInclude($0) }) {
                if isWeak(old[i - 1]) { return put(below, .gapFilled) }
                if isWeak(old[i]) { return put(above + 1, .gapFilled) }
            }
            throw Refusal(
                "\(gap.count) lines are between its neighbours now, and it may go in front of them or behind"
            )
        case (let above?, nil):
            guard i > 0, strength(i - 1, -1) >= 2, !isWeak(old[i - 1]) else {
                throw Refusal("the line behind it is gone, and the one in front of it says too little")
            }
            if let last = text.last(where: { !isBlank($0) }), isLabel(last) {
                throw Refusal("what the label stood in front of is gone")
            }
            try checkSibling(i, text)
            return put(above + 1, .behindPredecessor)
        case (nil, let below?):
            guard i < old.count, strength(i, 1) >= 2, !isWeak(old[i]) else {
                throw Refusal("the line in front of it is gone, and the one behind it says too little")
            }
            return put(below, .beforeFollower)
        case (nil, nil): throw Refusal("neither the line in front of it nor the one behind it is there")
        }
    }

    private func isLabel(_ number: Int) -> Bool {
        let line = table.lines[number].bytes.stripped
        return line.last == UInt8(ascii: ":") && line.count > 1 && line.dropLast().allSatisfy(isWordByte)
    }

    /// A line that was made after the one above it may have to be changed as that one was.
    private func checkSibling(_ i: Int, _ text: [Int]) throws(Refusal) {
        guard i > 0, map.partner(i - 1) >= 0, let first = text.first(where: { !isBlank($0) }) else { return }
        let (before, after) = (table.words(old[i - 1]), table.words(new[map.partner(i - 1)]))
        guard before != after else { return }
        let words = table.words(first)
        func numbers(_ words: [Int]) -> [Int] {
            words.compactMap { Int(String(decoding: table.tokens[$0], as: UTF8.self)) }
        }
        if let number = numbers(before).first, let mine = numbers(words).first,
            numbers(after) != numbers(before),
            words.prefix(2) == before.prefix(2), mine == number + 1
        {
            throw Refusal("it takes the number after \(number), and the line above has another one now")
        }
        if table.similarity(words, before) >= 0.6 {
            throw Refusal("the line above, which it is like, was changed")
        }
    }

    /// What stands behind the last #include is to stand behind the last one.
    private func checkLastInclude(_ i: Int, _ text: [Int]) throws(Refusal) {
        guard i > 0, isInclude(old[i - 1]), !text.allSatisfy({ isInclude($0) || isBlank($0) }),
            !old[i...].prefix(20).contains(where: isInclude), map.partner(i - 1) >= 0
        else { return }
        if new[(map.partner(i - 1) + 1)...].prefix(20).contains(where: isInclude) {
            throw Refusal("the #include in front of it was the last one, and no longer is")
        }
    }

    /// Where a line of a Kconfig list goes that is sorted in the new tree.
    private mutating func sortedPlace(_ at: Int, _ text: [Int]) -> Int {
        guard merge.kind == .kconfig, text.count == 1 else { return at }
        let words = table.words(text[0])
        guard let verb = words.first, words.count > 1 else { return at }
        let indentation = table.lines[text[0]].bytes.prefix(while: isSpace)
        func isOfList(_ number: Int) -> Bool {
            let other = table.words(number)
            return other.first == verb && other.count > 1
                && table.lines[number].bytes.starts(with: indentation)
        }
        var (low, high) = (at, at)
        while low > 0, isOfList(new[low - 1]) { low -= 1 }
        while high < new.count, isOfList(new[high]) { high += 1 }
        let list = new[low..<high].map { table.tokens[table.words($0)[1]] }
        func isOrdered(_ a: [UInt8], _ b: [UInt8]) -> Bool { !b.lexicographicallyPrecedes(a) }
        guard list.count >= 8,
            Double(zip(list, list.dropFirst()).count { isOrdered($0, $1) }) >= 0.85 * Double(list.count - 1)
        else { return at }
        let name = table.tokens[words[1]]
        func fits(_ index: Int) -> Bool {
            (index == 0 || isOrdered(list[index - 1], name))
                && (index == list.count || isOrdered(name, list[index]))
        }
        guard !fits(at - low) else { return at }
        let places = (0...list.count).filter(fits)
        guard places.count == 1 else { return at }
        reasons.append(.sorted)
        return low + places[0]
    }
}

extension ArraySlice<Int> {
    /// Whether these numbers follow each other somewhere in it.
    func holds(_ part: [Int]) -> Bool {
        guard !part.isEmpty, part.count <= count else { return false }
        return (startIndex...endIndex - part.count).contains {
            self[$0..<$0 + part.count].elementsEqual(part)
        }
    }
}
