// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import SystemPackage
import TestSupport
import Testing

/// Whatever line of a function is edited on a generated branch, rebase puts it into that function or shows it there.
///
/// ctags says where functions are, git what changed. `KPATCH_SEED=n` replays the run whose seed a failure names;
/// `KPATCH_EDITS=n` makes a longer one.
@Suite("rebase of random edits") struct RebaseRandomTests {
    private static let files = [
        "arch/x86/kvm/svm/sev.c", "arch/x86/kvm/svm/svm.c", "arch/x86/kvm/x86.c", "virt/kvm/kvm_main.c",
    ]

    /// A line of a function, from 0, and what a person makes of it; nothing is taken away of what is only added.
    private typealias Edit = (function: String, own: Range<Int>, line: Int, old: [String], new: [String])

    @Test("each is in its function, or shown there, or the function is said to be gone")
    func edits() async throws {
        let environment = ProcessInfo.processInfo.environment
        let seed = environment["KPATCH_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0..<1_000_000_000)
        let count = environment["KPATCH_EDITS"].flatMap { Int($0) } ?? 4
        var generator = SeededGenerator(seed: seed)
        let work = try await TreesLocal()
        var ends: [Int32: Int] = [:]
        for number in 1...count {
            let variant = number.isMultiple(of: 2) ? "enc-op" : "cap-to"
            let onto = try work.tag(try #require(["6.1", "7.3"].randomElement(using: &generator)))
            try await work.apply(variant, at: try work.tag("5.10"))
            try await work.apply(variant, at: onto, as: "c")
            let path = try #require(Self.files.randomElement(using: &generator))
            let lines = try await work.git("show", "b:\(path)").lines.map(String.init)
            let edit = try self.edit(try await functions(work, "b:\(path)"), lines, &generator)
            let name = "KPATCH_SEED=\(seed), edit \(number): \(variant) onto \(onto), \(path): \(edit)"
            try await work.commit("Mine") { files in
                try files.edit(path) { text in
                    var lines = text.lines.map(String.init)
                    lines.replaceSubrange(edit.line..<edit.line + edit.old.count, with: edit.new)
                    return lines.joined(separator: "\n")
                }
            }
            let outcome = try await work.run("rebase", "--onto", onto, "--format", "json", "b")
            let there = try await functions(work, "c:\(path)")[edit.function] ?? []
            ends[outcome.status, default: 0] += 1
            if outcome.status == 0 {
                let diff = try await work.git("diff", "--no-renames", "--no-ext-diff", "-U0", "c", "b").lines
                try expectEdit(edit, diff, there, name)
            } else {
                let before = try await work.git("show", "c:\(path)").lines
                try expectConflict(edit, before, there, outcome, name)
                expectSuccess(try await work.run("rebase", "--abort", "b"))
            }
        }
        print("rebase: KPATCH_SEED=\(seed): \(ends[0] ?? 0) of \(count) clean, the others conflicts")
    }

    private func edit(
        _ all: [String: [Range<Int>]],
        _ lines: [String],
        _ generator: inout SeededGenerator
    ) throws -> Edit {
        while true {
            let row = try #require(all.sorted { $0.key < $1.key }.randomElement(using: &generator))
            guard row.value.count == 1, let own = row.value.first,
                let brace = lines[own].firstIndex(of: "{"), brace + 2 < own.upperBound - 1
            else { continue }
            let line = Int.random(in: brace + 1..<own.upperBound - 1, using: &generator)
            let old = lines[line]
            let kind = Int.random(in: 0..<3, using: &generator)
            if kind == 0, old.hasSuffix(";") {
                return (row.key, own, line + 1, [], ["\tmine();"])
            } else if kind == 1, old.contains(where: \.isLetter) {
                return (row.key, own, line, [old], [])
            } else if kind == 2, let digit = old.firstIndex(where: \.isNumber) {
                return (row.key, own, line, [old], [old[..<digit] + "4711" + old[digit...].dropFirst()])
            }
        }
    }

    /// The edit and nothing else, in its function.
    private func expectEdit(_ edit: Edit, _ diff: [Substring], _ there: [Range<Int>], _ name: String) throws {
        // What the edit comes to may be there already.
        guard diff != [""] else { return }
        let hunks = diff.filter { $0.hasPrefix("@@ ") }
        try #require(hunks.count == 1 && diff.count { $0.hasPrefix("+++ ") } == 1, "\(name): \(diff)")
        let changed = diff.drop { !$0.hasPrefix("@@ ") }.dropFirst()
        #expect(changed.map(String.init) == edit.old.map { "-\($0)" } + edit.new.map { "+\($0)" }, "\(name)")
        // @@ -LINE[,COUNT] +…: with a count of 0 the lines come behind that one.
        let numbers = hunks[0].split(separator: " ")[1].dropFirst().split(separator: ",")
        let line = try #require(numbers.first.flatMap { Int($0) }) - 1
        #expect(there.contains { $0.contains(line) }, "\(name): in line \(line + 1)")
    }

    /// The line by hand is in the function, and so are the markers, unless the new file has none of that name.
    private func expectConflict(
        _ edit: Edit,
        _ before: [Substring],
        _ there: [Range<Int>],
        _ outcome: Outcome,
        _ name: String
    ) throws {
        try #require(outcome.status == 3, "\(name): \(outcome)")
        let conflicts = try outcome.json().objects("conflicts")
        let conflict = try #require(conflicts.count == 1 ? conflicts.first : nil, "\(name): \(outcome)")
        let line = try #require(conflict.object("edited").int("line"))
        #expect(edit.own.contains(line - 1), "\(name): \(outcome)")
        let place = try #require(conflict.object("generated").int("line"))
        let marked = try read(FilePath(try #require(conflict.string("file")))).lines
        let markers = marked.indices.filter { marked[$0].hasPrefix("<<<<<<< ") }.map { $0 + 1 }
        #expect(markers == [conflict.int("line")], "\(name): \(outcome)")
        #expect(marked.prefix(place - 1) == before.prefix(place - 1), "\(name): \(outcome)")
        if there.isEmpty {
            #expect(conflict.string("reason") != "both changed these lines", "\(name): \(outcome)")
        } else {
            #expect(there.contains { $0.contains(place - 1) }, "\(name): \(outcome)")
        }
    }

    /// The lines of each function, from 0, as ctags has them.
    private func functions(_ work: TreesLocal, _ file: String) async throws -> [String: [Range<Int>]] {
        let copy = work.world["tmp/ctags.c"]
        try write(try await work.git("show", file) + "\n", to: copy)
        let script = "ctags --quiet=yes --options=NONE --languages=C --kinds-C=f --fields=+ne -f - \"$1\""
        let outcome = try await work.world.shell(script, copy.string)
        guard outcome.status == 0 else { throw SetupError("\(outcome)") }
        var result: [String: [Range<Int>]] = [:]
        for row in outcome.lines {
            let fields = row.split(separator: "\t")
            let numbers = ["line:", "end:"].map { key in
                fields.first { $0.hasPrefix(key) }.flatMap { Int($0.dropFirst(key.count)) }
            }
            guard let name = fields.first, let first = numbers[0], let last = numbers[1] else { continue }
            result[String(name), default: []].append(first - 1..<last)
        }
        return result
    }
}
