// SPDX-License-Identifier: GPL-2.0-only

import Testing

/// A patch as it was mailed, and files that it applies to, made of nothing but its own hunks.
///
/// The true base, kvm/queue of February 2021, is not at hand, so the post-image
/// ids of the patch's index lines can't be checked. What can be: that whatever
/// `git am` makes of the mail, the series makes as well. The files hold every
/// context and removed line of the patch, within the function, struct or table
/// that the hunk's header names.
public struct PostedPatch {
    public struct Hunk {
        let head: String
        /// Context and removed lines.
        let lines: [String]
    }

    public struct File {
        public let path: String
        public let hunks: [Hunk]
    }

    public let files: [File]

    /// Reads a mail.
    public init(_ mail: [UInt8]) throws {
        var files: [File] = []
        var path: String?
        var hunks: [Hunk] = []
        var head: String?
        var lines: [String] = []
        func endHunk() {
            if let head { hunks.append(Hunk(head: head, lines: lines)) }
            head = nil
            lines = []
        }
        func endFile() {
            endHunk()
            if let path { files.append(File(path: path, hunks: hunks)) }
            path = nil
            hunks = []
        }
        let text = String(decoding: mail, as: UTF8.self).split(
            separator: "\n",
            omittingEmptySubsequences: false
        )
        for line in text {
            if line == "-- " {
                break
            } else if line.hasPrefix("diff --git a/") {
                endFile()
                path = String(try #require(line.split(separator: " ").last).dropFirst(2))
            } else if line.hasPrefix("@@ ") {
                endHunk()
                let end = try #require(line.dropFirst(2).firstRange(of: " @@"))
                head = String(line[end.upperBound...].drop { $0 == " " })
            } else if head != nil, line.isEmpty || line.hasPrefix(" ") || line.hasPrefix("-") {
                lines.append(String(line.dropFirst()))
            }
        }
        endFile()
        self.files = files
    }

    /// The files before the patch.
    public func preImages() -> [String: [UInt8]] {
        Dictionary(
            uniqueKeysWithValues: files.map { file in
                let text = file.path.hasSuffix(".rst") ? Self.document(file) : Self.source(file)
                return (file.path, Array(text.utf8))
            }
        )
    }

    private static func document(_ file: File) -> String {
        // The section that the first hunk's context ends.
        let chapter = "7. Capabilities that can be enabled on VMs"
        let head =
            [chapter, String(repeating: "=", count: chapter.count), ""] + [
                "7.22 KVM_CAP_X86_BUS_LOCK_EXIT", "------------------------------", "",
            ]
        return (head + file.hunks.flatMap(\.lines)).map { $0 + "\n" }.joined()
    }

    private static func source(_ file: File) -> String {
        var builder = SourceBuilder()
        for hunk in file.hunks { builder.add(hunk) }
        builder.close(downTo: 0)
        return builder.text
    }
}

/// Puts the hunks of a C file into the constructs that their headers name.
private struct SourceBuilder {
    /// What the `switch` says whose labels a hunk shows, by the function it is in.
    private static let switches = [
        "kvm_vm_ioctl_check_extension": "\tswitch (ext) {",
        "kvm_vcpu_ioctl_enable_cap": "\tswitch (cap->cap) {",
        "kvm_vm_ioctl_enable_cap": "\tswitch (cap->cap) {",
    ]

    var text = ""
    private var depth = 0
    private var inComment = false
    /// The head of what is open, as a hunk header names it.
    private var openHead: String?

    init() {}

    mutating func add(_ hunk: PostedPatch.Hunk) {
        guard let first = hunk.lines.first else { return }
        if depth > 0, openHead == hunk.head {
            close(downTo: 1)
        } else {
            close(downTo: 0)
            begin(hunk.head, first)
        }
        let labels = hunk.lines.contains { $0.hasPrefix("\tcase ") || $0 == "\tdefault:" }
        if labels, let name = Self.switches.keys.first(where: { hunk.head.contains(" \($0)(") }),
            let line = Self.switches[name]
        {
            take(line)
        }
        for line in hunk.lines { take(line) }
    }

    private mutating func begin(_ head: String, _ first: String) {
        // A prototype in front of the hunk.
        if head.hasSuffix(";") { return take(head) }
        // A head that goes on with the hunk's first line.
        if head.hasSuffix(","), first.count(where: { $0 == ")" }) > first.count(where: { $0 == "(" }) {
            return take(head)
        }
        take(head.hasSuffix(",") ? head.dropLast() + ")" : head)
        openHead = head
        if first == "{" { return }
        if !head.hasSuffix("{") { take("{") }
        // At column 0 the construct has ended; only its own brace is part of it.
        if !first.isEmpty, !first.hasPrefix("\t"), first != "}" { close(downTo: 0) }
    }

    private mutating func take(_ line: some StringProtocol) {
        text += line + "\n"
        if depth == 0, !inComment, let first = line.first, first.isLetter { openHead = String(line) }
        var rest = Substring(line)
        while let character = rest.first {
            if inComment {
                if rest.hasPrefix("*/") { inComment = false }
            } else if rest.hasPrefix("/*") {
                inComment = true
            } else if character == "{" {
                depth += 1
            } else if character == "}" {
                depth -= 1
            }
            rest = rest.dropFirst()
        }
    }

    mutating func close(downTo level: Int) {
        if inComment { take("\t */") }
        while depth > level {
            // The semicolon ends a struct or table, and is harmless behind a block.
            take(depth == 1 ? openHead?.hasSuffix("{") ?? false ? "};" : "}" : "\t}")
        }
    }
}
