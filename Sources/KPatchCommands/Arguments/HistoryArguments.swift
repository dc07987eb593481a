// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Base
import Generation
import History
import Kernel
import Matrix
import SystemPackage
import TestReport

/// Which history.
struct HistoryArguments: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The history's file. (default: matrix/history.sqlite below $KPATCH_HOME)",
            valueName: "file"
        ),
        completion: .file(extensions: ["sqlite"])
    )
    var history: String?

    func open() throws -> History { try History(at: path()) }

    /// Nil where there is none yet: for verbs that only ask.
    func openIfThere() throws -> History? {
        let path = try path()
        guard Files.exists(path) else {
            guard history == nil else { throw Failure(.user, "there is no history \(path)") }
            return nil
        }
        return try History(at: path)
    }

    private func path() throws -> FilePath {
        if let history { return Files.absolute(FilePath(history)) }
        return try StateFolder(environment: ProcessEnvironment.variables).root.appending(
            "matrix/history.sqlite"
        )
    }
}

/// Day of today in UTC: `2026-11-29`.
enum Today {
    static var text: String { String(Timestamps.now().prefix(10)) }
}

/// Results as a user names them: a folder, a report.json, or a matrix of the history.
enum NamedResults {
    /// - Returns: the side, and what of it can't be believed.
    static func side(_ name: String, _ history: History?) async throws -> (ComparisonSide, refused: [String])
    {
        let path = FilePath(name)
        if Files.isFolder(path) {
            if isReportFolder(path) { return (try report(path.appending("report.json"), name), []) }
            let folder = try await MatrixFolder.read(path)
            return (ComparisonSide(folder), folder.refused)
        }
        if Files.exists(path) { return (try report(path, name), []) }
        guard let history else {
            throw Failure(
                .user,
                "'\(name.onOneLine)' is neither a folder nor a report, and there is no history yet"
            )
        }
        return (try history.side(name), [])
    }

    /// What `test --output` writes.
    private static func isReportFolder(_ path: FilePath) -> Bool {
        Files.exists(path.appending("report.json"))
            && !Files.exists(path.appending(ResultFolder.manifestName))
    }

    private static func report(_ path: FilePath, _ name: String) throws -> ComparisonSide {
        let bytes = try Files.read(path, limit: Limits.raised(64 << 20))
        return ComparisonSide(try RunReport(json: bytes, named: path.string.onOneLine), name: name.onOneLine)
    }
}
