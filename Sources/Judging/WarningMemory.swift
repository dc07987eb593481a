// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git
import Kernel
import SystemPackage

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The warnings of a build folder's kernel, whichever run compiled the files.
///
/// A warm build only repeats the warnings of what it compiles again; without a
/// memory, building twice would make a warning vanish. So would an interrupted
/// build: what it had compiled is read from its log, which grows line by line.
package struct WarningMemory: Codable {
    /// What base trees warn of by themselves, by the tree's id; the last one built comes last.
    private var baselines: [Baseline] = []
    package private(set) var warnings: [CompilerDiagnostic] = []
    /// Whether a build is going on, or was when it was interrupted.
    private var isBuilding = false

    private struct Baseline: Codable {
        let tree: String
        let warnings: [CompilerDiagnostic]
    }

    private static let fileName = "kpatch-warnings.json"
    /// With and without a series beneath, and a few bases to go to and fro between.
    private static let maximumBaselines = 8

    /// What is remembered in a build folder; nothing if there is no memory, or none that can be read: the base then
    /// comes first again.
    package static func read(_ build: KernelBuild) -> WarningMemory {
        guard let bytes = try? Files.read(build.output.appending(fileName)),
            var memory = try? JSONDecoder().decode(WarningMemory.self, from: Data(bytes))
        else { return WarningMemory() }
        if memory.isBuilding {
            // Without its log nothing is known of the files that it compiled.
            guard let record = try? build.lastRecord() else { return WarningMemory() }
            memory.add(record)
        }
        return memory
    }

    /// Call before a build: if the process dies in it, the next one finds out from the build's log.
    package mutating func begin(_ build: KernelBuild) throws {
        isBuilding = true
        try write(build)
    }

    /// Takes what a build printed: what it compiled speaks for itself, the rest is as it was.
    package mutating func add(_ record: BuildRecord) {
        isBuilding = false
        let sources = Set(record.compiled.map { $0.hasSuffix(".o") ? $0.dropLast(2) + ".c" : $0[...] })
        let kept = warnings.filter { warning in
            guard let file = warning.file else { return false }
            // A header's warning comes again with any file that includes it.
            return file.hasSuffix(".h") ? record.compiled.isEmpty : !sources.contains(file[...])
        }
        warnings = kept + record.warnings.filter { !kept.contains($0) }
    }

    /// The kernel as it is now is that of a base tree.
    package mutating func setBaseline(_ tree: String) {
        baselines = baselines.filter { $0.tree != tree }.suffix(Self.maximumBaselines - 1)
        baselines.append(Baseline(tree: tree, warnings: warnings))
    }

    /// What a base tree warns of by itself; nil if it was never built here.
    package func baseline(_ tree: String) -> [CompilerDiagnostic]? {
        baselines.last { $0.tree == tree }?.warnings
    }

    package func write(_ build: KernelBuild) throws {
        try Files.makeFolder(build.output)
        try Files.write(
            [UInt8](try JSONEncoder().encode(self)),
            to: build.output.appending(Self.fileName)
        )
    }
}
