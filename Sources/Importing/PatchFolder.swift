// SPDX-License-Identifier: GPL-2.0-only

import Base
import CSource
import Git
import PatchSeries

/// How a file's change was written down.
package struct ImportedFile {
    package let path: String
    /// The lines that could only be found by other lines, in the file as the patches before leave it.
    package struct Place {
        /// 1-based.
        package let line: Int
        /// Whether the function, struct, enum, table or section around them is known by name.
        package let isWithin: Bool
    }

    /// How many changes of lines it has; none for what is kept whole.
    package fileprivate(set) var changes = 0
    package fileprivate(set) var byLines: [Place] = []
    /// Whether the series holds the file's bytes, not a template.
    package fileprivate(set) var isWhole = false

    /// Whether it is C, where structure is expected.
    package var isCode: Bool { path.hasSuffix(".c") || path.hasSuffix(".h") }
}

/// A patch as a folder of a series.
struct PatchFolder {
    let name: String
    let patch: ImportedPatch
    /// By kernel path.
    private(set) var templates: [String: [UInt8]] = [:]
    private(set) var rows: [Row] = []
    private(set) var files: [ImportedFile] = []

    /// What series.yml says of a file.
    struct Row {
        let path: String
        var fields: [(key: String, value: String)]
    }

    /// How much of a file's change a template may say.
    enum Means: Int {
        case structure, lines, whole
    }

    /// - Parameter means: of those files that need others than structure.
    init(
        _ patch: ImportedPatch,
        name: String,
        in repository: borrowing Repository,
        means: (String) -> Means
    ) throws {
        self.name = name
        self.patch = patch
        let changes = try repository.diff(from: patch.before, to: patch.after)
        let sources = try Self.renames(changes, repository)
        for change in changes {
            let source = change.new == nil ? nil : sources[change.path]
            do {
                try add(change, source, repository, means(change.path))
            } catch let error as ImportError {
                throw ImportError(error.kind, "\(patch.name): \(error.description)")
            }
        }
    }

    private mutating func add(
        _ change: TreeChange,
        _ source: TreeChange?,
        _ repository: borrowing Repository,
        _ means: Means
    ) throws {
        let path = change.path
        guard change.old?.mode != .submodule, change.new?.mode != .submodule else {
            throw ImportError(.source, "\(path) is a submodule, which a series can't hold")
        }
        var row = Row(path: path, fields: [])
        defer { if !row.fields.isEmpty { rows.append(row) } }
        guard let new = change.new else {
            row.fields = [("is", "removed"), ("was", change.old?.id.description ?? "")]
            files.append(ImportedFile(path: path))
            return
        }
        let old = source?.old ?? change.old
        let mode = source == nil ? change.old?.mode : nil
        if new.mode != mode ?? .regular { row.fields.append(("mode", Self.word(new.mode))) }
        if let source { row.fields.insert(("from", source.path), at: 0) }
        var file = ImportedFile(path: path)
        defer { files.append(file) }
        guard old?.id != new.id else { return }
        let bytes = try repository.bytes(of: new.id, path: path)
        let before = try old.map { try repository.bytes(of: $0.id, path: path) }
        if means != .whole, new.mode != .symbolicLink, old?.mode != .symbolicLink,
            let template = try Self.template(path, before, bytes, means, &file)
        {
            templates[path] = template
            return
        }
        guard bytes.count <= Self.wholeLimit else {
            throw ImportError(
                .source,
                "\(path) has \(bytes.count) bytes, and \(Self.wholeLimit) are the most that a file of a series may have"
            )
        }
        templates[path] = bytes
        file.isWhole = true
        row.fields.removeAll { $0.key == "from" }
        row.fields.insert(("is", "whole"), at: 0)
        if let old = change.old { row.fields.append(("was", old.id.description)) }
    }

    /// As a series' files have it.
    private static let wholeLimit = 1 << 20

    private static func word(_ mode: FileMode) -> String {
        let word: Series.FileRow.Mode =
            switch mode {
            case .executable: .executable
            case .symbolicLink: .symlink
            case .regular, .folder, .submodule: .regular
            }
        return word.rawValue
    }

    /// A template that makes the new file of the old one, as tried; nil if none does.
    private static func template(
        _ path: String,
        _ before: [UInt8]?,
        _ after: [UInt8],
        _ means: Means,
        _ file: inout ImportedFile
    ) throws -> [UInt8]? {
        guard !after.prefix(8000).contains(0), !(before?.prefix(8000).contains(0) ?? false) else {
            return nil
        }
        guard let before else {
            guard !after.isEmpty, BaseFile.trial(after, at: path, on: nil) == after else { return nil }
            return after
        }
        guard let base = try? BaseFile(path: path, bytes: before) else { return nil }
        let changes = try lineChanges(from: before, to: after).map { ChangedLines(old: $0.old, new: $0.new) }
        let finder = SiteFinder(
            base.parsed,
            new: after,
            changes: changes,
            language: SourceLanguage(path: path)
        )
        guard let (sites, template) = finder.proved(at: path, on: base, isByLines: means == .lines) else {
            return nil
        }
        file.changes = changes.count
        file.byLines = sites.filter { $0.form != .structure }.flatMap { site in
            site.changes.map {
                ImportedFile.Place(
                    line: changes[$0].old.lowerBound + 1,
                    isWithin: site.form == .linesWithin
                )
            }
        }
        return template
    }

    // MARK: Renames

    /// For an added path, what was taken away elsewhere and is at least half of it.
    private static func renames(_ changes: [TreeChange], _ repository: borrowing Repository) throws
        -> [String: TreeChange]
    {
        let added = changes.filter { $0.old == nil && $0.new?.mode != .symbolicLink }
        var removed = changes.filter { $0.new == nil && $0.old?.mode != .symbolicLink }
        guard !added.isEmpty, !removed.isEmpty, added.count * removed.count <= 2500 else { return [:] }
        var result: [String: TreeChange] = [:]
        for change in added {
            if let same = removed.firstIndex(where: { $0.old?.id == change.new?.id }) {
                result[change.path] = removed.remove(at: same)
            }
        }
        for change in added where result[change.path] == nil {
            guard let new = change.new else { continue }
            let lines = try lineSet(new.id, change.path, repository)
            var best: (index: Int, share: Int)?
            for (index, candidate) in removed.enumerated() {
                guard let old = candidate.old else { continue }
                let others = try lineSet(old.id, candidate.path, repository)
                let common = lines.reduce(0) { $0 + min($1.value, others[$1.key] ?? 0) }
                let count = max(lines.values.reduce(0, +), others.values.reduce(0, +))
                if count > 0, common * 2 >= count, common > best?.share ?? 0 { best = (index, common) }
            }
            if let best { result[change.path] = removed.remove(at: best.index) }
        }
        return result
    }

    private static func lineSet(_ id: ObjectID, _ path: String, _ repository: borrowing Repository) throws
        -> [ArraySlice<UInt8>: Int]
    {
        let bytes = try repository.bytes(of: id, path: path)
        return bytes.split(separator: UInt8(ascii: "\n")).reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }
}
