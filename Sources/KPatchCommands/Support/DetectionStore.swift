// SPDX-License-Identifier: GPL-2.0-only

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
struct DetectionStore {
    private let path: FilePath
    private var rows: [String: Detection] = [:]

    init(_ open: borrowing OpenTree) throws(Failure) {
        path = open.state.root.appending("detection").appending("\(open.name).json")
        // What can't be read is tried again: a run more is all it costs.
        if let bytes = try? Folder.read(path) {
            rows = (try? JSONDecoder().decode([String: Detection].self, from: Data(bytes))) ?? [:]
        }
    }

    subscript(_ key: String) -> Detection? { rows[key] }

    mutating func keep(_ row: Detection, as key: String) throws(Failure) {
        rows[key] = row
        do {
            try Folder.make(path.removingLastComponent())
            try Folder.write([UInt8](try JSONEncoder().encode(rows)), to: path)
        } catch {
            throw Failure(error)
        }
    }
}

extension TestRun {
    /// What the verdict on a kernel hangs on.
    func key(_ generation: Generation) throws(Failure) -> String {
        var parts = ["kernel \(generation.tree) on \(generation.baseTree)", "profile \(plan.profile.name)"]
        parts += plan.fragments.flatMap(\.settings).map { "\($0.symbol)=\($0.value ?? "n")" }
        parts += bed.guest.kernelArguments + [bed.guest.cpu ?? "", filter.glob ?? ""]
        var bytes = Array(parts.joined(separator: "\n").utf8)
        let tests = bed.loaded.files.filter { $0.key.hasPrefix("tests/") }
        for files in [tests, try bed.loaded.project.guestFiles()] {
            for (path, content) in files.sorted(by: { $0.key < $1.key }) {
                bytes += Array("\n\(path) \(content.count)\n".utf8) + content
            }
        }
        do {
            return try ObjectID.ofBlob(bytes).description
        } catch {
            throw Failure(error)
        }
    }
}
