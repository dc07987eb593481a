// SPDX-License-Identifier: GPL-2.0-only

import Base
import Git
import PatchSeries
import SystemPackage

/// The files of a series, not looked into yet.
package struct SeriesFiles {
    package let name: String
    package let project: ProjectFiles
    package let files: [String: [UInt8]]
    /// How the folder looked; nil where that says nothing.
    fileprivate let stamp: FolderStamp?
    fileprivate let record: CheckedSeries?
    /// What an earlier run found out, of these files or of older ones.
    fileprivate let kept: CheckedSeries.Kept?
    /// Whether the folder is as an earlier run found it, so that nothing in it was read.
    package let isAsKept: Bool

    /// - Parameter checked: a folder for what is known of files that passed the checks; nil to find all out each time.
    package init(_ name: String, of project: ProjectFiles, checked: FilePath? = nil) throws {
        self.name = name
        self.project = project
        let folder = try project.series(name)
        record = checked.flatMap { CheckedSeries(name, in: $0) }
        kept = record?.kept
        if let kept, kept.stamp.holds(for: folder), let files = Self.separated(kept.joined) {
            self.files = files
            stamp = kept.stamp
            isAsKept = true
        } else {
            let walk = try FolderWalk(folder, .series)
            files = try walk.contents()
            stamp = walk.stamp
            isAsKept = false
        }
    }

    /// What is known of them; nil if they must be checked.
    fileprivate func findings() -> CheckedSeries.Findings? {
        guard let kept else { return nil }
        if isAsKept { return kept.findings }
        let joined = joined
        guard kept.joined.elementsEqual(joined) else { return nil }
        // For the next run, which need not read them.
        if let stamp, stamp.isSettled { record?.keep(kept.findings, on: joined, stamp) }
        return kept.findings
    }

    fileprivate func keep(_ findings: CheckedSeries.Findings, on joined: [UInt8]) {
        record?.keep(findings, on: joined, stamp)
    }

    /// All of them in one: path, NUL, number of bytes, NUL, bytes.
    fileprivate var joined: [UInt8] { Self.joined(files) }

    fileprivate static func joined(_ files: [String: [UInt8]]) -> [UInt8] {
        files.sorted { $0.key < $1.key }.reduce(into: []) { all, file in
            all += "\(file.key)\0\(file.value.count)\0".utf8
            all += file.value
        }
    }

    private static func separated(_ joined: ArraySlice<UInt8>) -> [String: [UInt8]]? {
        var files: [String: [UInt8]] = [:]
        var rest = joined
        func word() -> String? {
            guard let end = rest.firstIndex(of: 0) else { return nil }
            defer { rest = rest[(end + 1)...] }
            return String(decoding: rest[..<end], as: UTF8.self)
        }
        while !rest.isEmpty {
            guard let path = word(), let count = word().flatMap({ Int($0) }), count <= rest.count else {
                return nil
            }
            files[path] = Array(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        return files
    }

    /// The files of the tree that its templates seem to be for, whichever patches will be chosen.
    package var likelyPaths: [String] {
        Set(files.keys.compactMap(Self.kernelPath)).filter { $0.contains("/") }.sorted()
    }

    /// PATCH/path or decisions/OPTION/VALUE/PATCH/path
    private static func kernelPath(_ file: String) -> String? {
        let depth = file.hasPrefix("decisions/") ? 4 : 1
        let parts = file.split(separator: "/", maxSplits: depth, omittingEmptySubsequences: false)
        return parts.count > depth ? String(parts[depth]) : nil
    }
}

/// A series with the files it was read from.
package struct LoadedSeries {
    package let series: Series
    package let files: [String: [UInt8]]
    package let project: ProjectFiles
    /// Stands for all of the files.
    package let digest: ObjectID

    package init(_ read: SeriesFiles) throws {
        project = read.project
        files = read.files
        let root = project.displayRoot(read.name)
        if let known = read.findings() {
            digest = known.digest
            series = try SeriesReader(files: files, root: root, parsed: known.manifests).readUnchecked()
        } else {
            let joined = read.joined
            digest = try ObjectID.ofBlob(joined)
            series = try SeriesReader(files: files, root: root).read()
            read.keep(.init(digest: digest, manifests: ParsedManifests(of: files)), on: joined)
        }
    }

    /// The same series with other files, which nothing has been written of.
    package init(_ loaded: LoadedSeries, files: [String: [UInt8]]) throws {
        project = loaded.project
        self.files = files
        series = try SeriesReader(files: files, root: loaded.folder).read()
        digest = try ObjectID.ofBlob(SeriesFiles.joined(files))
    }

    package func guestTests() throws(SeriesError) -> GuestTests {
        try GuestTests(series, files: files, root: folder)
    }

    /// What was said about it; nil for a series without a review.yml.
    package func review() throws -> Review? {
        try SeriesReader(files: files, root: folder).review()
    }

    /// What became of the review; nil for a series without one.
    package func reviewTable() throws -> ReviewTable? {
        guard let review = try review() else { return nil }
        return try ReviewTable(series, review, tests: guestTests())
    }

    /// Its folder, as messages name it.
    package var folder: String {
        FilePath(series.manifestPath).removingLastComponent().string
    }
}
