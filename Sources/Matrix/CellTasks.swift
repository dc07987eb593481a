// SPDX-License-Identifier: GPL-2.0-only

import Base
import Glibc
import Kernel
import SystemPackage

/// What engines need that run cells in other processes.
package struct TaskStation: Sendable {
    let program: CellProgram
    let store: ResultStore
    /// Where the folders of cells lie; nodes see it under the same path.
    let root: FilePath
    /// The most cells at once (on each host, where there are several); nil: as many as there is room for.
    let places: Int?

    package init(program: CellProgram, store: ResultStore, root: FilePath, places: Int?) {
        self.program = program
        self.store = store
        self.root = root
        self.places = places
    }
}

/// Cells on their way to other processes and back: a folder in (`in/N`) and a folder out (`out/N`) for each, and what it said
/// (`log/N`). It lies on the store's file system, which an engine's nodes see as well.
package struct CellTasks: Sendable {
    let folder: FilePath
    let cells: [IdentifiedCell]
    private let lock: FileLock

    private static let lockName = "lock"
    /// What ends an engine's job, a word a line: who finds the folder of a killed run ends that, too.
    private static let jobName = "job"

    /// Makes the folder below `root`.
    ///
    /// Cells of one lane wait for each other: neighbours are of different ones.
    init(_ cells: [IdentifiedCell], in root: FilePath) throws {
        let cells = Self.alternating(cells)
        self.cells = cells
        folder = try Files.makeTemporaryFolder(in: root, prefix: "tasks")
        lock = try FileLock(at: folder.appending(Self.lockName), of: "the folder of an engine's cells")
        for name in ["out", "log"] { try Files.makeFolder(folder.appending(name)) }
        for (index, cell) in cells.enumerated() {
            try CellInputs(cell: cell.cell, source: cell.source).write(to: input(index))
        }
    }

    /// A cell of each lane in turn.
    static func alternating(_ cells: [IdentifiedCell]) -> [IdentifiedCell] {
        var turn: [String: Int] = [:]
        return cells.enumerated().map { offset, cell -> (Int, Int, IdentifiedCell) in
            let number = turn[cell.lane, default: 0]
            turn[cell.lane] = number + 1
            return (number, offset, cell)
        }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
    }

    /// What an engine may call its job: nobody else's has that name.
    var name: String { "kpatch-gen-\(folder.lastComponent?.string ?? "")" }

    func input(_ index: Int) -> FilePath { folder.appending("in").appending("\(index)") }
    func output(_ index: Int) -> FilePath { folder.appending("out").appending("\(index)") }
    func log(_ index: Int) -> FilePath { folder.appending("log").appending("\(index)") }

    /// Keeps the command that ends the engine's job. It has to be kept before that begins: this process may be killed at once.
    func keep(endingBy words: [String]) throws {
        try Files.write(Array(words.map { $0 + "\n" }.joined().utf8), to: folder.appending(Self.jobName))
    }

    /// Whether a cell's folder is there: it gets its name when it is whole.
    func isDone(_ index: Int) -> Bool { Files.exists(output(index).appending(ResultFolder.manifestName)) }

    /// Takes a finished folder into the store. What was cut off or is another cell's is no result.
    func collect(_ index: Int, into store: ResultStore) async -> CellEnding {
        do {
            let found = try await ResultFolder.read(output(index))
            guard found.result.cell == cells[index].cell else {
                return .failed(
                    "\(output(index)) is the result of another cell, \(found.result.cell.name.onOneLine)"
                )
            }
            return .judged(try store.take(output(index), as: found.result))
        } catch {
            return .failed("\(error)")
        }
    }

    /// Why a cell that ended has no folder: the last lines that it said.
    func failure(_ index: Int) -> String {
        let bytes = (try? Files.read(log(index), limit: 64 << 20)) ?? []
        let lines = String(decoding: bytes.suffix(4096), as: UTF8.self).lines.filter { !$0.isEmpty }
        let said = lines.suffix(3).map { String($0).onOneLine }.joined(separator: "; ")
        return said.isEmpty ? "it ended without a result and without a word" : said
    }

    /// Everything has been collected.
    func remove() {
        lock.release()
        // It costs space only.
        try? Files.remove(folder)
    }

    /// Ends what still works on this machine in the folder of a killed run: GNU parallel, and the cells that it began.
    private static func endProcesses(in folder: FilePath) {
        guard let own = identity(folder) else { return }
        for name in (try? Files.names(in: "/proc")) ?? [] {
            guard let process = pid_t(name), identity(FilePath("/proc/\(name)/cwd")) == own else { continue }
            // It may have ended meanwhile.
            _ = kill(process, SIGTERM)
        }
    }

    /// What a folder is, by whichever name.
    private static func identity(_ path: FilePath) -> [UInt64]? {
        var status = stat()
        guard path.withPlatformString({ stat($0, &status) }) == 0 else { return nil }
        return [UInt64(status.st_dev), UInt64(status.st_ino)]
    }

    /// Takes what runs that were killed left below `root`: their jobs are ended, their finished cells kept.
    ///
    /// - Returns: how many cells were kept.
    package static func recover(in root: FilePath, into store: ResultStore) async -> Int {
        var count = 0
        for name in (try? Files.byteNames(in: root)) ?? [] {
            let folder = root.appending(bytes: name)
            // Whoever holds it is alive.
            guard Files.isFolder(folder),
                let lock = try? FileLock(at: folder.appending(lockName), of: "an engine's cells")
            else { continue }
            defer { lock.release() }
            endProcesses(in: folder)
            if let bytes = try? Files.read(folder.appending(jobName), limit: 4096) {
                let words = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
                if let tool = words.first { _ = try? await Tool(tool).run(Array(words.dropFirst())) }
            }
            let outputs = folder.appending("out")
            for output in (try? Files.byteNames(in: outputs)) ?? [] {
                let path = outputs.appending(bytes: output)
                guard let found = try? await ResultFolder.read(path), found.result.verdict.isAnswer,
                    store.result(found.result.key) == nil
                else { continue }
                if (try? store.take(path, as: found.result)) != nil { count += 1 }
            }
            try? Files.remove(folder)
        }
        return count
    }
}

/// How `cell` is called on whichever machine.
package struct CellProgram: Sendable {
    /// The program's path, the same on each node.
    package let path: String
    /// What goes behind the folders.
    package let arguments: [String]
    /// KPATCH_HOME on the nodes, where `%n` stands for the node's name; nil: as here.
    package let home: String?

    package init(path: String, arguments: [String], home: String? = nil) {
        self.path = path
        self.arguments = arguments
        self.home = home
    }

    /// As a shell takes it for one word.
    static func quoted(_ word: String) -> String {
        "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
