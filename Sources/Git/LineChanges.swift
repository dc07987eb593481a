// SPDX-License-Identifier: GPL-2.0-only

import Base
import Clibgit2

/// Lines of one version of a file that another one has others for. Lines count from 0.
public struct LineChange: Sendable, Hashable {
    /// Empty for lines that were only added: they stand before the line that it begins with.
    public let old: Range<Int>
    /// Empty for lines that were only taken away.
    public let new: Range<Int>

    /// A change of lines.
    public init(old: Range<Int>, new: Range<Int>) {
        self.old = old
        self.new = new
    }
}

/// What differs between two versions of a file, top down, as git sees it.
public func lineChanges(from old: [UInt8], to new: [UInt8]) throws(GitError) -> [LineChange] {
    guard old != new else { return [] }
    return try PatchBody.withPatch(
        from: old,
        to: new,
        flags: GIT_DIFF_FORCE_TEXT.rawValue | GIT_DIFF_INDENT_HEURISTIC.rawValue,
        context: 0
    ) { patch throws(GitError) in
        var changes: [LineChange] = []
        for index in 0..<git_patch_num_hunks(patch.pointer) {
            var hunk: UnsafePointer<git_diff_hunk>?
            try check(git_patch_get_hunk(&hunk, nil, patch.pointer, index), "read a hunk")
            guard let hunk = hunk?.pointee else { continue }
            changes.append(
                LineChange(
                    old: lineRange(hunk.old_start, hunk.old_lines),
                    new: lineRange(hunk.new_start, hunk.new_lines)
                )
            )
        }
        return changes
    }
}

/// A hunk header's numbers count from 1, but those of no line name the line before it.
private func lineRange(_ start: Int32, _ count: Int32) -> Range<Int> {
    let first = count == 0 ? Int(start) : Int(start) - 1
    return first..<first + Int(count)
}

extension [LineChange] {
    /// Where lines of the old version are in the new one; nil if a change reaches over one of their ends.
    ///
    /// Lines that were added right before or right behind them are not theirs.
    public func moved(_ lines: Range<Int>) -> Range<Int>? {
        var (start, end) = (lines.lowerBound, lines.upperBound)
        for change in self {
            let shift = change.new.count - change.old.count
            if change.old.upperBound <= lines.lowerBound {
                start += shift
                end += shift
            } else if change.old.lowerBound < lines.lowerBound {
                return nil
            } else if change.old.upperBound <= lines.upperBound,
                !(change.old.isEmpty && change.old.lowerBound == lines.upperBound)
            {
                end += shift
            } else if change.old.lowerBound < lines.upperBound {
                return nil
            }
        }
        return start..<end
    }
}

/// A file cut into lines, each with its newline.
struct FileLines {
    let bytes: [UInt8]
    /// Where each line begins, and the end.
    private let starts: [Int]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var starts = bytes.lineStarts
        if starts.last != bytes.count { starts.append(bytes.count) }
        self.starts = starts
    }

    var count: Int { starts.count - 1 }

    subscript(_ lines: Range<Int>) -> ArraySlice<UInt8> {
        bytes[starts[min(lines.lowerBound, count)]..<starts[min(lines.upperBound, count)]]
    }

    /// The file with other lines at some places, which must not overlap and be in order.
    func replacing(_ parts: [(lines: Range<Int>, by: [UInt8])]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var next = 0
        for part in parts {
            result += self[next..<max(next, part.lines.lowerBound)]
            result += part.by
            next = part.lines.upperBound
        }
        return result + self[next..<max(next, count)]
    }
}
