// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import SystemPackage
import Testing

/// Hand edits that go from tree to tree of those at hand, as different as five years make them.
@Suite("rebase from tree to tree")
struct RebaseTreesTests {
    private static let model = "drivers/crypto/ccp/sev-soft.c"
    private static let svm = "arch/x86/kvm/svm/svm.c"
    private static let sev = "arch/x86/kvm/svm/sev.c"

    @Test("a fixed bug, a renamed variable, a moved function, and commits of one's own, over all five trees")
    func allTrees() async throws {
        let work = try await TreesLocal()
        try await work.apply("default", of: "software-psp", at: work.tag("5.10"))
        let generated = try await work.git("rev-parse", "b")
        try await work.commit(amending: "b~1") { files in
            try files.edit(Self.model) { text in
                let renamed = text.replacingOccurrences(of: "softpsp_nr_asids", with: "softpsp_asid_count")
                guard let start = renamed.range(of: "static u64 softpsp_hash_init(void)"),
                    let end = renamed.range(of: "\n}\n\n", range: start.lowerBound..<renamed.endIndex),
                    let place = renamed.range(of: "static struct softpsp_guest *softpsp_find(")
                else { return text }
                let parts = [
                    renamed[..<start.lowerBound], renamed[end.upperBound..<place.lowerBound],
                    renamed[start.lowerBound..<end.upperBound], renamed[place.lowerBound...],
                ]
                return parts.joined()
            }
        }
        try await work.commit(amending: "b") { files in
            try files.edit(Self.svm) { text in
                text.replacingOccurrences(
                    of: "\t\tmsr_info->data = MSR_AMD64_SEV_ENABLED;\n",
                    with: "\t\tmsr_info->data = MSR_AMD64_SEV_ENABLED | BIT(1);\n"
                )
            }
        }
        try await work.commit("Mine") { files in
            try files.edit(Self.sev) { text in
                text.replacingOccurrences(of: "GPL-2.0-only\n", with: "GPL-2.0-only\n/* by hand */\n")
            }
            try files.write("arch/x86/kvm/svm/mine.h", "/* by hand */\n")
        }
        for (index, name) in ["6.1", "6.12", "7.2", "7.3", "5.10"].enumerated() {
            let tag = try work.tag(name)
            let outcome = try await work.run("rebase", "--onto", tag, "b")
            expectSuccess(outcome)
            #expect(outcome.lines.filter { $0.contains(" changed ") }.count == 2, "\(index): \(outcome)")
            #expect(try await work.git("rev-parse", "b~3") == work.git("rev-parse", "\(tag)^{commit}"))
            let model = try await work.git("show", "b:\(Self.model)")
            #expect(model.contains("softpsp_asid_count") && !model.contains("softpsp_nr_asids"))
            let moved = try #require(model.range(of: "static u64 softpsp_hash_init(void)"))
            let other = try #require(model.range(of: "static void *softpsp_memory("))
            #expect(other.lowerBound < moved.lowerBound)
            #expect(model.components(separatedBy: "softpsp_hash_init(void)").count == 2)
            let svm = try await work.git("show", "b:\(Self.svm)")
            let fixed = try #require(svm.range(of: "MSR_AMD64_SEV_ENABLED | BIT(1);"))
            let function = try #require(svm.range(of: "svm_get_msr(struct kvm_vcpu"))
            #expect(function.lowerBound < fixed.lowerBound)
            #expect(try await work.git("show", "b:\(Self.sev)").contains("GPL-2.0-only\n/* by hand */\n"))
            #expect(try await work.git("show", "b:arch/x86/kvm/svm/mine.h") == "/* by hand */")
            // What was generated is what apply generates there.
            let record = try await work.git("rev-parse", "refs/kpatch-gen/b^{tree}")
            try await work.apply("default", of: "software-psp", at: tag, as: "c")
            #expect(try await work.git("rev-parse", "c^{tree}") == record)
        }
        // There and back again.
        #expect(
            try await work.git("rev-parse", "refs/kpatch-gen/b^{tree}")
                == work.git("rev-parse", "\(generated)^{tree}")
        )
    }

    /// A generated function, and what a person makes of it.
    struct Rework: CustomTestStringConvertible, Sendable {
        let variant: String
        /// The head of the function that is moved in front of another one.
        let head: String
        let bug: String
        let fix: String
        let oldName: String
        let newName: String

        var testDescription: String { variant }
    }

    private static let reworks = [
        Rework(
            variant: "enc-op",
            head: "static int sev_share_asid(struct kvm *kvm, struct kvm_sev_cmd *argp)",
            bug: "sizeof(params.pad0)))\n\t\treturn -EINVAL;\n",
            fix: "sizeof(params.pad0)))\n\t\treturn -E2BIG;\n",
            oldName: "params",
            newName: "wanted"
        ),
        Rework(
            variant: "cap-to",
            head: "int sev_vm_copy_enc_context_to(struct kvm *kvm, unsigned int mirror_fd)",
            bug: "if (mirror_kvm->mm != current->mm ||",
            fix: "if (mirror_kvm->mm != kvm->mm ||",
            oldName: "mirror_kvm",
            newName: "target_kvm"
        ),
    ]

    @Test(
        "a fixed bug, a renamed variable and a moved function of the series survive three rebases",
        arguments: reworks
    )
    func reworkedSeries(_ rework: Rework) async throws {
        let work = try await TreesLocal()
        let first = try work.tag("6.12")
        try await work.apply(rework.variant, at: first)
        func body(_ text: String) throws -> Range<String.Index> {
            let start = try #require(text.range(of: "\n\(rework.head)\n{"))
            let end = try #require(text.range(of: "\n}\n", range: start.upperBound..<text.endIndex))
            return text.index(after: start.lowerBound)..<end.upperBound
        }
        let place = "static bool is_cmd_allowed_from_mirror(u32 cmd_id)"
        try await work.commit(amending: "b~1") { files in
            try files.edit(Self.sev) { text in
                guard let range = try? body(text), let other = text.range(of: place) else { return text }
                let mended = text[range].replacingOccurrences(of: rework.bug, with: rework.fix)
                    .replacingOccurrences(of: rework.oldName, with: rework.newName)
                // With the blank line behind it.
                let rest = text[range.upperBound...].dropFirst()
                return text[..<other.lowerBound] + mended + "\n" + text[other.lowerBound..<range.lowerBound]
                    + rest
            }
        }
        let wanted = try await work.git("show", "b:\(Self.sev)")
        let mended = String(wanted[try body(wanted)])
        #expect(mended.contains(rework.newName) && !mended.contains(rework.oldName))
        #expect(mended.contains(rework.fix.replacingOccurrences(of: rework.oldName, with: rework.newName)))
        for name in ["7.2", "7.3", "6.12"] {
            let tag = try work.tag(name)
            let outcome = try await work.run("rebase", "--onto", tag, "b")
            expectSuccess(outcome)
            #expect(outcome.lines.count { $0.contains(" changed ") } == 1, "\(outcome)")
            let text = try await work.git("show", "b:\(Self.sev)")
            let range = try body(text)
            #expect(String(text[range]) == mended, "\(tag)")
            #expect(text[range.upperBound...].hasPrefix("\n\(place)"), "\(tag)")
            #expect(text.components(separatedBy: "\n\(rework.head)\n{").count == 2, "\(tag)")
        }
        // There and back: what a person made of it, to the byte.
        #expect(try await work.git("show", "b:\(Self.sev)") == wanted)
    }

    @Test("what the new base has already: said, and the branch is as it was")
    func merged() async throws {
        let work = try await TreesLocal()
        try await work.apply("cap-from", at: work.tag("5.10"))
        let tip = try await work.git("rev-parse", "b")
        let outcome = try await work.run("rebase", "--onto", try work.tag("6.1"), "b")
        #expect(outcome.status == 3, "\(outcome)")
        #expect(outcome.errors.contains("upstream since v5.13"), "\(outcome)")
        #expect(outcome.errors.contains("already merged"), "\(outcome)")
        #expect(try await work.git("rev-parse", "b") == tip)
    }

    @Test("a header of which a part is elsewhere on the new base: each edit goes where its lines are")
    func dividedHeader() async throws {
        let work = try await TreesLocal()
        let common = "include/uapi/linux/kvm.h"
        try await work.apply("enc-op", at: work.tag("6.1"))
        let edits = [
            (common, "#define KVM_CAP_VM_MOVE_ENC_CONTEXT_FROM 206\n", "#define KVM_CAP_MINE 999\n"),
            ("arch/x86/include/uapi/asm/kvm.h", "struct kvm_sev_share_asid {\n", "\t__u32 mine;\n"),
        ]
        for (path, above, mine) in edits {
            try await work.commit("Mine") { files in
                try files.edit(common) { $0.replacingOccurrences(of: above, with: above + mine) }
            }
            expectSuccess(try await work.run("rebase", "--onto", try work.tag("6.12"), "b"))
            #expect(try await work.git("show", "--format=", "--name-only", "b") == path)
            #expect(try await work.git("show", "b:\(path)").contains(above + mine))
            try await work.apply("enc-op", at: work.tag("6.1"))
        }
    }

    @Test("an edit of kernel text never lands in another function")
    func otherFunction() async throws {
        let work = try await TreesLocal()
        try await work.apply("default", of: "software-psp", at: work.tag("5.10"))
        try await work.commit("Into every function") { files in
            try files.edit(Self.sev) { text in
                text.replacingOccurrences(
                    of: "\n\treturn ret;\n}\n",
                    with: "\n\tpr_debug(\"by hand\\n\");\n\treturn ret;\n}\n"
                )
            }
        }
        let wanted = try await work.functions(with: "by hand", in: Self.sev, at: "b")
        #expect(wanted.count > 5)
        for name in ["6.1", "6.12", "7.2", "7.3"] {
            let outcome = try await work.run("rebase", "--onto", try work.tag(name), "b")
            guard outcome.status == 0 else {
                #expect(outcome.status == 3 && outcome.output.contains("conflict: "), "\(outcome)")
                expectSuccess(try await work.run("rebase", "--abort", "b"))
                continue
            }
            let found = try await work.functions(with: "by hand", in: Self.sev, at: "b")
            #expect(Set(found).isSubset(of: wanted), "\(name): \(Set(found).subtracting(wanted))")
        }
    }
}

/// A bare repository of the test's own that sees the trees at hand.
struct TreesLocal {
    static var repository: String? {
        ProcessInfo.processInfo.environment["KPATCH_TEST_TREES"].flatMap { $0.isEmpty ? nil : $0 }
    }

    let world: World
    let path: FilePath
    private let tags: [String]

    init() async throws {
        world = try World()
        path = world["trees.git"]
        guard let repository = Self.repository else { throw SetupError("KPATCH_TEST_TREES is not set") }
        try await world.git("clone", "-q", "--bare", "--shared", repository, path.string, in: world.root)
        tags = try await world.git("tag", "--sort=version:refname", in: path).split(separator: "\n").map(
            String.init
        )
        for ref in try await world.git(
            "for-each-ref",
            "--format=%(refname)",
            "refs/heads",
            "refs/kpatch-gen",
            "refs/notes",
            in: path
        )
        .split(separator: "\n") {
            try await world.git("update-ref", "-d", String(ref), in: path)
        }
    }

    /// The newest tag of a version.
    func tag(_ version: String) throws -> String {
        guard let tag = tags.last(where: { $0.hasPrefix("v\(version).") }) else {
            throw SetupError("\(Self.repository ?? "") has no tag v\(version).*; there are \(tags)")
        }
        return tag
    }

    func run(_ verb: String, _ arguments: String...) async throws -> Outcome {
        try await world.kpatchGen([verb, "--tree", path.string] + arguments)
    }

    /// Makes a branch anew.
    func apply(
        _ variant: String,
        of series: String = "kvm-sev-mirror",
        at base: String,
        as branch: String = "b"
    )
        async throws
    {
        expectSuccess(
            try await run(
                "apply",
                "--series",
                series,
                "--variant",
                variant,
                "--base",
                base,
                "--branch",
                branch,
                "--force"
            )
        )
    }

    func git(_ arguments: String...) async throws -> String {
        let outcome = try await EndToEndTests.run(
            "git",
            arguments,
            in: path,
            environment: world.environment()
        )
        guard outcome.status == 0 else { throw SetupError("\(outcome)") }
        return outcome.output.trimmingCharacters(in: .newlines)
    }

    /// Some files of a commit, to be changed; no work tree of 80,000 is needed.
    final class Files {
        fileprivate var changed: [String: String] = [:]
        fileprivate let read: (String) throws -> String

        fileprivate init(_ read: @escaping (String) throws -> String) { self.read = read }

        func edit(_ path: String, _ change: (String) -> String) throws {
            let old = try changed[path] ?? read(path)
            let new = change(old)
            guard new != old else { throw SetupError("the edit of \(path) changes nothing") }
            changed[path] = new
        }

        func write(_ path: String, _ text: String) throws { changed[path] = text }
    }

    /// Commits on top of the branch `b`.
    func commit(_ subject: String, _ body: (Files) throws -> Void) async throws {
        let tree = try await tree(of: "b", body)
        let id = try await git("commit-tree", "-p", "b", "-m", subject, tree)
        _ = try await git("update-ref", "refs/heads/b", id)
    }

    /// Changes one of the branch's commits, as a rebase by hand does.
    func commit(amending commit: String, _ body: (Files) throws -> Void) async throws {
        let target = try await git("rev-parse", commit)
        var parent = try await git("rev-parse", "\(target)~1")
        var edits: [String: String] = [:]
        for id in try await git("rev-list", "--reverse", "\(parent)..b").split(separator: "\n").map(
            String.init
        ) {
            let tree = try await tree(of: id) { files in
                if id == target {
                    try body(files)
                    edits = files.changed
                } else {
                    for (path, text) in edits { try files.write(path, text) }
                }
            }
            let message = try await git("log", "-1", "--format=%B", id)
            parent = try await git("commit-tree", "-p", parent, "-m", message, tree)
        }
        _ = try await git("update-ref", "refs/heads/b", parent)
    }

    private func tree(of commit: String, _ body: (Files) throws -> Void) async throws -> String {
        let repository = path.string
        let files = Files { path in
            let process = Process()
            let output = Pipe()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["git", "-C", repository, "show", "\(commit):\(path)"]
            process.standardOutput = output
            try process.run()
            let data = output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return String(decoding: data, as: UTF8.self)
        }
        try body(files)
        let index = world["tmp/index"].string
        var script = "set -e; cd \"$1\"; rm -f \"$3\"; export GIT_INDEX_FILE=\"$3\"; git read-tree \"$2\"\n"
        for (number, row) in files.changed.sorted(by: { $0.key < $1.key }).enumerated() {
            let file = world["tmp/file\(number)"]
            try EndToEndTests.write(row.value, to: file)
            script +=
                "git update-index --add --cacheinfo 100644,$(git hash-object -w '\(file)'),'\(row.key)'\n"
        }
        let outcome = try await world.shell(script + "git write-tree", repository, commit, index)
        guard outcome.status == 0 else { throw SetupError("\(outcome)") }
        return outcome.output.trimmingCharacters(in: .newlines)
    }

    /// The functions that have lines with some text, as git names them.
    func functions(with text: String, in file: String, at commit: String) async throws -> Set<String> {
        let listing = try await git("grep", "--show-function", "-e", text, commit, "--", file)
        var names: Set<String> = []
        for line in listing.split(separator: "\n") where line.contains("\(file)=") {
            let head = line.components(separatedBy: "\(file)=").last ?? ""
            let words = head.prefix { $0 != "(" }.split { !($0.isLetter || $0.isNumber || $0 == "_") }
            if let name = words.last { names.insert(String(name)) }
        }
        return names
    }
}
