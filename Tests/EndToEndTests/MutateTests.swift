// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import TestSupport
import Testing

/// What `mutate` says before it builds anything; the mutants themselves are judged by real kernels (`make mutations`).
@Suite("mutants of what a patch adds") struct MutateTests {
    @Test("are listed, in added lines of C alone")
    func list() async throws {
        let world = try World()
        let tree = try KernelTree("5.10")
        let linux = try await world.clone(tree)
        let selection = ["--variant", "enc-op", "--tree", linux.string, "--base", tree.tag]
        let outcome = try await world.kpatchGen(["mutate", "--dry-run", "--kind", "wait"] + selection)
        expectSuccess(outcome)
        #expect(outcome.lines.last == "2 mutants, 0 counted, 0 caught, 0 missed", "\(outcome)")
        #expect(outcome.output.contains("+\tif ((mutex_lock(&a->lock), 0))"), "\(outcome)")
        let all = try await world.kpatchGen(["mutate", "--dry-run", "--format", "json"] + selection)
        expectSuccess(all)
        let json = try all.json()
        let files = Set(json.objects("mutants").compactMap { $0.string("file") })
        #expect(
            files.contains("arch/x86/kvm/svm/sev.c") && !files.contains { $0.hasPrefix("tools/") },
            "\(files)"
        )
        // Nothing that stood there before: git is the judge.
        expectSuccess(try await world.kpatchGen(["apply"] + selection))
        let diff = try await world.git("diff", "-U0", "\(tree.tag)..kpatch/enc-op", "--", "*.c", in: linux)
        let added = Set(diff.split(separator: "\n").filter { $0.hasPrefix("+") }.map { $0.dropFirst() })
        // A value that is taken early is so at a lock, which may be an old one; what is planted may be anywhere.
        for mutant in json.objects("mutants") where !["early", "planted"].contains(mutant.string("kind")) {
            for line in mutant.strings("diff") where line.hasPrefix("-") && line.count > 1 {
                #expect(added.contains(line.dropFirst()), "\(line)")
            }
        }
    }

    @Test("beyond another variant are those that it doesn't have as well")
    func beyond() async throws {
        let world = try World()
        let tree = try KernelTree("5.10")
        let linux = try await world.clone(tree)
        let plain = ["--variant", "enc-op", "--tree", linux.string, "--base", tree.tag]
        let set = plain + ["--set", "mirror-regions=allow"]
        let listed = try await world.kpatchGen(
            ["mutate", "--dry-run", "--beyond", "enc-op", "--format", "json"] + set
        )
        expectSuccess(listed)
        let mutants = try listed.json().objects("mutants")
        #expect(!mutants.isEmpty)
        // git is the judge of what the setting brings.
        expectSuccess(try await world.kpatchGen(["apply", "--branch", "plain"] + plain))
        expectSuccess(try await world.kpatchGen(["apply", "--branch", "set"] + set))
        let diff = try await world.git("diff", "-U0", "plain..set", "--", "*.c", in: linux)
        let brought = Set(diff.split(separator: "\n").filter { $0.hasPrefix("+") }.map { $0.dropFirst() })
        for mutant in mutants where !["early", "planted"].contains(mutant.string("kind")) {
            let lines = mutant.strings("diff").filter { $0.hasPrefix("-") }.map { $0.dropFirst() }
            #expect(lines.contains { brought.contains($0) }, "\(lines)")
        }
        let none = try await world.kpatchGen(["mutate", "--dry-run", "--beyond", "enc-op"] + plain)
        expectSuccess(none)
        #expect(none.lines.last == "0 mutants, 0 counted, 0 caught, 0 missed", "\(none)")
        expectRefusal(
            try await world.kpatchGen(["mutate", "--dry-run", "--beyond", "enc-on"] + plain),
            2,
            "enc-on"
        )
    }

    @Test("that the series spells out may change old lines, and must be there")
    func planted() async throws {
        let world = try World()
        let tree = try KernelTree("5.10")
        let linux = try await world.clone(tree)
        let share = try #require(World.share, "KPATCH_SHARE is not set: set it to the project's folder")
        try copyItem(FilePath("\(share)/Templates/kvm-sev-mirror"), to: world["kvm-sev-mirror"])
        let arguments = [
            "mutate", "--dry-run", "--kind", "planted", "--series", "./kvm-sev-mirror", "--variant", "enc-op",
            "--tree",
            linux.string, "--base", tree.tag,
        ]
        func plant(_ function: String, _ was: String) throws {
            try write(
                "planted:\n  - function: \(function)\n    lines: [{was: \"\(was)\", becomes: \";\"}]\n",
                to: world["kvm-sev-mirror/tests/mutants.yml"]
            )
        }
        try plant("svm_register_enc_region", "kfree(region);")
        let outcome = try await world.kpatchGen(arguments)
        expectSuccess(outcome)
        #expect(
            outcome.lines.contains("  -\tkfree(region);") && outcome.lines.contains("  +\t;"),
            "\(outcome)"
        )
        try plant("svm_register_enc_region", "kfree(regions);")
        expectRefusal(
            try await world.kpatchGen(arguments),
            2,
            "tests/mutants.yml:2: 'kfree(regions);' is no line of svm_register_enc_region()"
        )
        try plant("svm_forget", "x")
        expectRefusal(
            try await world.kpatchGen(arguments),
            2,
            "tests/mutants.yml:2: no C file that the patch changes defines svm_forget()"
        )
    }

    @Test("of an unknown kind, of none, or argued about wrongly, are the user's fault")
    func refusals() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let arguments = ["mutate", "--tree", linux.string, "--dry-run"]
        expectRefusal(
            try await world.kpatchGen(arguments + ["--variant", "enc-op", "--kind", "typo"]),
            2,
            "typo"
        )
        expectRefusal(
            try await world.kpatchGen(arguments + ["--variant", "enc-op", "--every", "0"]),
            2,
            "--every is at least 1"
        )
        let share = try #require(World.share, "KPATCH_SHARE is not set: set it to the project's folder")
        try copyItem(FilePath("\(share)/Tests/Series/kvm-vm-seal"), to: world["mine"])
        try write(
            "equivalent:\n  - {function: f, kind: typo, was: x, because: y}\n",
            to: world["mine/tests/mutants.yml"]
        )
        expectRefusal(
            try await world.kpatchGen(arguments + ["--variant", "full", "--series", "./mine"]),
            2,
            "mine/tests/mutants.yml:2: 'typo' is no kind of mutant"
        )
    }
}
