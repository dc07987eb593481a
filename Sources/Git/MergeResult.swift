// SPDX-License-Identifier: GPL-2.0-only

import Clibgit2

/// What came out of a three-way merge of one file. A conflict is a result, not an error.
public enum MergeResult: Sendable, Hashable {
    /// Both sides' changes fitted together.
    case clean([UInt8])
    /// They did not: the file with conflict markers, in which each conflict also shows the ancestor.
    case conflict([UInt8])

    /// The file, with or without markers.
    public var bytes: [UInt8] {
        switch self {
        case .clean(let bytes), .conflict(let bytes): bytes
        }
    }
}

/// The names that stand beside a merge's conflict markers.
public struct MergeLabels: Sendable, Hashable {
    /// Beside `|||||||`.
    public var ancestor: String
    /// Beside `<<<<<<<`.
    public var ours: String
    /// Beside `>>>>>>>`.
    public var theirs: String

    /// Names for the three sides.
    public init(ancestor: String = "ancestor", ours: String = "ours", theirs: String = "theirs") {
        self.ancestor = ancestor
        self.ours = ours
        self.theirs = theirs
    }
}

/// Merges what two sides made of one file, as `git merge-file --diff3` does.
public func mergeFile(
    ancestor: [UInt8],
    ours: [UInt8],
    theirs: [UInt8],
    labels: MergeLabels = MergeLabels()
) throws(GitError) -> MergeResult {
    try Library.start()
    var result = MergeFileHandle()
    var options = git_merge_file_options()
    try check(
        git_merge_file_options_init(&options, UInt32(GIT_MERGE_FILE_OPTIONS_VERSION)),
        "prepare a merge"
    )
    options.flags = GIT_MERGE_FILE_STYLE_DIFF3.rawValue
    let code = withInput(ancestor) { ancestor in
        withInput(ours) { ours in
            withInput(theirs) { theirs in
                labels.ancestor.withCString { ancestorLabel in
                    labels.ours.withCString { oursLabel in
                        labels.theirs.withCString { theirsLabel in
                            options.ancestor_label = ancestorLabel
                            options.our_label = oursLabel
                            options.their_label = theirsLabel
                            return git_merge_file(&result.raw, &ancestor, &ours, &theirs, &options)
                        }
                    }
                }
            }
        }
    }
    try check(code, "merge a file")
    return result.raw.automergeable == 1 ? .clean(result.bytes) : .conflict(result.bytes)
}

private func withInput(_ bytes: [UInt8], _ body: (inout git_merge_file_input) -> Int32) -> Int32 {
    bytes.withUnsafeBytes { buffer in
        var input = git_merge_file_input()
        input.version = UInt32(GIT_MERGE_FILE_INPUT_VERSION)
        input.ptr = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
        input.size = buffer.count
        return body(&input)
    }
}
