// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Testing

@testable import CSource

/// Universal Ctags as an independent judge of function boundaries.
///
/// Needs a kernel tree in KPATCH_TEST_SOURCE, which `make check` sets; without
/// one the test fails, because a check that didn't run is not a check that passed.
@Suite struct CtagsTests {
    struct Function: Hashable {
        let name: String
        let end: Int
    }

    @Test(arguments: ["arch/x86/kvm", "virt/kvm", "drivers/crypto/ccp"])
    func functionBoundariesAgree(folder: String) throws {
        let root = try #require(
            ProcessInfo.processInfo.environment["KPATCH_TEST_SOURCE"],
            "set KPATCH_TEST_SOURCE to an unpacked kernel tree, or run 'make check'"
        )
        let base = URL(fileURLWithPath: root).appendingPathComponent(folder)
        let files = try #require(FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil))
        var compared = 0
        for case let file as URL in files where ["c", "h"].contains(file.pathExtension) {
            let text = SourceText([UInt8](try Data(contentsOf: file)))
            let ours = CStructure(text).items.filter { $0.kind == .function }
            let known = Set(
                ours.map { Function(name: plain($0.name ?? "?"), end: text.line(at: $0.end - 1)) }
            )
            let ends = Set(known.map(\.end))
            for function in try ctags(file) {
                compared += 1
                // ctags takes the macro call above a function for its head
                // (BUILD_CONTROLS_SHADOW in vmx.h); the end must agree all the same.
                if function.name == function.name.uppercased(), function.name != "FNAME",
                    ends.contains(function.end)
                {
                    continue
                }
                #expect(
                    known.contains(function),
                    "\(file.path): \(function.name) ends at \(function.end) says ctags"
                )
            }
        }
        // Twelve hundred functions of 5.10's arch/x86/kvm, or the comparison saw nothing.
        #expect(compared > 30)
    }

    /// ctags calls `FNAME(walk_addr)` just `FNAME`.
    private func plain(_ name: String) -> String { String(name.prefix { $0 != "(" }) }

    private func ctags(_ file: URL) throws -> [Function] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "ctags", "--quiet=yes", "--options=NONE", "--languages=C", "--langmap=C:.c.h", "--kinds-C=f",
            "--fields=+ne", "-f", "-", file.path,
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: output, as: UTF8.self).split(separator: "\n").compactMap { line in
            let fields = line.split(separator: "\t")
            guard let name = fields.first,
                let end = fields.first(where: { $0.hasPrefix("end:") }).flatMap({ Int($0.dropFirst(4)) })
            else { return nil }
            return Function(name: String(name), end: end)
        }
    }
}
