// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import TestSupport
import Testing

@testable import CSource

/// Universal Ctags as an independent judge of function boundaries.
@Suite struct CtagsTests {
    struct Function: Hashable {
        let name: String
        let end: Int
    }

    private static let folders = ["arch/x86/kvm", "virt/kvm", "drivers/crypto/ccp"]

    @Test(arguments: KernelTree.series)
    func functionBoundariesAgree(series: String) throws {
        let tree = try KernelTree(series)
        let files = try tree.files()
        let scratch = FileManager.default.temporaryDirectory.appendingPathComponent(
            "ctags-\(UUID().uuidString)"
        )
        // A temporary folder that stays does no harm.
        defer { try? FileManager.default.removeItem(at: scratch) }
        var texts: [String: SourceText] = [:]
        for folder in Self.folders {
            for path in try files.paths(below: folder) where path.hasSuffix(".c") || path.hasSuffix(".h") {
                let bytes = try files.required(path)
                texts[path] = SourceText(bytes)
                let file = scratch.appendingPathComponent(path)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(),
                    withIntermediateDirectories: true
                )
                try Data(bytes).write(to: file)
            }
        }
        var compared: [String: Int] = [:]
        for (path, functions) in try ctags(scratch) {
            let text = try #require(texts[path])
            let ours = try CStructure(text).items.filter { $0.kind == .function }
            let known = Set(
                ours.map { Function(name: plain($0.name ?? "?"), end: text.line(at: $0.end - 1)) }
            )
            let ends = Set(known.map(\.end))
            for function in functions {
                // ctags takes the macro call above a function for its head
                // (BUILD_CONTROLS_SHADOW in vmx.h); the end must agree all the same.
                let isMacro = function.name == function.name.uppercased() && function.name != "FNAME"
                #expect(
                    known.contains(function) || isMacro && ends.contains(function.end),
                    "\(tree.tag):\(path): \(function.name) ends at \(function.end) says ctags"
                )
            }
            let folder = Self.folders.first { path.hasPrefix($0) }
            compared[folder ?? "", default: 0] += functions.count
        }
        // Several times as many in arch/x86/kvm, or the comparison saw nothing.
        for folder in Self.folders { #expect(compared[folder] ?? 0 > 30, "\(folder)") }
    }

    /// Every head that can be replaced is, by one with another name: the bodies stay where they are.
    @Test(arguments: KernelTree.series, ["svm/sev.c", "svm/svm.c", "x86.c"])
    func replacedHeads(series: String, name: String) throws {
        let source = try ParsedSource(
            try KernelTree(series).files().required("arch/x86/kvm/\(name)"),
            language: .c
        )
        let resolver = AnchorResolver(source)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }

        let old = try functions(source.text.bytes, in: folder)
        var edits: [TextEdit] = []
        for function in old {
            let anchor = Anchor(relation: .replaceHead, target: .named(.function, function.name))
            guard let head = try? resolver.resolve(anchor) else { continue }
            let renamed = Array("int kpatch_\(function.name)(void)\n".utf8)
            edits.append(TextEdit(range: head, replacement: renamed))
        }
        let new = try functions(try source.text.applying(edits), in: folder).filter {
            $0.name.hasPrefix("kpatch_")
        }
        // Two functions of one name in an #ifdef and its #else are refused, and one-liners are.
        #expect(edits.count > 30)
        #expect(new.count == edits.count)

        let bodies = Dictionary(old.map { ($0.name, $0.body) }, uniquingKeysWith: { first, _ in first })
        for function in new {
            #expect(
                bodies[String(function.name.dropFirst("kpatch_".count))] == function.body,
                "\(function.name)"
            )
        }
    }

    /// The functions of a file as ctags sees them, each from the line of its brace to its end.
    private func functions(_ bytes: [UInt8], in folder: URL) throws -> [(name: String, body: String?)] {
        try Data(bytes).write(to: folder.appendingPathComponent("file.c"))
        let lines = String(decoding: bytes, as: UTF8.self).split(
            separator: "\n",
            omittingEmptySubsequences: false
        )
        return try ctags(folder, ["file.c"])["file.c", default: []].map { function in
            let begin = lines[..<function.end].lastIndex { $0 == "{" }
            return (function.name, begin.map { lines[$0..<function.end].joined(separator: "\n") })
        }
    }

    /// ctags calls `FNAME(walk_addr)` just `FNAME`.
    private func plain(_ name: String) -> String { String(name.prefix { $0 != "(" }) }

    /// The functions of each file below a folder.
    private func ctags(_ folder: URL, _ paths: [String] = folders) throws -> [String: [Function]] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.currentDirectoryURL = folder
        process.arguments =
            [
                "ctags", "--quiet=yes", "--options=NONE", "--languages=C", "--langmap=C:.c.h", "--kinds-C=f",
                "--fields=+ne", "--recurse", "-f", "-",
            ] + paths
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        var functions: [String: [Function]] = [:]
        for line in String(decoding: output, as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: "\t")
            guard fields.count > 1,
                let end = fields.first(where: { $0.hasPrefix("end:") }).flatMap({ Int($0.dropFirst(4)) })
            else { continue }
            functions[String(fields[1]), default: []].append(Function(name: String(fields[0]), end: end))
        }
        return functions
    }
}
