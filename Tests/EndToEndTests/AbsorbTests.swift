// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import Testing

/// Edits of generated branches go back into the templates; git and `apply` are the judges.
@Suite("absorb") struct AbsorbTests {
    private static let sev = "arch/x86/kvm/svm/sev.c"

    /// Trees, and a copy of a series that absorb may write to.
    private struct Bench {
        let work: TreesLocal
        let series: FilePath
        var world: World { work.world }

        init(_ name: String = "kvm-sev-mirror") async throws {
            work = try await TreesLocal()
            series = work.world["series"]
            let share = try #require(World.share)
            try copyItem(FilePath(share).appending("Templates").appending(name), to: series)
        }

        func absorb(_ arguments: String...) async throws -> Outcome {
            try await world.kpatchGen(
                ["absorb", "b", "--tree", work.path.string, "--series", "./series"] + arguments
            )
        }

        func apply(_ variant: String, at base: String, as branch: String = "b") async throws {
            try await work.apply(variant, of: "./series", at: base, as: branch)
        }

        /// The series' files, by path.
        func files() throws -> [String: String] {
            var result: [String: String] = [:]
            for path in try FileManager.default.subpathsOfDirectory(atPath: series.string) {
                let file = series.appending(path)
                var isFolder: ObjCBool = false
                _ = FileManager.default.fileExists(atPath: file.string, isDirectory: &isFolder)
                if !isFolder.boolValue { result[path] = try read(file) }
            }
            return result
        }

        /// Generates again, and compares with the branch.
        func expectSame(_ variant: String, at base: String, _ note: String = "") async throws {
            try await apply(variant, at: base, as: "again")
            let format = "--format=%T%n%B"
            let made = try await work.git("log", format, "\(base)..again")
            let wanted = try await work.git("log", format, "\(base)..b")
            #expect(made == wanted, "\(note)")
        }
    }

    @Test("a line of a value's fragment goes there, a name stays a name, and nothing else is touched")
    func fragment() async throws {
        let bench = try await Bench()
        let base = try bench.work.tag("5.10")
        try await bench.apply("cap-to", at: base)
        let before = try bench.files()
        // A line of the capability's own, in which a name stands.
        try await bench.work.commit(amending: "b~1") { files in
            try files.edit("arch/x86/kvm/x86.c") { text in
                text.replacingOccurrences(of: "(kvm, cap->args[0]);", with: "(kvm, (int)cap->args[0]);")
            }
        }
        let refused = try await bench.absorb()
        #expect(refused.status == 2 && refused.errors.contains("    cap-from: "), "\(refused)")
        #expect(!refused.errors.contains("enc-op: "), "\(refused)")
        let outcome = try await bench.absorb("--others", "--format", "json")
        try #require(outcome.status == 0, "\(outcome)")
        let result = try outcome.json()
        #expect(result.strings("files").count == 1)
        #expect(result.strings("files").first?.hasPrefix("decisions/") ?? false, "\(outcome)")
        for other in result.objects("others") {
            let isChanged = other.string("variant") == "cap-from"
            #expect(other.strings("changes").isEmpty != isChanged, "\(outcome)")
        }
        let after = try bench.files()
        for (path, text) in before where text != after[path] {
            let old = text.split(separator: "\n", omittingEmptySubsequences: false)
            let new = (after[path] ?? "").split(separator: "\n", omittingEmptySubsequences: false)
            #expect(old.count == new.count && zip(old, new).count { $0 != $1 } == 1, "\(path)")
        }
        try await bench.expectSame("cap-to", at: base)
        #expect(after.values.contains { $0.contains("r = KPATCH_call_hook(kvm, (int)cap->args[0]);") })
        // It counts as generated now.
        let again = try await bench.absorb()
        #expect(again.status == 0 && again.output.contains("nothing was edited"), "\(again)")
    }

    @Test("what other variants have, too, is refused with them named, or listed")
    func others() async throws {
        let bench = try await Bench()
        let base = try bench.work.tag("5.10")
        try await bench.apply("cap-from", at: base)
        let before = try bench.files()
        try await bench.work.commit(amending: "b~1") { files in
            try files.edit("virt/kvm/kvm_main.c") { text in
                text.replacingOccurrences(
                    of: "\treturn file && file->f_op == &kvm_vm_fops;",
                    with: "\treturn file != NULL && file->f_op == &kvm_vm_fops;"
                )
            }
        }
        let refused = try await bench.absorb()
        #expect(refused.status == 2, "\(refused)")
        #expect(refused.errors.contains("enc-op: ") && refused.errors.contains("cap-to: "), "\(refused)")
        #expect(refused.errors.contains("virt/kvm/kvm_main.c:"), "\(refused)")
        #expect(try bench.files() == before)
        let taken = try await bench.absorb("--others")
        #expect(taken.status == 0 && taken.output.contains("enc-op: changed: "), "\(taken)")
        try await bench.expectSame("cap-from", at: base)
    }

    @Test("templates that were edited since, and commits that are more than patches, are refused")
    func refusals() async throws {
        let bench = try await Bench()
        let base = try bench.work.tag("5.10")
        try await bench.apply("cap-to", at: base)
        try await bench.work.commit("Mine") { files in
            try files.edit(Self.sev) {
                $0.replacingOccurrences(of: "GPL-2.0-only\n", with: "GPL-2.0-only\n/* by hand */\n")
            }
        }
        let more = try await bench.absorb()
        #expect(more.status == 3 && more.errors.contains("git rebase -i --autosquash"), "\(more)")
        let file = bench.series.appending("cover.txt")
        try write(try read(file) + "\nMore.\n", to: file)
        let edited = try await bench.absorb()
        #expect(edited.status == 2 && edited.errors.contains("were edited since 'b' was made"), "\(edited)")
    }
}
