// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Testing

/// Several small files in one, so that a case can be read at a glance: a
/// comment, then `-- name --` lines with the files' text behind them
/// (the txtar format of Go, golang.org/x/tools/txtar).
public struct Archive {
    /// What stands before the first section.
    public let comment: String
    public var sections: [(name: String, text: String)]

    public init(_ url: URL) throws {
        var comment = ""
        var sections: [(name: String, text: String)] = []
        let text = try String(contentsOf: url, encoding: .utf8)
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            if line.hasPrefix("-- "), line.hasSuffix(" --"), line.count > 6 {
                sections.append((String(line.dropFirst(3).dropLast(3)), ""))
            } else if sections.isEmpty {
                comment += line + "\n"
            } else {
                sections[sections.count - 1].text += line + "\n"
            }
        }
        self.comment = comment
        self.sections = sections
    }

    /// The text of a section; nil if there is none of that name.
    public subscript(_ name: String) -> String? { sections.first { $0.name == name }?.text }

    /// The archives of a folder, by name.
    public static func all(in folder: URL) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "txtar" }
            .sorted { $0.path < $1.path }
    }

    /// Compares with the section `expected`; `KPATCH_UPDATE_GOLDEN=1` writes it anew: read the diff before committing it.
    public func expect(
        _ actual: String,
        at url: URL,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        guard ProcessInfo.processInfo.environment["KPATCH_UPDATE_GOLDEN"] == "1" else {
            #expect(
                actual == self["expected"],
                "differs from \(url.lastPathComponent)",
                sourceLocation: sourceLocation
            )
            return
        }
        let kept = sections.filter { $0.name != "expected" } + [("expected", actual)]
        let text = comment + kept.map { "-- \($0.name) --\n\($0.text)" }.joined()
        try text.write(to: url, atomically: true, encoding: .utf8)
    }
}
