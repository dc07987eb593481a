// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage

/// The few files of Linux 5.10 that the series reads and edits, as a repository that tests copy.
actor KernelFixture {
    static let shared = KernelFixture()

    static let files = [
        "Makefile", "arch/x86/kvm/svm/sev.c", "arch/x86/kvm/svm/svm.c", "arch/x86/kvm/svm/svm.h",
        "arch/x86/kvm/x86.c",
        "arch/x86/include/asm/kvm_host.h", "include/linux/kvm_host.h", "include/uapi/linux/kvm.h",
        "virt/kvm/kvm_main.c",
        "Documentation/virt/kvm/api.rst", "Documentation/virt/kvm/amd-memory-encryption.rst",
        "tools/testing/selftests/kvm/Makefile", "tools/testing/selftests/kvm/.gitignore",
    ]

    private var making: Task<[UInt8], any Error>?

    /// The unpacked source of Linux 5.10.
    static func source() throws -> FilePath {
        guard let path = ProcessInfo.processInfo.environment["KPATCH_TEST_SOURCE"], !path.isEmpty else {
            throw SetupError(
                "KPATCH_TEST_SOURCE is not set: set it to the folder of an unpacked Linux 5.10 source, as `make check` does"
            )
        }
        for file in files where !FileManager.default.fileExists(atPath: "\(path)/\(file)") {
            throw SetupError(
                "KPATCH_TEST_SOURCE is '\(path)', which has no \(file): it must be an unpacked Linux 5.10 source"
            )
        }
        return FilePath(path)
    }

    /// The source's version, `5.10.262`: Debian's next point release is as good.
    static func version() throws -> String {
        let makefile = try read(try source().appending("Makefile"))
        let parts = ["VERSION", "PATCHLEVEL", "SUBLEVEL"].compactMap { name in
            makefile.split(separator: "\n").first { $0.hasPrefix("\(name) = ") }?.split(separator: " ").last
        }
        guard parts.count == 3, parts[0] == "5", parts[1] == "10" else {
            throw SetupError("KPATCH_TEST_SOURCE is Linux \(parts.joined(separator: ".")), not 5.10")
        }
        return parts.joined(separator: ".")
    }

    func copy(to path: FilePath, for world: World) async throws {
        let making = self.making ?? Task { try await Self.make() }
        self.making = making
        let archive = world["\(path.lastComponent?.string ?? "linux").fixture.tar"]
        try await Data(making.value).write(to: URL(fileURLWithPath: archive.string))
        let unpacked = try await world.shell(
            "mkdir \"$2\" && tar -xf \"$1\" -C \"$2\" && rm \"$1\"",
            archive.string,
            path.string
        )
        guard unpacked.status == 0 else { throw SetupError("\(unpacked)") }
    }

    /// An archive, not a folder: nobody would remove that after the last test.
    private static func make() async throws -> [UInt8] {
        let world = try World()
        let source = try source()
        let repository = world["linux"]
        for file in files {
            try makeFolder(repository.appending(file).removingLastComponent())
            try FileManager.default.copyItem(
                atPath: source.appending(file).string,
                toPath: repository.appending(file).string
            )
        }
        try await world.git("init", "-q", "-b", "main", ".", in: repository)
        try await world.git("add", "-A", in: repository)
        try await world.git("commit", "-q", "-m", "Linux 5.10", in: repository)
        try await world.git("tag", "v5.10.99", in: repository)
        let archive = try await world.shell("tar -cf - -C \"$1\" .", repository.string)
        guard archive.status == 0 else { throw SetupError("\(archive)") }
        return archive.bytes
    }
}
