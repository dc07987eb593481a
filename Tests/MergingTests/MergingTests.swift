// SPDX-License-Identifier: GPL-2.0-only

import Merging
import Testing

/// Three versions of a small file in, the fourth out. What is expected is written by hand.
@Suite struct MergingTests {
    private func merge(_ old: String, _ patched: String, onto new: [String: String]) -> TreeMerge {
        merge("kernel/a.c", old, patched, onto: new)
    }

    private func merge(
        _ path: String,
        _ old: String,
        _ patched: String,
        onto new: [String: String]
    ) -> TreeMerge {
        TreeMerge.merge(
            [PatchedFile(path: path, old: Array(old.utf8), patched: Array(patched.utf8))],
            file: { new[$0].map { Array($0.utf8) } },
            relatives: { path in
                new.keys.sorted().filter { $0.hasSuffix("/b.c") || TreeMerge.mayHold($0, of: path) }
            }
        )
    }

    private func text(_ merge: TreeMerge, _ path: String = "kernel/a.c") -> String? {
        guard case .some(.some(let bytes)) = merge.files[path] else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func function(_ name: String, _ body: String...) -> String {
        "static int \(name)(struct kvm *kvm)\n{\n" + body.map { "\t\($0)\n" }.joined() + "\treturn 0;\n}\n\n"
    }

    @Test func aLineGoesBetweenItsNeighbours() {
        let merged = merge(
            function("first", "lock_all(kvm);", "unlock_all(kvm);"),
            function("first", "lock_all(kvm);", "count_vcpus(kvm);", "unlock_all(kvm);"),
            onto: [
                "kernel/a.c": function("other", "go_on(kvm);")
                    + function("first", "lock_all(kvm);", "unlock_all(kvm);")
            ]
        )
        #expect(merged.conflicts.isEmpty)
        #expect(
            text(merged)
                == function("other", "go_on(kvm);")
                + function("first", "lock_all(kvm);", "count_vcpus(kvm);", "unlock_all(kvm);")
        )
    }

    @Test func aNeighbourMayHaveBeenChanged() {
        let merged = merge(
            function("first", "lock_all(kvm);", "release_memory(kvm, 1);"),
            function("first", "lock_all(kvm);", "count_vcpus(kvm);", "release_memory(kvm, 1);"),
            onto: ["kernel/a.c": function("first", "lock_all(kvm);", "release_memory(kvm, true);")]
        )
        #expect(merged.conflicts.isEmpty)
        #expect(
            text(merged)
                == function("first", "lock_all(kvm);", "count_vcpus(kvm);", "release_memory(kvm, true);")
        )
        #expect(merged.notes.first?.reasons == [.neighbourChanged])
    }

    @Test func aChangeFollowsItsFunctionAndNotItsLines() {
        // Two functions with the same lines, in the other order now.
        let (one, two) = (
            function("one", "lock_all(kvm);", "go(kvm);"), function("two", "lock_all(kvm);", "go(kvm);")
        )
        let merged = merge(
            one + two,
            one + function("two", "lock_all(kvm);", "check(kvm);", "go(kvm);"),
            onto: ["kernel/a.c": two + one]
        )
        let fitting = function("two", "lock_all(kvm);", "check(kvm);", "go(kvm);") + one
        #expect(merged.conflicts.isEmpty)
        #expect(text(merged) == fitting)
    }

    @Test func aLineIsNeverPutIntoAnotherFunction() {
        let body = ["lock_all(kvm);", "go_on(kvm, 1);", "unlock_all(kvm);"]
        let old = function("gone", body[0], body[1], body[2])
        let merged = merge(
            old,
            function("gone", body[0], "count_vcpus(kvm);", body[1], body[2]),
            onto: [
                "kernel/a.c": function("stranger", "other_things(kvm);")
                    + function("kept", body[0], body[1], body[2])
                    + function("gone", "nothing_alike();")
            ]
        )
        #expect(merged.conflicts.count == 1)
        #expect(merged.files.isEmpty)
    }

    @Test func aFunctionIsFollowedIntoAnotherFile() {
        let moved = function("check_version", "compare_all(kvm);", "warn_once(kvm);")
        // More than half of the file is somewhere else, or it would be the file that was moved.
        let rest = function(
            "stay",
            "a_thing(kvm);",
            "b_thing(kvm);",
            "c_thing(kvm);",
            "d_thing(kvm);",
            "e_thing(kvm);"
        )
        let merged = merge(
            "kernel/module.c",
            rest + moved,
            rest + function("check_version", "compare_all(kvm);", "warn(kvm);"),
            onto: ["kernel/module/version.c": "#include <linux/module.h>\n\n" + moved]
        )
        #expect(merged.conflicts.isEmpty)
        #expect(
            text(merged, "kernel/module/version.c")
                == "#include <linux/module.h>\n\n"
                + function("check_version", "compare_all(kvm);", "warn(kvm);")
        )
        #expect(merged.notes.contains { $0.reasons.contains(.otherFile("kernel/module/version.c")) })
    }

    @Test func aFileIsFollowedToItsNewFolder() {
        let old = function("first", "lock_all(kvm);")
        let patched = function("first", "lock_all(kvm);", "check(kvm);")
        let merged = merge("arch/b.c", old, patched, onto: ["arch/x86/b.c": "/* moved */\n" + old])
        #expect(merged.conflicts.isEmpty)
        #expect(text(merged, "arch/x86/b.c") == "/* moved */\n" + patched)
        #expect(merged.origins == ["arch/x86/b.c": "arch/b.c"])
    }

    @Test func whatIsThereIsRecognised() {
        let patched = function("first", "lock_all(kvm);", "check(kvm);")
        let merged = merge(
            function("first", "lock_all(kvm);"),
            patched,
            onto: ["kernel/a.c": function("new", "go(kvm);") + patched]
        )
        #expect(merged.conflicts.isEmpty)
        #expect(merged.files.isEmpty)
        #expect(merged.notes.first?.reasons == [.alreadyThere])
    }

    @Test func bothMayChangeOtherWordsOfALine() {
        let merged = merge(
            "\nstatic void go(void)\n{\n\tsetup_all(first, second, third);\n}\n",
            "\nstatic void go(void)\n{\n\tsetup_all(first, second, other);\n}\n",
            onto: ["kernel/a.c": "\nstatic void go(void)\n{\n\tsetup_everything(first, second, third);\n}\n"]
        )
        #expect(merged.conflicts.isEmpty)
        #expect(text(merged) == "\nstatic void go(void)\n{\n\tsetup_everything(first, second, other);\n}\n")
    }

    @Test func theSameWordChangedTwiceIsAConflictWithBothSides() {
        let merged = merge(
            "\nstatic void go(void)\n{\n\tsetup_all(first, second);\n}\n",
            "\nstatic void go(void)\n{\n\tsetup_all(first, third);\n}\n",
            onto: ["kernel/a.c": "\nstatic void go(void)\n{\n\tsetup_all(first, fourth);\n}\n"]
        )
        let conflict = merged.conflicts.first
        #expect(conflict?.reason == "both changed the same words")
        #expect(conflict?.unit == "go")
        #expect(conflict.map { String(decoding: $0.ours, as: UTF8.self) } == "\tsetup_all(first, fourth);\n")
        #expect(conflict.map { String(decoding: $0.theirs, as: UTF8.self) } == "\tsetup_all(first, third);\n")
    }

    @Test func anExportGoesBehindItsDefinition() {
        let (one, two) = (function("one", "lock_all(kvm);"), function("two", "lock_all(kvm);"))
        let merged = merge(
            one + two,
            one + "EXPORT_SYMBOL_GPL(one);\n" + two,
            onto: ["kernel/a.c": one + function("between", "go_on(kvm);") + two]
        )
        #expect(merged.conflicts.isEmpty)
        let expected =
            one.dropLast() + "EXPORT_SYMBOL_GPL(one);\n\n" + function("between", "go_on(kvm);") + two
        #expect(text(merged) == String(expected))
    }

    @Test func aListStaysSorted() {
        let list = ["ARCH_A", "ARCH_C", "ARCH_E", "ARCH_F", "ARCH_G", "ARCH_H", "ARCH_I", "ARCH_J", "ARCH_K"]
        func kconfig(_ names: [String]) -> String {
            "config X86\n" + names.map { "\tselect \($0)\n" }.joined() + "\thelp\n"
        }
        let merged = merge(
            "arch/Kconfig",
            kconfig(list),
            kconfig(["ARCH_A", "ARCH_B"] + list.dropFirst()),
            onto: ["arch/Kconfig": kconfig(["ARCH_A", "ARCH_AB", "ARCH_BA"] + list.dropFirst())]
        )
        #expect(merged.conflicts.isEmpty)
        #expect(
            text(merged, "arch/Kconfig")
                == kconfig(["ARCH_A", "ARCH_AB", "ARCH_B", "ARCH_BA"] + list.dropFirst())
        )
    }

    @Test func anEntryIsDeletedWithWhatWasPutToIt() {
        let (a, c) = (
            "config ALPHA\n\tbool \"Alpha support\"\n\n", "config GAMMA\n\tbool \"Gamma support\"\n"
        )
        let b =
            "config BETA\n\tbool \"Beta support\"\n\tdepends on NET\n\thelp\n\t  Support for the beta board.\n\n"
        let grown = b.replacing(
            "\tdepends on NET\n",
            with: "\tdepends on NET && PCI\n\tdepends on HAS_IOPORT\n"
        )
        let merged = merge("net/Kconfig", a + b + c, a + c, onto: ["net/Kconfig": a + grown + c])
        #expect(merged.conflicts.isEmpty)
        #expect(text(merged, "net/Kconfig") == a + c)
    }

    @Test func aFileThatIsGoneIsSaidAndARestIsCarried() {
        let old = function("first", "lock_all(kvm);")
        let patched = function("first", "lock_all(kvm);", "check(kvm);")
        let merged = TreeMerge.merge(
            [
                PatchedFile(path: "arch/ia64/a.c", old: Array(old.utf8), patched: Array(patched.utf8)),
                PatchedFile(path: "arch/x86/a.c", old: Array(old.utf8), patched: Array(patched.utf8)),
            ],
            file: { $0 == "arch/x86/a.c" ? Array(old.utf8) : nil },
            relatives: { _ in [] }
        )
        #expect(merged.conflicts.isEmpty)
        #expect(merged.files.count == 1)
        #expect(merged.notes.contains { $0.path == "arch/ia64/a.c" && $0.reasons == [.fileGone] })
    }

    @Test func aPatchOfWhichNothingIsLeftIsRefused() {
        let old = function("first", "lock_all(kvm);")
        let merged = merge(old, function("first", "lock_all(kvm);", "check(kvm);"), onto: [:])
        #expect(merged.conflicts.count == 1)
        #expect(merged.files.isEmpty)
    }

    @Test func aNameThatIsGoneAndAnotherNumberOfArgumentsAreWarnings() {
        let helper = "static int take(struct kvm *kvm, int count)\n{\n\treturn count;\n}\n\n"
        let wider = helper.replacing("int count)", with: "int count, bool all)")
        let uses = function("other", "old_counter(kvm);")
        let merged = merge(
            helper + uses + function("first", "lock_all(kvm);", "unlock_all(kvm);"),
            helper + uses
                + function(
                    "first",
                    "lock_all(kvm);",
                    "take(kvm, 1);",
                    "old_counter(kvm);",
                    "unlock_all(kvm);"
                ),
            onto: ["kernel/a.c": wider + function("first", "lock_all(kvm);", "unlock_all(kvm);")]
        )
        #expect(merged.conflicts.isEmpty)
        #expect(
            merged.warnings.map(\.text) == [
                "calls 'take' with 2 arguments, which takes 3 now",
                "uses 'old_counter', which kernel/a.c no longer has",
            ]
        )
    }

    /// Hostile text: long runs of equal lines, no newline at the end, bytes that are no text.
    @Test func oddFilesTakeNoTimeAndAreKept() {
        let blank = String(repeating: "\n", count: 20_000)
        let merged = merge(
            "kernel/a.c",
            blank + "int a;",
            blank + "\nint a;",
            onto: ["kernel/a.c": "int b;\n" + blank + "int a;"]
        )
        #expect(merged.conflicts.isEmpty)
        #expect(text(merged) == "int b;\n" + blank + "\nint a;")
        let same = merge("kernel/a.c", "a\r\nb", "a\r\nc", onto: ["kernel/a.c": "a\r\nb"])
        #expect(text(same) == "a\r\nc")
    }
}
