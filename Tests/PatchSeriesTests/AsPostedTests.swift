// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import TestSupport
import Testing

@testable import PatchSeries

/// rfc-v1 is the patch as posted: git, applying the mail, is the judge.
@Suite struct AsPostedTests {
    private static let makefile =
        "VERSION = 5\nPATCHLEVEL = 12\nSUBLEVEL = 0\nEXTRAVERSION = -rc1\nNAME = Test\n"
    /// The base had this file and the patch forgot it (R8); it must stay untouched.
    private static let operations =
        "KVM_X86_OP_NULL(mem_enc_reg_region)\nKVM_X86_OP_NULL(mem_enc_unreg_region)\n"

    private struct Expected {
        let base: Files
        let files: Files
        /// Paths that the mail changes.
        let touched: [String]
        let message: [UInt8]
        let author: Series.Identity
    }

    /// What git makes of the mail.
    private func expected() throws -> Expected {
        let mail = try Fixtures.bytes("rfc-v1.patch")
        var base = try PostedPatch(mail).preImages()
        // The values of the posted patch are placed on the fixed one, which has other places in two files.
        try insert(
            "\t\tr = 1;\n\t\tbreak;\n\tdefault:\n",
            behind: "\tcase KVM_CAP_XEN_HVM:\n",
            "arch/x86/kvm/x86.c"
        )
        base["virt/kvm/kvm_main.c"]? += Array("\nstatic struct file_operations kvm_vm_fops = {\n};\n".utf8)
        // Hunks don't show every blank line.
        try insert("\n", behind: "\tif (!sev_guest(kvm)) {\n\t}\n", "arch/x86/kvm/svm/sev.c")
        func insert(_ text: String, behind line: String, _ path: String) throws {
            let bytes = try #require(base[path])
            let range = try #require(bytes.firstRange(of: Array(line.utf8)))
            base[path]?.insert(contentsOf: text.utf8, at: range.upperBound)
        }
        base["Makefile"] = Array(Self.makefile.utf8)
        base["arch/x86/include/asm/kvm-x86-ops.h"] = Array(Self.operations.utf8)

        let scratch = try Scratch()
        try scratch.write(base)
        try scratch.run(["git", "init", "--quiet"])
        try scratch.run(["git", "add", "--all"])
        try scratch.run(["git", "commit", "--quiet", "--message", "base"])
        try scratch.run(["git", "am", "--quiet", Fixtures.folder.appendingPathComponent("rfc-v1.patch").path])

        let touched = try scratch.run(["git", "diff", "--name-only", "HEAD^", "HEAD"])
        let author = String(
            decoding: try scratch.run(["git", "log", "-1", "--format=%an%n%ae%n%at"]),
            as: UTF8.self
        ).split(separator: "\n")
        try #require(author.count == 3)
        let commit = try scratch.run(["git", "cat-file", "commit", "HEAD"])
        let headerEnd = try #require(commit.firstRange(of: Array("\n\n".utf8)))
        return Expected(
            base: base,
            files: try contents(of: scratch.url).filter { !$0.key.hasPrefix(".git/") },
            touched: String(decoding: touched, as: UTF8.self).split(separator: "\n").map(String.init),
            message: Array(commit[headerEnd.upperBound...]),
            author: .init(
                name: String(author[0]),
                email: String(author[1]),
                date: try #require(Int64(author[2]))
            )
        )
    }

    @Test func isThePatchAsPosted() throws {
        let expected = try expected()
        // Or the mail lost a file, and there would be nothing to compare.
        #expect(expected.touched.count == 9)

        let series = try MirrorSeries.read()
        let selection = try Selection(variant: "rfc-v1", settings: [], of: series)
        let rendered = try series.render(selection) { expected.base[$0] }

        #expect(rendered.patches.count == 1)
        let patch = try #require(rendered.patches.first)
        #expect(patch.files.map(\.path).sorted() == expected.touched.sorted())
        for file in patch.files {
            let wanted = try #require(expected.files[file.path])
            // As text first, so that a failure shows the lines.
            #expect(
                String(decoding: file.bytes, as: UTF8.self) == String(decoding: wanted, as: UTF8.self),
                "\(file.path)"
            )
            #expect(file.bytes == wanted, "\(file.path)")
            #expect(!file.isNew)
        }
        #expect(patch.message == expected.message)
        #expect(patch.author == expected.author)
    }

    @Test func factsAreReadFromTheBase() throws {
        let expected = try expected()
        let series = try MirrorSeries.read()
        let facts = try FactSet(series) { expected.base[$0] }

        func answer(_ name: String) throws -> FactAnswer {
            try #require(facts.answers.first { $0.fact == name })
        }
        #expect(facts.release.number == "5.12-rc1")
        #expect(try answer("capability-number").value == .number(194))
        #expect(try answer("capability-number").text == "#define KVM_CAP_X86_BUS_LOCK_EXIT 193")
        #expect(try answer("capability-section").value == .number(23))
        #expect(try answer("static-calls").value == .truth(true))
        #expect(try answer("capability-number").isPinned == false)
    }
}
