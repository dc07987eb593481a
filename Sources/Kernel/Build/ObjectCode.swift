// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

extension KernelBuild {
    /// The name by which kbuild makes the object of a C file, as far as there is one in the build folder; nil if the kernel
    /// was built without the file.
    public func objectName(of path: String) -> String? {
        guard path.hasSuffix(".c") else { return nil }
        let plain = String(path.dropLast(2)) + ".o"
        // The objects of virt/kvm are made by the Makefile of arch/x86/kvm.
        let names = path.hasPrefix("virt/kvm/") ? ["\(Architecture.x86.kvmFolder)../../../\(plain)"] : [plain]
        return names.first { object($0, followsFrom: [path]) == true }
    }

    /// An object's content without debugging information, which has the lines of its source in it.
    ///
    /// - Throws: `file`, `tool`.
    public func code(of object: String) async throws(BuildError) -> [UInt8] {
        let copy = output.appending(".kpatch-code.o")
        do {
            try await Tool("objcopy").run(
                ["--strip-debug", output.appending(object).string, copy.string]
            ).required()
            let bytes = try Files.read(copy)
            try Files.remove(copy)
            return bytes
        } catch {
            throw BuildError(error)
        }
    }
}
