// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git
import PatchSeries
import SystemPackage

/// Patches written down as a series, and proved to be the same again when it is rendered.
package struct SeriesImport {
    package struct Patch {
        package let folder: String
        package let subject: String
        package let files: [ImportedFile]
    }

    package let patches: [Patch]
    /// The last tree: what was imported, and what rendering gives.
    package let tree: ObjectID

    /// Writes a series and renders it on the base; the folder gets its name only when all is the same to the byte.
    ///
    /// - Parameters:
    ///   - base: keeps new objects in memory.
    ///   - output: where the series is to be; nothing may be there.
    ///   - project: for what the check of a series wants to know.
    package init(
        _ head: SeriesHead,
        _ imported: [ImportedPatch],
        on base: borrowing BaseCommit,
        to output: FilePath,
        _ project: ProjectFiles
    ) throws {
        let parent = output.removingLastComponent()
        let scratch = try ScratchFolder(in: parent.string.isEmpty ? "." : parent, prefix: ".import")
        let folder = scratch.path.appending("series")
        var writer = Writer(imported: imported)
        // Each round says more of the files by lines that the one before has found to be placed otherwise.
        for _ in 0..<Self.rounds {
            try Task.checkCancellation()
            try writer.makeFolders(base)
            try writer.write(head, to: folder)
            guard let failure = try writer.difference(on: base, folder, project) else {
                patches = writer.folders.map {
                    Patch(folder: $0.name, subject: $0.patch.subject.onOneLine, files: $0.files)
                }
                tree = imported.last?.after ?? base.tree
                guard !Files.exists(output) else { throw Self.exists(output) }
                try Files.rename(folder, to: output)
                return
            }
            guard writer.demote(failure) else { throw ImportError(.series, failure.description(folder)) }
        }
        throw ImportError(
            .series,
            "the series doesn't render to what was imported, whatever form its sites have"
        )
    }

    private static let rounds = 12

    /// Refuses a place that is taken; before any work.
    package static func requireFree(_ output: FilePath) throws(ImportError) {
        guard !Files.exists(output), !Files.isLink(output) else { throw exists(output) }
        let parent = output.removingLastComponent()
        guard parent.string.isEmpty || Files.isFolder(parent) else {
            throw ImportError(.output, "there is no folder \(parent) for \(output)")
        }
    }

    private static func exists(_ output: FilePath) -> ImportError {
        ImportError(
            .output,
            "\(output) exists already; nothing was written\nname another folder, or remove it"
        )
    }
}

/// What a rendered series has otherwise.
private struct Difference {
    /// Files of patches by their numbers.
    var files: [(patch: Int, path: String)] = []
    let what: String

    /// - Parameter folder: of the unfinished series, which messages don't name.
    func description(_ folder: FilePath) -> String { what.replacing("\(folder)/", with: "") }
}

private struct Writer {
    let imported: [ImportedPatch]
    private(set) var folders: [PatchFolder] = []
    /// By patch and path: files that can't be said by structure.
    private var means: [String: PatchFolder.Means] = [:]
    /// Those whose folders are to be made anew.
    private var stale: Set<Int> = []

    init(imported: [ImportedPatch]) {
        self.imported = imported
        stale = Set(imported.indices)
    }

    mutating func makeFolders(_ base: borrowing BaseCommit) throws {
        for (number, patch) in imported.enumerated() where stale.contains(number) {
            try Task.checkCancellation()
            let folder = try PatchFolder(
                patch,
                name: SeriesHead.folder(number + 1, patch.subject),
                in: base.repository,
                means: { means["\(number) \($0)"] ?? .structure }
            )
            if number < folders.count { folders[number] = folder } else { folders.append(folder) }
        }
    }

    mutating func write(_ head: SeriesHead, to folder: FilePath) throws {
        if folders.count == stale.count {
            try Files.makeFolder(folder)
            if let cover = head.cover {
                try Files.write(Array(cover.utf8), to: folder.appending("cover.txt"))
            }
        }
        try Files.write(Array(head.manifest(folders).utf8), to: folder.appending("series.yml"))
        for number in stale {
            let patch = folders[number]
            let place = folder.appending(patch.name)
            try Files.makeFolder(place)
            try Files.write(Array(patch.patch.message.utf8), to: place.appending("message.txt"))
            for (path, bytes) in patch.templates {
                let file = place.appending(path)
                try Files.makeFolder(file.removingLastComponent())
                try Files.write(bytes, to: file)
            }
        }
        stale = []
    }

    /// Renders what was written; nil if it is the same as what was imported.
    func difference(on base: borrowing BaseCommit, _ folder: FilePath, _ project: ProjectFiles) throws
        -> Difference?
    {
        let name = folder.isAbsolute || folder.string.contains("/") ? folder.string : "./\(folder)"
        let loaded = try LoadedSeries(SeriesFiles(name, of: project))
        let selection = try Selection(variant: SeriesHead.variant, settings: [], of: loaded.series)
        let generated: GeneratedSeries
        do {
            generated = try base.generate(loaded, selection)
        } catch let error as SeriesError where error.kind == .placement || error.kind == .present {
            let root = "\(loaded.folder)/"
            let places = error.diagnostics.flatMap { [$0.file] + $0.notes }
            let files = folders.enumerated().flatMap { number, patch in
                patch.templates.keys.filter { path in
                    places.contains { $0.contains("\(root)\(patch.name)/\(path)") }
                }.map { (number, $0) }
            }
            return Difference(files: files, what: "\(error)")
        }
        var different = Difference(what: "")
        for (number, (patch, commit)) in zip(imported, generated.commits).enumerated() {
            guard commit.message == patch.message else {
                return Difference(what: "\(patch.name): the message is rendered otherwise than it is")
            }
            guard commit.author == patch.author else {
                return Difference(what: "\(patch.name): the author is rendered as \(commit.author.person)")
            }
            guard commit.tree != patch.after else { continue }
            let paths = try base.repository.diff(from: commit.tree, to: patch.after).map(\.path)
            different = Difference(
                files: paths.map { (number, $0) },
                what: "\(patch.name): rendered otherwise than it is: \(paths.joined(separator: ", "))"
            )
            return different
        }
        return generated.commits.count == imported.count ? nil : Difference(what: "patches were lost")
    }

    /// Has the files said by other means; false if there are none left.
    mutating func demote(_ difference: Difference) -> Bool {
        for (number, path) in difference.files {
            let key = "\(number) \(path)"
            guard let next = PatchFolder.Means(rawValue: (means[key] ?? .structure).rawValue + 1) else {
                return false
            }
            means[key] = next
            stale.insert(number)
        }
        return !difference.files.isEmpty
    }
}
