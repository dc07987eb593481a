// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Git
import Testing

@Suite struct DiffTests {
    @Test func changesAreListedByPath() throws {
        let scratch = try Scratch()
        for path in ["same", "folder/same", "modified", "deleted", "mode", "type", "becomes-folder"] {
            try scratch.write(path, path)
        }
        let old = try scratch.commit()
        try scratch.write("modified", "x")
        try scratch.write("mode", "mode", executable: true)
        for path in ["deleted", "type", "becomes-folder"] {
            try FileManager.default.removeItem(atPath: scratch.repository + "/" + path)
        }
        try scratch.write("becomes-folder/a", "a")
        try FileManager.default.createSymbolicLink(
            atPath: scratch.repository + "/type",
            withDestinationPath: "same"
        )
        try scratch.write("added", "y")
        let new = try scratch.commit()
        let repository = try Repository.open(at: scratch.repository)
        let trees = (try repository.commit(old).tree, try repository.commit(new).tree)
        let changes = try repository.diff(from: trees.0, to: trees.1)
        #expect(
            changes.map { "\($0.kind.rawValue) \($0.path)" } == [
                "added added", "deleted becomes-folder", "added becomes-folder/a", "deleted deleted",
                "modified mode",
                "modified modified", "typeChanged type",
            ]
        )
        #expect(changes[4].old?.mode == .regular && changes[4].new?.mode == .executable)
        #expect(changes[5].new?.id == (try ObjectID.ofBlob([UInt8(ascii: "x")])))
        #expect(try repository.diff(from: trees.0, to: trees.0).isEmpty)
        #expect(try repository.diff(from: nil, to: trees.0).count == 7)
        #expect(try repository.diff(from: trees.0, to: nil).allSatisfy { $0.kind == .deleted })
        let text = try repository.diffText(from: trees.0, to: trees.1)
        #expect(
            text
                == (try scratch.git(
                    "diff",
                    "--no-renames",
                    "--abbrev=12",
                    "--binary",
                    old.description,
                    new.description
                ).bytes)
        )
    }

    /// Random edits of random C, the same in every run.
    @Test(arguments: 1...4)
    func textEqualsGits(seed: UInt64) throws {
        var random = LinearGenerator(state: seed)
        let lines = [
            "int f(void)", "{", "}", "\treturn 0;", "out:", "struct x {", "", "\tif (a)", "#define X", "ü ü",
            "::y z  ",
            "  lbl: // c", "case_x: /* y */",
            "static const char a_very_long_declaration_of_something[] = \"程序程序程序程序程序程序\";",
        ]
        let scratch = try Scratch()
        try Data("*.c diff=cpp\n".utf8).write(
            to: URL(fileURLWithPath: scratch.repository + "/.git/info/attributes")
        )
        var files = (0..<40).map { _ in
            (0..<Int.random(in: 0...120, using: &random)).map { _ in lines.randomElement(using: &random) ?? ""
            }
        }
        func writeAll() throws {
            for (index, file) in files.enumerated() {
                let end = Int.random(in: 0...3, using: &random) == 0 || file.isEmpty ? "" : "\n"
                try scratch.write(
                    "\(index).\(index % 2 == 0 ? "c" : "rst")",
                    file.joined(separator: "\n") + end
                )
            }
        }
        try writeAll()
        let old = try scratch.commit()
        for index in files.indices {
            for _ in 0..<Int.random(in: 0...5, using: &random) {
                let place = Int.random(in: 0...files[index].count, using: &random)
                let end = min(files[index].count, place + Int.random(in: 0...6, using: &random))
                let count = Int.random(in: 0...4, using: &random)
                files[index].replaceSubrange(
                    place..<end,
                    with: (0..<count).map { _ in lines.randomElement(using: &random) ?? "" }
                )
            }
        }
        try writeAll()
        let new = try scratch.commit()
        let repository = try Repository.open(at: scratch.repository)
        let text = try repository.diffText(
            from: try repository.commit(old).tree,
            to: try repository.commit(new).tree
        )
        let expected = try scratch.git(
            "diff",
            "--no-renames",
            "--abbrev=12",
            old.description,
            new.description
        )
        #expect(expected.bytes.count > 5000)
        #expect(firstDifference(String(decoding: text, as: UTF8.self), expected.text) == nil)
    }

    @Test func merges() throws {
        let ancestor = Array("a\nb\nc\nd\ne\nf\ng\n".utf8)
        let ours = Array("A\nb\nc\nd\ne\nf\ng\n".utf8)
        let theirs = Array("a\nb\nc\nd\ne\nf\nG\n".utf8)
        #expect(
            try mergeFile(ancestor: ancestor, ours: ours, theirs: theirs)
                == .clean(Array("A\nb\nc\nd\ne\nf\nG\n".utf8))
        )
        #expect(try mergeFile(ancestor: [], ours: [], theirs: ours) == .clean(ours))
    }
}

/// Numerical Recipes' generator: random enough, and the same everywhere.
struct LinearGenerator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 33)
    }
}
