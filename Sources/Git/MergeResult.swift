// SPDX-License-Identifier: GPL-2.0-only

import Clibgit2

/// What came out of a three-way merge of one file. A conflict is a result, not an error.
public enum MergeResult: Sendable, Hashable {
    /// Both sides' changes fitted together.
    case clean([UInt8])
    /// They did not.
    case conflict(ConflictedFile)

    /// The file, with conflicts decided for our side.
    var ours: [UInt8] {
        switch self {
        case .clean(let bytes): bytes
        case .conflict(let file): file.ours
        }
    }

    private var parts: [ConflictedFile.Part] {
        switch self {
        case .clean(let bytes): [.settled(bytes)]
        case .conflict(let file): file.parts
        }
    }

    /// The same with more conflicts: those that `base`, of which this was made, had already.
    ///
    /// Nil if what was changed since reaches over one of them.
    public func reopening(_ conflicts: [ConflictedFile.Place], of base: [UInt8]) throws(GitError)
        -> MergeResult?
    {
        guard !conflicts.isEmpty else { return self }
        let changes = try lineChanges(from: base, to: ours)
        var result: [ConflictedFile.Part] = []
        var rest: [(lines: Range<Int>, conflict: LineConflict)] = []
        for place in conflicts {
            guard let lines = changes.moved(place.ours) else { return nil }
            rest.append((lines, place.conflict))
        }
        rest.reverse()
        var start = 0
        for part in parts {
            let lines =
                switch part {
                case .settled(let bytes): FileLines(bytes)
                case .open(let conflict): FileLines(conflict.ours)
                }
            let end = start + lines.count
            var next = start
            while let first = rest.last, first.lines.upperBound <= end, first.lines.lowerBound >= next {
                guard case .settled = part else { return nil }
                result.append(.settled(Array(lines[next - start..<first.lines.lowerBound - start])))
                result.append(.open(first.conflict))
                next = first.lines.upperBound
                rest.removeLast()
            }
            if case .open = part {
                result.append(part)
            } else {
                result.append(.settled(Array(lines[next - start..<lines.count])))
            }
            start = end
        }
        guard rest.isEmpty else { return nil }
        return .conflict(ConflictedFile(result.filter { $0 != .settled([]) }))
    }
}

/// Merges what two sides made of one file, as `git merge-file --diff3` does.
public func mergeFile(
    ancestor: [UInt8],
    ours: [UInt8],
    theirs: [UInt8]
) throws(GitError) -> MergeResult {
    try Library.start()
    var result = MergeFileHandle()
    var options = git_merge_file_options()
    try check(
        git_merge_file_options_init(&options, UInt32(GIT_MERGE_FILE_OPTIONS_VERSION)),
        "prepare a merge"
    )
    options.flags = GIT_MERGE_FILE_STYLE_DIFF3.rawValue
    // Longer than anything in the files that looks like one: what comes out is read below.
    let size = [ancestor, ours, theirs].map(longestMarker).reduce(6, max) + 1
    guard let markerSize = UInt16(exactly: size) else {
        throw GitError(
            .other,
            "can't merge a file with a line of \(size - 1) times '<', '|', '=' or '>'",
            advice: "merge it by hand"
        )
    }
    options.marker_size = markerSize
    let code = withInput(ancestor) { ancestor in
        withInput(ours) { ours in
            withInput(theirs) { theirs in
                git_merge_file(&result.raw, &ancestor, &ours, &theirs, &options)
            }
        }
    }
    try check(code, "merge a file")
    return result.raw.automergeable == 1
        ? .clean(result.bytes) : .conflict(ConflictedFile(marked: result.bytes, markerSize: size))
}

/// The longest run of one of a marker's signs that a line begins with.
private func longestMarker(in bytes: [UInt8]) -> Int {
    let lines = FileLines(bytes)
    var longest = 0
    for index in 0..<lines.count {
        let line = lines[index..<index + 1]
        guard let first = line.first, "<|=>".utf8.contains(first) else { continue }
        longest = max(longest, line.prefix { $0 == first }.count)
    }
    return longest
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
