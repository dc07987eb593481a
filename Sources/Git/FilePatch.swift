// SPDX-License-Identifier: GPL-2.0-only

/// One file's part of a diff, as git writes it. libgit2 finds the hunks; the lines around them are made here, because
/// its own would need a repository's index and attributes, and would differ from git's.
struct FilePatch {
    let path: String
    /// The lines from `diff --git` on.
    private(set) var text: [UInt8]
    private(set) var insertions = 0
    private(set) var deletions = 0
    /// The sizes in bytes of a binary file, before and after; nil for text.
    private(set) var binarySizes: (old: Int, new: Int)?
    /// The line for mode changes, additions and removals below a diffstat, if there is one.
    private(set) var summary: String?

    init(path: String, old: TreeChange.File?, new: TreeChange.File?, oldBytes: [UInt8], newBytes: [UInt8])
        throws(GitError)
    {
        self.path = path
        let oldName = quotedPath("a/" + path)
        let newName = quotedPath("b/" + path)
        text = Array("diff --git \(oldName) \(newName)\n".utf8)
        switch (old?.mode, new?.mode) {
        case (nil, let mode?):
            text += "new file mode \(mode)\n".utf8
            summary = " create mode \(mode) \(quotedPath(path))\n"
        case (let mode?, nil):
            text += "deleted file mode \(mode)\n".utf8
            summary = " delete mode \(mode) \(quotedPath(path))\n"
        case (let from?, let to?) where from != to:
            text += "old mode \(from)\nnew mode \(to)\n".utf8
            summary = " mode change \(from) => \(to) \(quotedPath(path))\n"
        default:
            break
        }
        guard old?.id != new?.id else { return }
        let isBinary = looksBinary(oldBytes) || looksBinary(newBytes)
        // git gives binary patches in full: they are checked when applied.
        let digits = isBinary ? 40 : 12
        let ids = [old?.id, new?.id].map { ($0 ?? .zero).description.prefix(digits) }
        let mode = old?.mode == new?.mode ? new.map { " \($0.mode)" } ?? "" : ""
        text += "index \(ids[0])..\(ids[1])\(mode)\n".utf8
        if isBinary {
            binarySizes = (oldBytes.count, newBytes.count)
            text += try PatchBody.binary(from: oldBytes, to: newBytes)
        } else if oldBytes != newBytes {
            text += "--- \(old == nil ? "/dev/null" : oldName + Self.nameEnd(path))\n".utf8
            text += "+++ \(new == nil ? "/dev/null" : newName + Self.nameEnd(path))\n".utf8
            let body = try PatchBody(
                from: oldBytes,
                to: newBytes,
                headings: HunkHeadings(oldBytes, path: path)
            )
            text += body.text
            insertions = body.insertions
            deletions = body.deletions
        }
    }

    /// A tab ends a name with a space in it, for the sake of GNU patch.
    private static func nameEnd(_ path: String) -> String {
        path.contains(" ") ? "\t" : ""
    }
}

/// git's guess at what is not text: a zero byte near the beginning.
func looksBinary(_ bytes: [UInt8]) -> Bool {
    bytes.prefix(8000).contains(0)
}

/// A path as git shows it: in quotes with C escapes if it has a control character, a quote or a byte above 127.
func quotedPath(_ path: String) -> String {
    let escapes: [UInt8: String] = [
        7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 34: "\\\"", 92: "\\\\",
    ]
    var quoted = ""
    for byte in path.utf8 {
        if let escape = escapes[byte] {
            quoted += escape
        } else if byte < 32 || byte > 126 {
            let octal = String(byte, radix: 8)
            quoted += "\\" + String(repeating: "0", count: 3 - octal.count) + octal
        } else {
            quoted += String(Unicode.Scalar(byte))
        }
    }
    return quoted == path ? path : "\"\(quoted)\""
}
