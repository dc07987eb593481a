// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage
import TestReport

/// Finished cells of this machine by their keys: a folder each, below the state folder. It may be deleted; what was in it is
/// judged again.
package struct ResultStore: Sendable {
    package let root: FilePath
    /// Whether a new result takes the place of one that is there. Else that is one that another matrix made meanwhile: it stays,
    /// as that matrix may be reading it, and both have the same answer.
    package let replaces: Bool

    package init(root: FilePath, replaces: Bool = false) {
        self.root = root
        self.replaces = replaces
    }

    package func folder(_ key: CellKey) -> FilePath { root.appending(key.description) }

    /// What is known of a cell; nil for one that isn't there, or whose folder is damaged: it is judged again.
    package func result(_ key: CellKey) -> CellResult? {
        guard let result = try? ResultFolder.manifest(folder(key)), result.key == key, result.verdict.isAnswer
        else { return nil }
        return result
    }

    /// A new folder to fill, on the same file system.
    package func makeFolder() throws(FileError) -> FilePath {
        try Files.makeTemporaryFolder(in: root.appending("tmp"), prefix: "cell")
    }

    /// Seals a filled folder and gives it its name.
    ///
    /// - Returns: the result that has the name now.
    package func keep(_ folder: FilePath, as result: CellResult) async throws -> CellResult {
        try await ResultFolder.seal(folder, result)
        return try take(folder, as: result)
    }

    /// Gives a sealed folder of the same file system its name.
    ///
    /// - Returns: the result that has the name now.
    package func take(_ folder: FilePath, as result: CellResult) throws(FileError) -> CellResult {
        try Files.makeFolder(root)
        let final = self.folder(result.key)
        // No rename replaces a folder that has files in it, and other matrices may put the same cell there just now.
        for _ in 0..<20 {
            if !replaces, let other = self.result(result.key) {
                // It costs space only.
                try? Files.remove(folder)
                return other
            }
            if (try? Files.exchange(folder, final)) != nil {
                try? Files.remove(folder)
                return result
            }
            // There is none yet, or the file system can't do that.
            do {
                try Files.rename(folder, to: final)
                return result
            } catch {
                let old = try Files.makeTemporaryFolder(in: root.appending("tmp"), prefix: "old")
                // Another one may have moved it away already.
                try? Files.rename(final, to: old)
                try? Files.remove(old)
            }
        }
        try Files.rename(folder, to: final)
        return result
    }

    /// What earlier matrices found out, newest last; what can't be read is left out.
    package func results() -> [CellResult] {
        let names = (try? Files.names(in: root)) ?? []
        return names.compactMap(CellKey.init).compactMap { result($0) }.sorted { $0.started < $1.started }
    }

    /// Removes what killed runs left.
    package func sweep() { TemporaryFolders.sweep(root.appending("tmp")) }
}

/// What earlier cells tell of those to come.
package struct Experience: Sendable {
    private var lastVerdicts: [String: CellVerdict] = [:]
    private var times: [String: (sum: Int, count: Int)] = [:]

    package init(_ results: [CellResult]) {
        for result in results {
            lastVerdicts[result.cell.name] = result.verdict
            for key in Self.kinds(result.cell) where result.verdict != .upstream {
                let old = times[key] ?? (0, 0)
                times[key] = (old.sum + result.milliseconds, old.count + 1)
            }
        }
    }

    /// From the most alike to the least.
    private static func kinds(_ cell: Cell) -> [String] {
        [cell.name, cell.column, "\(cell.profile), \(cell.judge)"]
    }

    /// Whether a cell of that name failed when it was judged last.
    package func failed(_ cell: Cell) -> Bool { lastVerdicts[cell.name]?.isFailure ?? false }

    /// The mean of the cells that are most alike, in milliseconds; nil if there were none.
    package func milliseconds(_ cell: Cell) -> Int? {
        Self.kinds(cell).lazy.compactMap { times[$0] }.first.map { $0.sum / $0.count }
    }
}
