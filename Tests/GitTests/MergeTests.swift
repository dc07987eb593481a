// SPDX-License-Identifier: GPL-2.0-only

import Git
import Testing

/// Conflicts as values; what people see of them is judged by `git merge-file`.
@Suite struct MergeTests {
    private let labels = MergeLabels(ancestor: "old generated", ours: "edited", theirs: "new generated")

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func aConflictNamesItsSides() throws {
        let result = try mergeFile(
            ancestor: bytes("a\nb\nc\n"),
            ours: bytes("A\nb\nc\n"),
            theirs: bytes("X\nY\nb\nc\n")
        )
        guard case .conflict(let file) = result else {
            Issue.record("it merges")
            return
        }
        let conflict = LineConflict(ours: bytes("A\n"), ancestor: bytes("a\n"), theirs: bytes("X\nY\n"))
        #expect(file.parts == [.open(conflict), .settled(bytes("b\nc\n"))])
        #expect(file.ours == bytes("A\nb\nc\n"))
        #expect(file.theirs == bytes("X\nY\nb\nc\n"))
        #expect(file.places.map(\.ours) == [0..<1])
        #expect(file.places.map(\.theirs) == [0..<2])
        let marked = file.marked(labels)
        #expect(
            String(decoding: marked, as: UTF8.self)
                == "<<<<<<< edited\nA\n||||||| old generated\na\n=======\nX\nY\n>>>>>>> new generated\nb\nc\n"
        )
        #expect(ConflictedFile.markers(in: marked) == [1, 3, 8])
    }

    /// Lines of a file that look like markers are the file's.
    @Test func markersInTheFileAreLines() throws {
        let old = "<<<<<<< a\n=======\n>>>>>>> b\nTitle\n=======\n<<<<<<<<<<<< c\n"
        let result = try mergeFile(
            ancestor: bytes(old),
            ours: bytes("one\n" + old.replacing("Title", with: "Ours")),
            theirs: bytes(old.replacing("Title", with: "Theirs"))
        )
        guard case .conflict(let file) = result else {
            Issue.record("it merges")
            return
        }
        #expect(file.places.count == 1)
        #expect(file.ours == bytes("one\n" + old.replacing("Title", with: "Ours")))
        #expect(file.theirs == bytes("one\n" + old.replacing("Title", with: "Theirs")))
        // Its own title's underline is none, whatever its length.
        #expect(ConflictedFile.markers(in: bytes("Title\n=======\n")).isEmpty)
    }

    @Test func gitWritesTheSameMarkers() throws {
        let scratch = try Scratch()
        var generator = LinearGenerator(state: 20)
        var conflicts = 0
        for round in 0..<60 {
            let ancestor = (0..<Int.random(in: 1..<30, using: &generator)).map { "line \($0 % 7)" }
            let sides = (0..<2).map { side in edited(ancestor, side, &generator) }
            let texts = [sides[0], ancestor, sides[1]].map { $0.map { "\($0)\n" }.joined() }
            let names = ["edited", "old generated", "new generated"]
            for (name, text) in zip(names, texts) { try scratch.write(name, text) }
            let expected = try scratch.run(
                ["merge-file", "-p", "--diff3"] + names.flatMap { ["-L", $0] } + names,
                at: scratch.repository
            )
            switch try mergeFile(ancestor: bytes(texts[1]), ours: bytes(texts[0]), theirs: bytes(texts[2])) {
            case .clean(let text): #expect(text == expected.bytes, "round \(round)")
            case .conflict(let file):
                conflicts += 1
                #expect(file.marked(labels) == expected.bytes, "round \(round)")
                let marks = ConflictedFile.markers(in: expected.bytes)
                #expect(
                    file.places.map(\.marker) == stride(from: 0, to: marks.count, by: 3).map { marks[$0] - 1 }
                )
            }
        }
        #expect(conflicts > 20)
    }

    private func edited(_ lines: [String], _ side: Int, _ generator: inout LinearGenerator) -> [String] {
        var lines = lines
        for edit in 0..<Int.random(in: 1...3, using: &generator) {
            let index = Int.random(in: 0...lines.count, using: &generator)
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: lines.insert("side \(side) adds \(edit)", at: index)
            case 1 where index < lines.count: lines.remove(at: index)
            default: if index < lines.count { lines[index] = "side \(side) changes \(edit)" }
            }
        }
        return lines
    }

    /// What was open before is open in what is merged on top of it, unless that reaches over it.
    @Test func earlierConflictsStayOpen() throws {
        let first = try mergeFile(
            ancestor: bytes("a\nb\nc\nd\ne\nf\n"),
            ours: bytes("a\nO\nc\nd\ne\nf\n"),
            theirs: bytes("a\nT\nc\nd\ne\nf\n")
        )
        guard case .conflict(let file) = first else {
            Issue.record("it merges")
            return
        }
        let later = try mergeFile(
            ancestor: file.ours,
            ours: file.ours,
            theirs: bytes("new\na\nO\nc\nd\nE\nf\n")
        )
        let reopened = try later.reopening(file.places, of: file.ours)
        guard case .conflict(let both) = reopened else {
            Issue.record("\(String(describing: reopened))")
            return
        }
        #expect(both.theirs == bytes("new\na\nT\nc\nd\nE\nf\n"))
        #expect(both.ours == bytes("new\na\nO\nc\nd\nE\nf\n"))
        let over = try mergeFile(ancestor: file.ours, ours: file.ours, theirs: bytes("a\nX\nY\nd\ne\nf\n"))
        #expect(try over.reopening(file.places, of: file.ours) == nil)
    }
}
