// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// A folder that has been found to be a kernel's source.
struct KernelTree {
    let folder: FilePath
    let version: KernelVersion

    /// What tells a kernel tree from other projects with a Makefile.
    private static let landmarks = ["Makefile", "Kbuild", "Kconfig", Architecture.x86.sourceFolder]

    init(_ folder: FilePath) throws(TreeError) {
        for landmark in Self.landmarks where !Files.exists(folder.appending(landmark)) {
            throw .notKernel(folder, missing: "it has no \(landmark)")
        }
        do {
            version = try KernelVersion(
                makefile: Files.read(folder.appending("Makefile"), limit: 16 << 20, followsLinks: false)
            )
        } catch let error as KernelVersionError {
            throw .notKernel(folder, missing: error.description)
        } catch {
            throw TreeError(error)
        }
        self.folder = folder
    }

    /// Names that a build leaves at the top of its source folder.
    private static let leftoverPaths: Set<String> = [
        ".config", ".config.old", ".version", ".missing-syscalls.d", ".tmp_versions", "vmlinux", "System.map",
        "Module.symvers", "modules.order", "modules.builtin",
    ]
    private static let leftoverFolders = [
        "include/generated/", "include/config/", "\(Architecture.x86.sourceFolder)/include/generated/",
    ]

    /// The first file that a build has left in this folder, if any.
    ///
    /// No .gitignore rules: those also hide files that kernel.org ships.
    static func leftover(among entries: [FolderWalk.Entry]) -> String? {
        for entry in entries {
            let path = String(decoding: entry.path, as: UTF8.self)
            let name = path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]
            let isObject =
                name.hasSuffix(".o") || name.hasSuffix(".ko")
                || (name.hasPrefix(".") && name.hasSuffix(".cmd"))
            if isObject || leftoverPaths.contains(path) || leftoverFolders.contains(where: path.hasPrefix) {
                return path
            }
        }
        return nil
    }
}
