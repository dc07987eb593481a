// SPDX-License-Identifier: GPL-2.0-only

import Base
import Generation
import Git

/// The versions of a file that meet.
struct MergeSides: Hashable {
    /// As it was generated.
    var old: FileVersion?
    /// As a person left it.
    var edited: FileVersion?
    /// As it is generated now.
    var new: FileVersion?

    /// Names this meeting, so that what was resolved once is known again.
    var key: String {
        [old, edited, new].map { $0.map { "\($0.id) \($0.mode)" } ?? "-" }.joined(separator: " ")
    }
}

/// What came of carrying the hand edits of a file over.
enum CarriedFile {
    case done(FileVersion?)
    case conflict(ConflictedFile, FileConflict.Kind)
}

/// Sites of a file on both sides.
struct SitePair {
    let anchor: String
    let old: Range<Int>
    let new: Range<Int>
}

/// Where two versions of a file did not fit together.
struct FileConflict {
    /// What stands for a path if it is the commit message.
    static let message = "COMMIT_MESSAGE"

    let path: String
    /// What a resolution of it is kept under.
    let key: String
    let file: ConflictedFile
    /// What the sides are called where it is shown.
    let labels: MergeLabels
    let kind: Kind
    /// Nil for a commit message.
    let sides: MergeSides?
    /// With how many of the patches the file is generated; nil if some are left out.
    let count: Int?

    enum Kind {
        /// Lines, between markers.
        case lines
        /// One side has no file.
        case gone
        /// Not lines: a link, a submodule, something binary.
        case opaque
        /// The lines fit, but would come to stand in another function.
        case elsewhere(String)
        /// Lines that the person deleted have moved, so that the merge took them for deleted by both.
        case kept
    }
}

extension Repository {
    /// Merges one file: what a person made of the old generated version, done to the new one.
    ///
    /// - Parameters:
    ///   - sites: those that correspond; empty if they are not known.
    ///   - symbols: what has another name in the new tree.
    func carry(
        _ sides: MergeSides,
        path: String,
        sites: () throws -> [SitePair]?,
        symbols: [(from: String, to: String)]
    ) throws -> CarriedFile {
        if sides.edited == sides.old { return .done(sides.new) }
        if sides.new == sides.old || sides.new == sides.edited { return .done(sides.edited) }
        let versions = [sides.old, sides.edited, sides.new]
        guard versions.allSatisfy({ $0?.isFile ?? true }) else {
            return .conflict(Self.notice(sides), .opaque)
        }
        let texts = try versions.map { version throws(GitError) in
            try version.map { version throws(GitError) in
                try self.bytes(of: version.id, path: path)
            } ?? []
        }
        guard texts.allSatisfy({ !$0.prefix(8000).contains(0) }) else {
            return .conflict(Self.notice(sides), .opaque)
        }
        guard let edited = sides.edited, let new = sides.new else {
            return .conflict(ConflictedFile(ours: texts[2], theirs: texts[1]), .gone)
        }
        let merged = try PlacedMerge(path: path, sites: sites() ?? [], symbols: symbols)
            .merge(old: texts[0], edited: texts[1], new: texts[2])
        switch merged {
        case .conflict(let file, let kind): return .conflict(file, kind)
        case .clean(let bytes):
            let mode = edited.mode == sides.old?.mode ? new.mode : edited.mode
            return .done(FileVersion(id: try writeBlob(bytes), mode: mode))
        }
    }

    /// What stands for a file that has no lines to show.
    private static func notice(_ sides: MergeSides) -> ConflictedFile {
        func name(_ version: FileVersion?) -> [UInt8] {
            Array("\(version.map { "\($0.mode) \($0.id)" } ?? "no file")\n".utf8)
        }
        return ConflictedFile(ours: name(sides.new), theirs: name(sides.edited))
    }
}
