// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import SystemPackage

/// Everything in a folder: paths, kinds, permissions, contents.
struct Snapshot: Equatable, CustomStringConvertible {
    private struct Entry: Equatable {
        let mode: UInt32
        let content: Data
    }

    private var entries: [String: Entry] = [:]

    init(_ folder: FilePath) throws {
        guard let walk = FileManager.default.enumerator(atPath: folder.string) else {
            throw SetupError("can't read \(folder)")
        }
        for case let name as String in walk {
            let path = folder.appending(name).string
            var status = stat()
            guard lstat(path, &status) == 0 else { throw SetupError("can't examine \(path)") }
            let content: Data =
                switch status.st_mode & S_IFMT {
                case S_IFREG: try Data(contentsOf: URL(fileURLWithPath: path))
                case S_IFLNK: Data(try FileManager.default.destinationOfSymbolicLink(atPath: path).utf8)
                default: Data()
                }
            entries[name] = Entry(mode: status.st_mode, content: content)
        }
        guard !entries.isEmpty else { throw SetupError("\(folder) is empty: nothing to compare") }
    }

    /// The paths that are not as in `other`, for a failed expectation.
    func changes(since other: Snapshot) -> [String] {
        Set(entries.keys).union(other.entries.keys).filter { entries[$0] != other.entries[$0] }.sorted()
    }

    var description: String { "\(entries.count) files" }
}
