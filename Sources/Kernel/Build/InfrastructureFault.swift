// SPDX-License-Identifier: GPL-2.0-only

import Base

/// A reason for a failed build that lies with the machine, not with the kernel.
public enum InfrastructureFault: Sendable, Hashable, CustomStringConvertible {
    case noSpace(String)
    case noMemory(String)
    case storage(String)
    /// A process was killed from outside; nobody in this program did it.
    case killed(String)
    case missingTool(String, package: String?)
    case missingHeader(String, package: String)
    /// The compiler itself broke.
    case compilerCrash(String)
    /// The source folder holds a build's leftovers, so kbuild refuses `O=`.
    case uncleanSource(String)

    public var description: String {
        switch self {
        case .noSpace(let line):
            "no space left for the build (\(line)); free some, or set KPATCH_HOME to a larger file system"
        case .noMemory(let line): "out of memory (\(line)); build with fewer jobs"
        case .storage(let line): "the file system failed (\(line))"
        case .killed(let line): "the build was killed (\(line)); the kernel log may say by what"
        case .missingTool(let tool, let package):
            "\(tool) is not installed"
                + (package.map { ": run " + DebianPackages.installCommand([$0]) } ?? "")
        case .missingHeader(let header, let package):
            "\(header) is missing: run " + DebianPackages.installCommand([package])
        case .compilerCrash(let line): "the compiler crashed (\(line))"
        case .uncleanSource(let line): "\(line); run 'make mrproper' there"
        }
    }

    /// Words of a line, and what they mean. The first row that fits is taken.
    private static let signs: [(words: String, make: @Sendable (String) -> InfrastructureFault)] = [
        ("No space left on device", { .noSpace($0) }),
        ("Disk quota exceeded", { .noSpace($0) }),
        ("virtual memory exhausted", { .noMemory($0) }),
        ("out of memory allocating", { .noMemory($0) }),
        ("Cannot allocate memory", { .noMemory($0) }),
        ("Killed signal terminated program", { .killed($0) }),
        ("Read-only file system", { .storage($0) }),
        ("Input/output error", { .storage($0) }),
        ("internal compiler error", { .compilerCrash($0) }),
        ("The source tree is not clean", { .uncleanSource($0) }),
        ("please install libelf-dev", { _ in .missingHeader("libelf.h", package: "libelf-dev") }),
        ("gelf.h: No such file", { _ in .missingHeader("gelf.h", package: "libelf-dev") }),
        ("libelf.h: No such file", { _ in .missingHeader("libelf.h", package: "libelf-dev") }),
        ("fatal error: openssl/", { _ in .missingHeader("openssl", package: "libssl-dev") }),
    ]

    /// What a line of build output says about the machine; nil if nothing.
    init?(line: String) {
        if let sign = Self.signs.first(where: { line.contains($0.words) }) {
            self = sign.make(String(line.trimmed))
            return
        }
        // "/bin/sh: 1: flex: not found", "make[1]: flex: No such file or directory"
        let parts = line.split(separator: ": ")
        guard parts.count >= 3, let last = parts.last else { return nil }
        let byShell = parts[0].hasSuffix("sh") && (last == "not found" || last == "command not found")
        let byMake = parts[0].hasPrefix("make") && parts.count == 3 && last == "No such file or directory"
        let tool = String(parts[parts.count - 2])
        guard byShell || byMake, !tool.isEmpty, !tool.contains("/"), !tool.contains(" ") else { return nil }
        self = .missingTool(tool, package: DebianPackages.byCommand[tool])
    }
}
