// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import Testing

@testable import CSource

@Suite struct MutantTests {
    /// C that a compiler takes alone.
    private static let code = """
        #define EINVAL 22
        #define EINTR 4
        #define EPERM 1
        #define ENOTTY 25
        #define list_for_each(pos, head) for (pos = head; pos; pos = pos->next)
        struct lock { int held; };
        struct vm { struct lock lock; struct vm *next; int users, asid; _Bool active; };
        enum { false, true };
        int mutex_lock_killable(struct lock *lock);
        void mutex_lock(struct lock *lock);
        void mutex_unlock(struct lock *lock);
        void put(struct vm *vm, int how);

        static int untouched(struct vm *vm)
        {
        	put(vm, 0);
        	return vm->users == 1 ? -EINVAL : 0;
        }

        int share(struct vm *vm, struct vm *other, int flags)
        {
        	int ret = -EINVAL;
        	struct vm *pos;

        	if (vm == other || (flags && other->users < 2))
        		return ret;

        	if (mutex_lock_killable(&vm->lock))
        		return -EINTR;

        	ret = untouched(vm);
        	if (other->active)
        		goto out;

        	list_for_each(pos, vm) {
        		pos->users++;
        	}
        	do {
        		put(vm,
        		    flags << 1);
        	} while (flags-- > 1);
        	vm->asid = other->asid;
        	vm->active = true;
        	ret = 0;

        out:
        	mutex_unlock(&vm->lock);
        	return ret;
        }

        """

    private static func lines(_ text: String) -> [Substring] {
        text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// Those of `share` alone, each as its kind, and what is replaced by what.
    private static func mutants() throws -> (ParsedSource, [CodeMutant]) {
        let source = try ParsedSource(Array(code.utf8), language: .c)
        let lines = Self.lines(code)
        let first = try #require(lines.firstIndex { $0.hasPrefix("int share") })
        return (source, source.mutants(of: [first..<lines.count]))
    }

    @Test("are these") func list() throws {
        let (source, mutants) = try Self.mutants()
        let found = mutants.map { mutant in
            let words = { (text: String) in
                text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            }
            let old = words(source.text.string(mutant.edit.range))
            return
                "\(mutant.kind.rawValue): \(old) -> \(words(String(decoding: mutant.edit.replacement, as: UTF8.self)))"
        }
        let expected = """
            errno: EINVAL -> ENOTTY
            swap: if (vm == other || (flags && other->users < 2)) return ret; if (mutex_lock_killable(&vm->lock)) return -EINTR; -> if (mutex_lock_killable(&vm->lock)) return -EINTR; if (vm == other || (flags && other->users < 2)) return ret;
            operand: vm == other -> 0
            always: vm == other || (flags && other->users < 2) -> 1
            never: vm == other || (flags && other->users < 2) -> 0
            operator: == -> !=
            operator: || -> &&
            operand: (flags && other->users < 2) -> 0
            operand: flags -> 1
            operator: && -> ||
            operand: other->users < 2 -> 1
            operator: < -> <=
            result: ret -> ((void)(ret), 0)
            early: if (mutex_lock_killable(&vm->lock)) return -EINTR; ret = untouched(vm) -> __auto_type kpatch_early = (untouched(vm)); if (mutex_lock_killable(&vm->lock)) return -EINTR; ret = kpatch_early
            swap: if (mutex_lock_killable(&vm->lock)) return -EINTR; ret = untouched(vm); -> ret = untouched(vm); if (mutex_lock_killable(&vm->lock)) return -EINTR;
            """
        #expect(Array(found.prefix(15)) == Self.lines(expected).map(String.init))
        for rest in [
            "drop: pos->users++; -> ;", "drop: put(vm, flags << 1); -> ;", "operator: > -> >=",
            "always: mutex_lock_killable(&vm->lock) -> 1", "never: mutex_lock_killable(&vm->lock) -> 0",
            "wait: mutex_lock_killable(&vm->lock) -> (mutex_lock(&vm->lock), 0)", "errno: EINTR -> EPERM",
            "drop: goto out; -> ;", "result: ret -> ((void)(ret), 0)",
            "early: if (mutex_lock_killable(&vm->lock)) return -EINTR; ret = untouched(vm); if (other->active -> __auto_type kpatch_early = !!(other->active); if (mutex_lock_killable(&vm->lock)) return -EINTR; ret = untouched(vm); if (kpatch_early",
            "drop: vm->asid = other->asid; -> ;", "constant: true -> false",
            "drop: mutex_unlock(&vm->lock); -> ;",
        ] {
            #expect(found.contains(rest), "\(rest)")
        }
        // No statement moves over a label; no return is dropped; `<<` and `->` are no comparisons.
        #expect(!found.contains { $0.hasPrefix("drop: return") })
        #expect(
            !found.contains { $0.hasPrefix("swap: ret = 0;") || $0.contains("<<=") || $0.contains("->=") }
        )
        #expect(Set(mutants.map(\.function)) == ["share"])
    }

    @Test("keep the other lines, and their numbers") func lines() throws {
        let (source, mutants) = try Self.mutants()
        let old = Self.lines(Self.code)
        for mutant in mutants {
            let new = Self.lines(String(decoding: try source.text.applying([mutant.edit]), as: UTF8.self))
            try #require(new.count == old.count, "\(mutant)")
            let last = source.text.line(at: mutant.edit.range.upperBound - 1)
            let first = source.text.line(at: mutant.edit.range.lowerBound)
            #expect(old[mutant.line - 1] != new[mutant.line - 1])
            for index in old.indices where !(first...last ~= index + 1) {
                #expect(old[index] == new[index])
            }
        }
    }

    /// The compiler has the last word on what is C.
    @Test("are C") func compile() throws {
        let (source, mutants) = try Self.mutants()
        let folder = FileManager.default.temporaryDirectory.appending(path: "mutants.\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (index, mutant) in mutants.enumerated() {
            try Data(try source.text.applying([mutant.edit])).write(to: folder.appending(path: "\(index).c"))
        }
        let gcc = Process()
        gcc.executableURL = URL(filePath: "/usr/bin/env")
        gcc.arguments =
            ["gcc", "-std=gnu11", "-fsyntax-only", "-w"] + mutants.indices.map { "\($0).c" }
        gcc.currentDirectoryURL = folder
        try gcc.run()
        gcc.waitUntilExit()
        #expect(gcc.terminationStatus == 0)
    }

    @Test("of nothing, of other languages: none") func none() throws {
        let source = try ParsedSource(Array(Self.code.utf8), language: .c)
        #expect(source.mutants(of: []).isEmpty)
        #expect(source.mutants(of: [0..<13]).isEmpty)
        let text = try ParsedSource(Array(Self.code.utf8), language: .plain)
        #expect(text.mutants(of: [0..<100]).isEmpty)
    }

    @Test("one that is written down has its lines in the function it names, each once") func planted() throws
    {
        let source = try ParsedSource(Array(Self.code.utf8), language: .c)
        let mutant = try #require(
            try source.mutant(
                in: "share",
                [
                    LineReplacement(was: "goto out;", becomes: "return ret;"),
                    LineReplacement(was: "mutex_unlock(&vm->lock);", becomes: ""),
                ]
            )
        )
        #expect(mutant.kind == .planted && mutant.function == "share")
        let mutated = try source.text.applying([mutant.edit])
        let expected = Self.code.replacing("\t\tgoto out;\n", with: "\t\treturn ret;\n")
            .replacing("\tmutex_unlock(&vm->lock);\n", with: "\n")
        #expect(String(decoding: mutated, as: UTF8.self) == expected)
        #expect(try source.mutant(in: "elsewhere", [LineReplacement(was: "x", becomes: "y")]) == nil)
        // A prototype is no function.
        #expect(try source.mutant(in: "put", [LineReplacement(was: "x", becomes: "y")]) == nil)
        for (line, message) in [
            ("return ret;", "'return ret;' is 2 lines of share()"),
            ("put(vm, 0);", "'put(vm, 0);' is no line of share()"),
        ] {
            let error = #expect(throws: PlantingError.self) {
                try source.mutant(in: "share", [LineReplacement(was: line, becomes: ";")])
            }
            #expect(error?.description == message)
        }
    }
}
