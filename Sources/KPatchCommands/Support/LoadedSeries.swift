// SPDX-License-Identifier: GPL-2.0-only

import Git
import PatchSeries
import SystemPackage

/// The files of a series, not looked into yet.
struct SeriesFiles {
    let name: String
    let project: ProjectFiles
    let files: [String: [UInt8]]

    init(_ name: String, of project: ProjectFiles) throws(Failure) {
        self.name = name
        self.project = project
        files = try project.seriesFiles(name)
    }

    /// The files of the tree that its templates seem to be for, whichever patches will be chosen.
    var likelyPaths: [String] {
        Set(files.keys.compactMap { key in key.firstIndex(of: "/").map { String(key[$0...].dropFirst()) } })
            .filter { $0.contains("/") }.sorted()
    }
}

/// A series with the files it was read from.
struct LoadedSeries {
    let series: Series
    let files: [String: [UInt8]]
    let project: ProjectFiles
    /// Stands for all of the files.
    let digest: ObjectID

    init(_ name: String, of project: ProjectFiles) throws(Failure) {
        try self.init(SeriesFiles(name, of: project))
    }

    init(_ read: SeriesFiles) throws(Failure) {
        do {
            project = read.project
            files = read.files
            let all = files.sorted { $0.key < $1.key }.flatMap {
                Array("\($0.key)\0\($0.value.count)\0".utf8) + $0.value
            }
            digest = try ObjectID.ofBlob(all)
            let reader = SeriesReader(files: files, root: project.displayRoot(read.name))
            let record = CheckedSeries(read.name, digest)
            if record?.isTaken ?? false {
                series = try reader.readUnchecked()
            } else {
                series = try reader.read()
                record?.take()
            }
        } catch {
            throw Failure(error)
        }
    }

    func guestTests() throws(SeriesError) -> GuestTests {
        try GuestTests(series, files: files, root: folder)
    }

    /// What was said about it; nil for a series without a review.yml.
    func review() throws(Failure) -> Review? {
        do {
            return try SeriesReader(files: files, root: folder).review()
        } catch {
            throw Failure(error)
        }
    }

    /// What became of the review; nil for a series without one.
    func reviewTable() throws(Failure) -> ReviewTable? {
        guard let review = try review() else { return nil }
        do {
            return try ReviewTable(series, review, tests: guestTests())
        } catch {
            throw Failure(error)
        }
    }

    /// Its folder, as messages name it.
    var folder: String {
        FilePath(series.manifestPath).removingLastComponent().string
    }
}
