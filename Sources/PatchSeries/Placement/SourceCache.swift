// SPDX-License-Identifier: GPL-2.0-only

import CSource

/// A file of the base tree with its structure.
///
/// Making one is most of the work of placing a patch, and needs nobody else: a caller with several processors makes
/// those of `Series.basePaths` side by side and hands them to `render`.
public struct BaseFile: Sendable {
    public let bytes: [UInt8]
    public let parsed: ParsedSource

    /// Throws `.base` for a file that is too large to be read, or nested too deeply (`SourceLimit`).
    public init(path: String, bytes: [UInt8]) throws(SeriesError) {
        do {
            self.init(try ParsedSource(bytes, language: SourceLanguage(path: path)))
        } catch {
            throw Self.unread(path, error)
        }
    }

    private init(_ parsed: ParsedSource) {
        bytes = parsed.text.bytes
        self.parsed = parsed
    }

    /// The line of what has a name and is no prototype; nil if the file has no such thing.
    public func line(defining name: String) -> Int? { SourceProbe(parsed).definition(of: name) }

    /// The file after some edits, which have made these bytes of it.
    func edited(by edits: [TextEdit], path: String, to bytes: [UInt8]) throws(SeriesError) -> BaseFile {
        do {
            return BaseFile(try parsed.edited(by: edits, to: bytes))
        } catch {
            throw Self.unread(path, error)
        }
    }

    private static func unread(_ path: String, _ limit: SourceLimit) -> SeriesError {
        SeriesError(
            .base,
            [Diagnostic(file: path, line: limit.line, message: "not read: \(limit.description)")]
        )
    }
}

/// The base tree's files, each read and parsed once: facts and sites often want the same ones.
final class SourceCache {
    private var known: [String: BaseFile?]

    init(_ known: [String: BaseFile] = [:]) {
        self.known = known.mapValues { $0 }
    }

    func file(
        _ path: String,
        _ read: (String) throws -> [UInt8]?
    ) throws -> BaseFile? {
        if let file = known[path] { return file }
        let file = try read(path).map { try BaseFile(path: path, bytes: $0) }
        known[path] = .some(file)
        return file
    }
}

extension Series {
    /// The files that facts and the patches of a selection ask for in most trees. A tree's quirks may add others.
    public func basePaths(_ selection: Selection) -> [String] {
        let conditions = selection.conditions()
        let chosen = patches.filter { $0.condition?.holds { conditions[$0] ?? false } ?? true }
        var seen: Set<String> = []
        return (["Makefile"] + chosen.flatMap { $0.paths(conditions) } + facts.flatMap { $0.files + $0.also })
            .filter { seen.insert($0).inserted }
    }
}

extension Series.Patch {
    /// The kernel files that it changes where these conditions hold, fragments included.
    fileprivate func paths(_ conditions: [String: Bool]) -> [String] {
        files.map(\.path)
            + fragments.filter { conditions[$0.condition] ?? false }.map(\.path)
            .filter { $0 != Series.Fragment.message }
    }
}
