// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import SystemPackage
import Testing

/// Trees that the patch does not fit: refused with what was found instead, and nothing written.
@Suite("trees that don't fit") struct MisfitTests {
    private static let sev = "arch/x86/kvm/svm/sev.c"

    private func refused(_ world: World, _ linux: FilePath, _ variant: String = "cap-from") async throws
        -> Outcome
    {
        try await unchanged(linux) {
            let mail = try await world.kpatchGen("render", "--variant", variant, "--tree", linux.string)
            #expect(mail.status == 3, "\(mail)")
            return try await world.kpatchGen("apply", "--variant", variant, "--tree", linux.string)
        }
    }

    /// The line of a file that holds the text.
    private func line(_ text: String, _ path: String, _ linux: FilePath) throws -> Int {
        let lines = try read(linux.appending(path)).split(separator: "\n", omittingEmptySubsequences: false)
        guard let index = lines.firstIndex(where: { $0.contains(text) }) else {
            throw SetupError("no '\(text)' in \(path)")
        }
        return index + 1
    }

    @Test("a file is missing")
    func missingFile() async throws {
        let world = try World()
        let linux = try await world.kernel()
        try await world.git("rm", "-q", Self.sev, in: linux)
        try await world.git("commit", "-qm", "x", in: linux)
        expectRefusal(
            try await refused(world, linux),
            3,
            "\(Self.sev) is not in this tree",
            "0004-share-sev-context/\(Self.sev)"
        )
    }

    @Test("a file that only facts are read from is missing")
    func missingMakefile() async throws {
        let world = try World()
        let linux = try await world.kernel()
        try await world.git("rm", "-q", "Makefile", in: linux)
        try await world.git("commit", "-qm", "x", in: linux)
        let outcome = try await refused(world, linux)
        expectRefusal(outcome, 3, "Makefile: not a kernel tree")
        #expect(!outcome.errors.contains("anchors"), "\(outcome)")
    }

    @Test("a function was renamed: the nearest names are listed with their lines")
    func renamed() async throws {
        let world = try World()
        let linux = try await world.kernel()
        try await world.change(Self.sev, in: linux) {
            $0.replacingOccurrences(of: "svm_register_enc_region(", with: "svm_register_encrypted_region(")
        }
        let place = try line("int svm_register_encrypted_region(", Self.sev, linux)
        let outcome = try await refused(world, linux)
        expectRefusal(
            outcome,
            3,
            "svm_register_enc_region: not found in \(Self.sev)",
            "candidates:",
            "\(Self.sev):\(place): ",
            "svm_register_encrypted_region"
        )
        // Where in the template the anchor is.
        #expect(
            outcome.errors.contains(#/0001-register-lock\/arch\/x86\/kvm\/svm\/sev\.c:\d+: /#),
            "\(outcome)"
        )
    }

    @Test("a function was removed")
    func removed() async throws {
        let world = try World()
        let linux = try await world.kernel()
        try await world.change(Self.sev, in: linux) { text in
            guard let start = text.range(of: "void sev_vm_destroy(struct kvm *kvm)"),
                let end = text.range(of: "\n}\n", range: start.upperBound..<text.endIndex)
            else { return text }
            return text.replacingCharacters(in: start.lowerBound..<end.upperBound, with: "")
        }
        expectRefusal(try await refused(world, linux), 3, "function sev_vm_destroy: not found in \(Self.sev)")
    }

    @Test("functions went to another file: that one is named")
    func moved() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let other = "arch/x86/kvm/svm/regions.c"
        try await world.git("mv", Self.sev, other, in: linux)
        try write("#include \"svm.h\"\n", to: linux.appending(Self.sev))
        try await world.git("add", "-A", in: linux)
        try await world.git("commit", "-qm", "x", in: linux)
        let place = try line("int svm_register_enc_region(", other, linux)
        expectRefusal(
            try await refused(world, linux),
            3,
            "svm_register_enc_region: not found in \(Self.sev)",
            "svm_register_enc_region isn't in \(Self.sev), but in \(other):\(place)"
        )
    }

    @Test("a function is there twice: both places are listed")
    func duplicated() async throws {
        let world = try World()
        let linux = try await world.kernel()
        try await world.change(Self.sev, in: linux) {
            $0
                + "\nint svm_unregister_enc_region(struct kvm *kvm,\n\t\t\t      struct kvm_enc_region *range)\n{\n\treturn 0;\n}\n"
        }
        let lines = try read(linux.appending(Self.sev)).split(
            separator: "\n",
            omittingEmptySubsequences: false
        )
        let places = lines.indices.filter { lines[$0].hasPrefix("int svm_unregister_enc_region(") }.map {
            $0 + 1
        }
        try #require(places.count == 2)
        let outcome = try await refused(world, linux)
        expectRefusal(
            outcome,
            3,
            "function svm_unregister_enc_region: found 2 times in \(Self.sev)",
            "\(Self.sev):\(places[0]): ",
            "\(Self.sev):\(places[1]): "
        )
    }

    @Test("everything that doesn't fit is reported at once, over all files and patches")
    func allAtOnce() async throws {
        let world = try World()
        let linux = try await world.kernel()
        try await world.change(Self.sev, in: linux) {
            $0.replacingOccurrences(of: "svm_register_enc_region(", with: "svm_reg_enc(")
                .replacingOccurrences(of: "svm_mem_enc_op(", with: "svm_mem_op(")
        }
        try await world.change("arch/x86/kvm/svm/svm.c", in: linux) {
            $0.replacingOccurrences(of: "\t.mem_enc_unreg_region =", with: "\t.mem_unreg =")
        }
        try await world.change("Documentation/virt/kvm/api.rst", in: linux) {
            $0.replacingOccurrences(of: "8. Other capabilities.", with: "8. Others.")
        }
        try await world.git("rm", "-q", "include/linux/kvm_host.h", in: linux)
        try await world.git("commit", "-qm", "x", in: linux)
        expectRefusal(
            try await refused(world, linux),
            3,
            "0001-register-lock",
            "svm_register_enc_region",
            "svm_mem_enc_op",
            ".mem_enc_unreg_region",
            "8. Other capabilities.",
            "include/linux/kvm_host.h is not in this tree"
        )
    }

    @Test("the tree has the patch already")
    func appliedAlready() async throws {
        let world = try World()
        let linux = try await world.kernel()
        expectSuccess(
            try await world.kpatchGen(
                "apply",
                "--variant",
                "cap-from",
                "--tree",
                linux.string,
                "--branch",
                "b"
            )
        )
        try await world.git("checkout", "-q", "b", in: linux)
        expectRefusal(
            try await refused(world, linux),
            3,
            "include/uapi/linux/kvm.h:\(try line("define KVM_CAP_VM_COPY_ENC_CONTEXT_FROM", "include/uapi/linux/kvm.h", linux)): ",
            "\(Self.sev):\(try line("int svm_vm_copy_asid_from(", Self.sev, linux)): ",
            "of the series already",
            "--base"
        )
    }

    @Test("the tree has a part of the patch, which would still be placed: a member, or the number")
    func appliedInPart() async throws {
        let world = try World()
        let linux = try await world.kernel()
        let header = "arch/x86/kvm/svm/svm.h"
        try await world.change(header, in: linux) {
            $0.replacingOccurrences(
                of: "\tstruct list_head regions_list;",
                with: "\tstruct kvm *enc_context_owner;\n\tstruct list_head regions_list;"
            )
        }
        let place = try line("enc_context_owner", header, linux)
        expectRefusal(
            try await refused(world, linux),
            3,
            "\(header):\(place): struct kvm *enc_context_owner;",
            "0004-share-sev-context/\(header):",
            "has this of the series already",
            "git log"
        )
        try await world.git("reset", "-q", "--hard", "HEAD^", in: linux)
        let uapi = "include/uapi/linux/kvm.h"
        try await world.change(uapi, in: linux) {
            $0.replacingOccurrences(
                of: "#define KVM_CAP_ENFORCE_PV_FEATURE_CPUID 190",
                with:
                    "#define KVM_CAP_ENFORCE_PV_FEATURE_CPUID 190\n#define KVM_CAP_VM_COPY_ENC_CONTEXT_FROM 191"
            )
        }
        // Not upstream's: that has another number.
        expectRefusal(
            try await refused(world, linux),
            3,
            "\(uapi):\(try line("KVM_CAP_VM_COPY_ENC_CONTEXT_FROM", uapi, linux)): ",
            "of the series already"
        )
    }

    @Test("a tree from before svm.c was split up: the oldest that fits is named")
    func tooOld() async throws {
        let world = try World()
        let linux = try await world.kernel()
        try await world.git("rm", "-rq", "arch/x86/kvm/svm", in: linux)
        try await world.change("Makefile", in: linux) {
            $0.replacingOccurrences(of: "PATCHLEVEL = 10\n", with: "PATCHLEVEL = 4\n")
        }
        let words = [
            "too old for kvm-sev-mirror", "it has no \(Self.sev)", "the oldest that takes it is 5.10",
        ]
        let outcome = try await refused(world, linux)
        expectRefusal(outcome, 3, words[0], words[1], words[2])
        #expect(!outcome.errors.contains("fix the anchors"), "\(outcome)")
        let drift = try await world.kpatchGen(
            "drift",
            "--tree",
            linux.string,
            "--from",
            "HEAD^",
            "--to",
            "HEAD"
        )
        expectRefusal(drift, 3, words[0], words[1], words[2])
        let facts = try await world.kpatchGen("facts", "--tree", linux.string)
        expectSuccess(facts)
        #expect(facts.errors.contains(words[2]), "\(facts)")
    }
}
