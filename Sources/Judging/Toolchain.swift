// SPDX-License-Identifier: GPL-2.0-only

import Base
import Kernel

/// What kernels and guest programs are made with here, and what boots them: a verdict may depend on any of it.
package struct Toolchain: Sendable, Hashable, Codable {
    /// The first line that `--version` of each printed: `gcc`, `ld`, `make`.
    package let tools: [String: String]
    /// The C library that the guest's programs are linked with: "glibc 2.36".
    package let library: String

    package init(tools: [String: String], library: String) {
        self.tools = tools
        self.library = library
    }

    /// Asks the programs in PATH.
    package static func here() async throws -> Toolchain {
        var tools: [String: String] = [:]
        for name in ["gcc", "ld", "make"] { tools[name] = try await firstLine(of: name) }
        let library = try await Tool("getconf").run(["GNU_LIBC_VERSION"]).required().outputText.trimmed
        return Toolchain(tools: tools, library: String(library))
    }

    /// What the emulator says of itself.
    package static func emulator() async throws -> String {
        try await firstLine(of: Architecture.x86.emulator)
    }

    private static func firstLine(of name: String) async throws -> String {
        let text = try await Tool(name).run(["--version"]).required().outputText
        return text.lines.first.map(String.init) ?? ""
    }
}
