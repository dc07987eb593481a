// SPDX-License-Identifier: GPL-2.0-only

/// One file of a patch: as it was in the tree that the patch was made for, and as the patch leaves it.
public struct PatchedFile: Sendable {
    /// Relative to the tree.
    public let path: String
    /// Nil if the patch adds it.
    public let old: [UInt8]?
    /// Nil if the patch removes it.
    public let patched: [UInt8]?

    /// A file before and after.
    public init(path: String, old: [UInt8]?, patched: [UInt8]?) {
        self.path = path
        self.old = old
        self.patched = patched
    }
}

/// Why a change was put where it is.
public enum MergeReason: Sendable, Hashable {
    /// The lines that it changes, or its two neighbours, are there as they were.
    case unchanged
    /// Only one of its two neighbours is as it was; the other was changed.
    case neighbourChanged
    /// Its place looks the same as another one; it stays in front of what it stood in front of.
    case beforeFollower
    /// The line behind it is gone.
    case behindPredecessor
    /// Lines were put between its neighbours.
    case gapFilled
    /// In its place in a list that is sorted.
    case sorted
    /// At the end of the file, as before.
    case atEnd
    /// Behind the definition that it exports.
    case exported
    /// Within lines that were changed elsewhere.
    case words
    /// Goes with what was changed or added in the lines that are deleted.
    case deletedAsChanged
    /// The same change is there.
    case alreadyThere
    /// What it changes is gone.
    case goneUpstream
    /// The file is gone, and what it held is nowhere else.
    case fileGone
    /// The unit that it is in was moved within the file.
    case unitMoved
    /// The unit that it is in has another name.
    case unitRenamed
    /// The unit that it is in is in another file now.
    case otherFile(String)
    /// The file has another path.
    case fileRenamed(String)
}

/// What became of one change of a patch.
public struct MergeNote: Sendable, Hashable {
    /// The file in the tree that the patch was made for.
    public let path: String
    /// The change's first line there, from 1.
    public let line: Int
    /// Where it is now: the file, and the line in the new tree before the merge, from 1; nil if it is nowhere.
    public let place: MergePlace?
    /// Why it is there, most telling first.
    public let reasons: [MergeReason]

    /// What became of a change.
    public init(path: String, line: Int, place: MergePlace?, reasons: [MergeReason]) {
        self.path = path
        self.line = line
        self.place = place
        self.reasons = reasons
    }
}

/// A line of a file.
public struct MergePlace: Sendable, Hashable {
    /// Relative to the tree.
    public let path: String
    /// From 1.
    public let line: Int
    /// The function, struct, table or entry that it is in.
    public let unit: String?
}

/// A change that has no certain place.
public struct MergeConflict: Sendable, Hashable {
    /// The file in the tree that the patch was made for.
    public let path: String
    /// The change's first line there, from 1.
    public let line: Int
    /// The function, struct, table or entry that it is in there.
    public let unit: String?
    /// Why it is refused.
    public let reason: String
    /// The lines that the patch takes away.
    public let ancestor: [UInt8]
    /// The lines that it puts there.
    public let theirs: [UInt8]
    /// What the new tree has there; empty if that isn't known.
    public let ours: [UInt8]
    /// Where it could go.
    public let candidates: [MergePlace]

    /// A file as a whole that is refused.
    public init(path: String, reason: String, ancestor: [UInt8] = [], theirs: [UInt8] = []) {
        self.path = path
        self.reason = reason
        self.ancestor = ancestor
        self.theirs = theirs
        line = 1
        unit = nil
        ours = []
        candidates = []
    }

    init(
        path: String,
        line: Int,
        unit: String?,
        reason: String,
        ancestor: [UInt8],
        theirs: [UInt8],
        ours: [UInt8],
        candidates: [MergePlace]
    ) {
        self.path = path
        self.line = line
        self.unit = unit
        self.reason = reason
        self.ancestor = ancestor
        self.theirs = theirs
        self.ours = ours
        self.candidates = candidates
    }
}

/// What came of carrying one patch.
public struct TreeMerge: Sendable {
    /// Files of the new tree that are other than they were; nil for one that is gone.
    public internal(set) var files: [String: [UInt8]?] = [:]
    /// For a file that was renamed: the path that it had in the tree that the patch was made for.
    public internal(set) var origins: [String: String] = [:]
    /// What became of the changes that have a place, or need none.
    public internal(set) var notes: [MergeNote] = []
    /// What has its place, and may not fit there all the same.
    public internal(set) var warnings: [MergeWarning] = []
    /// What a person has to place.
    public internal(set) var conflicts: [MergeConflict] = []
}

/// What speaks against a place.
struct Refusal: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}

/// Lines of the new file to be replaced.
struct LineEdit {
    let lines: Range<Int>
    let new: [Int]
}
