// SPDX-License-Identifier: GPL-2.0-only

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
/// memory, building twice would make a warning vanish.
struct WarningMemory: Codable {
    /// The base tree, and what it warns of by itself.
    var baseline: String?
    var baselineWarnings: [CompilerDiagnostic] = []
    var warnings: [CompilerDiagnostic] = []

    private static let fileName = "kpatch-warnings.json"

    /// What is remembered in an O= folder; nothing if there is no memory, or none that can be read: the base then comes
    /// first again.
    static func read(_ output: FilePath) -> WarningMemory {
        guard let bytes = try? Folder.read(output.appending(fileName)) else { return WarningMemory() }
        return (try? JSONDecoder().decode(WarningMemory.self, from: Data(bytes))) ?? WarningMemory()
    }

    func write(_ output: FilePath) throws(Failure) {
        do {
            try Folder.write([UInt8](try JSONEncoder().encode(self)), to: output.appending(Self.fileName))
        } catch {
            throw Failure(error)
        }
    }

    /// Takes what a build printed: what it compiled speaks for itself, the rest is as it was.
    mutating func add(_ result: BuildResult, compiled: Set<String>) {
        let sources = Set(compiled.map { $0.hasSuffix(".o") ? $0.dropLast(2) + ".c" : $0[...] })
        let kept = warnings.filter { warning in
            guard let file = warning.file else { return false }
            // A header's warning comes again with any file that includes it.
            return file.hasSuffix(".h") ? compiled.isEmpty : !sources.contains(file[...])
        }
        warnings = kept + result.warnings
    }

    /// What the base tree doesn't warn of.
    var news: [CompilerDiagnostic] { warnings.newWarnings(comparedTo: baselineWarnings) }
}
