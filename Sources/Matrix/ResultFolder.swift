// SPDX-License-Identifier: GPL-2.0-only

import Base
import Kernel
import SystemPackage
import TestReport

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A finished cell on disk: `cell.json` and what it lists. Whoever made it, its sums, its schema and its verdict are checked
/// before it is believed.
package struct ResultFolder: Sendable {
    package let path: FilePath
    package let result: CellResult
    /// Nil where nothing was booted.
    package let report: RunReport?

    package static let manifestName = "cell.json"
    package static let reportName = "report.json"
    package static let consoleName = "console.log"
    package static let configName = "config"
    package static let patchesName = "series.mbox"
    package static let sitesName = "sites.json"
    /// What may be in one; others that lie there are nobody's business.
    static let names = [
        reportName, "report.txt", "junit.xml", "kcidb.json", consoleName, configName, patchesName, sitesName,
    ]

    private static let manifestLimit = 1 << 20
    private static let reportLimit = Limits.raised(64 << 20)
    package static let fileLimit = Limits.raised(64 << 20)

    private init(path: FilePath, result: CellResult, report: RunReport?) {
        self.path = path
        self.result = result
        self.report = report
    }

    /// Writes the list of what is there, as the last file.
    package static func seal(_ folder: FilePath, _ result: CellResult) async throws {
        var sealed = result
        let names = Self.names.filter { Files.exists(folder.appending($0)) }
        let sums = try await checksums(of: names.map { folder.appending($0) })
        sealed.files = try names.map { name in
            let path = folder.appending(name)
            guard let sum = sums[path] else { throw MatrixError.engine("sha256sum can't read \(path)") }
            return CellResult.File(path: name, bytes: Int(Files.size(path) ?? 0), sha256: sum)
        }
        try Files.write(Array(try JSONText.of(sealed).utf8), to: folder.appending(manifestName))
    }

    /// Reads folders and checks each of them.
    ///
    /// - Returns: for each what it holds, or what is wrong with it.
    package static func read(_ folders: [FilePath]) async throws -> [Result<ResultFolder, MatrixError>] {
        var manifests: [Result<CellResult, MatrixError>] = []
        var paths: [FilePath] = []
        for folder in folders {
            do {
                let result = try manifest(folder)
                paths += result.files.map { folder.appending($0.path) }
                manifests.append(.success(result))
            } catch {
                manifests.append(.failure(error))
            }
        }
        let known = try await checksums(of: paths)
        return zip(folders, manifests).map { folder, manifest in
            do {
                return .success(try checked(folder, try manifest.get(), known))
            } catch {
                return .failure(error as? MatrixError ?? .input("\(error)"))
            }
        }
    }

    /// Reads a folder and checks it.
    package static func read(_ folder: FilePath) async throws -> ResultFolder {
        guard let first = try await read([folder]).first else { throw MatrixError.input("no folder") }
        return try first.get()
    }

    /// What a folder says of itself, without a look at its other files but for their sizes.
    package static func manifest(_ folder: FilePath) throws(MatrixError) -> CellResult {
        let name = folder.string.onOneLine
        let bytes: [UInt8]
        do {
            bytes = try Files.read(folder.appending(manifestName), limit: manifestLimit, followsLinks: false)
        } catch {
            throw .input("\(name) is no result folder: \(error)")
        }
        guard let head = try? JSONDecoder().decode(Head.self, from: Data(bytes)) else {
            throw .input("\(name)/\(manifestName) is cut off, or is something else")
        }
        guard head.schema == CellResult.schema else {
            throw .input(
                "\(name)/\(manifestName) has schema \(head.schema), and this program reads schema \(CellResult.schema)"
            )
        }
        guard let result = try? JSONDecoder().decode(CellResult.self, from: Data(bytes)) else {
            throw .input(
                "\(name)/\(manifestName) lacks fields, or has others than schema \(CellResult.schema)"
            )
        }
        var seen: Set<String> = []
        for file in result.files {
            // A name is never a path: the folder may be a stranger's.
            guard names.contains(file.path), seen.insert(file.path).inserted else {
                throw .input(
                    "\(name)/\(manifestName) lists '\(file.path.onOneLine)', which no result folder has"
                )
            }
            let path = folder.appending(file.path)
            guard !Files.isLink(path), let size = Files.size(path) else {
                throw .input("\(name)/\(file.path) is missing, or is a link")
            }
            guard size <= UInt64(fileLimit) else {
                throw .input(
                    "\(name)/\(file.path) has \(size) bytes, and \(fileLimit) are the most (\(Limits.hint))"
                )
            }
            guard size == UInt64(max(0, file.bytes)) else {
                throw .input(
                    "\(name)/\(file.path) has \(size) bytes, and its list says \(file.bytes): it was cut off or changed"
                )
            }
        }
        guard result.milliseconds >= 0 else { throw .input("\(name)/\(manifestName): a time below 0") }
        return result
    }

    private struct Head: Decodable {
        let schema: Int
    }

    private static func checked(_ folder: FilePath, _ result: CellResult, _ sums: [FilePath: String])
        throws(MatrixError) -> ResultFolder
    {
        let name = folder.string.onOneLine
        for file in result.files where sums[folder.appending(file.path)] != file.sha256 {
            throw .input("\(name)/\(file.path) is not what its checksum says: it was changed")
        }
        guard result.files.contains(where: { $0.path == reportName }) else {
            let hasReport: [CellVerdict] = [.pass, .skip, .notExercised, .flaky, .fail, .timedOut, .crashed]
            guard !hasReport.contains(result.verdict) else {
                throw .input(
                    "\(name) says '\(result.verdict.rawValue)' and has no \(reportName) that shows it"
                )
            }
            return ResultFolder(path: folder, result: result, report: nil)
        }
        let report: RunReport
        do {
            let path = folder.appending(reportName)
            report = try RunReport(
                json: Files.read(path, limit: reportLimit, followsLinks: false),
                named: path.string.onOneLine
            )
        } catch {
            throw .input("\(error)")
        }
        guard CellVerdict(of: report) == result.verdict else {
            throw .input(
                "\(name)/\(manifestName) says '\(result.verdict.rawValue)', its report makes '\(CellVerdict(of: report).rawValue)': it was changed"
            )
        }
        return ResultFolder(path: folder, result: result, report: report)
    }

    /// SHA-256 of each file, by coreutils. One that can't be read has none: another run may have put a new result in its place.
    private static func checksums(of paths: [FilePath]) async throws -> [FilePath: String] {
        var sums: [FilePath: String] = [:]
        for start in stride(from: 0, to: paths.count, by: batch) {
            let part = paths[start..<min(start + batch, paths.count)]
            let names = Dictionary(part.map { (Files.absolute($0).string, $0) }) { first, _ in first }
            let result = try await Tool("sha256sum").run(["--zero", "--"] + names.keys)
            // 64 digits, two characters, the name.
            for line in result.output.split(separator: 0) where line.count > 66 {
                guard let path = names[String(decoding: line.dropFirst(66), as: UTF8.self)] else { continue }
                sums[path] = String(decoding: line.prefix(64), as: UTF8.self)
            }
        }
        return sums
    }

    /// Arguments of a command, whose bytes have a limit.
    private static let batch = 1000
}
