// SPDX-License-Identifier: GPL-2.0-only

import Base
import Clibgit2

/// The hunks between two versions of a file, found by libgit2's copy of git's own algorithm.
struct PatchBody {
    private(set) var text: [UInt8] = []
    private(set) var insertions = 0
    private(set) var deletions = 0

    init(from old: [UInt8], to new: [UInt8], headings: HunkHeadings) throws(GitError) {
        let flags = GIT_DIFF_FORCE_TEXT.rawValue | GIT_DIFF_INDENT_HEURISTIC.rawValue
        self = try Self.withPatch(from: old, to: new, flags: flags) { patch throws(GitError) in
            try PatchBody(patch, headings)
        }
    }

    /// `GIT binary patch` and what follows it.
    static func binary(from old: [UInt8], to new: [UInt8]) throws(GitError) -> [UInt8] {
        let flags = GIT_DIFF_FORCE_BINARY.rawValue | GIT_DIFF_SHOW_BINARY.rawValue
        let text = try withPatch(from: old, to: new, flags: flags) { patch throws(GitError) in
            var buffer = Buffer()
            try check(git_patch_to_buf(&buffer.raw, patch.pointer), "write a binary patch")
            return buffer.bytes
        }
        let lines = text.lines
        guard let start = lines.firstIndex(where: { $0.elementsEqual("GIT binary patch".utf8) }) else {
            throw GitError(.other, "libgit2 made no binary patch", advice: "take the file out of the series")
        }
        return Array(lines[start...].joined(separator: [UInt8(ascii: "\n")]))
    }

    /// The patch's lines point into both buffers, which therefore have to outlive it.
    static func withPatch<Value>(
        from old: [UInt8],
        to new: [UInt8],
        flags: UInt32,
        context: UInt32 = 3,
        _ body: (borrowing PatchHandle) throws(GitError) -> Value
    ) throws(GitError) -> Value {
        try Library.start()
        var options = git_diff_options()
        try check(git_diff_options_init(&options, UInt32(GIT_DIFF_OPTIONS_VERSION)), "prepare a comparison")
        options.flags = flags
        options.context_lines = context
        return try old.withUnsafeBytes { old in
            new.withUnsafeBytes { new in
                Result { () throws(GitError) in
                    let pointer = try acquire("compare two versions of a file") {
                        git_patch_from_buffers(
                            &$0,
                            old.baseAddress,
                            old.count,
                            nil,
                            new.baseAddress,
                            new.count,
                            nil,
                            &options
                        )
                    }
                    return try body(PatchHandle(pointer: pointer))
                }
            }
        }.get()
    }

    private init(_ patch: borrowing PatchHandle, _ headings: HunkHeadings) throws(GitError) {
        for index in 0..<git_patch_num_hunks(patch.pointer) {
            var hunk: UnsafePointer<git_diff_hunk>?
            var count = 0
            try check(git_patch_get_hunk(&hunk, &count, patch.pointer, index), "read a hunk")
            guard let hunk = hunk?.pointee else { continue }
            addHeader(hunk, headings)
            for line in 0..<count {
                var content: UnsafePointer<git_diff_line>?
                try check(
                    git_patch_get_line_in_hunk(&content, patch.pointer, index, line),
                    "read a line of a hunk"
                )
                if let content { add(content.pointee) }
            }
        }
    }

    private mutating func addHeader(_ hunk: git_diff_hunk, _ headings: HunkHeadings) {
        let old = Self.range(hunk.old_start, hunk.old_lines)
        let new = Self.range(hunk.new_start, hunk.new_lines)
        text += "@@ -\(old) +\(new) @@".utf8
        // Without old lines the hunk starts below its first line's number.
        let linesAbove = hunk.old_lines == 0 ? hunk.old_start : hunk.old_start - 1
        if let heading = headings.heading(above: Int(linesAbove)) { text += [UInt8(ascii: " ")] + heading }
        text.append(UInt8(ascii: "\n"))
    }

    /// `start,count` of a hunk's header; a count of 1 is left out.
    private static func range(_ start: Int32, _ count: Int32) -> String {
        count == 1 ? "\(start)" : "\(start),\(count)"
    }

    private mutating func add(_ line: git_diff_line) {
        let origin = UInt8(bitPattern: line.origin)
        switch origin {
        case UInt8(ascii: "+"):
            insertions += 1
            text.append(origin)
        case UInt8(ascii: "-"):
            deletions += 1
            text.append(origin)
        case UInt8(ascii: " "):
            text.append(origin)
        default:
            // A missing newline at the end of the file: the content is the whole notice, and begins with a newline.
            break
        }
        text += UnsafeRawBufferPointer(start: line.content, count: line.content_len)
    }
}
