// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git
import Kernel
import PatchSeries
import SystemPackage
import TestReport

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Finished trials of a tree, so that an interrupted run goes on where it was.
///
/// A row is found again by what it was made of: the kernel, the tests, the configuration.
package struct TrialStore<Row: Codable> {
    private let path: FilePath
    private var rows: [String: Row] = [:]

    /// - Parameters:
    ///   - folder: what they are trials of, in the state folder.
    ///   - tree: its name there.
    package init(_ state: StateFolder, _ folder: String, tree: String) {
        path = state.root.appending(folder).appending("\(tree).json")
        // What can't be read is tried again: a run more is all it costs.
        if let bytes = try? Files.read(path) {
            rows = (try? JSONDecoder().decode([String: Row].self, from: Data(bytes))) ?? [:]
        }
    }

    package subscript(_ key: String) -> Row? { rows[key] }

    package mutating func keep(_ row: Row, as key: String) throws {
        rows[key] = row
        try Files.makeFolder(path.removingLastComponent())
        try Files.write([UInt8](try JSONEncoder().encode(rows)), to: path)
    }
}

extension TestRun {
    /// What the verdict on a kernel depends on.
    package func key(_ generation: GeneratedSeries) throws -> String {
        try key(generation.tree, over: generation.baseTree, testBytes())
    }

    /// The same for any tree that was made of another.
    ///
    /// - Parameter tests: `testBytes`, which are the same for every kernel of a run; empty where they don't matter.
    func key(_ tree: ObjectID, over ground: ObjectID, _ tests: [UInt8] = []) throws -> String {
        var parts = [
            "kernel \(tree) on \(ground)", "profile \(maker.plan.folder)",
        ]
        parts += maker.plan.fragments.flatMap(\.settings).map { "\($0.symbol)=\($0.value ?? "n")" }
        parts += bed.guest.kernelArguments + [bed.guest.cpu ?? "", filter.glob ?? ""]
        return try ObjectID.ofBlob(Array(parts.joined(separator: "\n").utf8) + tests).description
    }

    /// The files that the tests are made of.
    func testBytes() throws -> [UInt8] {
        let tests = bed.loaded.files.filter {
            $0.key.hasPrefix("tests/") && $0.key != GuestTests.mutantsFile
        }
        var bytes: [UInt8] = []
        for files in [tests, try bed.loaded.project.guestFiles()] {
            for (path, content) in files.sorted(by: { $0.key < $1.key }) {
                bytes += Array("\n\(path) \(content.count)\n".utf8) + content
            }
        }
        return bytes
    }
}
