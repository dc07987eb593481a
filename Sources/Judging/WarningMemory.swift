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

    /// The finished kernel that lies in the folder; nil while none does.
    package var finished: Finished?

    private struct Baseline: Codable {
        let tree: String
        var warnings: [CompilerDiagnostic]
        /// The objects that were compiled to find out; nil for the whole kernel.
        var objects: Set<String>?
    }

    /// What a kernel was made from.
    package struct Finished: Codable, Equatable {
        let tree: String
        /// `KernelBuild.stamp`.
        let stamp: String
        package let image: String
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
        finished = nil
        try write(build)
    }

    /// Takes what a build printed: what it made speaks for itself, the rest is as it was.
    package mutating func add(_ record: BuildRecord) {
        isBuilding = false
        let kept = warnings.filter { warning in warning.target.map { !record.made.contains($0) } ?? false }
        warnings = kept + record.warnings.filter { !kept.contains($0) }
    }

    /// The kernel as it is now is that of a base tree.
    package mutating func setBaseline(_ tree: String) {
        keep(Baseline(tree: tree, warnings: warnings, objects: nil))
    }

    /// These objects of a base tree were compiled, and this is what was said.
    package mutating func addToBaseline(_ tree: String, _ objects: [String], _ record: BuildRecord) {
        var known = baselines.last { $0.tree == tree } ?? Baseline(tree: tree, warnings: [], objects: [])
        guard let judged = known.objects else { return }
        known.warnings.removeAll { $0.target.map(record.made.contains) ?? true }
        known.warnings += record.warnings
        known.objects = judged.union(objects).union(record.made)
        keep(known)
    }

    private mutating func keep(_ baseline: Baseline) {
        baselines = baselines.filter { $0.tree != baseline.tree }.suffix(Self.maximumBaselines - 1)
        baselines.append(baseline)
    }

    /// What a base tree warns of by itself, as far as it was found out.
    package func baseline(_ tree: String) -> [CompilerDiagnostic] {
        baselines.last { $0.tree == tree }?.warnings ?? []
    }

    /// Whether it is known what a base tree warns of in all of its kernel, or in an object.
    package func isJudged(_ tree: String, _ object: String? = nil) -> Bool {
        guard let known = baselines.last(where: { $0.tree == tree }) else { return false }
        guard let objects = known.objects else { return true }
        return object.map(objects.contains) ?? false
    }

    package func write(_ build: KernelBuild) throws {
        try Files.makeFolder(build.output)
        try Files.write(
            [UInt8](try JSONEncoder().encode(self)),
            to: build.output.appending(Self.fileName)
        )
    }
}
