// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import Testing

@Suite("rebase") struct RebaseTests {
    @Test("a branch as generated is what apply makes on the new base; nothing else is touched")
    func clean() async throws {
        let work = try await RebaseWorld()
        let old = try await work.git("rev-parse", "b")
        let before = try Snapshot(work.linux)

        let outcome = try await work.rebase("--onto", "next")

        expectSuccess(outcome)
        #expect(outcome.lines.filter { $0.contains(" clean ") }.count == 3, "\(outcome)")
        #expect(outcome.output.contains("renumbered: command-id 21 -> 22 (include/uapi/linux/kvm.h:"))
        // enc-op takes no capability.
        #expect(!outcome.output.contains("capability-number"))
        #expect(outcome.output.contains("it was at \(old)"))
        let allowed = [
            ".git/objects", ".git/refs/heads/b", ".git/refs/kpatch-gen", ".git/refs/notes", ".git/logs",
            ".git/kpatch-gen",
        ]
        #expect(
            try Snapshot(work.linux).changes(since: before).filter { path in
                !allowed.contains { path == $0 || path.hasPrefix($0 + "/") }
            } == []
        )
        #expect(try await work.isSound())
        #expect(try await work.git("rev-parse", "b~3") == work.git("rev-parse", "next"))
        #expect(try await work.git("rev-parse", "refs/kpatch-gen/b") == work.git("rev-parse", "b"))
        expectSuccess(
            try await work.world.kpatchGen(
                "apply",
                "--variant",
                "enc-op",
                "--tree",
                work.linux.string,
                "--base",
                "next",
                "--branch",
                "c"
            )
        )
        #expect(try await work.git("rev-parse", "b^{tree}") == work.git("rev-parse", "c^{tree}"))
        #expect(try await work.git("notes", "--ref", "kpatch-gen", "show", "b").contains("variant: enc-op"))

        let tip = try await work.git("rev-parse", "b")
        let again = try await work.rebase("--onto", "next", "b")
        expectSuccess(again)
        #expect(again.output.contains("unchanged, it holds this already"))
        #expect(try await work.git("rev-parse", "b") == tip)
    }

    @Test("a fixed bug, a renamed variable, a moved function, an edited message, own commits")
    func handEdits() async throws {
        let work = try await RebaseWorld()
        try await work.onBranch {
            // On top, by somebody else.
            try write("by a person\n", to: work.linux.appending("Documentation/virt/kvm/mine.rst"))
            try await work.git("add", "-f", "Documentation/virt/kvm/mine.rst")
            try await work.git(
                "commit",
                "-q",
                "-m",
                "Document mine",
                "--author",
                "Some Body <some@example.org>",
                "--date",
                "1690000000 +0300"
            )
        }
        try await work.amend(3, RebaseWorld.sev) { text in
            text.replacingOccurrences(
                of: "\t\tret = -ENOTTY;\n\t\tgoto e_unlock;",
                with: "\t\tret = -ENODEV;\n\t\tgoto e_unlock;"
            )
        }
        try await work.amend(2, RebaseWorld.sev) { text in
            let renamed = text.replacingOccurrences(of: "mirror_kvm_sev", with: "mirror_sev")
            guard let start = renamed.range(of: "static int sev_share_asid("),
                let end = renamed.range(of: "\n}\n\n", range: start.lowerBound..<renamed.endIndex),
                let place = renamed.range(of: "/*\n * The VM at the lower address first")
            else { return text }
            let function = renamed[start.lowerBound..<end.upperBound]
            return renamed[..<place.lowerBound]
                + "static int sev_copy_asid(struct kvm *kvm, unsigned int source_kvm_fd);\n\n"
                + function + renamed[place.lowerBound..<start.lowerBound] + renamed[end.upperBound...]
        }
        try await work.onBranch {
            try await work.git(
                "-c",
                "sequence.editor=sed -i 2s/pick/reword/",
                "-c",
                "core.editor=sed -i '$a\\\\nTested-by: Some Body <some@example.org>'",
                "rebase",
                "-q",
                "-i",
                "main"
            )
        }
        let edits = try await work.changes("b~2")
        #expect(try await work.git("log", "-1", "--format=%b", "b~2").contains("Tested-by: Some Body"))

        let outcome = try await work.rebase("--onto", "next")

        expectSuccess(outcome)
        #expect(outcome.lines.filter { $0.contains(" changed ") }.count == 2, "\(outcome)")
        #expect(outcome.lines.filter { $0.contains(" clean ") }.count == 1, "\(outcome)")
        #expect(outcome.output.contains("\(RebaseWorld.sev), message)"), "\(outcome)")
        let text = try await work.file(RebaseWorld.sev)
        #expect(text.contains("\t\tret = -ENODEV;\n"))
        #expect(text.contains("mirror_sev") && !text.contains("mirror_kvm_sev"))
        let moved = try #require(text.range(of: "static int sev_share_asid("))
        let other = try #require(text.range(of: "static int sev_lock_two_vms("))
        #expect(moved.lowerBound < other.lowerBound)
        #expect(text.contains("int drift;"))
        let number = { (line: Substring) in !line.contains("KVM_SEV_SHARE_ASID = ") }
        #expect(try await work.changes("b~2").filter(number) == edits.filter(number))
        #expect(try await work.git("log", "-1", "--format=%b", "b~2").contains("Tested-by: Some Body"))
        #expect(
            try await work.git("log", "-1", "--format=%an %ad %s", "--date=raw", "b")
                == "Some Body 1690000000 +0300 Document mine"
        )
        #expect(try await work.isSound())
        // Back again: what a person did is still the same.
        expectSuccess(try await work.rebase("--onto", "main"))
        #expect(try await work.changes("b~2") == edits)
    }

    @Test("a person's commit between generated ones; patches dropped, squashed and in another order")
    func otherShapes() async throws {
        let work = try await RebaseWorld()
        try await work.onBranch {
            // 1, mine, 2, and not 3.
            try await work.git("reset", "-q", "--hard", "b~2")
            try work.edit("Makefile") { $0 + "# mine\n" }
            try await work.git("commit", "-qam", "Mine")
            try await work.git("cherry-pick", "refs/kpatch-gen/b~1")
        }
        let dropped = try await work.rebase("--onto", "next")
        expectSuccess(dropped)
        #expect(dropped.lines.contains { $0.contains(" dropped ") && $0.contains("selftests") }, "\(dropped)")
        let subjects = try await work.subjects("next..b")
        #expect(subjects.count == 3 && subjects[1] == "Mine", "\(subjects)")
        #expect(try await work.file("Makefile").hasSuffix("# mine\n"))
        #expect(try await work.git("diff", "--name-only", "next", "b").contains("selftests") == false)

        // What was dropped stays dropped; the other two in one commit, with mine first.
        try await work.onBranch {
            let mine = try await work.git("rev-parse", "b~1")
            let tree = try await work.git("rev-parse", "b^{tree}")
            try await work.git("reset", "-q", "--hard", "next")
            try await work.git("cherry-pick", mine)
            try await work.git("read-tree", "-u", "-m", "HEAD", tree)
            try await work.git("commit", "-qm", "Both in one")
        }
        let squashed = try await work.rebase("--onto", "main")
        expectSuccess(squashed)
        #expect(try await work.subjects("main..b") == ["Mine", "Both in one"])
        #expect(squashed.output.contains("with 000"), "\(squashed)")
        #expect(squashed.lines.filter { $0.contains(" dropped ") }.count == 1, "\(squashed)")
        expectSuccess(
            try await work.world.kpatchGen(
                "apply",
                "--variant",
                "enc-op",
                "--tree",
                work.linux.string,
                "--branch",
                "c"
            )
        )
        #expect(try await work.git("diff", "--name-only", "c~1", "b") == "Makefile")
    }

    @Test("to other values and another variant, with hand edits kept")
    func otherSelection() async throws {
        let work = try await RebaseWorld(variant: "cap-from")
        try await work.onBranch {
            try work.edit("arch/x86/kvm/x86.c") { text in
                text.replacingOccurrences(
                    of: "case KVM_CAP_VM_COPY_ENC_CONTEXT_FROM:\n\t\tr = ",
                    with: "case KVM_CAP_VM_COPY_ENC_CONTEXT_FROM: /* by hand */\n\t\tr = "
                )
            }
            try await work.git("commit", "-qam", "A remark")
        }
        let outcome = try await work.rebase("--variant", "cap-from", "--set", "errno=enotty")
        expectSuccess(outcome)
        #expect(outcome.output.contains("decided anew: errno "), "\(outcome)")
        #expect(try await work.file("arch/x86/kvm/x86.c").contains("FROM: /* by hand */"))
        // The next one starts from that.
        let again = try await work.rebase("--onto", "next")
        expectSuccess(again)
        #expect(!again.output.contains("decided anew"), "\(again)")
        #expect(
            try await work.git("notes", "--ref", "kpatch-gen", "show", "refs/kpatch-gen/b").contains(
                "set: errno=enotty"
            )
        )
        expectSuccess(try await work.rebase("--set", "errno=einval", "--dry-run"))
        expectRefusal(
            try await work.rebase("--set", "errno=none"),
            2,
            "'none' is not a value of option errno"
        )
        expectRefusal(try await work.rebase("--variant", "none"), 2, "no variant 'none'")
    }

    @Test("newer templates")
    func nextRevision() async throws {
        let work = try await RebaseWorld()
        let share = work.world["share"]
        let original = try #require(World.share)
        try makeFolder(share)
        let copy = try await work.world.shell(
            "cp -a \"$1/Templates\" \"$1/kernel-config\" \"$2\"",
            original,
            share.string
        )
        try #require(copy.status == 0, "\(copy)")
        let template = share.appending("Templates/kvm-sev-mirror/0004-share-sev-context/\(RebaseWorld.sev)")
        try write(
            try read(template).replacingOccurrences(
                of: "static int sev_lock_two_vms(",
                with: "static int sev_lock_vms("
            )
            .replacingOccurrences(of: "sev_lock_two_vms(kvm, ", with: "sev_lock_vms(kvm, "),
            to: template
        )
        try await work.amend(1, RebaseWorld.sev) { text in
            text.replacingOccurrences(of: "\tif (params.flags ||", with: "\tif (params.flags != 0 ||")
        }
        let outcome = try await work.world.kpatchGen(
            "rebase",
            "--tree",
            work.linux.string,
            environment: ["KPATCH_SHARE": share.string]
        )
        expectSuccess(outcome)
        let text = try await work.file(RebaseWorld.sev)
        #expect(text.contains("sev_lock_vms(struct") && !text.contains("sev_lock_two_vms"))
        #expect(text.contains("params.flags != 0"))
        #expect(try await work.git("rev-parse", "b~3") == work.git("rev-parse", "main"))
    }

    @Test("a base without common history, and a bare repository")
    func unrelated() async throws {
        let work = try await RebaseWorld()
        let orphan = try await work.git("commit-tree", "-m", "Orphan", "next^{tree}")
        try await work.amend(1, RebaseWorld.sev) { text in
            text.replacingOccurrences(of: "\tif (params.flags ||", with: "\tif (params.flags != 0 ||")
        }
        try await work.git("tag", "v5.11.1", orphan)
        try await work.git("clone", "-q", "--mirror", work.linux.string, work.world["bare.git"].string)
        let outcome = try await work.world.kpatchGen(
            "rebase",
            "--tree",
            work.world["bare.git"].string,
            "--onto",
            "5.11"
        )
        expectSuccess(outcome)
        let bare = work.world["bare.git"]
        #expect(try await work.world.git("rev-parse", "b~3", in: bare) == orphan)
        #expect(
            try await work.world.git("show", "b:\(RebaseWorld.sev)", in: bare).contains("params.flags != 0")
        )
    }

    @Test("JSON, range-diff, and a dry run that writes nothing")
    func reports() async throws {
        let work = try await RebaseWorld()
        try await work.amend(1, RebaseWorld.sev) { text in
            text.replacingOccurrences(of: "\tif (params.flags ||", with: "\tif (params.flags != 0 ||")
        }
        let dry = try await unchanged(work.linux) {
            try await work.rebase("--onto", "next", "--dry-run", "--format", "json")
        }
        expectSuccess(dry)
        #expect(try dry.json().string("outcome") == "dry-run")
        let outcome = try await work.rebase("--onto", "next", "--range-diff", "--format", "json")
        expectSuccess(outcome)
        let json = try outcome.json()
        #expect(json.string("outcome") == "rebased" && json.string("branch") == "b")
        let patches = json.objects("patches")
        #expect(patches.map { $0.string("result") } == ["clean", "changed", "clean"])
        #expect(patches[1].strings("carried") == [RebaseWorld.sev])
        #expect(patches[1].string("new") == (try await work.git("rev-parse", "b~1")))
        #expect(json.objects("renumbered").first?.int("new") == 22)
        #expect(json.string("rangeDiff")?.contains("KVM_SEV_SHARE_ASID = 22") == true)
        expectRefusal(try await work.rebase("--dry-run", "--range-diff"), 2, "--range-diff")
    }
}
