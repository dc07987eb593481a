// SPDX-License-Identifier: GPL-2.0-only

import Base
import CSource
import Git

/// Which functions, structs and tables of a C file are which in another version of it. They only say where a conflict
/// is shown: whether an edit may be where it comes to stand is `PlaceCheck`'s.
struct ItemRegions {
    private let old: FileItems
    private let new: FileItems
    private let oldLines: [String]
    private let newLines: [String]
    private let symbols: [(from: String, to: String)]

    init(_ old: [UInt8], _ new: [UInt8], _ symbols: [(from: String, to: String)]) {
        self.old = FileItems(old)
        self.new = FileItems(new)
        oldLines = old.lines.map { String(decoding: $0, as: UTF8.self) }
        newLines = new.lines.map { String(decoding: $0, as: UTF8.self) }
        self.symbols = symbols
    }

    /// What corresponds: by name; else what has at least half of the lines under another one; else the empty place behind what
    /// it stood behind.
    ///
    /// - Parameter sites: those whose place is known, whatever became of the function around them.
    func regions(beside sites: [MergeRegion]) -> [MergeRegion] {
        let named = old.pairs(with: new, renamed: newName).map {
            MergeRegion(ancestor: $0.mine, ours: $0.other)
        }
        let names = Set(new.items.map(\.name))
        let gone = old.items.filter { item in
            !names.contains(newName(item.name)) && old.items.count { $0.name == item.name } == 1
        }
        let successors = successors(of: gone)
        let others = gone.compactMap { item in
            successors[item.name].map { MergeRegion(ancestor: item.lines, ours: $0) }
                ?? place(behind: item.lines, named).map { MergeRegion(ancestor: item.lines, ours: $0..<$0) }
        }
        return named
            + others.filter { region in
                sites.allSatisfy { site in
                    !region.ancestor.overlaps(site.ancestor)
                        || region.ancestor.contains(site.ancestor) && region.ours.contains(site.ours)
                }
            }
    }

    private func newName(_ name: String) -> String { symbols.first { $0.from == name }?.to ?? name }

    private typealias Item = (name: String, lines: Range<Int>)

    /// By name, the lines of what has another name now: no other two are as alike as these.
    private func successors(of gone: [Item]) -> [String: Range<Int>] {
        let known = Set(old.items.map { newName($0.name) })
        let candidates = new.items.filter { !known.contains($0.name) }
        let (oldCounts, newCounts) = (Self.counts(oldLines), Self.counts(newLines))
        let words = candidates.map { Self.telling($0, newLines, newCounts) }
        var best: [(likeness: Double, item: Item, candidate: Int)] = []
        for item in gone {
            let own = Self.telling(item, oldLines, oldCounts)
            for (index, other) in words.enumerated() {
                let common = own.intersection(other).count
                let all = own.count + other.count
                guard common > 0, common * 2 >= own.count else { continue }
                best.append((2 * Double(common) / Double(all), item, index))
            }
        }
        var result: [String: Range<Int>] = [:]
        for row in best {
            let rivals = best.filter { other in
                (other.item.name == row.item.name) != (other.candidate == row.candidate)
            }
            if rivals.allSatisfy({ $0.likeness < row.likeness }) {
                result[row.item.name] = candidates[row.candidate].lines
            }
        }
        return result
    }

    /// Its lines that are nowhere else in the file, without its own name: `return ret;` is in all functions.
    private static func telling(_ item: Item, _ lines: [String], _ counts: [String: Int]) -> Set<Substring> {
        Set(
            lines[item.lines].filter { line in
                counts[line] == 1 && line.contains(where: \.isLetter) && !line.contains(item.name)
            }
            .map { $0.drop(while: \.isWhitespace) }
        )
    }

    private static func counts(_ lines: [String]) -> [String: Int] {
        lines.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    /// The line in front of which it would stand now.
    private func place(behind lines: Range<Int>, _ named: [MergeRegion]) -> Int? {
        guard let above = named.last(where: { $0.ancestor.upperBound <= lines.lowerBound }) else {
            return named.first { $0.ancestor.lowerBound >= lines.upperBound }?.ours.lowerBound
        }
        let start = above.ours.upperBound
        let next = new.items.map(\.lines.lowerBound).filter { $0 >= start }.min() ?? newLines.count
        // What exports a function stands right behind it.
        let blank = newLines[start..<next].firstIndex { $0.allSatisfy(\.isWhitespace) }
        return blank.map { min($0 + 1, next) } ?? start
    }
}

extension Range<Int> {
    fileprivate func contains(_ other: Range<Int>) -> Bool {
        lowerBound <= other.lowerBound && other.upperBound <= upperBound
    }
}
