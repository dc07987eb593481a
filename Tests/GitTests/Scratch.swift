// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Git
import TestSupport
import Testing

/// A temporary folder with a repository in it, and the git command to judge by. Nothing of the machine's or the
/// user's configuration reaches either.
final class Scratch {
    let folder: String
    var repository: String { folder + "/repo" }

    init(initialize: Bool = true) throws {
        _ = TestHome.path
        folder = NSTemporaryDirectory() + "git-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        if initialize { try git("init", "-q", "-b", "main", repository, at: folder) }
    }

    deinit {
        // A temporary folder that stays does no harm.
        try? FileManager.default.removeItem(atPath: folder)
    }

    struct Output {
        let status: Int32
        let bytes: [UInt8]
        let errors: String
        var text: String { String(decoding: bytes, as: UTF8.self) }
        var line: String { text.trimmingCharacters(in: .whitespacesAndNewlines) }
    }

    /// Runs git and fails the test if git does.
    @discardableResult
    func git(_ arguments: String..., at: String? = nil, input: [UInt8] = []) throws -> Output {
        let output = try run(arguments, at: at ?? repository, input: input)
        guard output.status == 0 else {
            Issue.record("git \(arguments.joined(separator: " ")): \(output.errors)")
            throw CocoaError(.executableLoad)
        }
        return output
    }

    func run(_ arguments: [String], at: String, input: [UInt8] = [], without: Set<String> = []) throws
        -> Output
    {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["git"] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: at)
        process.environment = [
            "HOME": TestHome.path, "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
            "GIT_CONFIG_NOSYSTEM": "1", "TZ": "UTC", "LC_ALL": "C",
            "GIT_AUTHOR_NAME": Self.author.name, "GIT_AUTHOR_EMAIL": Self.author.email,
            "GIT_AUTHOR_DATE": "@\(Self.author.time.seconds) +0230",
            "GIT_COMMITTER_NAME": Self.committer.name, "GIT_COMMITTER_EMAIL": Self.committer.email,
            "GIT_COMMITTER_DATE": "@\(Self.committer.time.seconds) -0700",
        ].filter { !without.contains($0.key) }
        // Files, not pipes: nothing can block on a full one.
        let id = UUID().uuidString
        let paths = ["in", "out", "err"].map { "\(folder)/.\(id).\($0)" }
        try Data(input).write(to: URL(fileURLWithPath: paths[0]))
        try Data().write(to: URL(fileURLWithPath: paths[1]))
        try Data().write(to: URL(fileURLWithPath: paths[2]))
        process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: paths[0]))
        process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: paths[1]))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: paths[2]))
        try process.run()
        process.waitUntilExit()
        let output = Output(
            status: process.terminationStatus,
            bytes: Array(try Data(contentsOf: URL(fileURLWithPath: paths[1]))),
            errors: String(decoding: try Data(contentsOf: URL(fileURLWithPath: paths[2])), as: UTF8.self)
        )
        for path in paths { try FileManager.default.removeItem(atPath: path) }
        return output
    }

    static let author = Signature(
        name: "Ann Author",
        email: "ann@example.org",
        time: Timestamp(seconds: 1_614_157_155, offsetMinutes: 150)
    )
    static let committer = Signature(
        name: "Carl Committer",
        email: "carl@example.org",
        time: Timestamp(seconds: 1_614_200_000, offsetMinutes: -420)
    )

    /// Writes a file below the repository's work tree.
    func write(_ path: String, _ text: String, executable: Bool = false) throws {
        try write(path, Array(text.utf8), executable: executable)
    }

    func write(_ path: String, _ bytes: [UInt8], executable: Bool = false) throws {
        let url = URL(fileURLWithPath: repository + "/" + path)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try Data(bytes).write(to: url)
        chmod(url.path, executable ? 0o755 : 0o644)
    }

    /// Commits the work tree as it is.
    @discardableResult
    func commit(_ message: String = "commit") throws -> ObjectID {
        try git("add", "-A")
        try git("commit", "-q", "--allow-empty", "-m", message)
        return try id("HEAD")
    }

    func id(_ revision: String, at: String? = nil) throws -> ObjectID {
        try #require(ObjectID(hex: try git("rev-parse", revision, at: at).line))
    }

    /// Every file below a folder with its content and modification time.
    static func snapshot(_ folder: String) throws -> [String: String] {
        var found: [String: String] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            var status = stat()
            lstat(folder + "/" + path, &status)
            var text = "\(status.st_mode) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec) "
            if status.st_mode & S_IFMT == S_IFREG {
                text += try Data(contentsOf: URL(fileURLWithPath: folder + "/" + path)).base64EncodedString()
            } else if status.st_mode & S_IFMT == S_IFLNK {
                text += try FileManager.default.destinationOfSymbolicLink(atPath: folder + "/" + path)
            }
            found[path] = text
        }
        return found
    }
}

/// The error that a body throws; the test fails if it throws none.
func failure(_ body: () throws -> Void, _ location: SourceLocation = #_sourceLocation) -> GitError? {
    do {
        try body()
    } catch let error as GitError {
        return error
    } catch {
        Issue.record("not a GitError: \(error)", sourceLocation: location)
        return nil
    }
    Issue.record("nothing was thrown", sourceLocation: location)
    return nil
}

extension Repository {
    /// Moves a branch and its record, which has to be where the branch is unless that is said.
    func move(
        _ branch: String,
        from: ObjectID?,
        to: ObjectID,
        recordFrom: ObjectID?? = nil,
        recordTo: ObjectID? = nil,
        notes: [(commit: ObjectID, text: String)] = [],
        reflog: String = "moved"
    ) throws(GitError) -> Publication.Result {
        try publish(
            Publication(
                branch: branch,
                from: from,
                to: to,
                recordPrefix: "refs/kpatch-gen/",
                recordFrom: recordFrom ?? from,
                recordTo: recordTo ?? to,
                notes: notes,
                notesReference: "refs/notes/kpatch-gen",
                reflog: reflog
            ),
            by: Scratch.author
        )
    }
}

/// The first line in which two texts differ, nil if none does: two whole mails in a report would not be read.
func firstDifference(_ made: String, _ expected: String) -> String? {
    let left = made.split(separator: "\n", omittingEmptySubsequences: false)
    let right = expected.split(separator: "\n", omittingEmptySubsequences: false)
    for index in 0..<max(left.count, right.count) {
        let pair = [left, right].map { index < $0.count ? String($0[index]) : "(end)" }
        if pair[0] != pair[1] { return "line \(index + 1): made '\(pair[0])', expected '\(pair[1])'" }
    }
    return nil
}
