// SPDX-License-Identifier: GPL-2.0-only

import Base
import SystemPackage
import TestReport

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A matrix on disk: `matrix.json`, which lists its cells whether or not they were judged, and `cells/KEY`, a result folder
/// each.
package struct MatrixFolder: Sendable {
    /// What `matrix.json` holds.
    package struct Record: Sendable, Codable {
        package static let schema = 1

        package struct Entry: Sendable, Codable {
            package let cell: Cell
            package let key: CellKey
            package let treeName: String
            package let verdict: CellVerdict
            package let reason: String?
        }

        package var schema = Self.schema
        package var tool = Program.signature
        /// RFC 3339.
        package let created: String
        package let cells: [Entry]

        package init(_ outcomes: [CellOutcome], created: String) {
            self.created = created
            cells = outcomes.map {
                Entry(
                    cell: $0.cell,
                    key: $0.key,
                    treeName: $0.identified.treeName,
                    verdict: $0.verdict,
                    reason: $0.reason
                )
            }
        }
    }

    package let path: FilePath
    package let record: Record
    /// By key; a cell that isn't in it has no result here.
    package let results: [CellKey: ResultFolder]
    /// Folders that can't be believed, and why.
    package let refused: [String]

    package static let recordName = "matrix.json"
    package static let cellsName = "cells"

    /// Refuses a folder that holds something else, before the work.
    package static func requireRoom(at folder: FilePath) throws {
        guard Files.exists(folder) else { return }
        guard Files.isFolder(folder) else { throw MatrixError.input("\(folder) is a file: name a folder") }
        let names = try Files.names(in: folder)
        guard names.isEmpty || names.contains(recordName) else {
            throw MatrixError.input(
                "\(folder) holds something else than a matrix, such as \(names[0].onOneLine): name another folder"
            )
        }
    }

    /// Writes the outcomes with their result folders out of a store.
    package static func write(_ outcomes: [CellOutcome], from store: ResultStore, to folder: FilePath) throws
    {
        try requireRoom(at: folder)
        let cells = folder.appending(cellsName)
        try Files.makeFolder(cells)
        for outcome in outcomes where outcome.result != nil {
            try copy(store.folder(outcome.key), to: cells.appending(outcome.key.description))
        }
        let record = Record(outcomes, created: Timestamps.now())
        try Files.write(Array(try JSONText.of(record).utf8), to: folder.appending(recordName))
    }

    /// The same as if it had been written and read.
    package static func of(_ outcomes: [CellOutcome], in store: ResultStore) async throws -> MatrixFolder {
        var seen: Set<CellKey> = []
        let keys = outcomes.filter { $0.result != nil }.map(\.key).filter {
            seen.insert($0).inserted
        }
        let record = Record(outcomes, created: Timestamps.now())
        var folder = try await read(store.root, record, keys.map { store.folder($0) })
        // Another run may just put a new result in the place of one (--again).
        for _ in 0..<5 where !folder.refused.isEmpty {
            try await Task.sleep(for: .milliseconds(100))
            folder = try await read(store.root, record, keys.map { store.folder($0) })
        }
        return folder
    }

    private static func copy(_ source: FilePath, to target: FilePath) throws {
        guard !Files.exists(target.appending(ResultFolder.manifestName)) else { return }
        try Files.makeFolder(target)
        for attempt in 1... {
            do {
                let result = try ResultFolder.manifest(source)
                for name in result.files.map(\.path) + [ResultFolder.manifestName] {
                    let bytes = try Files.read(source.appending(name), limit: ResultFolder.fileLimit)
                    try Files.write(bytes, to: target.appending(name))
                }
                // Another run may have put a new result in its place meanwhile (--again).
                if try ResultFolder.manifest(source) == result { return }
            } catch {
                guard attempt < 5 else { throw error }
            }
        }
    }

    /// Reads a matrix, a folder of result folders, or one result folder, and checks each of them.
    ///
    /// - Throws: for a folder that is none of these. What is wrong with single results is in `refused`.
    package static func read(_ path: FilePath) async throws -> MatrixFolder {
        let name = path.string.onOneLine
        if Files.exists(path.appending(ResultFolder.manifestName)) {
            return try await read(path, nil, [path])
        }
        guard Files.isFolder(path) else { throw MatrixError.input("\(name) is no folder with results") }
        let record = try Files.exists(path.appending(recordName)) ? Self.record(path) : nil
        let place = Files.isFolder(path.appending(cellsName)) ? path.appending(cellsName) : path
        let names = try Files.byteNames(in: place, limit: MatrixPlan.limit)
        let folders = names.map { place.appending(bytes: $0) }.filter {
            !Files.isLink($0) && Files.isFolder($0) && Files.exists($0.appending(ResultFolder.manifestName))
        }
        guard record != nil || !folders.isEmpty else {
            throw MatrixError.input(
                "\(name) has no results in it: neither \(recordName) nor folders with a \(ResultFolder.manifestName)"
            )
        }
        return try await read(path, record, folders)
    }

    private static func record(_ path: FilePath) throws -> Record {
        let file = path.appending(recordName)
        let name = file.string.onOneLine
        let bytes = try Files.read(file, limit: Limits.raised(64 << 20), followsLinks: false)
        struct Head: Decodable { let schema: Int }
        guard let head = try? JSONDecoder().decode(Head.self, from: Data(bytes)) else {
            throw MatrixError.input("\(name) is cut off, or is something else")
        }
        guard head.schema == Record.schema else {
            throw MatrixError.input(
                "\(name) has schema \(head.schema), and this program reads schema \(Record.schema)"
            )
        }
        guard let record = try? JSONDecoder().decode(Record.self, from: Data(bytes)) else {
            throw MatrixError.input("\(name) lacks fields, or has others than schema \(Record.schema)")
        }
        guard record.cells.count <= MatrixPlan.limit else {
            throw MatrixError.input(
                "\(name) has \(record.cells.count) cells, and \(MatrixPlan.limit) are the most (\(Limits.hint))"
            )
        }
        return record
    }

    private static func read(_ path: FilePath, _ record: Record?, _ folders: [FilePath]) async throws
        -> MatrixFolder
    {
        var results: [CellKey: ResultFolder] = [:]
        var refused: [String] = []
        for outcome in try await ResultFolder.read(folders) {
            switch outcome {
            case .success(let folder):
                let key = folder.result.key
                if let first = results[key] {
                    refused.append(
                        "\(folder.path.string.onOneLine) is a second result of '\(folder.result.cell.name)', as \(first.path.string.onOneLine) is: keep runs of one cell in folders of their own"
                    )
                } else {
                    results[key] = folder
                }
            case .failure(let error): refused.append(error.description)
            }
        }
        let listed = Set(record.map { $0.cells.map(\.key) } ?? [])
        // What others put there is no part of the record, and counts all the same.
        let found = results.values.map(\.result).filter { !listed.contains($0.key) }.sorted {
            ($0.cell.name, $0.started) < ($1.cell.name, $1.started)
        }
        return MatrixFolder(
            path: path,
            record: Record(record, and: found),
            results: results,
            refused: refused
        )
    }
}

extension MatrixFolder.Record {
    /// What was listed, and results that nobody listed.
    fileprivate init(_ listed: Self?, and found: [CellResult]) {
        created = listed?.created ?? found.map(\.started).max() ?? ""
        cells =
            (listed?.cells ?? [])
            + found.map {
                Entry(
                    cell: $0.cell,
                    key: $0.key,
                    treeName: $0.treeName,
                    verdict: $0.verdict,
                    reason: $0.reason
                )
            }
    }
}
