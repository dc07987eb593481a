// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// Compiles the programs that run inside the virtual machine.
public struct GuestCompiler: Sendable {
    /// What every program is compiled with. Stripped: an initramfs is copied byte by byte.
    public static let options = [
        "-static", "-s", "-Wl,--build-id=none", "-std=gnu11", "-O2", "-g0", "-Wall", "-Wextra",
    ]

    /// Makes one static program of C and assembly sources: the guest has no
    /// libraries to load.
    ///
    /// - Parameters:
    ///   - includes: folders for `#include`, searched in this order before the
    ///     system's; a tree's own headers (KernelBuild.headers(of:)) belong here.
    ///   - program: the file to write. Its log lies alongside it.
    ///   - flags: further options of gcc.
    /// - Returns: how it ended; a program that does not compile is a result.
    public static func compileGuest(
        sources: [FilePath],
        includes: [FilePath] = [],
        into program: FilePath,
        flags: [String] = []
    ) async throws(BuildError) -> BuildResult {
        let target = Files.absolute(program)
        let folder = target.removingLastComponent()
        let inputs = sources.map { Files.absolute($0) }
        let common = inputs.first?.removingLastComponent() ?? folder
        do { try Files.makeFolder(folder) } catch { throw .file(error) }
        let headers = includes.flatMap { ["-isystem", Files.absolute($0).string] }
        return try await BuildRun(tool: Tool("gcc"), log: FilePath(target.string + ".log"), source: common)(
            options + ["-ffile-prefix-map=\(common)/="] + flags + headers + ["-o", target.string]
                + inputs.map(\.string),
            environment: BuildEnvironment.clean,
            image: target
        )
    }
}
