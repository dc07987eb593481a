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

/// Finished detections of a tree, so that an interrupted run goes on where it was.
///
/// A row is found again by what it was made of: the kernel, the tests, the configuration.
package struct DetectionStore {
    private let path: FilePath
    private var rows: [String: Detection] = [:]

    /// - Parameter tree: its name in the state folder.
    package init(_ state: StateFolder, tree: String) {
        path = state.root.appending("detection").appending("\(tree).json")
        // What can't be read is tried again: a run more is all it costs.
        if let bytes = try? Files.read(path) {
            rows = (try? JSONDecoder().decode([String: Detection].self, from: Data(bytes))) ?? [:]
        }
    }

    package subscript(_ key: String) -> Detection? { rows[key] }

    package mutating func keep(_ row: Detection, as key: String) throws {
        rows[key] = row
        try Files.makeFolder(path.removingLastComponent())
        try Files.write([UInt8](try JSONEncoder().encode(rows)), to: path)
    }
}

extension TestRun {
    /// What the verdict on a kernel depends on.
    package func key(_ generation: GeneratedSeries) throws -> String {
        var parts = [
            "kernel \(generation.tree) on \(generation.baseTree)", "profile \(maker.plan.folder)",
        ]
        parts += maker.plan.fragments.flatMap(\.settings).map { "\($0.symbol)=\($0.value ?? "n")" }
        parts += bed.guest.kernelArguments + [bed.guest.cpu ?? "", filter.glob ?? ""]
        var bytes = Array(parts.joined(separator: "\n").utf8)
        let tests = bed.loaded.files.filter { $0.key.hasPrefix("tests/") }
        for files in [tests, try bed.loaded.project.guestFiles()] {
            for (path, content) in files.sorted(by: { $0.key < $1.key }) {
                bytes += Array("\n\(path) \(content.count)\n".utf8) + content
            }
        }
        return try ObjectID.ofBlob(bytes).description
    }
}
