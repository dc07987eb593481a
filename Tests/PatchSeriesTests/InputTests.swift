// SPDX-License-Identifier: GPL-2.0-only

import Base
import Foundation
import PatchSeries
import TestSupport
import Testing

/// What people get wrong in a series, a selection or a tree, and what they are told.
///
/// Each file of Fixtures/input says what differs from Fixtures/small.txtar:
/// `-- path --` puts a file in place of one, `-- change path --` removes its
/// `-` lines and puts its `+` lines there (at the end without `-` lines),
/// `-- remove path --` takes one away, `-- select --` gives a variant and settings.
@Suite struct InputTests {
    private static let folder = Fixtures.folder.appendingPathComponent("input")

    static func cases() throws -> [String] {
        try Archive.all(in: folder).map { $0.deletingPathExtension().lastPathComponent }
    }

    @Test(arguments: try InputTests.cases())
    func outcome(name: String) throws {
        let url = Self.folder.appendingPathComponent("\(name).txtar")
        let archive = try Archive(url)
        var files: [String: String] = [:]
        for (path, text) in try Archive(Fixtures.folder.appendingPathComponent("small.txtar")).sections {
            files[path] = text
        }
        for (path, text) in archive.sections where path != "expected" {
            if path.hasPrefix("remove ") {
                try #require(files.removeValue(forKey: String(path.dropFirst(7))) != nil)
            } else if path.hasPrefix("change ") {
                let changed = String(path.dropFirst(7))
                files[changed] = try change(try #require(files[changed]), text)
            } else {
                files[path] = text
            }
        }
        try archive.expect(try outcome(files), at: url)
    }

    private func change(_ text: String, _ edit: String) throws -> String {
        let lines = edit.split(separator: "\n", omittingEmptySubsequences: false)
        let added = lines.filter { $0.hasPrefix("+") }.map { $0.dropFirst() + "\n" }.joined()
        let removed = lines.filter { $0.hasPrefix("-") }.map { $0.dropFirst() + "\n" }.joined()
        if removed.isEmpty { return text + added }
        let range = try #require(text.firstRange(of: removed), "there is no '\(removed)'")
        return text.replacingCharacters(in: range, with: added)
    }

    /// What a user sees: the files of each patch, or the kind of the error and its text.
    private func outcome(_ files: [String: String]) throws -> String {
        func part(_ prefix: String) -> Files {
            Dictionary(
                uniqueKeysWithValues: files.filter { $0.key.hasPrefix(prefix) }.map {
                    (String($0.key.dropFirst(prefix.count)), Array($0.value.utf8))
                }
            )
        }
        let tree = part("tree/")
        let words = (files["select"] ?? "plain").split(whereSeparator: \.isWhitespace).map(String.init)
        do {
            let series = try SeriesReader(files: part("series/"), root: "small").read()
            _ = try GuestTests(series, files: part("series/"), root: "small")
            let selection = try Selection(
                variant: words.first ?? "",
                settings: try words.dropFirst().map { word throws(SeriesError) in
                    try Setting(parsing: word)
                },
                of: series
            )
            let rendered = try series.render(selection) { tree[$0] }
            return rendered.patches.map { patch in
                "patch \(patch.folder)\(patch.author.map { " by \($0.name)" } ?? ""): \(String(decoding: patch.message, as: UTF8.self))"
                    + patch.files.map {
                        "\($0.isNew ? "new file" : "file") \($0.path):\n\(String(decoding: $0.bytes, as: UTF8.self))"
                    }.joined()
            }.joined() + rendered.notes.map { "note: \($0)\n" }.joined()
        } catch let error as SeriesError {
            return "\(error.kind):\n\(error)\n"
        }
    }
}
