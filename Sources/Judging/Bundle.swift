// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git
import Kernel
import PatchSeries
import SystemPackage
import TestReport
import VirtualMachine

/// A kernel with its tests in one folder, which boots wherever there is a QEMU (Templates/guest/run.sh), and nothing of this
/// tool.
///
/// The same inputs give the same bytes: no time, no path and no name of this machine is in it.
package struct Bundle {
    package let run: TestRun
    package let selection: Selection
    package let generation: GeneratedSeries
    package let prepared: TestRun.Prepared

    /// What tells a bundle from other folders, and the list of its files.
    package static let manifestName = "manifest.json"
    private static let sumsName = "SHA256SUMS"

    package init(
        _ run: TestRun,
        _ selection: Selection,
        _ generation: GeneratedSeries,
        _ prepared: TestRun.Prepared
    ) {
        self.run = run
        self.selection = selection
        self.generation = generation
        self.prepared = prepared
    }

    private static func archive(of folder: FilePath) -> FilePath { FilePath(folder.string + ".tar.zst") }

    /// Refuses a folder that holds something else, before the work of a build.
    package static func requireRoom(at folder: FilePath) throws {
        guard Files.exists(folder) else {
            let archive = archive(of: Files.absolute(folder))
            guard !Files.exists(archive) else {
                throw Failure(
                    .user,
                    "\(archive) is there, without its folder: remove it, or name another folder"
                )
            }
            return
        }
        guard Files.isFolder(folder) else { throw Failure(.user, "\(folder) is a file: name a folder") }
        let names = try Files.names(in: folder)
        // A manifest.json alone is anybody's.
        guard names.isEmpty || Set(names).isSuperset(of: [manifestName, "run", "SHA256SUMS"]) else {
            throw Failure(
                .user,
                "\(folder) holds something else than a bundle, such as \(names[0]): name another folder"
            )
        }
    }

    /// Writes the folder and its archive, `FOLDER.tar.zst`, in place of what is there; whoever reads finds the old bundle or the
    /// new one. The caller holds the tree's lock.
    ///
    /// - Returns: the archive.
    package func write(to folder: FilePath, _ base: borrowing BaseCommit) async throws -> FilePath {
        let target = Files.absolute(folder)
        try Self.requireRoom(at: target)
        let name = target.lastComponent?.string ?? "bundle"
        let parent = target.removingLastComponent()
        let work = try Files.makeTemporaryFolder(in: parent, prefix: ".\(name)")
        do {
            // The archive's name for the folder is the bundle's own.
            let inside = work.appending(name)
            try Files.makeFolder(inside)
            try await fill(inside, base)
            let archive = work.appending("archive")
            try await Tool("tar").run([
                "-C", work.string, "--create", "--file", archive.string, "--sort=name", "--mtime=@0",
                "--owner=0",
                "--group=0", "--numeric-owner", "--mode=u+rwX,go+rX,go-w", "--format=gnu",
                "--use-compress-program=zstd -q -T1 -10", name,
            ]).required()
            let final = Self.archive(of: target)
            try Files.remove(target)
            try Files.rename(inside, to: target)
            try Files.rename(archive, to: final)
            try Files.remove(work)
            return final
        } catch {
            // What went wrong is the news, not what is left of it.
            try? Files.remove(work)
            throw error
        }
    }

    private func fill(_ folder: FilePath, _ base: borrowing BaseCommit) async throws {
        let output = prepared.kernel.output
        for (source, name) in [
            (prepared.kernel.image, "bzImage"), (output.appending("vmlinux"), "vmlinux"),
            (output.appending("System.map"), "System.map"), (output.appending(".config"), "config"),
        ] { try copy(source, to: folder.appending(name)) }
        try Files.write(
            Files.read(run.bed.loaded.project.root.appending("Templates/guest/run.sh")),
            to: folder.appending("run"),
            executable: true
        )
        try Files.write(ProbeFirmware.image, to: folder.appending("probe.bin"))
        try writeBoots(folder.appending("boots"))
        try writePatches(folder.appending("patches"), base)
        try writeTests(folder.appending("tests"))
        let description = try await describe(base)
        try Files.write(
            Array(try JSONText.of(description.manifest(try await checksums(folder))).utf8),
            to: folder.appending(Self.manifestName)
        )
        try Files.write(
            Array(try JSONText.of(description.materials(try await checksums(folder))).utf8),
            to: folder.appending("sbom.cdx.json")
        )
        let sums = try await checksums(folder).map { "\($0.sha256)  \($0.path)\n" }
        try Files.write(Array(sums.joined().utf8), to: folder.appending(Self.sumsName))
    }

    private func copy(_ source: FilePath, to path: FilePath) throws {
        try Files.write(try Files.read(source), to: path)
    }

    // MARK: - Boots

    /// A folder per boot with all that the script needs to know of it.
    private func writeBoots(_ folder: FilePath) throws {
        try Files.makeFolder(folder)
        for (index, boot) in prepared.boots.enumerated() {
            let machine = boot.machine
            let name = boot.name.isEmpty ? "\(index + 1)" : "\(index + 1)-\(boot.name)"
            let place = folder.appending(name)
            try Files.makeFolder(place)
            try copy(machine.initramfs, to: place.appending("initramfs.cpio"))
            func write(_ name: String, _ lines: [String]) throws {
                try Files.write(
                    Array(lines.map { $0 + "\n" }.joined().utf8),
                    to: place.appending(name)
                )
            }
            try write("plan", machine.plan.map(\.planLine))
            try write(
                "tests",
                machine.plan.flatMap { test in
                    [test.name] + test.points.keys.sorted().map { "\(test.name).\($0)" }
                }
            )
            try write("seconds", ["\(machine.timeLimit)"])
            for accelerator in Accelerator.allCases {
                var configuration = machine.configuration(under: accelerator)
                if case .linux(_, _, let commandLine) = configuration.bootSource {
                    configuration.bootSource = .linux(
                        kernel: "@KERNEL@",
                        initrd: "@INITRAMFS@",
                        commandLine: commandLine
                    )
                }
                let serial = ["-serial", "@CONSOLE@", "-serial", "stdio"]
                try write("qemu.\(accelerator.rawValue)", configuration.arguments(channels: serial))
            }
        }
        let probe = ProbeFirmware.machine(image: "@PROBE@", accelerator: .kvm)
        try Files.write(
            Array(probe.arguments(channels: []).map { $0 + "\n" }.joined().utf8),
            to: folder.appending("probe")
        )
        try Files.write(
            Array((Qboot.places.map(\.string).joined(separator: "\n") + "\n").utf8),
            to: folder.appending("qboot")
        )
        let image = prepared.kernel.bootImage.lastComponent?.string ?? "bzImage"
        try Files.write(Array("\(image)\n".utf8), to: folder.appending("kernel"))
    }

    // MARK: - Patches and tests

    /// What was done to the base, in order; what the tests need beneath comes first.
    private func writePatches(_ folder: FilePath, _ base: borrowing BaseCommit) throws {
        try Files.makeFolder(folder)
        var commits: [ObjectID] = []
        var id = generation.tip
        while id != base.id {
            commits.append(id)
            guard let parent = try base.repository.commit(id).parents.first else { break }
            id = parent
        }
        for (index, id) in commits.reversed().enumerated() {
            var options = MailOptions()
            options.number = index + 1
            options.total = commits.count
            let number = String(10_000 + index + 1).dropFirst()
            try Files.write(
                try base.repository.mail(for: id, options),
                to: folder.appending("\(number).patch")
            )
        }
    }

    /// The sources of the guest's programs, which the initramfs holds compiled.
    private func writeTests(_ folder: FilePath) throws {
        let sources = GuestImage(output: prepared.kernel.output, project: run.bed.loaded.project).folder
        try Files.makeFolder(folder)
        for name in try run.bed.loaded.project.guestFiles().keys where name != "run.sh" {
            try copy(sources.appending(name), to: folder.appending(name))
        }
        for path in run.bed.loaded.files.keys
        where path.hasPrefix("tests/") && (path.hasSuffix(".c") || path.hasSuffix(".h")) {
            try copy(
                sources.appending(path),
                to: folder.appending(String(path.dropFirst("tests/".count)))
            )
        }
    }

    // MARK: - What is in it

    private func describe(_ base: borrowing BaseCommit) async throws -> BundleDescription {
        let toolchain = try await Toolchain.here()
        let release = try Files.read(prepared.kernel.output.appending("include/config/kernel.release"))
        return BundleDescription(
            series: run.bed.loaded.series.name,
            variant: selection.variant,
            options: Dictionary(selection.options.map { ($0.key, $0.value) }) { _, last in last },
            tree: base.displayName,
            baseCommit: base.id.description,
            baseTree: base.tree.description,
            patchedTree: generation.tree.description,
            release: String(String(decoding: release, as: UTF8.self).trimmed),
            profile: run.maker.plan.profile.name,
            fragments: run.maker.plan.fragments.map(\.name),
            tools: toolchain.tools,
            library: toolchain.library
        )
    }

    private func checksums(_ folder: FilePath) async throws -> [BundleDescription.File] {
        var paths: [String] = []
        func list(_ place: FilePath, _ prefix: String) throws {
            for name in try Files.names(in: place) {
                let path = place.appending(name)
                if Files.isFolder(path) {
                    try list(path, "\(prefix)\(name)/")
                } else {
                    paths.append(prefix + name)
                }
            }
        }
        try list(folder, "")
        paths.sort()
        let result = try await Tool("sha256sum").run(paths, in: folder).required()
        return zip(paths, result.outputText.lines).map { path, line in
            BundleDescription.File(
                path: path,
                bytes: Int(Files.size(folder.appending(path)) ?? 0),
                sha256: String(line.prefix(64))
            )
        }
    }
}
