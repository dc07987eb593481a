// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import Testing

/// Two kernels without common history, patches on the one; git judges what came to the other.
@Suite struct CarryTests {
    private static let head = "#include <linux/kvm.h>\n\n"

    private static func function(_ name: String, _ lines: String...) -> String {
        "int \(name)(struct kvm *kvm)\n{\n" + lines.map { "\t\($0)\n" }.joined() + "\treturn 0;\n}\n\n"
    }

    private static let lock = function("lock_all", "mutex_lock(&kvm->lock);", "take_vcpus(kvm);")
    private static let free = function("free_all", "drop_vcpus(kvm);", "mutex_unlock(&kvm->lock);")

    /// Branch `old` with the tag `base` below its patches, and branch `new`.
    private func repository(_ world: World, new: [String: String]) async throws -> FilePath {
        let path = world["linux"]
        try makeFolder(path)
        try await world.git("init", "-q", "-b", "old", path.string, in: world.root)
        try write(Self.head + Self.lock + Self.free, to: path.appending("kernel/kvm.c"))
        try write("config KVM\n\tbool \"KVM\"\n", to: path.appending("kernel/Kconfig"))
        try await world.git("add", ".", in: path)
        try await world.git("commit", "-qm", "Old kernel", in: path)
        try await world.git("tag", "base", in: path)
        try await world.git("checkout", "-q", "--orphan", "new", in: path)
        try await world.git("rm", "-qrf", ".", in: path)
        for (name, text) in new { try write(text, to: path.appending(name)) }
        try await world.git("add", ".", in: path)
        try await world.git("commit", "-qm", "New kernel", in: path)
        try await world.git("checkout", "-q", "old", in: path)
        return path
    }

    private func patch(_ world: World, _ path: FilePath, _ old: String, _ new: String, _ message: String)
        async throws
    {
        let file = path.appending("kernel/kvm.c")
        let text = try String(contentsOfFile: file.string, encoding: .utf8)
        try write(text.replacingOccurrences(of: old, with: new), to: file)
        try await world.git("commit", "-qam", message, in: path)
    }

    /// Commits a line in front of `take_vcpus()`.
    private func traceLock(_ world: World, _ path: FilePath, _ message: String) async throws {
        let line = "\ttake_vcpus(kvm);"
        try await patch(world, path, line, "\ttrace_lock(kvm);\n" + line, message)
    }

    /// What becomes of commits on the branch `new`.
    private func carry(_ world: World, _ path: FilePath, _ source: String, _ others: String...) async throws
        -> Outcome
    {
        try await world.kpatchGen(["carry", source, "--tree", path.string, "--to", "new"] + others)
    }

    @Test func commitsAreCarriedWithTheirAuthorsAndMessages() async throws {
        let world = try World()
        let added = Self.function("count_all", "count_vcpus(kvm);")
        let path = try await repository(
            world,
            new: [
                "kernel/kvm.c": Self.head + added + Self.free + Self.lock, "kernel/Kconfig": "config KVM\n",
            ]
        )
        try await traceLock(world, path, "KVM: Trace\n\nWhy: ä.\n")
        try await patch(
            world,
            path,
            "\tdrop_vcpus(kvm);",
            "\tdrop_vcpus(kvm);\n\ttrace_drop(kvm);",
            "KVM: Trace more"
        )
        let outcome = try await carry(world, path, "base..old", "--branch", "carried")
        #expect(outcome.status == 0, "\(outcome)")
        let format = "--format=%an %ae %ad%n%B"
        let before = try await world.git("log", "--reverse", format, "base..old", in: path)
        let after = try await world.git("log", "--reverse", format, "new..carried", in: path)
        #expect(before == after)
        let text = try await world.git("show", "carried:kernel/kvm.c", in: path)
        let expected =
            Self.head + added
            + Self.free.replacing("\tdrop_vcpus(kvm);\n", with: "\tdrop_vcpus(kvm);\n\ttrace_drop(kvm);\n")
            + Self.lock.replacing("\ttake", with: "\ttrace_lock(kvm);\n\ttake")
        #expect(text == expected.trimmingCharacters(in: .newlines))
        try await world.git("fsck", "--strict", in: path)
        let again = try await carry(world, path, "old", "--from", "base", "--branch", "carried")
        #expect(again.status == 0 && again.output.contains("unchanged"), "\(again)")
    }

    @Test func aConflictShowsBothSidesAndMovesNothing() async throws {
        let world = try World()
        let path = try await repository(
            world,
            new: [
                "kernel/kvm.c": Self.head + Self.lock.replacing("take_vcpus(kvm)", with: "take_vcpus(kvm, 2)")
                    + Self.free
            ]
        )
        try await patch(world, path, "take_vcpus(kvm)", "take_vcpus(kvm, 1)", "KVM: Take one")
        let outcome = try await carry(world, path, "base..old", "--branch", "carried", "--format", "json")
        #expect(outcome.status == 3, "\(outcome)")
        let conflict = try outcome.json().objects("patches").first?.objects("conflicts").first
        #expect(conflict?.string("unit") == "lock_all")
        #expect(conflict?.string("theirs") == "\ttake_vcpus(kvm, 1);\n")
        #expect(conflict?.string("ours") == "\ttake_vcpus(kvm, 2);\n")
        #expect(try await world.git("branch", "--list", "carried", in: path).isEmpty)
    }

    @Test func strictRefusesWhatMayNotFit() async throws {
        let world = try World()
        // Nothing there knows drop_vcpus() any more.
        let path = try await repository(world, new: ["kernel/kvm.c": Self.head + Self.lock])
        let line = "\ttake_vcpus(kvm);"
        try await patch(world, path, line, "\tdrop_vcpus(kvm);\n" + line, "Drop them first")
        let shown = try await carry(world, path, "base..old")
        #expect(shown.status == 0 && shown.output.contains("drop_vcpus"), "\(shown)")
        let strict = try await carry(world, path, "base..old", "--strict", "--branch", "carried")
        #expect(strict.status == 3 && strict.output.contains("drop_vcpus"), "\(strict)")
        #expect(try await world.git("branch", "--list", "carried", in: path).isEmpty)
    }

    @Test func withoutABranchNothingIsWritten() async throws {
        let world = try World()
        let path = try await repository(
            world,
            new: ["kernel/kvm.c": "/* moved */\n" + Self.head + Self.lock + Self.free]
        )
        try await traceLock(world, path, "KVM: Trace")
        let before = try await world.git("count-objects", "-v", in: path)
        let outcome = try await carry(world, path, "base..old")
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output.contains("1 clean"))
        #expect(try await world.git("count-objects", "-v", in: path) == before)
    }

    @Test func whatIsThereIsLeftOut() async throws {
        let world = try World()
        let path = try await repository(
            world,
            new: [
                "kernel/kvm.c": Self.head + Self.lock.replacing("\ttake", with: "\ttrace_lock(kvm);\n\ttake")
                    + Self.free
            ]
        )
        try await traceLock(world, path, "KVM: Trace")
        let outcome = try await carry(world, path, "base..old", "--branch", "carried")
        #expect(outcome.status == 0 && outcome.output.contains("already-there"), "\(outcome)")
        let tips = try await world.git("rev-parse", "new", "carried", in: path).split(separator: "\n")
        #expect(tips.count == 2 && tips[0] == tips[1])
    }

    @Test func aMergeAndARangeWithoutABeginningAreRefused() async throws {
        let world = try World()
        let path = try await repository(world, new: ["kernel/kvm.c": Self.head + Self.lock])
        try await world.git("checkout", "-q", "-b", "side", in: path)
        try await patch(world, path, "take_vcpus(kvm)", "take_vcpus(kvm, 1)", "Side")
        try await world.git("checkout", "-q", "old", in: path)
        try await world.git("merge", "-q", "--no-ff", "-m", "Merge", "side", in: path)
        let merge = try await carry(world, path, "base..old")
        #expect(merge.status == 2 && merge.errors.contains("is a merge"), "\(merge)")
        let open = try await carry(world, path, "old")
        #expect(open.status == 2 && open.errors.contains("--from"), "\(open)")
        let stranger = try await carry(world, path, "new..base")
        #expect(stranger.status == 2, "\(stranger)")
    }
}
