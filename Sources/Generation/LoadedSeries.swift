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

    package init(_ name: String, of project: ProjectFiles) throws {
        self.name = name
        self.project = project
        files = try project.seriesFiles(name)
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

    /// - Parameter checked: a folder for what is known of files that passed the checks; nil to make them each time.
    package init(_ read: SeriesFiles, checked: FilePath?) throws {
        project = read.project
        files = read.files
        let all = files.sorted { $0.key < $1.key }.reduce(into: [] as [UInt8]) { all, file in
            all += "\(file.key)\0\(file.value.count)\0".utf8
            all += file.value
        }
        let root = project.displayRoot(read.name)
        let record = checked.flatMap { CheckedSeries(read.name, in: $0) }
        if let known = record?.findings(on: all) {
            digest = known.digest
            series = try SeriesReader(files: files, root: root, parsed: known.manifests).readUnchecked()
        } else {
            digest = try ObjectID.ofBlob(all)
            series = try SeriesReader(files: files, root: root).read()
            record?.keep(.init(digest: digest, manifests: ParsedManifests(of: files)), on: all)
        }
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
