// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import PatchSeries
import TestSupport
import Testing

/// Files of a series or of a tree, by path.
typealias Files = [String: [UInt8]]

enum Fixtures {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "Fixtures"
    )

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
    }
}

/// A series of this project.
struct ProjectSeries: Sendable, CustomTestStringConvertible {
    static let mirror = ProjectSeries(root: "Templates/kvm-sev-mirror")
    static let psp = ProjectSeries(root: "Templates/software-psp")
    /// Those of the project's patch, and the one of docs/writing-a-series.md.
    static let all = [mirror, psp, ProjectSeries(root: "Tests/Series/kvm-vm-seal")]

    /// Its folder in the project.
    let root: String

    var testDescription: String { root }

    /// Whether a variant can't stand beside what the tree has from 5.13 on.
    func isMerged(_ variant: String, in tree: KernelTree) -> Bool {
        root == Self.mirror.root && !tree.tag.hasPrefix("v5.10.")
            && ["rfc-v1", "cap-from"].contains(variant)
    }

    func files() throws -> Files {
        let project = Fixtures.folder.deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try contents(of: project.appendingPathComponent(root))
    }

    func read() throws -> Series {
        try SeriesReader(files: try files(), root: root).read()
    }
}

/// The series that this project is about.
enum MirrorSeries {
    static let root = ProjectSeries.mirror.root
    static let variants = ["rfc-v1", "cap-to", "cap-from", "enc-op"]

    static func files() throws -> Files { try ProjectSeries.mirror.files() }
    static func read() throws -> Series { try ProjectSeries.mirror.read() }
}

/// Every regular file below a folder, by its path relative to it.
func contents(of folder: URL) throws -> Files {
    var files: Files = [:]
    let base = folder.standardizedFileURL.path
    let found = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
    for case let file as URL in found where !file.hasDirectoryPath {
        let path = file.standardizedFileURL.path.dropFirst(base.count + 1)
        files[String(path)] = [UInt8](try Data(contentsOf: file))
    }
    return files
}

/// A temporary folder that goes with its owner.
final class Scratch {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent(
            "series-tests-\(UUID().uuidString)"
        )
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        // A temporary folder that stays does no harm.
        try? FileManager.default.removeItem(at: url)
    }

    func write(_ files: Files) throws {
        for (path, bytes) in files {
            let file = url.appendingPathComponent(path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(bytes).write(to: file)
        }
    }

    /// Runs a tool in the folder, with nothing of the user's configuration; its output.
    @discardableResult
    func run(_ arguments: [String]) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.currentDirectoryURL = url
        process.environment = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": url.path,
            "LC_ALL": "C",
            "TZ": "UTC", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org",
            "GIT_COMMITTER_NAME": "C", "GIT_COMMITTER_EMAIL": "c@example.org",
        ]
        // Files instead of pipes: nobody has to drain them while the tool runs.
        let (output, messages) = try (Sink(in: url), Sink(in: url))
        process.standardOutput = output.handle
        process.standardError = messages.handle
        try process.run()
        process.waitUntilExit()
        let (bytes, complaint) = try (output.take(), messages.take())
        try #require(
            process.terminationStatus == 0,
            "\(arguments.joined(separator: " ")) failed: \(String(decoding: complaint, as: UTF8.self))"
        )
        return bytes
    }

    /// A file that takes what a tool writes.
    private struct Sink {
        let url: URL
        let handle: FileHandle

        init(in folder: URL) throws {
            url = folder.appendingPathComponent(".output-\(UUID().uuidString)")
            try Data().write(to: url)
            handle = try FileHandle(forWritingTo: url)
        }

        func take() throws -> [UInt8] {
            try handle.close()
            let bytes = [UInt8](try Data(contentsOf: url))
            try FileManager.default.removeItem(at: url)
            return bytes
        }
    }
}
