// SPDX-License-Identifier: GPL-2.0-only

import Git
import Testing

@Suite struct RegionTests {
    private func bytes(_ lines: String...) -> [UInt8] { Array(lines.map { $0 + "\n" }.joined().utf8) }

    @Test func changesNameTheirLines() throws {
        let old = bytes("a", "b", "c", "d", "e")
        let new = bytes("a", "x", "c", "d", "y", "z", "e")
        let changes = try lineChanges(from: old, to: new)
        #expect(changes == [LineChange(old: 1..<2, new: 1..<2), LineChange(old: 4..<4, new: 4..<6)])
        #expect(try lineChanges(from: old, to: old).isEmpty)
        #expect(try lineChanges(from: [], to: old) == [LineChange(old: 0..<0, new: 0..<5)])
        #expect(try lineChanges(from: old, to: []) == [LineChange(old: 0..<5, new: 0..<0)])
        // What was added at an end of some lines is not theirs.
        #expect(changes.moved(4..<5) == 6..<7)
        #expect(changes.moved(2..<4) == 2..<4)
        #expect(changes.moved(0..<5) == 0..<7)
        #expect([LineChange(old: 1..<4, new: 1..<2)].moved(2..<5) == nil)
        #expect([LineChange(old: 1..<4, new: 1..<2)].moved(0..<2) == nil)
    }

    /// The lines around a body changed, so that a merge of the whole file conflicts at the body's edge.
    @Test func aRegionIsMergedByItself() throws {
        let ancestor = bytes("before", "one", "two", "after")
        let ours = bytes("other", "lines", "one", "two", "behind")
        let theirs = bytes("before", "ONE", "two", "after")
        guard case .conflict = try mergeFile(ancestor: ancestor, ours: ours, theirs: theirs) else {
            Issue.record("the whole file merges")
            return
        }
        let region = MergeRegion(ancestor: 1..<3, ours: 2..<4)
        #expect(
            try mergeFile(ancestor: ancestor, ours: ours, theirs: theirs, regions: [region])
                == .clean(bytes("other", "lines", "ONE", "two", "behind"))
        )
        // Nothing is guessed: an edit across the edge, one at the edge, and one of what changed on both sides.
        for theirs in [
            bytes("BEFORE", "ONE", "two", "after"), bytes("before", "new", "one", "two", "after"),
        ] {
            guard
                case .conflict = try mergeFile(
                    ancestor: ancestor,
                    ours: ours,
                    theirs: theirs,
                    regions: [region]
                )
            else {
                Issue.record("\(String(decoding: theirs, as: UTF8.self))")
                continue
            }
        }
        let changed = bytes("other", "lines", "eins", "two", "behind")
        let both = try mergeFile(ancestor: ancestor, ours: changed, theirs: theirs, regions: [region])
        // Only the body is in question.
        #expect(
            both
                == .conflict(
                    ConflictedFile([
                        .settled(bytes("other", "lines")),
                        .open(
                            LineConflict(ours: bytes("eins"), ancestor: bytes("one"), theirs: bytes("ONE"))
                        ),
                        .settled(bytes("two", "behind")),
                    ])
                )
        )
    }

    @Test func theRestIsMergedAsAWhole() throws {
        let ancestor = bytes("a", "b", "c", "x", "before", "one", "two", "after", "y", "d", "e")
        let ours = bytes("a", "b", "c", "x", "other", "one", "two", "behind", "y", "d", "e")
        let theirs = bytes("a", "B", "c", "x", "before", "ONE", "two", "after", "y", "d", "e", "f")
        let region = MergeRegion(ancestor: 5..<7, ours: 5..<7)
        #expect(
            try mergeFile(ancestor: ancestor, ours: ours, theirs: theirs, regions: [region])
                == .clean(bytes("a", "B", "c", "x", "other", "ONE", "two", "behind", "y", "d", "e", "f"))
        )
    }
}
