// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage

/// This host's QEMU with all that it needs to run in a guest that has nothing: libraries, loader and firmware, by their own
/// paths.
public struct EmulatorFiles: Sendable {
    /// Of the program.
    public let program: FilePath
    /// Absolute paths, the program's included; what they are links to counts.
    public let files: [FilePath]

    /// What a machine of the board `pc` with a multiboot kernel loads.
    private static let firmware = [
        "bios-256k.bin", "kvmvapic.bin", "multiboot.bin", "multiboot_dma.bin", "linuxboot_dma.bin",
    ]

    /// Asks the loader and QEMU itself.
    ///
    /// - Throws: `Failure` where there is no QEMU, or one that the loader can't start.
    public init() async throws {
        let name = Architecture.x86.emulator
        guard let program = Tool(name).locate() else {
            throw Failure(
                .infrastructure,
                "\(name) was not found: run "
                    + DebianPackages.installCommand([Architecture.x86.emulatorPackage])
            )
        }
        var files = [program]
        // `	libz.so.1 => /lib/x86_64-linux-gnu/libz.so.1 (0x…)`, `	/lib64/ld-linux-x86-64.so.2 (0x…)`
        let libraries = try await Tool("ldd").run([program.string]).required().outputText
        for line in libraries.lines {
            let words = line.split(whereSeparator: \.isWhitespace)
            if let path = words.first(where: { $0.hasPrefix("/") }) { files.append(FilePath(String(path))) }
        }
        let folders = try await Tool(program.string).run(["-L", "help"]).required().outputText.lines
            // `/usr/bin/../share/seabios`
            .map { FilePath(String($0.trimmed)).lexicallyNormalized() }
        for name in Self.firmware {
            if let file = folders.lazy.map({ $0.appending(name) }).first(where: { Files.exists($0) }) {
                files.append(file)
            }
        }
        self.program = program
        self.files = files
    }
}
