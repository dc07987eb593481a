// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage
import TestSupport

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

    static func tree() throws -> KernelTree { try KernelTree("5.10") }

    /// The source's version, `5.10.262`: Debian's next point release is as good.
    static func version() throws -> String { try tree().version }

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
        let source = try tree().files()
        let repository = world["linux"]
        for file in files { try write(source.required(file), to: repository.appending(file)) }
        try await world.git("init", "-q", "-b", "main", ".", in: repository)
        try await world.git("add", "-A", in: repository)
        try await world.git("commit", "-q", "-m", "Linux 5.10", in: repository)
        try await world.git("tag", "v5.10.99", in: repository)
        let archive = try await world.shell("tar -cf - -C \"$1\" .", repository.string)
        guard archive.status == 0 else { throw SetupError("\(archive)") }
        return archive.bytes
    }
}
