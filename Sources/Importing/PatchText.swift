// SPDX-License-Identifier: GPL-2.0-only

import Base

/// A patch as text: unified diffs, with git's headers or without.
package struct PatchText {
    /// What it does to one file.
    package struct File {
        /// nil for a file that is made.
        var old: String?
        /// nil for one that is taken away.
        var new: String?
        var oldMode: String?
        var newMode: String?
        /// Whether git's headers say that the content comes from `old`, which stays.
        var isCopy = false
        var hunks: [Hunk] = []
        /// From `diff --git` on; of a binary patch only.
        var binary: [UInt8]?
        /// 1-based line of the patch where it begins.
        let line: Int

        /// The path that messages name.
        var path: String { new ?? old ?? "" }
    }

    package struct Hunk {
        /// 1-based, as the header says.
        let start: Int
        /// 1-based line of the patch.
        let line: Int
        var old: [[UInt8]] = []
        var new: [[UInt8]] = []
    }

    package private(set) var files: [File] = []

    /// The name of the patch, for messages.
    private let name: String
    private let lines: [ArraySlice<UInt8>]
    private let strip: Int
    private var index = 0

    /// Reads a patch.
    ///
    /// - Parameters:
    ///   - name: for messages.
    ///   - strip: how many folders in front of each path aren't the tree's, as for `patch -p`.
    package init(_ bytes: [UInt8], name: String, strip: Int = 1) throws(ImportError) {
        self.name = name
        self.strip = strip
        guard bytes.newlines <= ImportLimit.lines else {
            throw ImportError(
                .source,
                "\(name): a patch of \(bytes.newlines) lines, and \(ImportLimit.lines) are the most that one may have here\nimport the commits: BASE..TIP"
            )
        }
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        for next in bytes.lineStarts.dropFirst() + [bytes.count] where next > start {
            lines.append(bytes[start..<next])
            start = next
        }
        self.lines = lines
        while index < lines.count { try readFile() }
    }

    private func failure(_ message: String, line: Int? = nil) -> ImportError {
        ImportError(.source, "\(name):\((line ?? index) + 1): \(message)")
    }

    private func begins(_ prefix: String, at place: Int? = nil) -> Bool {
        let place = place ?? index
        return place < lines.count && lines[place].starts(with: prefix.utf8)
    }

    private func text(_ prefix: String) -> String? {
        guard begins(prefix) else { return nil }
        return String(decoding: lines[index].dropFirst(prefix.utf8.count), as: UTF8.self).trimmingNewline
    }

    private mutating func readFile() throws(ImportError) {
        if begins("diff --git ") {
            try readGitFile()
        } else if begins("--- "), begins("+++ ", at: index + 1), begins("@@ -", at: index + 2) {
            var file = File(line: index + 1)
            try readNames(&file)
            // A file that is there before may be named .orig.
            if file.old != nil, let new = file.new { file.old = new }
            try readHunks(&file)
            files.append(file)
        } else {
            index += 1
        }
    }

    private mutating func readGitFile() throws(ImportError) {
        let first = index
        var file = File(line: index + 1)
        let (old, new) = try gitNames()
        (file.old, file.new) = (old, new)
        index += 1
        header: while index < lines.count {
            if let mode = text("old mode ") {
                file.oldMode = mode
            } else if let mode = text("new mode ") {
                file.newMode = mode
            } else if let mode = text("new file mode ") {
                file.newMode = mode
                file.old = nil
            } else if let mode = text("deleted file mode ") {
                file.oldMode = mode
                file.new = nil
            } else if let path = text("rename from ") ?? text("copy from ") {
                file.isCopy = begins("copy")
                file.old = try checked(unquoted(path))
            } else if let path = text("rename to ") ?? text("copy to ") {
                file.new = try checked(unquoted(path))
            } else if !begins("similarity index "), !begins("dissimilarity index "), !begins("index ") {
                break header
            }
            index += 1
        }
        if begins("GIT binary patch") {
            index += 1
            while index < lines.count, !begins("diff --git "), !begins("-- \n") { index += 1 }
            file.binary = Array(lines[first..<index].joined())
        } else if begins("Binary files ") {
            throw failure("a binary file without its content: make the patch with git format-patch --binary")
        } else if begins("--- "), begins("+++ ", at: index + 1) {
            var names = File(line: index + 1)
            try readNames(&names)
            if file.old != nil { file.old = names.old ?? file.old }
            if file.new != nil { file.new = names.new ?? file.new }
            try readHunks(&file)
        }
        guard file.old != nil || file.new != nil else { throw failure("no path in the header", line: first) }
        files.append(file)
    }

    /// Both paths of `diff --git a/X b/X`.
    private func gitNames() throws(ImportError) -> (String, String) {
        let names = text("diff --git ") ?? ""
        if names.hasPrefix("\"") {
            let end = Self.endOfQuotes(names)
            let second = String(names[end...].trimmed)
            return (try stripped(unquoted(String(names[..<end]))), try stripped(unquoted(second)))
        }
        // The two are alike where no other line names them.
        let count = names.utf8.count
        if count % 2 == 1 {
            let middle = names.utf8.index(names.startIndex, offsetBy: count / 2)
            let (old, new) = (String(names[..<middle]), String(names[names.utf8.index(after: middle)...]))
            if old.drop(while: { $0 != "/" }) == new.drop(while: { $0 != "/" }) {
                return (try stripped(old), try stripped(new))
            }
        }
        let parts = names.split(separator: " ").map(String.init)
        guard parts.count == 2 else { throw failure("'\(names.onOneLine)' doesn't name two files") }
        return (try stripped(unquoted(parts[0])), try stripped(unquoted(parts[1])))
    }

    private mutating func readNames(_ file: inout File) throws(ImportError) {
        func path(_ prefix: String) throws(ImportError) -> String? {
            var name = text(prefix) ?? ""
            if name.hasPrefix("\"") {
                name = unquoted(String(name[..<Self.endOfQuotes(name)]))
            } else if let tab = name.firstIndex(of: "\t") {
                name = String(name[..<tab])
            }
            return name == "/dev/null" ? nil : try stripped(name)
        }
        file.old = try path("--- ")
        index += 1
        file.new = try path("+++ ")
        index += 1
    }

    private mutating func readHunks(_ file: inout File) throws(ImportError) {
        while begins("@@ -") {
            let head = String(decoding: lines[index], as: UTF8.self)
            let numbers = head.split(separator: " ").prefix(3).dropFirst().compactMap(Self.range)
            guard numbers.count == 2 else { throw failure("'\(head.onOneLine)' is not the head of a hunk") }
            var hunk = Hunk(start: numbers[0].start, line: index + 1)
            var (old, new) = (numbers[0].count, numbers[1].count)
            index += 1
            while old > 0 || new > 0 {
                guard index < lines.count else {
                    throw failure("the patch ends in the middle of a hunk", line: hunk.line - 1)
                }
                let line = lines[index]
                switch line.first {
                case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                    let bytes = line.first == UInt8(ascii: " ") ? line.dropFirst() : line
                    hunk.old.append(Array(bytes))
                    hunk.new.append(Array(bytes))
                    (old, new) = (old - 1, new - 1)
                case UInt8(ascii: "-"):
                    hunk.old.append(Array(line.dropFirst()))
                    old -= 1
                case UInt8(ascii: "+"):
                    hunk.new.append(Array(line.dropFirst()))
                    new -= 1
                case UInt8(ascii: "\\"): endWithoutNewline(&hunk, behind: lines[index - 1].first)
                default: throw failure("the hunk is damaged: lines were lost, broken or wrapped")
                }
                guard old >= 0, new >= 0 else { throw failure("the hunk has more lines than its head says") }
                index += 1
            }
            if begins("\\") {
                endWithoutNewline(&hunk, behind: lines[index - 1].first)
                index += 1
            }
            file.hunks.append(hunk)
        }
    }

    private func endWithoutNewline(_ hunk: inout Hunk, behind sign: UInt8?) {
        func cut(_ lines: inout [[UInt8]]) {
            if lines.last?.last == UInt8(ascii: "\n") { lines[lines.count - 1].removeLast() }
        }
        if sign != UInt8(ascii: "+") { cut(&hunk.old) }
        if sign != UInt8(ascii: "-") { cut(&hunk.new) }
    }

    /// `-12,7`
    private static func range(_ text: Substring) -> (start: Int, count: Int)? {
        let parts = text.dropFirst().split(separator: ",").map { Int($0) }
        guard let first = parts.first, let start = first, start >= 0, parts.count <= 2 else { return nil }
        guard parts.count == 2 else { return (start, 1) }
        return parts[1].flatMap { (0...10_000_000).contains($0) ? (start, $0) : nil }
    }

    // MARK: Paths

    private func stripped(_ path: String) throws(ImportError) -> String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count > strip else {
            throw failure("'\(path.onOneLine)' is no path below \(strip) folders")
        }
        return try checked(parts.dropFirst(strip).joined(separator: "/"))
    }

    /// A path that is in the tree and stays there.
    private func checked(_ path: String) throws(ImportError) -> String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let isOutside = parts.contains { ["", ".", "..", ".git"].contains($0.lowercased()) }
        guard !isOutside, !path.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }), path.utf8.count < 4096
        else {
            throw failure("'\(path.onOneLine)' is not the path of a file in a kernel tree")
        }
        return path
    }

    /// Behind the closing quote.
    private static func endOfQuotes(_ text: String) -> String.Index {
        var index = text.index(after: text.startIndex)
        while index < text.endIndex, text[index] != "\"" {
            if text[index] == "\\", text.index(after: index) < text.endIndex {
                index = text.index(after: index)
            }
            index = text.index(after: index)
        }
        return index < text.endIndex ? text.index(after: index) : index
    }

    /// A path as git quotes it, with C's escapes.
    private func unquoted(_ text: String) -> String {
        guard text.hasPrefix("\""), text.hasSuffix("\""), text.utf8.count >= 2 else { return text }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8.dropFirst().dropLast())[...]
        let escapes: [Character: UInt8] = ["n": 10, "t": 9, "r": 13, "a": 7, "b": 8, "f": 12, "v": 11]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let next = rest.popFirst() else {
                bytes.append(byte)
                continue
            }
            if (0x30...0x37).contains(next) {
                let digits = [next] + rest.prefix(2)
                rest = rest.dropFirst(2)
                bytes.append(UInt8(truncatingIfNeeded: digits.reduce(0) { $0 * 8 + Int($1) - 0x30 }))
            } else {
                bytes.append(escapes[Character(Unicode.Scalar(next))] ?? next)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension String {
    fileprivate var trimmingNewline: String {
        var text = Substring(self)
        while text.last?.isNewline ?? false { text.removeLast() }
        return String(text)
    }
}

extension PatchText.File {
    /// What its hunks make of a file; nil of the bytes and the hunk that doesn't fit if one doesn't.
    ///
    /// A hunk may be at another line than it says, as for `git apply`, but its lines have to be there.
    func applied(to bytes: [UInt8]) -> Result<[UInt8], Misfit> {
        guard !hunks.isEmpty else { return .success(bytes) }
        var lines: [[UInt8]] = []
        var start = 0
        for next in bytes.lineStarts.dropFirst() + [bytes.count] where next > start {
            lines.append(Array(bytes[start..<next]))
            start = next
        }
        var result: [[UInt8]] = []
        var position = 0
        var shift = 0
        for hunk in hunks {
            let wanted = (hunk.old.isEmpty ? hunk.start : hunk.start - 1) + shift
            guard let place = Self.place(hunk.old, in: lines, near: wanted, from: position) else {
                return .failure(Misfit(hunk: hunk.line, start: hunk.start))
            }
            shift += place - wanted
            result += lines[position..<place]
            result += hunk.new
            position = place + hunk.old.count
        }
        result += lines[position...]
        return .success(Array(result.joined()))
    }

    struct Misfit: Error {
        /// 1-based line of the patch.
        let hunk: Int
        /// 1-based line of the file.
        let start: Int
    }

    private static func place(_ old: [[UInt8]], in lines: [[UInt8]], near wanted: Int, from floor: Int)
        -> Int?
    {
        let last = lines.count - old.count
        guard last >= floor else { return nil }
        func fits(_ place: Int) -> Bool {
            place >= floor && place <= last && lines[place..<place + old.count].elementsEqual(old)
        }
        for distance in 0...max(lines.count, wanted) {
            if fits(wanted - distance) { return wanted - distance }
            if fits(wanted + distance) { return wanted + distance }
        }
        return nil
    }
}
